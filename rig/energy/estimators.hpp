// What a handful of repeated values says about their mean, when they may depend on one another.
// Pure functions of values in their order; never drops a value because of its size.
#pragma once

#include <cstddef>
#include <limits>
#include <span>

namespace jr {

/// How the standard error of a mean was come by.
enum class ScatterMethod {
  none,             ///< fewer than two values: there is no scatter
  independent,      ///< s / sqrt(N)
  autocorrelation,  ///< s / sqrt(N_eff), N_eff by the initial positive sequence
  batch_means       ///< scatter of 5 batches: too few values for their correlation time
};
const char* name_of(ScatterMethod method);

/// The mean of repeated values and what their scatter says about it. Units are those of the values.
struct Scatter {
  double mean{};
  double standard_error{};
  double degrees_of_freedom{std::numeric_limits<double>::infinity()};
  double n_effective{};        ///< as many independent values would have this standard error
  double correlation_time{1};  ///< in values; 1 unless neighbours are significantly alike
  ScatterMethod method{ScatterMethod::none};
  bool insufficient{};  ///< too few independent values: the interval may be too narrow
};

/// Neighbours are taken for independent unless their lag-1 autocorrelation exceeds what independent
/// values show in 1 % of cases; so few values (N = 5 to 19) are not fooled by their own noise.
/// Otherwise N_eff = N / tau where N >= 50 tau. Where not, the scatter of 5 batches (4 degrees of
/// freedom), and no less than tau says; the result is then `insufficient`: more windows, or longer
/// ones, are needed. Correlation that lowers the scatter of the mean (tau < 1) is never made use
/// of. What few values cannot tell: of 20 that correlate by 0.5 one set in three is found out, by
/// 0.8 four in five; fewer than 10 are never asked. Requires at least one value, all finite; throws
/// std::invalid_argument without any.
Scatter scatter_of(std::span<const double> values);

/// sum of (x_k - m)(x_{k+1} - m) over sum of (x_k - m)^2; 0 for fewer than 2 or equal values.
double lag_one_autocorrelation(std::span<const double> values);

/// The highest lag-1 autocorrelation that N independent normal values show with probability 1 -
/// `risk`. Mean -1/N and variance (N-2)^2 / (N^2 (N-1)) are exact (Moran 1948); the shape is taken
/// as normal.
double lag_one_limit(std::size_t n, double risk);

/// 1 + 2 sum of autocorrelations, summed over pairs of lags as long as a pair's sum is positive and
/// does not grow (initial monotone positive sequence, Geyer 1992). At least 1; 1 for equal values.
double autocorrelation_time(std::span<const double> values);

/// The sum over the number. Requires at least one value.
double mean_of(std::span<const double> values);

/// The middle value, or the mean of the two in the middle. Requires at least one value.
double median_of(std::span<const double> values);

/// Standard deviation of the median of N normal values over that of their mean: 1.160 for 3, 1.198
/// for 5, towards sqrt(pi/2). By integration over the order statistics' density up to 200 values.
double median_over_mean(std::size_t n);

/// The value that a share `p` lies below (0 < p < 1), between order statistics so that the estimate
/// is nearly median-unbiased for any distribution (rank (N + 1/3) p + 1/3); the extreme value
/// beyond.
double quantile_of(std::span<const double> values, double p);

/// A secondary view of the same values: what they look like without those far from the middle.
struct RobustView {
  double median{}, p5{}, p95{};
  double cleaned_mean{};   ///< of the values within 3.5 scaled MAD of the median
  std::size_t outliers{};  ///< values beyond; counted, never excluded from the primary result
  std::size_t raised{};    ///< values more than 5.5 scaled MAD above the median: something else happened in them
};

/// Values that are raised by something rare need about so many of them before the mean's interval can be trusted.
inline constexpr std::size_t kEnoughRaised = 10;

/// `raised` is asked of 10 values and more; of independent normal ones it finds any in about 1 % of sets of 10, and
/// more seldom in larger ones (computed). The MAD is scaled to a normal's standard deviation for this very N (Croux and Rousseeuw 1992 for
/// N < 10). Where more than half of the values are equal the mean absolute deviation takes its
/// place. Requires at least one value.
RobustView robust_view(std::span<const double> values);

}  // namespace jr
