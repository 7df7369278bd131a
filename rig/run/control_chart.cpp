// Limits of charts of single values, wide enough for the little that a short history knows.
#include "rig/run/control_chart.hpp"

#include <cmath>
#include <numeric>

#include "calibration/drift.hpp"
#include "rig/energy/interval.hpp"

namespace jr {
namespace {

constexpr double kThreeSigma = 0.9973;
constexpr double kFreedomPerRange =
    0.62;  // of sigma by moving ranges: each shares a value with the next
constexpr std::size_t kSpeaksForItself = 8;

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

ChartLimits chart_limits(const std::vector<double>& history, const ChartRule& rule) {
  ChartLimits limits;
  limits.values = history.size();
  if (history.empty()) return limits;
  double half = rule.allowance;
  limits.centre = mean(history);
  if (history.size() >= kSpeaksForItself)
    if (const auto known = control_limits(history, rule.least_sigma)) {
      const auto n = static_cast<double>(history.size());
      half = student_quantile(kThreeSigma, kFreedomPerRange * (n - 1)) * known->sigma *
             std::sqrt(1 + 1 / n);
      limits.centre = known->centre;
      limits.by_history = true;
    }
  limits.lowest = limits.centre - half;
  limits.highest = limits.centre + half;
  return limits;
}

std::string chart_warning(const std::vector<double>& history, double value, const ChartRule& rule) {
  const auto known = control_limits(history, rule.least_sigma);
  if (!known) return "";
  std::vector<double> values = history;
  values.push_back(value);
  for (const ControlSignal& signal : out_of_control(*known, values))
    if (signal.index == history.size() && signal.rule != ControlRule::beyond_three_sigma)
      return name_of(signal.rule);
  return "";
}

}  // namespace jr
