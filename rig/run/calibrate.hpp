// The calibration procedure: warm up, zero, currents up and down in every range, fit, checks,
// independent points. Never activates what failed a check, and never asks for a current above the
// board's trip current.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "calibration/calibration.hpp"
#include "rig/run/measure.hpp"
#include "rig/run/reference.hpp"
#include "rig/store/store.hpp"

namespace jr {

struct CalibrateRequest {
  std::string bench{"sim"};
  std::filesystem::path reference;  ///< file with a [reference]; empty: the bench file itself
  int points{7};                    ///< currents a range, each way; at least 7
  std::vector<std::size_t> ranges;  ///< empty: all that can be reached
  std::optional<double> highest_A;  ///< absent: 80 % of the board's trip current
  std::optional<double> settle_s;   ///< absent: 0.1 s on a virtual bench, else 1 s
  std::optional<double> warm_up_s;  ///< absent: 1 s on a virtual bench, else half an hour
  double valid_days{365};
  std::string operator_name;
  WorldOptions world;       ///< extra options of joulerig-sim; virtual benches only
  std::istream* answers{};  ///< of the person who sets the currents, if one does
  std::ostream* questions{};
  const std::atomic<bool>* interrupted{};
};

struct CalibrateOutcome {
  Calibration calibration;
  bool passed{};
  std::string reason;  ///< which checks failed, with their numbers; empty when it passed
  std::vector<std::string> notes;  ///< what was left out and why
};

/// Calibrates the monitor of a bench and keeps the record: active when every check passed, else as
/// failed. Errors, before anything is opened: usage (bench, reference, a current above what board
/// or reference stand); later: busy, refused, timeout, interrupted, storage, malformed (the fit's
/// own).
Result<CalibrateOutcome> calibrate(Store& store, const CalibrateRequest& request,
                                   Progress& progress);

/// Measures three independent currents in each range that `kept` covers, against the reference of
/// the bench, and returns `kept` with these points and their E_n in place of its own verification
/// and checks. Errors: as calibrate(); refused when another instrument stands on the bench.
Result<Calibration> verify_on_bench(const Calibration& kept, const CalibrateRequest& request,
                                    Progress& progress);

/// The highest current that may be asked for: `wanted_A`, or 80 % of the trip current, or the
/// reference's highest. Errors: usage, with both numbers, when `wanted_A` or a current of
/// `listed_A` is above a limit.
Result<double> highest_allowed_A(std::optional<double> wanted_A, double trip_A,
                                 const ReferenceFile& reference,
                                 const std::vector<double>& listed_A);

/// Which checks of it failed: "runs, range 2 (3.1, limit 2.6); ...".
std::string failed_checks(const Calibration& calibration);

/// The row of the store; `passed` decides between "active" and "failed".
CalibrationRow row_of(const Calibration& calibration, bool passed, const std::string& reason);

}  // namespace jr
