// The few distribution functions that the checks of a calibration are held against.
// Never a table: each is computed, to about nine digits.
#pragma once

#include <cstddef>

namespace jr {

/// A sound calibration passes all checks of one kind together with this probability.
inline constexpr double kConfidence = 0.99;

/// z such that a normal variable stays below it with `probability` (0 < probability < 1).
double normal_quantile(double probability);

/// The value that a chi-squared variable of `degrees_of_freedom` > 0 stays below with
/// `probability`.
double chi2_quantile(double probability, double degrees_of_freedom);

/// How probable so few runs are, or fewer, when `positive` and `negative` signs come in random
/// order.
double probability_of_runs(std::size_t runs, std::size_t positive, std::size_t negative);

/// What each of `tests` must reach so that all of them pass together with `probability`
/// (Bonferroni).
double each_of(std::size_t tests, double probability);

}  // namespace jr
