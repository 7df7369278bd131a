// What a reference load showed before and after a run, and what that says of the run's amperes. Pure functions.
// Never measures, and never knows the run's result.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

/// One look at one load: what the reference read, and what the monitor showed beside it.
struct LoadSight {
  double reference_A{};
  double monitor_A{};  ///< by the coefficients that the run is computed with
};

/// One load of a run, with all that judging it takes. Relative figures are relative to the reference's reading.
struct HealthCheck {
  double asked_A{};
  int range{-1};                   ///< the monitor's; -1: the samples were not all of one
  std::optional<LoadSight> before, after;
  double u_repeat{};               ///< relative, standard: of one look, by scatter alone
  double u_check{};                ///< relative, standard: of one look, with what the reference does not share
                                   ///< with the calibration that made the monitor's amperes
  double u_own{};                  ///< relative, standard: of the monitor, its ranges' own: the fit (or the card), misfit
  double u_monitor{};              ///< relative, standard: what calibration or card allows at this current, `u_own` and
                                   ///< what all ranges share: drift and temperature
  bool calibrated{};               ///< the amperes rest on a bench calibration, not on a card
  double change_limit{};           ///< relative: by how much before and after may differ
  std::string basis;               ///< id of that calibration or card

  bool complete() const { return before && after; }
};

/// monitor over reference, less one.
double deviation(const LoadSight& sight);
/// Mean of the looks that there are; 0 without any.
double deviation(const HealthCheck& check);

/// "1 mA (range 3)".
std::string name_of(const HealthCheck& check);

/// Why this check does not pass; empty when it does. It fails when a deviation exceeds twice the combined
/// standard uncertainty of monitor and check (E_n > 1), when before and after differ by more than
/// `change_limit` and three of their own standard uncertainties together, or when a look is missing that
/// `finished` says should be there.
std::string failure_of(const HealthCheck& check, bool finished);

/// What a run pays for drift, or is corrected by.
struct DriftAccount {
  double correct_by{};  ///< relative: results are multiplied by 1 + this; 0 unless the meter itself moved
  double u{};           ///< relative, standard; stands in the place of the drift since calibration
  bool known{};         ///< the checks say something about this run; else `u` is 0 and the card's drift applies
  bool passed{true};
  std::string note;     ///< one clause: "drift checked before and after, 2 loads, +0.012 %"
};

/// With a bench calibration: two loads that are off alike (within u_check and u_own, three times) mean the meter,
/// whose results are corrected by the weighted mean; then u^2 = change^2/12 + u_mean^2. One load alone cannot tell itself from the meter, and two
/// that disagree do not say which: nothing is corrected, and the worst load's shift is paid for as well.
/// With a spec card the deviation lies within what the card allows and is paid there: u^2 = change^2/12 alone.
DriftAccount drift_account(const std::vector<HealthCheck>& checks);

/// For the run's set-up document: a JSON array. Errors: malformed.
std::string to_json(const std::vector<HealthCheck>& checks);
Result<std::vector<HealthCheck>> health_checks_from(const std::string& json);

}  // namespace jr
