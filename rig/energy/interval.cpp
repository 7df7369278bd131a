// Coverage intervals in closed form where there is one, by bisection where there is none.
// Never draws random numbers: the same doubts give the same bits.
#include "rig/energy/interval.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

namespace jr {
namespace {

double standard_normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double standard_normal_pdf(double z) {
  return std::exp(-0.5 * z * z) * 0.5 * std::numbers::inv_sqrtpi * std::numbers::sqrt2;
}

/// Integral of the normal distribution function from minus infinity to z.
double integrated_cdf(double z) { return z * standard_normal_cdf(z) + standard_normal_pdf(z); }

/// P(R + N <= x) for R even on [-a, a] and N normal: the difference quotient of the integral above.
double sum_cdf(double x, double a, double sigma) {
  return sigma * (integrated_cdf((x + a) / sigma) - integrated_cdf((x - a) / sigma)) / (2 * a);
}

double welch_satterthwaite(std::span<const Source> sources) {
  double variance = 0, denominator = 0;
  for (const Source& source : sources) {
    const double u2 = source.u_J * source.u_J;
    variance += u2;
    if (std::isfinite(source.degrees_of_freedom))
      denominator += u2 * u2 / source.degrees_of_freedom;
  }
  return denominator > 0 ? variance * variance / denominator
                         : std::numeric_limits<double>::infinity();
}

double combined(std::span<const Source> sources) {
  double variance = 0;
  for (const Source& source : sources) variance += source.u_J * source.u_J;
  return std::sqrt(variance);
}

}  // namespace

double student_quantile(double coverage, double degrees_of_freedom) {
  if (!(coverage > 0 && coverage < 1)) throw std::invalid_argument("coverage lies between 0 and 1");
  const double p = 0.5 + coverage / 2;
  if (!std::isfinite(degrees_of_freedom))
    return boost::math::quantile(boost::math::normal_distribution<double>(), p);
  return boost::math::quantile(boost::math::students_t_distribution<double>(degrees_of_freedom), p);
}

double rectangle_plus_normal(double half_width, double sigma, double coverage) {
  if (half_width <= 0) return sigma * student_quantile(coverage, INFINITY);
  if (sigma < 1e-9 * half_width) return coverage * half_width;
  double low = 0, high = half_width + 10 * sigma;
  for (int step = 0; step < 200 && high - low > 1e-15 * high; ++step) {
    const double x = 0.5 * (low + high);
    const double inside = sum_cdf(x, half_width, sigma) - sum_cdf(-x, half_width, sigma);
    (inside < coverage ? low : high) = x;
  }
  return 0.5 * (low + high);
}

Interval coverage_interval(std::span<const Source> sources, double coverage) {
  const Energy merged = Energy{} + Energy{{}, {sources.begin(), sources.end()}};
  std::vector<Source> rest = merged.sources;
  Interval interval;
  interval.coverage = coverage;
  interval.degrees_of_freedom = welch_satterthwaite(rest);
  const double u = combined(rest);

  const auto smaller = [](const Source& a, const Source& b) {
    const auto rank = [](const Source& s) {
      return s.distribution == Distribution::rectangular ? std::abs(s.u_J) : -1.0;
    };
    return rank(a) < rank(b);
  };
  double half_width = 0;
  const auto largest = std::max_element(rest.begin(), rest.end(), smaller);
  if (largest != rest.end() && largest->distribution == Distribution::rectangular) {
    half_width = std::abs(largest->u_J) * std::numbers::sqrt3;
    rest.erase(largest);
  }
  // The t of the remaining terms widens their normal, so that few repetitions are paid for.
  const double widening = student_quantile(coverage, welch_satterthwaite(rest)) /
                          student_quantile(coverage, INFINITY);
  interval.U = rectangle_plus_normal(half_width, combined(rest) * widening, coverage);
  interval.k = u > 0 ? interval.U / u : 0;
  return interval;
}

}  // namespace jr
