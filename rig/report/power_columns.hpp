// A stretch of a run's trace as power over time, reduced to columns of minimum, mean and maximum.
// A view for pictures: energy never comes from it.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "rig/core/range_polynomial.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// min <= mean <= max; all three meaningless when n == 0.
struct PowerColumn {
  double min_W{std::numeric_limits<double>::infinity()}, mean_W{}, max_W{-std::numeric_limits<double>::infinity()};
  std::uint64_t n{};  ///< samples in it that have a value
};

/// Which stream, and what turns its samples into watts at the board's terminals: i (V - R i) of codes and of
/// currents, the product of current and voltage where both were sampled, power itself, energy over the period.
struct PowerSource {
  std::string run;
  int stream{};
  std::vector<Quantity> channels;       ///< empty: codes
  std::vector<RangePolynomial> ranges;  ///< of codes, in ampere
  Volt supply;
  Ohm lead;
  double period_s{};
};

/// Column c covers the samples from `first` + c `samples_per_column` on; `first` may lie before the trace, whose
/// columns are then empty. Ordinals count received samples: a gap shifts what follows it by its length.
/// Reads in pieces, so memory does not grow with the stretch; a chunk that cannot be read is an error.
/// Requires columns >= 1 and samples_per_column >= 1. Errors: unsupported (the stream tells no power).
Result<std::vector<PowerColumn>> power_columns(const Store& store, const PowerSource& source, double first,
                                               double samples_per_column, std::size_t columns);

}  // namespace jr
