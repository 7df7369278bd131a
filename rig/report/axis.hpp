// Axes as a person reads them: round marks, an SI prefix, decades when the values span many.
// Never moves a value: what lies outside an axis is the picture's business.
#pragma once

#include <string>
#include <vector>

namespace jr {

struct Mark {
  double value{};     ///< in the unit of the data
  std::string label;  ///< as it stands beside the mark; may be empty
};

/// From the data's unit to a share of the axis: 0 at its low end, 1 at its high end.
struct Axis {
  double low{}, high{1};
  bool logarithmic{};
  std::string caption;  ///< "mA", "ms after 12.3 s"
  std::vector<Mark> marks;

  double share(double value) const;  ///< outside [0, 1] is outside the axis; -inf: no place on a logarithmic one
};

/// About `count` round marks over [low, high], which grow to marks at both ends. `unit` is "A", "V", "W" or "J".
/// Anything not finite, or low >= high, gives an axis around what there is.
Axis value_axis(double low, double high, const std::string& unit, int count);

/// Decades from at least `low` (above 0) to `high`; each decade named with a prefix of its own.
Axis decade_axis(double low, double high, const std::string& unit);

/// Time from `start_s` to `end_s`, exactly; marks in s, ms or us by the length of the stretch. When the start is far
/// away against it, the marks count from a round moment that the caption names.
Axis time_axis(double start_s, double end_s, int count);

/// "12.35 mA": `digits` significant ones, with the prefix that suits.
std::string with_prefix(double value, const std::string& unit, int digits = 4);

}  // namespace jr
