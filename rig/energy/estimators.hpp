// Estimates from a handful of numbers: scatter, median, robust mean. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace jr {

struct Scatter {
  double mean{}, standard_error{}, degrees_of_freedom{};
  double n_effective{};
  std::string method;
  bool insufficient{};
};
Scatter scatter_of(const std::vector<double>& values);

struct RobustSummary { double p5{}, p95{}, cleaned_mean{}; std::size_t outliers{}; };
RobustSummary robust_summary(const std::vector<double>& values);

double spread_of(const std::vector<double>& values);
double median_of(std::vector<double> values);
double median_factor(std::size_t n);

}  // namespace jr
