// A JLS file (version 1 of its format) as a row of chunks, each with its checksum: what they are, not what they mean.
// Never follows the links between chunks: a file that was not closed well has them wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "rig/core/result.hpp"

namespace jr::jls {

/// Tags that are read (jetperch/jls, include/jls/format.h).
enum Tag : std::uint8_t { kSource = 0x01, kSignal = 0x02, kSamples = 0x22, kUtc = 0x3A, kEnd = 0xFF };

struct Chunk {
  std::uint8_t tag{};
  std::uint16_t meta{};                 ///< of a definition its number; of samples the signal's, in the low 12 bits
  std::span<const std::byte> payload;

  std::uint16_t signal() const { return meta & 0x0FFF; }
};

class Chunks {
 public:
  /// Errors: malformed (no JLS file), unsupported (another version of the format: names it).
  static Result<Chunks> open(std::span<const std::byte> bytes, const std::string& name);

  /// The next chunk; nothing at the end of the file, or where it is cut. Errors: malformed (a checksum differs).
  Result<std::optional<Chunk>> next();
  bool cut() const { return cut_; }  ///< it ended in the middle of a chunk, or without its last one

 private:
  std::span<const std::byte> bytes_;
  std::string name_;
  std::size_t at_{};
  bool cut_{true};
};

}  // namespace jr::jls
