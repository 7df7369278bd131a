// A calibration as text and as JSON, for people and scripts.
// Never decides anything: every verdict comes from the record.
#pragma once

#include <string>

#include "calibration/calibration.hpp"

namespace jr::cli {

/// What the store adds to a record.
struct CalibrationStanding {
  std::string state;   ///< "active", "superseded", "revoked", "failed"
  std::string reason;  ///< why, where there is a why
};

/// Coefficients with their u, as found and as left a range, checks.
std::string calibration_page(const Calibration& calibration, const CalibrationStanding& standing);

/// The independent points one by one, and what failed. Also of a calibration that was verified
/// anew.
std::string verification_page(const Calibration& calibration);

/// Stable keys, SI units. `with_covariance`: the full matrix, rows a, b, q of range 0, then of
/// range 1, ...
std::string calibration_json(const Calibration& calibration, const CalibrationStanding& standing,
                             bool with_covariance);

/// The first twelve digits, as everything that is printed names it.
std::string short_id(const std::string& id);

}  // namespace jr::cli
