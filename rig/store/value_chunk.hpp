// How values of a stretch of a stream lie in a blob: each channel as byte planes of doubles, squeezed, with its length.
// Pure; lossless to the bit, NaN included. Any bytes decode or are refused, it never reads outside.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/store/little_endian.hpp"

namespace jr::chunk {

/// For each channel: u32 length, then a zstd frame of 8 planes of n bytes. Requires channels of one length.
Bytes encode_values(std::span<const std::span<const double>> channels);
/// The values of one channel alone. `n`: how many the chunk's row says; at most kMostSamples.
Result<std::vector<double>> decode_values(std::span<const std::byte> blob, std::size_t n, std::size_t channel);

}  // namespace jr::chunk
