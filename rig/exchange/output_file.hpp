// A file under way, written through one buffer.
// Never throws, and forgets no error: the first one comes out of close().
#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "rig/core/result.hpp"

namespace jr {

class OutputFile {
 public:
  /// Errors: storage.
  static Result<OutputFile> create(const std::filesystem::path& path);

  Result<void> write(std::string_view text);
  Result<void> write(std::span<const std::byte> bytes) {
    return write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  Result<void> close();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Failure failed() const;
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Closer> file_;
};

/// The sentence for an export that the disk or its folder stopped; `error` as in errno.
Failure cannot_write(const std::filesystem::path& path, int error);

}  // namespace jr
