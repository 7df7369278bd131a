// Sums in the order of the values, so that the same record gives the same bits.
// Never looks at what the values mean.
#include "rig/energy/estimators.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "rig/energy/interval.hpp"

namespace jr {
namespace {

constexpr double kIndependenceRisk = 0.01;
constexpr double kValuesPerCorrelationTime = 50;
constexpr std::size_t kBatches = 5;
constexpr double kOutlierMads = 3.5, kRaisedMads = 5.5;
constexpr std::size_t kLeastToTellRaised = 10;

/// Sum of (x_k - m)(x_{k+lag} - m).
double lagged_products(std::span<const double> values, double mean, std::size_t lag) {
  double sum = 0;
  for (std::size_t k = 0; k + lag < values.size(); ++k)
    sum += (values[k] - mean) * (values[k + lag] - mean);
  return sum;
}

/// Variance of the mean from batches of nearly equal length, each weighted by its length.
double variance_by_batches(std::span<const double> values, double mean) {
  const std::size_t n = values.size();
  double sum = 0;
  for (std::size_t b = 0; b < kBatches; ++b) {
    const std::size_t first = b * n / kBatches, end = (b + 1) * n / kBatches;
    const double share = static_cast<double>(end - first) / static_cast<double>(n);
    const double off = share * (mean_of(values.subspan(first, end - first)) - mean);
    sum += off * off;
  }
  return sum * static_cast<double>(kBatches) / static_cast<double>(kBatches - 1);
}

/// Scale of a normal from the median absolute deviation of few values. Croux and Rousseeuw 1992,
/// "Time-efficient algorithms for two highly robust estimators of scale", the factors b_n.
double mad_scale(std::size_t n) {
  constexpr double kNormal = 1.482602218505602;
  constexpr std::array<double, 8> kFew{1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};
  if (n < 2) return kNormal;
  if (n < 10) return kNormal * kFew[n - 2];
  return kNormal * static_cast<double>(n) / (static_cast<double>(n) - 0.8);
}

std::vector<double> distances(std::span<const double> values, double from) {
  std::vector<double> result;
  result.reserve(values.size());
  for (const double value : values) result.push_back(std::abs(value - from));
  return result;
}

/// Factors of the joint density of two neighbouring order statistics X <= Y of normal values, m
/// values below X and m above Y: N!/(m!)^2 F(x)^m f(x) (1 - F(y))^m f(y), half of the constant in
/// each.
struct OrderDensity {
  static constexpr int kSteps = 2400;
  static constexpr double kReach = 6.0, kStep = 2 * kReach / kSteps;
  std::vector<double> x, lower, upper;

  /// `power_of_f`: 1 for two in the middle, 1/2 where X and Y are one and the same.
  OrderDensity(std::size_t n, double m, double power_of_f) {
    const double log_half = 0.5 * std::lgamma(static_cast<double>(n) + 1) - std::lgamma(m + 1);
    for (int i = 0; i <= kSteps; ++i) {
      const double at = -kReach + i * kStep;
      const double log_f = -0.5 * at * at - 0.5 * std::log(2 * std::numbers::pi);
      const auto factor = [&](double z) {
        return std::exp(log_half + power_of_f * log_f +
                        m * std::log(0.5 * std::erfc(z / std::numbers::sqrt2)));
      };
      x.push_back(at);
      lower.push_back(factor(-at));
      upper.push_back(factor(at));
    }
  }
};

double odd_median_variance(std::size_t n) {
  const OrderDensity density(n, static_cast<double>(n - 1) / 2, 0.5);
  double sum = 0;
  for (std::size_t i = 0; i < density.x.size(); ++i)
    sum += density.x[i] * density.x[i] * density.lower[i] * density.upper[i];
  return sum * OrderDensity::kStep;
}

double even_median_variance(std::size_t n) {
  const OrderDensity density(n, static_cast<double>(n) / 2 - 1, 1.0);
  constexpr std::array<double, 3> kGregory{3.0 / 8, 7.0 / 6,
                                           23.0 / 24};  // where the integral begins
  double sum = 0;
  for (std::size_t i = 0; i < density.x.size(); ++i) {
    if (density.lower[i] < 1e-30) continue;
    double inner = 0;
    for (std::size_t j = i; j < density.x.size(); ++j) {
      const double middle = 0.5 * (density.x[i] + density.x[j]);
      const double weight = j - i < kGregory.size() ? kGregory[j - i] : 1.0;
      inner += weight * middle * middle * density.upper[j];
    }
    sum += density.lower[i] * inner;
  }
  return sum * OrderDensity::kStep * OrderDensity::kStep;
}

}  // namespace

const char* name_of(ScatterMethod method) {
  switch (method) {
    case ScatterMethod::none:
      return "none";
    case ScatterMethod::independent:
      return "independent";
    case ScatterMethod::autocorrelation:
      return "autocorrelation";
    case ScatterMethod::batch_means:
      return "batch means";
  }
  return "none";
}

double lag_one_autocorrelation(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values), squares = lagged_products(values, mean, 0);
  return squares > 0 ? lagged_products(values, mean, 1) / squares : 0;
}

