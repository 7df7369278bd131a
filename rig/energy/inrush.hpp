// The bypass capacitor of a board, from the charge that rushes into it when its supply comes on.
// Pure; an inrush that falls between the samples is refused, not guessed at.
#pragma once

#include <span>

#include "rig/core/result.hpp"
#include "rig/core/units.hpp"

namespace jr {

struct Inrush {
  double peak_A{};
  double duration_s{};         ///< above a tenth of the peak
  double charge_C{};           ///< over the level right behind it
  double capacitance_F{};      ///< charge over supply voltage
  /// It is not larger, by this monitor's amperes: one that still changes range misses up to two samples, and the board
  /// may not yet draw what it draws right behind.
  double capacitance_limit_F{};
};

/// `current_A` begins before the supply is switched on; what rushes in does so in its first three quarters, and stands
/// out above the median of the last. Errors (malformed): no inrush above the level, fewer than 3 samples of it, one
/// that has not ended in the three quarters, a current that is not finite. Requires period_s > 0 and supply > 0.
Result<Inrush> find_inrush(std::span<const float> current_A, double period_s, Volt supply);

}  // namespace jr
