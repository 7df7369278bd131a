// One table of units a dimension, and the spelling of units inside keys.
// Knows no quantity that a life cycle does not need.
#include "rig/lca/unit.hpp"

#include <algorithm>
#include <array>

#include "rig/core/nearest.hpp"
#include "rig/core/words.hpp"

namespace jr::lca {
namespace {

struct Unit {
  const char* canonical;
  const char* name;
  double factor;
};

constexpr double kYear = kSecondsPerYear;

constexpr std::array kUnits{
    Unit{"W", "W", 1}, Unit{"W", "mW", 1e-3}, Unit{"W", "uW", 1e-6}, Unit{"W", "nW", 1e-9}, Unit{"W", "kW", 1e3},
    Unit{"J", "J", 1}, Unit{"J", "mJ", 1e-3}, Unit{"J", "uJ", 1e-6}, Unit{"J", "nJ", 1e-9}, Unit{"J", "kJ", 1e3},
    Unit{"J", "MJ", 1e6}, Unit{"J", "Wh", 3600}, Unit{"J", "mWh", 3.6}, Unit{"J", "uWh", 3.6e-3}, Unit{"J", "kWh", 3.6e6},
    Unit{"s", "s", 1}, Unit{"s", "ms", 1e-3}, Unit{"s", "us", 1e-6}, Unit{"s", "min", 60}, Unit{"s", "h", 3600},
    Unit{"s", "d", 86400}, Unit{"s", "y", kYear},
    Unit{"1/s", "1/s", 1}, Unit{"1/s", "Hz", 1}, Unit{"1/s", "1/min", 1.0 / 60}, Unit{"1/s", "1/h", 1.0 / 3600},
    Unit{"1/s", "1/d", 1.0 / 86400}, Unit{"1/s", "1/y", 1 / kYear}, Unit{"1/s", "%/y", 0.01 / kYear},
    Unit{"1/s", "%/month", 0.12 / kYear},
    Unit{"kg", "kg", 1}, Unit{"kg", "g", 1e-3}, Unit{"kg", "mg", 1e-6}, Unit{"kg", "t", 1e3},
    Unit{"kg/kWh", "kg/kWh", 1}, Unit{"kg/kWh", "g/kWh", 1e-3}, Unit{"kg/kWh", "t/MWh", 1},
    Unit{"A", "A", 1}, Unit{"A", "mA", 1e-3}, Unit{"A", "uA", 1e-6}, Unit{"A", "nA", 1e-9},
    Unit{"V", "V", 1}, Unit{"V", "mV", 1e-3},
    Unit{"C", "C", 1}, Unit{"C", "Ah", 3600}, Unit{"C", "mAh", 3.6},
    Unit{"ohm", "ohm", 1}, Unit{"ohm", "mohm", 1e-3}, Unit{"ohm", "kohm", 1e3},
    Unit{"F", "F", 1}, Unit{"F", "mF", 1e-3}, Unit{"F", "uF", 1e-6},
    Unit{"1", "1", 1}, Unit{"1", "%", 0.01}, Unit{"degC", "degC", 1}, Unit{"K", "K", 1},
    Unit{"kg/y", "kg/y", 1}, Unit{"kg/y", "g/y", 1e-3}, Unit{"kg/y", "t/y", 1e3}};

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

std::vector<std::string> units_of(const std::string& canonical) {
  std::vector<std::string> names;
  for (const Unit& unit : kUnits)
    if (canonical == unit.canonical) names.emplace_back(unit.name);
  return names;
}

Result<double> converted(double value, const std::string& from, const std::string& canonical) {
  std::string written = from;
  replace_all(written, "\u00b5", "u");  // both spellings of micro
  replace_all(written, "\u03bc", "u");
  for (const Unit& unit : kUnits)
    if (written == unit.name && canonical == unit.canonical) return value * unit.factor;
  const std::vector<std::string> fitting = units_of(canonical);
  for (const Unit& unit : kUnits)
    if (written == unit.name)
      return fail(Trouble::usage, "'" + from + "' is a unit of something else; here one of " + joined(fitting) + " is needed");
  const auto close = nearest(written, fitting);
  return fail(Trouble::usage, "'" + from + "' is no unit here" +
                                  (close ? "; did you mean '" + *close + "'?" : "; it takes one of " + joined(fitting)));
}

std::string unit_in_key(const std::string& ending) {
  if (ending.starts_with("per_")) return "1/" + ending.substr(4);
  std::string unit = ending;
  replace_all(unit, "percent", "%");
  replace_all(unit, "_per_", "/");
  return unit;
}

}  // namespace jr::lca
