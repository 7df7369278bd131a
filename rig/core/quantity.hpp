// Quantities as people type them: "30s", "5mA", "3.3", "250us".
#pragma once

#include <string>

#include "rig/core/result.hpp"

namespace jr {

/// A number with an optional SI prefix and the optional `unit`; without both it is in the unit itself.
/// Trouble::usage says what is wrong and gives an example.
Result<double> parse_quantity(const std::string& text, const std::string& unit);

}  // namespace jr
