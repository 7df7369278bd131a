// Where a current steps from one level to another, and how well that is known.
// Pure; never assumes that there is a step: the ratio of step to noise says how sure it is.
#pragma once

#include <cstddef>
#include <span>

namespace jr {

/// Two levels fitted to a stretch by least squares over all places of the step.
struct StepFit {
  std::size_t split{};       ///< index of the first value of the second level
  double before{}, after{};  ///< levels, in the unit of the values
  double sd{};               ///< of what the two levels leave (3 degrees of freedom taken)
  double snr{};              ///< |after - before| / sd; infinity without noise, 0 without a step
  std::size_t between{};     ///< successive values at the step that belong to neither level
};

/// Each level has at least `least_side` values. Requires 2 * least_side <= values.size() and at
/// least 4 values; throws std::invalid_argument.
StepFit fit_step(std::span<const double> values, std::size_t least_side = 2);

/// How far the fitted step lies from the true one, in samples, because of noise alone: standard
/// deviation for a step of `snr` standard deviations between long levels. From the random walk of
/// the likelihood to either side of the step (an upper bound that is tight above 2): 0.13 at 5, 0.5
/// at 3.
double misplacement_sd(double snr);

/// Standard uncertainty of an edge in samples: a step falls anywhere between two samples
/// (1/sqrt(12)), noise misplaces it, and a slow one lies somewhere among the samples between the
/// levels.
double edge_sd_samples(double snr, std::size_t between = 0);

/// The fewest samples of a window whose two edges leave its length known to `relative_u`.
double shortest_trusted(double edge_u_samples, double relative_u);

}  // namespace jr
