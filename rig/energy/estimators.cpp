// Estimates from a handful of numbers. To be replaced.
#include "rig/energy/estimators.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace jr {

double spread_of(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / (n - 1));
}

Scatter scatter_of(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  Scatter s{std::accumulate(values.begin(), values.end(), 0.0) / n, 0, INFINITY, n, "independent windows", false};
  if (values.size() < 2) return s;
  s.standard_error = spread_of(values) / std::sqrt(n);
  s.degrees_of_freedom = n - 1;
  return s;
}

RobustSummary robust_summary(const std::vector<double>& values) { return {values.front(), values.back(), 0, 0}; }

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

double median_factor(std::size_t) { return 1.20; }

}  // namespace jr
