// What is true on a simulated bench: an instrument with hidden errors, and the calibration somebody
// made of it. Shares no formula with the product: currents become codes here, codes become currents
// there.
#pragma once

#include <string>
#include <vector>

#include "calibration/calibration.hpp"
#include "tests/coverage/dice.hpp"

namespace jr::coverage {

/// What the study's card promises; the truth keeps these limits unless a bench is mis-specified.
struct Promise {
  double gain = 0.2;        ///< before calibration, relative
  double offset_codes = 5;  ///< before calibration
  double voltage_V = 0.05;  ///< of a set voltage
  double clock = 50e-6;
  double latency_s = 10e-6;
  double tempco_per_K = 50e-6;
  double offset_tempco_codes_per_K = 0.02;
  double drift_per_year = 2e-3;
  double offset_drift_codes_per_year = 1;
  double noise_codes = 2;
};
inline constexpr Promise kPromise;

inline constexpr double kSupply_V = 3.0, kPeriod_s = 1e-5, kAgeYears = 30 / 365.25;
inline constexpr double kCurvature = 1e-4;  ///< relative at full scale, one standard deviation
inline constexpr double kReferenceGain = 1.2e-4,
                        kReferenceOffset = 1e-5;  ///< standard; of a reference range
inline constexpr double kMeter_V = 1e-3;          ///< standard; of the voltmeter at the board
inline constexpr double kLead_ohm = 0.05, kLeadU_ohm = 0.005, kAirLimit_K = 3,
                        kAirOfCalibration_K = 0.5;
inline constexpr double kStep_A[5] = {4.4e-8, 4.3e-7, 4.3e-6, 4.6e-5, 7.8e-4};

/// One meter as it is.
struct Meter {
  std::vector<RangePolynomial> own;    ///< what it says of itself
  std::vector<RangePolynomial> truth;  ///< at the temperature of its calibration
  double tempco_per_K{};
  double offset_tempco_A_per_K[5]{};
  double wave[5]{};  ///< non-linearity that no parabola follows, relative at full scale
};

Meter draw_meter(Dice& dice);

/// Current at the terminals that gives a mean code; the instrument's inverse. `gain`, `offset_A`:
/// errors of the moment on top of the truth.
double code_of(const Meter& meter, std::size_t range, double current_A, double supply_V,
               double gain, double offset_A);

/// The card of these promises, as TOML.
std::string card_text();

/// A calibration of ranges 1 to 4 against a reference with hidden errors, at an air temperature
/// that is not quite what was noted (`air_K`: by how much). Refused when the fit or its checks
/// refuse.
Result<Calibration> calibrated(const Meter& meter, Dice& dice, double air_K);

inline const Instrument kNamed{"study", "S1", "1", "1"};

}  // namespace jr::coverage
