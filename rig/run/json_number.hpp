// Numbers of a JSON report.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>

namespace jr {

/// The number, or null where there is none: JSON knows neither NaN nor infinity.
inline nlohmann::ordered_json finite(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

}  // namespace jr
