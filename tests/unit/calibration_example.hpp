// An instrument with two overlapping ranges, a reference with two ranges, and points between them.
// Draws errors from a generator the test owns; never asks the library under test what is right.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "calibration/calibration.hpp"
#include "calibration/spec_card.hpp"

namespace jr::test {

inline const std::vector<RangePolynomial> kTruth{{-1e-7, 4e-7, 0, 1e-6, 100},
                                                 {2e-6, 5e-6, 0, 2e-5, 10}};

inline std::string ppk2_card_text() {
  return load_spec_card(JOULERIG_SOURCE_DIR "/calibration/cards", "ppk2")->text;
}

/// No points yet; reference ranges of 200 ppm and 1 nA, and 300 ppm and 20 nA.
inline Calibration empty_calibration() {
  Calibration c;
  c.instrument = {"ppk2", "E1", "9173", "1.2"};
  c.reference = {"K2450",
                 "117",
                 "2026-03",
                 "a laboratory",
                 "2026-03-01",
                 {{"10 mA", 10e-3, 2e-4, 1e-9, Distribution::normal},
                  {"100 mA", 100e-3, 3e-4, 2e-8, Distribution::normal}}};
  c.created = "2026-11-01T10:00:00Z";
  c.expires = "2027-11-01";
  c.operator_name = "a test";
  c.procedure = "sweep";
  c.ambient_C = 23;
  c.u_ambient_K = 0.5;
  c.supply_V = 3.3;
  c.as_found = kTruth;
  c.as_found[0].b_A_per_code *= 1.05;
  c.as_found[1].b_A_per_code *= 0.96;
  c.spec_card = ppk2_card_text();
  return c;
}

/// A point without any error. `curvature` bends the truth.
inline CalibrationPoint exact_point(std::size_t range, double code,
                                    const std::string& reference_range, double curvature = 0) {
  const RangePolynomial& t = kTruth[range];
  CalibrationPoint p;
  p.range = range;
  p.reference_range = reference_range;
  p.code_mean = code;
  p.code_sd = 3;
  p.samples = 10000;
  p.supply_V = 3.3;
  p.reference_A =
      t.a_A + t.s_A_per_V * p.supply_V + t.b_A_per_code * code + curvature * code * code;
  p.u_repeat_A = 2e-5 * std::fabs(p.reference_A) + 1e-9;
  return p;
}

/// Up and down again through both ranges, seven currents each; range 1 begins in the small
/// reference range.
inline std::vector<CalibrationPoint> exact_sweep(double curvature = 0) {
  std::vector<CalibrationPoint> points;
  for (const bool rising : {true, false})
    for (int k = 0; k < 7; ++k) {
      const double share = (rising ? k : 6 - k) / 6.0;
      points.push_back(exact_point(0, 500 + 15000 * share, "10 mA", curvature));
      points.back().rising = rising;
      const double code = 500 + 15000 * share;
      points.push_back(exact_point(1, code, code < 1500 ? "10 mA" : "100 mA", curvature));
      points.back().rising = rising;
    }
  return points;
}

/// Three points a range that exact_sweep() does not hold.
inline std::vector<CalibrationPoint> exact_verification(double curvature = 0) {
  std::vector<CalibrationPoint> points;
  for (const double code : {2000.0, 7000.0, 14000.0}) {
    points.push_back(exact_point(0, code, "10 mA", curvature));
    points.push_back(exact_point(1, code, "100 mA", curvature));
  }
  return points;
}

/// What a reference got wrong: one gain and one offset for each of its ranges.
struct ReferenceErrors {
  double gain[2]{}, offset_A[2]{};
};

template <class Generator>
ReferenceErrors draw_reference(const Reference& reference, Generator& generator) {
  std::normal_distribution<double> normal;
  ReferenceErrors errors;
  for (std::size_t h = 0; h < 2; ++h) {
    errors.gain[h] = reference.ranges[h].u_gain * normal(generator);
    errors.offset_A[h] = reference.ranges[h].u_offset_A * normal(generator);
  }
  return errors;
}

/// Adds the reference's errors and scatter. The scatter of a mean code is twice sd/sqrt(n): the
/// samples of a real instrument are not independent.
template <class Generator>
std::vector<CalibrationPoint> with_errors(std::vector<CalibrationPoint> points,
                                          const Reference& reference, const ReferenceErrors& errors,
                                          Generator& generator, double scatter = 1) {
  std::normal_distribution<double> normal;
  for (CalibrationPoint& p : points) {
    const std::size_t h = p.reference_range == reference.ranges[0].name ? 0 : 1;
    p.reference_A = p.reference_A * (1 + errors.gain[h]) + errors.offset_A[h] +
                    scatter * p.u_repeat_A * normal(generator);
    p.code_mean +=
        scatter * 2 * p.code_sd / std::sqrt(static_cast<double>(p.samples)) * normal(generator);
  }
  return points;
}

/// A fitted and verified calibration with small, fixed errors that passes.
inline Calibration passing_calibration() {
  std::mt19937_64 generator(7);
  Calibration c = empty_calibration();
  const ReferenceErrors errors{{1e-4, -1e-4}, {0, 0}};
  c.points = with_errors(exact_sweep(), c.reference, errors, generator, 0.5);
  Calibration fitted = fit_calibration(c).value();
  const auto verified = verify_calibration(
      fitted, with_errors(exact_verification(), c.reference, errors, generator, 0.5));
  if (!verified) throw std::runtime_error(verified.error().message);
  return fitted;
}

}  // namespace jr::test
