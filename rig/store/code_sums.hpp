// What codes leave behind so that any calibration can be applied to them later: extremes and exact sums, one row a range.
// Never an ampere: those are a view under coefficients that a reader brings.
#pragma once

#include <cstdint>
#include <vector>

#include "rig/core/block_sums.hpp"

namespace jr::pyramid {

/// The codes of one range. `n` of at least 1.
struct RangeCodes {
  std::uint8_t range{};
  std::uint64_t n{};
  BlockSums sums;
  bool operator==(const RangeCodes&) const = default;
};

/// Ascending by range, each at most once; empty: no code of a legal range, or a stream of values.
using CodeSums = std::vector<RangeCodes>;

void add(CodeSums& to, const RangeCodes& codes);
void add(CodeSums& to, const CodeSums& codes);
std::uint64_t samples_of(const CodeSums& codes);

/// Beyond so many samples the squares of 16-bit codes may not fit their sum.
inline constexpr std::uint64_t kMostSummed = std::uint64_t{1} << 32;

}  // namespace jr::pyramid
