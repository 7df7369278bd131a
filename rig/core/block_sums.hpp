// Extremes and exact sums of a run of codes of one range: what moments and pyramids are made of.
// Integers only: the same result on every machine, whatever instructions it has.
#pragma once

#include <cstdint>
#include <span>

namespace jr {

struct BlockSums {
  std::uint16_t min{}, max{};
  std::uint64_t sum{}, sum_of_squares{};  ///< of 16-bit codes they hold 2^32 samples
  bool operator==(const BlockSums&) const = default;
};

/// Of a run of at least one code; right for all sixteen bits.
BlockSums block_sums(std::span<const std::uint16_t> codes);

/// The same without vector instructions of our own: for machines that lack them, and for tests.
BlockSums block_sums_portably(std::span<const std::uint16_t> codes);

}  // namespace jr
