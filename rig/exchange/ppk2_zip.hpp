// The members of a zip archive that lies in memory, unpacked piece by piece.
// Never believes a size that the archive states, and never holds a whole member.
#pragma once

#include <zip.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "rig/core/result.hpp"

namespace jr {

struct ZipCloser {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};

/// One member under way. Its checksum is proved when read() has returned 0.
class ZipMember {
 public:
  /// Fills `into` as far as there is something; 0 is the end. Errors: malformed.
  Result<std::size_t> read(std::span<std::byte> into);

 private:
  friend class ZipReading;
  std::string name_;
  std::unique_ptr<zip_file_t, ZipCloser> file_;
};

class ZipReading {
 public:
  /// `name` is what sentences call it. Requires that `bytes` outlives it. Errors: malformed.
  static Result<ZipReading> open(std::span<const std::byte> bytes, const std::string& name);

  /// By its name in whatever folder of the archive. Errors: malformed (absent, encrypted, or packed in a way
  /// other than deflate, by which a small file could unpack to an endless one).
  Result<ZipMember> member(const std::string& name) const;
  /// A member that is text; more than `most` bytes are malformed.
  Result<std::string> text(const std::string& name, std::size_t most) const;

 private:
  std::string name_;
  std::unique_ptr<zip_t, ZipCloser> archive_;
};

}  // namespace jr
