// The period of a current that repeats itself, and how alike its repetitions are.
// Pure; an answer that could as well be another is refused with the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

struct Repetition {
  double period_samples{};
  double u_samples{};              ///< standard, of the period
  double correlation{};            ///< of the trace with itself one period later
  std::vector<double> mean_shape;  ///< the trace folded at its period, one value a sample
};

/// The period at which `values` repeat. `expected` repetitions fill them but for up to an eighth (a
/// board that also talks); 0: not known, then at least 3 repetitions must be there. By
/// autocorrelation on a view of at most 4096 averages, then on ever finer views, then over many
/// periods at once. Errors (malformed): nothing repeats, two periods fit equally well, fewer than 8
/// samples a period.
Result<Repetition> find_repetition(std::span<const double> values, std::uint64_t expected);

/// Correlation of two stretches of the same length about their means, -1 to 1; 0 when one is flat.
double likeness(std::span<const double> a, std::span<const double> b);

/// The place in `values` where `shape` fits best; the first of equals.
struct Match {
  std::size_t at{};
  double likeness{};
};
/// Matched filter over all places. Requires 0 < shape.size() <= values.size().
Match best_match(std::span<const double> values, std::span<const double> shape);

}  // namespace jr
