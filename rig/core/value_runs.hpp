// Where a run of equal bytes ends: ranges and digital lines keep their value for hundreds of samples.
// Never knows what the bytes mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace jr {

/// First index behind `start` whose value differs from values[start], or values.size().
/// Requires start < values.size().
std::size_t run_end(std::span<const std::uint8_t> values, std::size_t start);

}  // namespace jr
