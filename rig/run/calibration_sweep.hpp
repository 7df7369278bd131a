// Which currents a calibration asks for: arithmetic over ranges, where they switch, and what is
// allowed. Never applies one.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/range_polynomial.hpp"
#include "rig/core/result.hpp"

namespace jr {

inline constexpr double kTopCode = 16383;  ///< of 14 bits

/// About how far each range reaches, for 14-bit codes: by the step that the instrument's own
/// coefficients give for small codes. Their curvature would promise more than the instrument's
/// switching lets it use.
std::vector<double> full_scales_A(const std::vector<RangePolynomial>& own);

/// What of a range is met, by the direction in which one comes: ranges switch with hysteresis.
struct RangeReach {
  std::size_t range{};
  double lowest_rising_A{}, highest_rising_A{};
  double lowest_falling_A{}, highest_falling_A{};
};

/// Where a range ends, from both sides of both switches; each current was seen.
struct SwitchPoint {
  double rising_below_A{},
      rising_above_A{};  ///< coming from below: still in the range, in the next one
  double falling_below_A{},
      falling_above_A{};  ///< coming from above: in the range, still in the next one
};

/// Asks the instrument in which range a current is seen, coming from the current asked before.
using RangeProbe = std::function<Result<std::size_t>(double current_A)>;

/// Looks for the end of `range` near `full_scale_A`, never above `highest_A`, to 4 % of the full
/// scale. Nothing when the range reaches up to `highest_A`. Errors: the probe's; malformed when the
/// instrument's ranges follow no order.
Result<std::optional<SwitchPoint>> find_switch(const RangeProbe& probe, std::size_t range,
                                               double full_scale_A, double highest_A);

/// Ranges of which `highest_A` covers half, or reaches three times beyond the range below.
std::vector<std::size_t> reachable_ranges(const std::vector<double>& full_scale_A,
                                          double highest_A);

/// Reaches without a search, narrow enough to hold whichever way one comes.
std::vector<RangeReach> guessed_reaches(const std::vector<std::size_t>& ranges,
                                        const std::vector<double>& full_scale_A, double highest_A);
/// Reaches between the switches that were found; `ends[r]` is the end of range r, absent at the
/// top.
std::vector<RangeReach> found_reaches(const std::vector<std::size_t>& ranges,
                                      const std::vector<std::optional<SwitchPoint>>& ends,
                                      double highest_A);

/// A current to be measured, and what for.
struct PlannedCurrent {
  double current_A{};
  std::optional<std::size_t> range;  ///< in which it has to be seen; absent: whichever it is
  bool rising{true};
  bool verification{};  ///< never part of the fit
};

/// `points` currents a range from 3 % to 97 % of its reach, up through all ranges and down again,
/// then three others a range for verification, upwards. Between two ranges that both see a current,
/// by the way one comes, there is one more each way, so that they can be compared. points >= 7.
std::vector<PlannedCurrent> planned_currents(const std::vector<RangeReach>& reaches, int points);
/// Only the verification currents.
std::vector<PlannedCurrent> verification_currents(const std::vector<RangeReach>& reaches);
/// From a list of the only currents there are: up, down, and each third one kept for verification.
std::vector<PlannedCurrent> planned_from_list(const std::vector<double>& currents_A);

/// Another try for a current that was seen in another range, or in two: nearer to the middle of the
/// reach.
double retried_current_A(const RangeReach& reach, const PlannedCurrent& missed);

}  // namespace jr
