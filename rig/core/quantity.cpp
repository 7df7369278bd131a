// The prefix table and nothing more.
#include "rig/core/quantity.hpp"

#include <cmath>
#include <cstdlib>
#include <map>

namespace jr {

Result<double> parse_quantity(const std::string& text, const std::string& unit) {
  static const std::map<std::string, double> kPrefixes{{"", 1},     {"k", 1e3},  {"m", 1e-3}, {"u", 1e-6},
                                                       {"\u00b5", 1e-6}, {"n", 1e-9}, {"p", 1e-12}};
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string tail(end);
  while (!tail.empty() && tail.front() == ' ') tail.erase(0, 1);
  const std::string given = tail;
  if (tail.size() >= unit.size() && tail.ends_with(unit)) tail.resize(tail.size() - unit.size());
  const auto prefix = kPrefixes.find(tail);
  if (end == text.c_str() || !std::isfinite(number) || prefix == kPrefixes.end() ||
      (given.size() && tail == given && !tail.empty()))
    return fail(Trouble::usage, "'" + text + "' is not a quantity in " + unit + ": write for instance 30" + unit +
                                    " or 2.5m" + unit + ".");
  return number * prefix->second;
}

}  // namespace jr
