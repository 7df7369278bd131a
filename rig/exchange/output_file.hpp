// Files that a person asked for: a file under way, written through one buffer, and a whole one at once.
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

/// What stands in the way of a file that a person asked for, said before the work for it is done: a folder of that name,
/// no folder for it, a file that is there already and no `force`. A device or a pipe is written to as it is.
/// Errors: usage, storage.
Result<void> check_output(const std::filesystem::path& path, bool force);

/// The one way in which a command writes a file: under another name first, flushed to the disk, then renamed, so that
/// there is never half of one. Errors: as check_output(); storage, in one sentence, with nothing left behind.
Result<void> write_output(const std::filesystem::path& path, std::string_view bytes, bool force);

/// The sentence for an export that the disk or its folder stopped; `error` as in errno.
Failure cannot_write(const std::filesystem::path& path, int error);

}  // namespace jr
