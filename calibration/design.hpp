// The fit of all ranges at once: which parameter belongs to which range, and the solved problem.
// The room's own; the checks read it, nobody outside does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibration/calibration.hpp"
#include "calibration/gls.hpp"

namespace jr {

/// A common error of the reference, as the fit met it.
struct CommonError {
  std::string key, term;
  Distribution distribution{};
};

struct Design {
  std::vector<int> order;          ///< per instrument range: 0 no points, 1 straight, 2 curved
  std::vector<std::size_t> first;  ///< per range: index of its `a`
  std::vector<CommonError> common;
  GlsProblem problem;
  GlsFit fit;
  Row birge;  ///< per range: what its scatter says the u should have been, >= 1

  double slope(std::size_t range, double code) const;    ///< of the curve, A per code
  double current(std::size_t range, double code) const;  ///< without the supply term
};

/// Fits with the given orders: once with slopes from the points, and again with its own slopes and
/// currents. Absent: singular. The second pass takes the reference's gain error of the fitted
/// current and not of the reading, because a common relative error on scattered readings pulls a
/// fit downwards.
std::optional<Design> fit_design(const Calibration& calibration, const std::vector<int>& order);

/// Weighted scatter of one range's points about the curve, and what is left of their number.
struct RangeScatter {
  double chi2{}, degrees_of_freedom{}, largest{};
};
RangeScatter scatter_of(const Calibration& calibration, const Design& design, std::size_t range);

/// Puts the verdicts on points, scatter, runs, hysteresis, overlaps and reference ranges into
/// `checks`.
void add_fit_checks(Calibration& calibration, const Design& design);

}  // namespace jr
