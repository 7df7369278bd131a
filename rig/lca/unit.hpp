// The units that scenario files may write, and the one unit of each dimension that calculations use.
// Never guesses a unit: a number without one is refused.
#pragma once

#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr::lca {

/// Canonical units: W J s 1/s kg kg/kWh A V C ohm F 1 degC kg/y m.
/// `value` in `from` expressed in `canonical`. Errors (usage): unknown unit with the nearest one, wrong dimension.
Result<double> converted(double value, const std::string& from, const std::string& canonical);

/// "uW", "mW", ...: what may be written for a dimension, canonical unit first.
std::vector<std::string> units_of(const std::string& canonical);

/// A key's ending as a unit: "per_s" -> "1/s", "g_per_kWh" -> "g/kWh", "percent" -> "%", "uW" -> "uW".
std::string unit_in_key(const std::string& ending);

inline constexpr double kSecondsPerYear = 365.25 * 86400;
inline constexpr double kJoulesPerKWh = 3.6e6;

}  // namespace jr::lca
