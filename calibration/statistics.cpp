// Quantiles by bisection on the distribution function: slow, monotone, and right everywhere.
// Used a few times per calibration, never per sample.
#include "calibration/statistics.hpp"

#include <cmath>
#include <numbers>

namespace jr {
namespace {

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

/// Regularised lower incomplete gamma function, by its power series.
double gamma_below(double shape, double x) {
  if (x <= 0) return 0;
  double term = 1 / shape, sum = term;
  for (int k = 1; k < 100000 && term > sum * 1e-16; ++k) sum += term *= x / (shape + k);
  return sum * std::exp(shape * std::log(x) - x - std::lgamma(shape));
}

template <class Below>
double solve(Below below, double probability, double low, double high) {
  for (int step = 0; step < 200 && high - low > 1e-13 * (1 + std::fabs(high)); ++step) {
    const double middle = 0.5 * (low + high);
    (below(middle) < probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double choose(double n, double k) {
  if (k < 0 || k > n) return 0;
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
}

}  // namespace

double normal_quantile(double probability) { return solve(normal_below, probability, -40, 40); }

double chi2_quantile(double probability, double degrees_of_freedom) {
  const auto below = [&](double x) { return gamma_below(degrees_of_freedom / 2, x / 2); };
  return solve(below, probability, 0, 100 + 10 * degrees_of_freedom);
}

double probability_of_runs(std::size_t runs, std::size_t positive, std::size_t negative) {
  const auto p = static_cast<double>(positive), n = static_cast<double>(negative);
  double ways = 0;
  for (std::size_t r = 1; r <= runs; ++r) {
    const auto half = static_cast<double>(r / 2);
    if (r % 2 == 0)
      ways += 2 * choose(p - 1, half - 1) * choose(n - 1, half - 1);
    else
      ways += choose(p - 1, half) * choose(n - 1, half - 1) +
              choose(p - 1, half - 1) * choose(n - 1, half);
  }
  return std::fmin(1, ways / choose(p + n, p));
}

double each_of(std::size_t tests, double probability) {
  return 1 - (1 - probability) / static_cast<double>(tests > 0 ? tests : 1);
}

}  // namespace jr
