// Did the meter move? Reference loads measured before and after a run, and the history of such
// checks. Pure functions; never knows where a reading came from, and never repairs one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

/// A reference load seen before and after a run. The reference value is what a calibrated meter
/// shows for it.
struct LoadCheck {
  std::string load;      ///< "1 kohm"
  double reference_A{};  ///< not zero
  double before_A{}, after_A{};
  double u_check{};  ///< relative, standard: repeatability of the reading, and the load's own
                     ///< stability
};

/// What the check says of the meter's gain, all relative.
struct Drift {
  double shift{};        ///< m = mean of before and after against the reference value
  double change{};       ///< after - before
  double u_corrected{};  ///< standard, when results are divided by 1 + m: sqrt(change^2/12 +
                         ///< u_check^2)
  double
      u_uncorrected{};  ///< standard, when they are left alone: sqrt(m^2 + change^2/12 + u_check^2)
};

/// A shift that both checks share is in `u_uncorrected`; the change alone would miss it.
/// Error (malformed): a reading or u that is not finite, a u below 0, a reference value of zero.
Result<Drift> drift_of(const LoadCheck& check);

enum class Drifted {
  nothing,  ///< all loads read as they should
  meter,    ///< all loads are off by the same relative amount
  load,     ///< one is off, the others are not: that load, or the range that it is measured in
  unclear   ///< off, but not in a way that one cause explains
};
const char* name_of(Drifted what);

struct Diagnosis {
  Drifted what{Drifted::nothing};
  std::string load;  ///< which, when `what` is load
  double shift{};    ///< of the meter (weighted mean of all loads) or of that load, relative
};

/// Tells a drifted meter from a drifted load. A shift counts when it exceeds three of its own
/// standard uncertainties (two where another load shows the same); two are the same when their
/// difference does not exceed three. One load alone, or one too uncertain to contradict, leaves it
/// `unclear`. Errors: as drift_of(), and a check without any uncertainty.
Result<Diagnosis> diagnose(const std::vector<LoadCheck>& checks);

/// Limits of a control chart of single values.
struct ControlLimits {
  double centre{}, sigma{};
  std::size_t values{};  ///< they rest on
  double lowest() const { return centre - 3 * sigma; }
  double highest() const { return centre + 3 * sigma; }
};

/// From a history of at least eight values: their mean, and sigma from the mean moving range
/// over 1.128, so that a slow drift in the history does not widen the limits it should break.
/// `least_sigma` is the smallest sigma believed (resolution, u_check). Error (malformed): too few,
/// or not finite.
Result<ControlLimits> control_limits(const std::vector<double>& history, double least_sigma);

enum class ControlRule { beyond_three_sigma, two_of_three_beyond_two_sigma, eight_on_one_side };
const char* name_of(ControlRule rule);

struct ControlSignal {
  ControlRule rule{};
  std::size_t index{};  ///< of the value that completed the pattern
};

/// Every value that completes a pattern, oldest first. Both of "two of three" lie on the same side.
std::vector<ControlSignal> out_of_control(const ControlLimits& limits,
                                          const std::vector<double>& values);

}  // namespace jr
