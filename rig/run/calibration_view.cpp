// Residuals and covariances out of a record's own points and doubts.
// Never fits.
#include "rig/run/calibration_view.hpp"

#include <cmath>
#include <string>

#include "calibration/spec_card.hpp"

namespace jr {
namespace {

double current_A(const RangePolynomial& p, double code, double supply_V) {
  return p.a_A + p.s_A_per_V * supply_V + code * (p.b_A_per_code + code * p.q_A_per_code2);
}

/// Ampere a code at `code`.
double slope_A(const RangePolynomial& p, double code) {
  return p.b_A_per_code + 2 * code * p.q_A_per_code2;
}

PointError error_of(const CalibrationPoint& point, const RangePolynomial& polynomial) {
  PointError error{point.range, point.rising, point.reference_A, 0, 0, NAN};
  error.error_A = current_A(polynomial, point.code_mean, point.supply_V) - point.reference_A;
  const double u_codes =
      point.samples > 0 ? point.code_sd / std::sqrt(static_cast<double>(point.samples)) : 0.0;
  error.U_A = 2 * std::hypot(slope_A(polynomial, point.code_mean) * u_codes, point.u_repeat_A);
  return error;
}

/// Of the reference at one reading, 95 %.
double U_reference_A(const Reference& reference, const CalibrationPoint& point) {
  for (const ReferenceRange& range : reference.ranges)
    if (range.name == point.reference_range)
      return 2 * std::hypot(range.u_gain * point.reference_A, range.u_offset_A);
  return 0;
}

/// The most likely gain and offset error of a reference range, given what its points show against
/// the fit and how large each of the two can be.
struct SharedError {
  double gain{}, offset_A{};
  double at(double reference_A) const { return gain * reference_A + offset_A; }
};

SharedError shared_error(const ReferenceRange& range, const std::vector<PointError>& errors) {
  // In units of their standard uncertainties, so that one which is 0 stays 0.
  double gg = 1, go = 0, oo = 1, g = 0, o = 0;
  for (const PointError& e : errors) {
    if (!(e.U_A > 0)) continue;
    const double gain = range.u_gain * e.reference_A / (e.U_A / 2),
                 offset = range.u_offset_A / (e.U_A / 2);
    const double seen = e.error_A / (e.U_A / 2);
    gg += gain * gain, go += gain * offset, oo += offset * offset;
    g += gain * seen, o += offset * seen;
  }
  const double determinant = gg * oo - go * go;
  return {range.u_gain * (oo * g - go * o) / determinant,
          range.u_offset_A * (gg * o - go * g) / determinant};
}

/// Of the points of the fit that were read in one range of the reference.
std::vector<PointError> fitted_errors(const Calibration& c, const ReferenceRange& reference) {
  std::vector<PointError> errors;
  for (const CalibrationPoint& point : c.points)
    if (point.reference_range == reference.name && point.range < c.ranges.size())
      errors.push_back(error_of(point, c.ranges[point.range].polynomial));
  return errors;
}

}  // namespace

std::vector<PointError> as_found(const Calibration& c) {
  const auto card = parse_spec_card(c.spec_card, "the record's spec card");
  std::vector<PointError> errors;
  for (const CalibrationPoint& point : c.points) {
    if (point.range >= c.as_found.size()) continue;
    PointError error = error_of(point, c.as_found[point.range]);
    if (card) {
      const double reading_A = point.reference_A + error.error_A;  // a gain limit is of reading
      const double limit_A = card->gain_of(point.range).half_width * std::abs(reading_A) +
                             card->offset_of(point.range).half_width;
      error.E_n = error.error_A / std::hypot(limit_A, U_reference_A(c.reference, point));
    }
    errors.push_back(error);
  }
  return errors;
}

std::vector<PointError> residuals(const Calibration& c) {
  std::vector<PointError> errors;
  for (const ReferenceRange& reference : c.reference.ranges) {
    std::vector<PointError> of_reference = fitted_errors(c, reference);
    const SharedError shared = shared_error(reference, of_reference);
    for (PointError& error : of_reference) {
      error.error_A -= shared.at(error.reference_A);
      if (error.U_A > 0) error.E_n = error.error_A / error.U_A;
      errors.push_back(error);
    }
  }
  return errors;
}

std::vector<PointError> independent_residuals(const Calibration& c) {
  std::vector<PointError> errors = as_left(c);
  std::size_t i = 0;
  for (const CalibrationPoint& point : c.verification) {
    if (point.range >= c.ranges.size()) continue;  // as_left() leaves it out, too
    PointError& error = errors[i++];
    for (const ReferenceRange& reference : c.reference.ranges)
      if (reference.name == point.reference_range)
        error.error_A -= shared_error(reference, fitted_errors(c, reference)).at(error.reference_A);
  }
  return errors;
}

std::vector<PointError> as_left(const Calibration& c) {
  std::vector<double> E_n;
  for (const CalibrationCheck& check : c.checks)
    if (check.name.starts_with("E_n")) E_n.push_back(check.value);
  std::vector<PointError> errors;
  for (std::size_t i = 0; i < c.verification.size(); ++i) {
    const CalibrationPoint& point = c.verification[i];
    if (point.range >= c.ranges.size()) continue;
    PointError error = error_of(point, c.ranges[point.range].polynomial);
    if (i < E_n.size()) error.E_n = E_n[i];
    errors.push_back(error);
  }
  return errors;
}

std::vector<std::vector<double>> covariance_of(const Calibration& c) {
  const std::size_t n = 3 * c.ranges.size();
  std::vector<std::vector<double>> matrix(n, std::vector<double>(n));
  for (const CoefficientDoubt& doubt : c.doubts) {
    std::vector<double> shift(n);
    for (const CoefficientShift& s : doubt.shifts) {
      if (s.range >= c.ranges.size()) continue;
      shift[3 * s.range] += s.a_A;
      shift[3 * s.range + 1] += s.b_A_per_code;
      shift[3 * s.range + 2] += s.q_A_per_code2;
    }
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k < n; ++k) matrix[i][k] += shift[i] * shift[k];
  }
  return matrix;
}

double u_current_A(const Calibration& c, std::size_t range, double code) {
  double variance = 0;
  for (const CoefficientDoubt& doubt : c.doubts) {
    double shift_A = 0;
    for (const CoefficientShift& s : doubt.shifts)
      if (s.range == range) shift_A += s.a_A + code * (s.b_A_per_code + code * s.q_A_per_code2);
    variance += shift_A * shift_A;
  }
  if (range < c.ranges.size()) variance += c.ranges[range].misfit_A * c.ranges[range].misfit_A;
  return std::sqrt(variance);
}

}  // namespace jr
