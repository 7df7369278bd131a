// A file as bytes in memory, read only, and what identifies it.
// Never copies it: the pages come from the disk as they are looked at, and leave again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "rig/core/result.hpp"
#include "rig/exchange/trace.hpp"

namespace jr {

/// Memory-mapped; moves, never copies. A file that another program shortens meanwhile ends the process
/// (SIGBUS), as with any mapping.
class MappedFile {
 public:
  /// Errors: not_found, permission, malformed (a folder, a device, an empty file), storage.
  static Result<MappedFile> open(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  /// Its name, size and SHA-256: one pass over all of it.
  SourceFile source() const;

 private:
  MappedFile() = default;
  std::filesystem::path file_;
  std::span<const std::byte> bytes_;
};

/// The same of bytes that are in memory already.
SourceFile source_of(const std::string& name, std::span<const std::byte> bytes);

}  // namespace jr
