// What turns the codes of a stream into ampere for a view: one polynomial a range, and the supply.
// Never what an energy rests on.
#pragma once

#include <vector>

#include "rig/core/range_polynomial.hpp"
#include "rig/core/result.hpp"
#include "rig/store/little_endian.hpp"

namespace jr {

struct Coefficients {
  std::vector<RangePolynomial> ranges;  ///< by number of the range, at most kMaxRanges; empty: not known
  double supply_V{};

  bool known() const { return !ranges.empty(); }
};

namespace chunk {

/// f64 each: the supply, then a, b, q, s and the burden of every range. Empty when nothing is known.
Bytes encode_coefficients(const Coefficients& coefficients);
Result<Coefficients> decode_coefficients(std::span<const std::byte> blob);

}  // namespace chunk
}  // namespace jr
