// Code to ampere for one range: i = a + b c + q c^2 + s V_supply, the four parts kept apart.
// Never knows where it came from; a calibration does.
#pragma once

#include <cstdint>

#include "rig/core/units.hpp"

namespace jr {

struct RangePolynomial {
  double a_A{};           ///< offset
  double b_A_per_code{};  ///< gain
  double q_A_per_code2{}; ///< curvature
  double s_A_per_V{};     ///< share of the supply voltage in the current (PPK2: UG*S)
  double burden_ohm{};    ///< series resistance of the range, 0 when the output is regulated behind it

  Ampere current(std::uint16_t code, Volt supply) const {
    const double c = code;
    return {a_A + s_A_per_V * supply.value + c * (b_A_per_code + c * q_A_per_code2)};
  }
};

}  // namespace jr
