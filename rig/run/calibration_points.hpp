// From an open bench to the points of a calibration: ranges found, zero taken, currents up and
// down. Never fits anything.
#pragma once

#include <string>
#include <vector>

#include "rig/run/calibration_bench.hpp"

namespace jr {

/// "0.01235 A": four digits, as currents are spoken of here.
std::string in_ampere(double current_A);

struct PointsRequest {
  int points{7};                    ///< currents a range, each way
  std::vector<std::size_t> ranges;  ///< empty: all of which at least half can be reached
  double highest_A{};
  double warm_up_s{};
  bool only_verification{};
};

struct MeasuredPoints {
  std::vector<CalibrationPoint> points, verification;
  std::vector<std::string> notes;  ///< what was left out and why
};

/// A point as the record keeps it. Requires codes of one range.
CalibrationPoint point_of(const AveragedCodes& codes, bool rising, double supply_V);

/// Errors: refused (a range that cannot be reached; a current that is never seen in one range
/// alone), and whatever ends a stream or a reference.
Result<MeasuredPoints> measure_points(CalibrationBench& bench, const PointsRequest& request,
                                      Progress& progress);

}  // namespace jr
