// Calibration points: are they usable at all, and what is each worth.
// Never drops or repairs a point; a bad one is refused by its number.
#pragma once

#include <string>
#include <vector>

#include "calibration/calibration.hpp"

namespace jr {

/// Standard uncertainty of a point's mean code, in codes. Assumes that neighbouring codes are
/// correlated so far that a quarter of the samples are independent (1/f noise, mains), and that
/// without dither the mean may sit anywhere within a code: that share fades as exp(-2 pi^2 sigma^2)
/// with the noise sigma.
double u_code_mean(const CalibrationPoint& point);

/// The share of the supply voltage in this range's current, per volt, as the instrument itself
/// states it.
double supply_term(const Calibration& calibration, std::size_t range);

/// The reference range that a point names. Requires that check_points() accepted it.
const ReferenceRange& reference_range_of(const Calibration& calibration,
                                         const CalibrationPoint& point);

/// What one standard deviation of an error of `range` adds to a reading of `current_A`.
inline double gain_effect_A(const ReferenceRange& range, double current_A) {
  return range.u_gain * current_A;
}

/// "reference:MODEL:SERIAL:CERTIFICATE:RANGE:gain|offset": the same in every calibration against
/// it.
std::string reference_key(const Reference& reference, const ReferenceRange& range,
                          const char* part);

/// "4.2 mA", for names and messages.
std::string printed_current(double current_A);

/// Trouble::malformed for the first point that no fit can use, or a reference that nobody vouches
/// for.
Result<void> check_points(const Calibration& calibration,
                          const std::vector<CalibrationPoint>& points);

}  // namespace jr
