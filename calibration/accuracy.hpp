// How far amperes can be trusted, in the one form that the energy room computes with.
// Spec cards and bench calibrations both end here; nothing downstream asks which it was.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "rig/core/energy.hpp"
#include "rig/core/range_polynomial.hpp"

namespace jr {

/// What one standard deviation of one error does to the coefficients of one range.
struct CoefficientShift {
  std::size_t range{};
  double a_A{}, b_A_per_code{}, q_A_per_code2{};
  double s_A_per_V{};  ///< of the supply's share in the current
};

/// One independent error of the world that moves coefficients, of one range or of several together.
/// Equal keys, in whatever calibration they turn up, are the same error.
struct CoefficientDoubt {
  /// "gain:ppk2:E1:3", "reference:K2450:117:2026-03:10 mA:gain", "fit:<hash of the fit's input>:4"
  std::string key;
  std::string term;  ///< for people: "gain, range 3", "reference, gain of 10 mA"
  Distribution distribution{Distribution::normal};
  double degrees_of_freedom{std::numeric_limits<double>::infinity()};
  std::vector<CoefficientShift> shifts;
};

/// A doubt that is one number. `standard` 0: there is none, or nobody knows it (empty `source`).
struct ScalarDoubt {
  double standard{};
  Distribution distribution{Distribution::normal};
  double degrees_of_freedom{std::numeric_limits<double>::infinity()};
  std::string source;
};

/// What is known of one range beside its coefficients.
struct RangeAccuracy {
  ScalarDoubt misfit_A;        ///< what a, b, q cannot follow; one error for the whole range
  ScalarDoubt offset_drift_A;  ///< since it was calibrated or last checked
  ScalarDoubt offset_tempco_A_per_K;
  double noise_codes{};   ///< standard deviation of one sample, quantisation included; 0: unknown
  double full_scale_A{};  ///< current at the top of the range; 0: unknown
  std::size_t blanked_samples{};     ///< not to be believed after a switch into this range
  double lowest_A{}, highest_A{};    ///< span that a bench calibration covered; both 0: none did
  std::vector<std::string> missing;  ///< figures of this range that nobody states
};

enum class AccuracyKind { spec_card, calibration };

struct Accuracy {
  AccuracyKind kind{AccuracyKind::spec_card};
  std::string id;                       ///< card id, or the calibration's hash
  std::vector<RangePolynomial> ranges;  ///< coefficients to use
  std::vector<CoefficientDoubt> coefficients;
  std::vector<RangeAccuracy> per_range;  ///< as many as `ranges`
  double temperature_C{23};              ///< at which the coefficients hold
  double u_temperature_K{};        ///< standard, of that temperature; pays through the two tempcos
  ScalarDoubt gain_tempco_per_K;   ///< relative
  ScalarDoubt gain_drift;          ///< relative, since calibration or last check
  ScalarDoubt voltage_V;           ///< of a set voltage
  ScalarDoubt measured_voltage_V;  ///< of one that the instrument measures; no source: it does not
  ScalarDoubt time_base;           ///< relative; 50e-6 for 50 ppm
  ScalarDoubt line_latency_s;      ///< a digital line against the current of the same sample
  ScalarDoubt line_leakage_A;      ///< what a line that is high takes out of the board
  double debounce_s{};             ///< lines are believed this much late, always
  /// Figures that nobody states, "voltage: why". With one of these, or one of a range that was
  /// used, no U may be stated, unless it was measured otherwise (a voltage). The doubts they belong
  /// to are infinite.
  std::vector<std::string> missing;
};

}  // namespace jr
