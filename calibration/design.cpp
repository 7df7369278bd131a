// Rows and columns of the calibration's least-squares problem.
// Decides nothing about what is good enough.
#include "calibration/design.hpp"

#include <algorithm>
#include <cmath>

#include "calibration/points.hpp"
#include "rig/core/extremes.hpp"

namespace jr {
namespace {

struct Straight {
  double slope{}, code{}, current_A{};
};  // through the outermost points of a range

Straight outermost(const Calibration& calibration, std::size_t range) {
  const CalibrationPoint *low = nullptr, *high = nullptr;
  for (const CalibrationPoint& p : calibration.points) {
    if (p.range != range) continue;
    if (!low || p.code_mean < low->code_mean) low = &p;
    if (!high || p.code_mean > high->code_mean) high = &p;
  }
  if (!low || high->code_mean == low->code_mean) return {};
  return {(high->reference_A - low->reference_A) / (high->code_mean - low->code_mean),
          low->code_mean, low->reference_A};
}

void number_parameters(Design& design) {
  std::size_t next = 0;
  for (const int order : design.order) {
    design.first.push_back(next);
    next += order > 0 ? static_cast<std::size_t>(order) + 1 : 0;
  }
}

Row row_for(const Design& design, const CalibrationPoint& p) {
  Row row(design.first.back() +
          static_cast<std::size_t>(design.order.back() > 0 ? design.order.back() + 1 : 0));
  double power = 1;
  for (int k = 0; k <= design.order[p.range]; ++k, power *= p.code_mean)
    row[design.first[p.range] + static_cast<std::size_t>(k)] = power;
  return row;
}

/// One column for each error that a used reference range has.
void add_common(const Calibration& calibration, Design& design, const Row& truth_A) {
  const auto& points = calibration.points;
  for (const ReferenceRange& range : calibration.reference.ranges) {
    Row gain(points.size()), offset(points.size());
    bool used = false;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (points[i].reference_range != range.name) continue;
      used = true;
      gain[i] = gain_effect_A(range, truth_A[i]);
      offset[i] = range.u_offset_A;
    }
    const auto add = [&](const char* part, double u, Row column) {
      if (!used || u == 0) return;
      design.common.push_back({reference_key(calibration.reference, range, part),
                               std::string("reference, ") + part + " of " + range.name,
                               range.distribution});
      design.problem.shared.push_back(std::move(column));
    };
    add("gain", range.u_gain, std::move(gain));
    add("offset", range.u_offset_A, std::move(offset));
  }
}

std::optional<Design> pass(const Calibration& calibration, const std::vector<int>& order,
                           const Row& slope, const Row& truth_A) {
  Design design;
  design.order = order;
  number_parameters(design);
  const auto& points = calibration.points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    design.problem.rows.push_back(row_for(design, points[i]));
    design.problem.y.push_back(points[i].reference_A -
                               supply_term(calibration, points[i].range) * points[i].supply_V);
    const double of_codes = slope[i] * u_code_mean(points[i]);
    design.problem.u.push_back(std::hypot(of_codes, points[i].u_repeat_A));
    if (!(design.problem.u.back() > 0)) return std::nullopt;
  }
  add_common(calibration, design, truth_A);
  auto fit = solve(design.problem);
  if (!fit) return std::nullopt;
  design.fit = std::move(*fit);
  return design;
}

}  // namespace

double Design::slope(std::size_t range, double code) const {
  const double* theta = &fit.theta[first[range]];
  return theta[1] + (order[range] == 2 ? 2 * theta[2] * code : 0.0);
}

double Design::current(std::size_t range, double code) const {
  const double* theta = &fit.theta[first[range]];
  return theta[0] + code * (theta[1] + (order[range] == 2 ? theta[2] * code : 0.0));
}

std::optional<Design> fit_design(const Calibration& calibration, const std::vector<int>& order) {
  const auto& points = calibration.points;
  Row slope, truth_A;
  for (const CalibrationPoint& p : points) {
    const Straight line = outermost(calibration, p.range);
    slope.push_back(line.slope);
    truth_A.push_back(line.current_A + line.slope * (p.code_mean - line.code));
  }
  auto design = pass(calibration, order, slope, truth_A);
  if (!design) return std::nullopt;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t r = points[i].range;
    slope[i] = design->slope(r, points[i].code_mean);
    truth_A[i] =
        design->current(r, points[i].code_mean) + supply_term(calibration, r) * points[i].supply_V;
  }
  design = pass(calibration, order, slope, truth_A);
  if (!design) return std::nullopt;
  for (std::size_t r = 0; r < order.size(); ++r) {
    const RangeScatter s = scatter_of(calibration, *design, r);
    design->birge.push_back(
        s.degrees_of_freedom > 0 ? std::max(1.0, std::sqrt(s.chi2 / s.degrees_of_freedom)) : 1.0);
  }
  return design;
}

RangeScatter scatter_of(const Calibration& calibration, const Design& design, std::size_t range) {
  RangeScatter scatter;
  if (design.order[range] == 0) return scatter;
  scatter.degrees_of_freedom = -(design.order[range] + 1.0);
  for (std::size_t i = 0; i < calibration.points.size(); ++i) {
    if (calibration.points[i].range != range) continue;
    const double residual = design.fit.residual[i];
    Row alone(calibration.points.size(), 0.0);
    alone[i] = 1;
    scatter.chi2 += residual * residual;
    scatter.degrees_of_freedom += 1;
    if (const double u = contrast_u(design.fit, alone); u > 0 || std::isnan(residual + u))
      scatter.largest = max_or_nan(scatter.largest, std::fabs(residual) / u);
  }
  return scatter;
}

}  // namespace jr
