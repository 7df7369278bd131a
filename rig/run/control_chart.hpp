// Is the newest value of a chart what the ones before it let expect? Pure functions.
// Never forgets a value that was out of limits, and never lets it widen the limits.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace jr {

struct ChartRule {
  double allowance{};    ///< half width around the mean while the history is too short to speak for
                         ///< itself
  double least_sigma{};  ///< smallest standard deviation that is believed of one value
};

struct ChartLimits {
  double centre{}, lowest{}, highest{};
  std::size_t values{};  ///< that they rest on; 0: there are no limits yet
  bool by_history{};     ///< by the scatter of the values, no longer by the allowance

  /// What is no finite number is never within, whether or not there are limits yet.
  bool hold(double value) const { return std::isfinite(value) && (values == 0 || (value >= lowest && value <= highest)); }
};

/// Limits for the value that comes after `history` (values that were within theirs, oldest first).
/// From eight values on, those of an individuals chart (sigma from the mean moving range), as wide
/// as three sigma would be if the history were endless: few values know neither their mean nor
/// their sigma well, and Student's t for 0.62 (n - 1) degrees of freedom and the factor sqrt(1 +
/// 1/n) make up for both. Before that, the mean +- allowance.
ChartLimits chart_limits(const std::vector<double>& history, const ChartRule& rule);

/// What deserves a look although the value is within its limits ("eight on one side"); empty:
/// nothing. A pattern that only earlier values make is not told again.
std::string chart_warning(const std::vector<double>& history, double value, const ChartRule& rule);

}  // namespace jr