double lag_one_limit(std::size_t n, double risk) {
  if (n < 3) return 1;  // two values are always +-0.5: nothing can be told
  const auto count = static_cast<double>(n);
  const double sd = (count - 2) / (count * std::sqrt(count - 1));
  return -1 / count + sd * student_quantile(1 - 2 * risk, std::numeric_limits<double>::infinity());
}

double autocorrelation_time(std::span<const double> values) {
  if (values.size() < 4) return 1;
  const double mean = mean_of(values), squares = lagged_products(values, mean, 0);
  if (!(squares > 0)) return 1;
  double tau = -1, previous = std::numeric_limits<double>::infinity();
  for (std::size_t lag = 0; lag + 1 < values.size(); lag += 2) {
    const double pair =
        (lagged_products(values, mean, lag) + lagged_products(values, mean, lag + 1)) / squares;
    if (pair <= 0) break;
    previous = std::min(previous, pair);
    tau += 2 * previous;
  }
  return std::max(tau, 1.0);
}

Scatter scatter_of(std::span<const double> values) {
  if (values.empty()) throw std::invalid_argument("scatter_of: no value");
  const auto n = static_cast<double>(values.size());
  Scatter scatter;
  scatter.mean = mean_of(values);
  scatter.n_effective = n;
  scatter.insufficient = values.size() < 2;
  if (values.size() < 2) return scatter;

  scatter.method = ScatterMethod::independent;
  scatter.degrees_of_freedom = n - 1;
  const double variance = lagged_products(values, scatter.mean, 0) / (n - 1);
  scatter.standard_error = std::sqrt(variance / n);
  // Five batches of five to nine values are no better than the values themselves.
  const bool can_tell = values.size() >= 2 * kBatches;
  if (!can_tell ||
      lag_one_autocorrelation(values) <= lag_one_limit(values.size(), kIndependenceRisk))
    return scatter;

  scatter.correlation_time = autocorrelation_time(values);
  scatter.standard_error *= std::sqrt(scatter.correlation_time);
  scatter.method = ScatterMethod::autocorrelation;
  scatter.degrees_of_freedom = n / scatter.correlation_time - 1;
  if (n < kValuesPerCorrelationTime * scatter.correlation_time) {
    scatter.method = ScatterMethod::batch_means;
    scatter.insufficient = true;
    scatter.degrees_of_freedom = static_cast<double>(kBatches - 1);
    const double by_batches = std::sqrt(variance_by_batches(values, scatter.mean));
    scatter.standard_error = std::max(scatter.standard_error, by_batches);
  }
  scatter.n_effective = variance / (scatter.standard_error * scatter.standard_error);
  return scatter;
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median_of(std::span<const double> values) {
  if (values.empty()) throw std::invalid_argument("median_of: no value");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half]);
}

double median_over_mean(std::size_t n) {
  if (n < 3) return 1;
  const auto count = static_cast<double>(n);
  // The variance of the median tends to pi/2 / (N + pi/2 - 1).
  if (n > 200) return std::sqrt(std::numbers::pi / 2 * count / (count + std::numbers::pi / 2 - 1));
  return std::sqrt(count * (n % 2 ? odd_median_variance(n) : even_median_variance(n)));
}

double quantile_of(std::span<const double> values, double p) {
  if (values.empty()) throw std::invalid_argument("quantile_of: no value");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  const double rank = std::clamp((n + 1.0 / 3) * p + 1.0 / 3, 1.0, n);
  const auto below = static_cast<std::size_t>(std::floor(rank));
  const std::size_t above = std::min(below + 1, sorted.size());
  return sorted[below - 1] + (rank - std::floor(rank)) * (sorted[above - 1] - sorted[below - 1]);
}

RobustView robust_view(std::span<const double> values) {
  RobustView view;
  view.median = median_of(values);
  view.p5 = quantile_of(values, 0.05);
  view.p95 = quantile_of(values, 0.95);
  const std::vector<double> off = distances(values, view.median);
  double scale = mad_scale(values.size()) * median_of(off);
  const bool can_tell_raised = values.size() >= kLeastToTellRaised && scale > 0;  // not on a grid as coarse as the scatter
  if (scale <= 0) scale = mean_of(off) * std::sqrt(std::numbers::pi / 2);
  double sum = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (off[k] > kOutlierMads * scale)
      ++view.outliers;
    else
      sum += values[k];
    if (can_tell_raised && values[k] - view.median > kRaisedMads * scale) ++view.raised;
  }
  view.cleaned_mean = sum / static_cast<double>(values.size() - view.outliers);
  return view;
}

}  // namespace jr
