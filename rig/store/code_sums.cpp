// Rows are few, so they are found by looking.
#include "rig/store/code_sums.hpp"

#include <algorithm>

namespace jr::pyramid {

void add(CodeSums& to, const RangeCodes& codes) {
  const auto at = std::lower_bound(to.begin(), to.end(), codes.range,
                                   [](const RangeCodes& row, std::uint8_t range) { return row.range < range; });
  if (at == to.end() || at->range != codes.range) {
    to.insert(at, codes);
    return;
  }
  at->n += codes.n;
  at->sums.min = std::min(at->sums.min, codes.sums.min);
  at->sums.max = std::max(at->sums.max, codes.sums.max);
  at->sums.sum += codes.sums.sum;
  at->sums.sum_of_squares += codes.sums.sum_of_squares;
}

void add(CodeSums& to, const CodeSums& codes) {
  for (const RangeCodes& row : codes) add(to, row);
}

std::uint64_t samples_of(const CodeSums& codes) {
  std::uint64_t n = 0;
  for (const RangeCodes& row : codes) n += row.n;
  return n;
}

}  // namespace jr::pyramid
