// How a stretch of samples lies in a blob: little-endian codes, and runs for ranges and lines.
// Pure functions; a blob of any bytes decodes or is refused, it never reads outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rig/core/moments.hpp"
#include "rig/core/result.hpp"
#include "rig/store/little_endian.hpp"

namespace jr::chunk {

/// New chunks hold at most so many samples; a longer stretch becomes several.
inline constexpr std::size_t kSamples = 65'536;
/// No chunk that was ever written holds more: whoever claims it is damaged.
inline constexpr std::size_t kMostSamples = std::size_t{1} << 22;

/// What a chunk's first blob holds.
enum class Codec {
  raw = 0,          ///< u16 codes
  packed = 1,       ///< packing.hpp
  packed_zstd = 2,  ///< the same in one zstd frame
  values = 16       ///< value_chunk.hpp
};

/// What a blob is refused with; `what` is the part that makes no sense.
Failure corrupt(const char* what);

Bytes encode_codes(std::span<const std::uint16_t> codes);
Result<std::vector<std::uint16_t>> decode_codes(std::span<const std::byte> blob, std::size_t n);

/// So many samples of one value.
struct Run { std::uint8_t value{}; std::uint32_t length{}; };
std::vector<Run> runs_of(std::span<const std::uint8_t> values);

/// (value u8, length u32) pairs.
Bytes encode_runs(std::span<const Run> runs);
Bytes encode_runs(std::span<const std::uint8_t> values);
Result<std::vector<std::uint8_t>> decode_runs(std::span<const std::byte> blob, std::size_t n);

/// Range of the first and last sample of a run table; kMaxRanges when it is empty.
struct Ends { std::size_t first{kMaxRanges}, last{kMaxRanges}; };
Ends ends_of(std::span<const std::byte> runs);

Bytes encode_moments(const Moments& moments);
Result<Moments> decode_moments(std::span<const std::byte> blob);

/// CRC-32C (Castagnoli, reflected 0x82F63B78) over several pieces in turn; start with 0.
std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes);

/// The same without the processor's own instruction: for machines that lack it, and for tests.
std::uint32_t crc32c_by_tables(std::uint32_t crc, std::span<const std::byte> bytes);

}  // namespace jr::chunk
