// Draws meters and calibrates them. All truth of the study is here and in runs.cpp.
// Never asks the library under test what is right.
#include "tests/coverage/world.hpp"

#include <cmath>
#include <numbers>
#include <sstream>

namespace jr::coverage {
namespace {

constexpr double kFullCode = 16383;
constexpr double kSupplyTerm_A_per_V[5] = {0, 1e-8, 1e-7, 1e-6, 1e-4};
constexpr double kHighest_A = 0.9;

/// The highest code of a range that a bench can reach.
double top_code(std::size_t range) { return std::min(kFullCode, kHighest_A / kStep_A[range]); }

double true_current(const Meter& meter, std::size_t range, double code, double supply_V) {
  const RangePolynomial& p = meter.truth[range];
  const double wave = meter.wave[range] * p.b_A_per_code * top_code(range) *
                      std::sin(3 * std::numbers::pi * code / top_code(range));
  return p.a_A + p.s_A_per_V * supply_V + code * (p.b_A_per_code + code * p.q_A_per_code2) + wave;
}

struct ReferenceErrors {
  double gain{}, offset_A{};
};

Calibration empty_calibration() {
  Calibration c;
  c.instrument = kNamed;
  c.reference = {"study reference", "1", "none but simulated", "nobody", "2026-03-01", {}};
  for (const double top_A : {1e-3, 1e-2, 1e-1, 1.0})
    c.reference.ranges.push_back({std::to_string(top_A), top_A, kReferenceGain,
                                  kReferenceOffset * top_A, Distribution::normal});
  c.created = "2026-11-01T10:00:00Z";
  c.expires = "2027-11-01";
  c.operator_name = "nobody";
  c.procedure = "simulated sweep";
  c.ambient_C = 23;
  c.u_ambient_K = kAirOfCalibration_K;
  c.supply_V = kSupply_V;
  c.spec_card = card_text();
  return c;
}

CalibrationPoint point_at(const Meter& meter, std::size_t range, double code,
                          const std::vector<ReferenceErrors>& errors, const Calibration& c,
                          Dice& dice) {
  const double truth_A = true_current(meter, range, code, kSupply_V);
  std::size_t h = 0;
  while (h + 1 < c.reference.ranges.size() && std::fabs(truth_A) > c.reference.ranges[h].highest_A)
    ++h;
  CalibrationPoint p;
  p.range = range;
  p.reference_range = c.reference.ranges[h].name;
  p.code_sd = kPromise.noise_codes;
  p.samples = 10000;
  p.supply_V = kSupply_V;
  p.u_repeat_A = 1e-5 * std::fabs(truth_A);
  p.reference_A =
      truth_A * (1 + errors[h].gain) + errors[h].offset_A + p.u_repeat_A * dice.normal();
  // Neighbouring samples are not independent: the mean of 10,000 scatters like that of 2,500.
  p.code_mean = code + 2 * p.code_sd / std::sqrt(static_cast<double>(p.samples)) * dice.normal();
  return p;
}

}  // namespace

Meter draw_meter(Dice& dice) {
  Meter meter;
  meter.tempco_per_K = dice.even(kPromise.tempco_per_K);
  for (std::size_t r = 0; r < 5; ++r) {
    const double step = kStep_A[r], gain = dice.even(kPromise.gain);
    const RangePolynomial own{-20 * step, step, 0, kSupplyTerm_A_per_V[r], 0};
    RangePolynomial truth{own.a_A * (1 + gain) + dice.even(kPromise.offset_codes) * step,
                          step * (1 + gain), 0, own.s_A_per_V * (1 + gain), 0};
    truth.q_A_per_code2 = dice.normal() * kCurvature * truth.b_A_per_code / top_code(r);
    meter.own.push_back(own);
    meter.truth.push_back(truth);
    meter.offset_tempco_A_per_K[r] = dice.even(kPromise.offset_tempco_codes_per_K) * step;
  }
  return meter;
}

double code_of(const Meter& meter, std::size_t range, double current_A, double supply_V,
               double gain, double offset_A) {
  const double wanted = (current_A - offset_A) / (1 + gain),
               slope = meter.truth[range].b_A_per_code;
  double code = (wanted - true_current(meter, range, 0, supply_V)) / slope;
  for (int step = 0; step < 8; ++step)  // nearly linear: each step gains three digits
    code += (wanted - true_current(meter, range, code, supply_V)) / slope;
  return code;
}

std::string card_text() {
  const auto limit = [](double half_width) {
    std::ostringstream text;
    text << "limit = " << half_width
         << "\ndistribution = \"rectangular\"\nsource = \"assumed: the study\"\n";
    return text.str();
  };
  std::ostringstream card;
  card << "[card]\nkind = \"study\"\nid = \"study\"\nchoose = \"widest\"\nrule = \"the study's "
          "own\"\n"
       << "[gain]\n"
       << limit(kPromise.gain) << "[offset]\nlimit_A = [";
  for (const double step : kStep_A) card << kPromise.offset_codes * step << ", ";
  card
      << "]\ndistribution = \"rectangular\"\nsource = \"assumed: the study\"\n[voltage]\nlimit_V = "
      << kPromise.voltage_V
      << "\ndistribution = \"rectangular\"\nsource = \"assumed: the "
         "study\"\n[time_base]\nlimit_ppm = "
      << kPromise.clock * 1e6
      << "\ndistribution = \"rectangular\"\nsource = \"assumed: the "
         "study\"\n[lines]\nlatency_limit_s = "
      << kPromise.latency_s
      << "\ndistribution = \"rectangular\"\nsource = \"assumed: the "
         "study\"\n[temperature]\ncalibrated_at_C = 23\n"
      << "[gain_tempco_per_K]\n"
      << limit(kPromise.tempco_per_K) << "[gain_drift_per_year]\n"
      << limit(kPromise.drift_per_year);
  for (const double step : kStep_A)
    card << "[[range]]\nname = \"r\"\nsource = \"assumed: the study\"\nnoise_codes = "
         << kPromise.noise_codes
         << "\noffset_drift_A_per_year = { limit = " << kPromise.offset_drift_codes_per_year * step
         << ", distribution = \"rectangular\", source = \"assumed: the study\" "
            "}\noffset_tempco_A_per_K = { "
            "limit = "
         << kPromise.offset_tempco_codes_per_K * step
         << ", distribution = \"rectangular\", source = \"assumed: the study\" }\n";
  return card.str();
}

Result<Calibration> calibrated(const Meter& meter, Dice& dice, double air_K) {
  Calibration c = empty_calibration();
  c.as_found = meter.own;
  std::vector<ReferenceErrors> errors;
  for (const ReferenceRange& range : c.reference.ranges)
    errors.push_back({range.u_gain * dice.normal(), range.u_offset_A * dice.normal()});
  // The air is not what was noted: the meter of the calibration is a little another one.
  Meter then = meter;
  for (std::size_t r = 1; r < 5; ++r) {
    const double gain = 1 + meter.tempco_per_K * air_K;
    RangePolynomial& p = then.truth[r];
    p.a_A = p.a_A * gain + meter.offset_tempco_A_per_K[r] * air_K;
    p.b_A_per_code *= gain, p.q_A_per_code2 *= gain, p.s_A_per_V *= gain;
    for (const bool rising : {true, false})
      for (int k = 0; k < 7; ++k) {
        const double share = 0.03 + 0.94 * (rising ? k : 6 - k) / 6.0;
        c.points.push_back(point_at(then, r, share * top_code(r), errors, c, dice));
        c.points.back().rising = rising;
      }
  }
  auto fitted = fit_calibration(std::move(c));
  if (fitted && !passed(*fitted))
    return fail(Trouble::refused, "The calibration did not pass its checks; make another.");
  return fitted;
}

}  // namespace jr::coverage
