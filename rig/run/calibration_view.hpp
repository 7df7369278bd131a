// What a person wants to see of a calibration: residuals, what the instrument said before,
// coefficients and their doubt. Pure functions of one record; never the numbers that a result is
// computed with.
#pragma once

#include <optional>
#include <vector>

#include "calibration/calibration.hpp"

namespace jr {

/// One point's difference between an ampere computed from its codes and the reference's reading.
struct PointError {
  std::size_t range{};
  bool rising{true};
  double reference_A{}, error_A{};
  double U_A{};  ///< 95 %, of the point alone: codes and reading, without what the reference shares
  double E_n{};  ///< against what `as_found` and `as_left` say
};

/// By the instrument's own coefficients as they were found. E_n is against the card's limit and the
/// reference: within 1 the instrument kept what is published about it; NAN without a card.
std::vector<PointError> as_found(const Calibration& calibration);

/// By the fitted coefficients at the points of the fit, less the most likely error of each
/// reference range, which all its readings share and the fit allows for: what is left is scatter.
/// E_n is that over its U.
std::vector<PointError> residuals(const Calibration& calibration);

/// The same of the independent points, in their order: less the error of each reference range that the points of
/// the fit showed, so that both lists can stand in one picture. E_n as as_left() has it.
std::vector<PointError> independent_residuals(const Calibration& calibration);

/// By the fitted coefficients at the independent points; E_n as the record's own checks say, in
/// their order.
std::vector<PointError> as_left(const Calibration& calibration);

/// Rows and columns are a, b, q of range 0, then of range 1, ...: all coefficients of all ranges,
/// since those that share a reference are correlated. In A, A/code and A/code^2.
std::vector<std::vector<double>> covariance_of(const Calibration& calibration);

/// Standard uncertainty of the fitted current at a code of a range, in A; the reference included.
double u_current_A(const Calibration& calibration, std::size_t range, double code);

}  // namespace jr
