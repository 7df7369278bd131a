// Integer sums over runs of one range: the run is found by its bytes, its sums come in one pass.
// Never touches a float.
#include "rig/core/moments.hpp"

#include <stdexcept>

#include "rig/core/block_sums.hpp"
#include "rig/core/value_runs.hpp"

namespace jr {
namespace {

void add_run(RangeMoments& row, std::span<const std::uint16_t> codes) {
  const BlockSums sums = block_sums(codes);
  row.n += codes.size();
  row.sum += sums.sum;
  row.sum_of_squares += sums.sum_of_squares;
}

}  // namespace

std::uint64_t Moments::samples() const {
  std::uint64_t n = illegal;
  for (const auto& row : ranges) n += row.n;
  return n;
}

Moments& Moments::operator+=(const Moments& other) {
  for (std::size_t r = 0; r < kMaxRanges; ++r) {
    ranges[r].n += other.ranges[r].n;
    ranges[r].sum += other.ranges[r].sum;
    ranges[r].sum_of_squares += other.ranges[r].sum_of_squares;
  }
  illegal += other.illegal;
  switches += other.switches;
  lost += other.lost;
  return *this;
}

Moments moments_of(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges,
                   std::size_t range_before) {
  if (codes.size() != ranges.size()) throw std::invalid_argument("moments_of: shapes differ");
  Moments moments;
  for (std::size_t start = 0; start < codes.size();) {
    const std::uint8_t range = ranges[start];
    const std::size_t end = run_end(ranges, start);
    if (start > 0 || (range_before < kMaxRanges && range_before != range)) ++moments.switches;
    if (range < kMaxRanges)
      add_run(moments.ranges[range], codes.subspan(start, end - start));
    else
      moments.illegal += end - start;
    start = end;
  }
  return moments;
}

}  // namespace jr
