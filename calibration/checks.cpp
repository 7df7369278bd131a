// The verdicts on a fit: each holds a value against a limit that one sound calibration in a hundred
// exceeds, all checks of a kind together. Never changes a coefficient.
#include <algorithm>
#include <cmath>
#include <map>

#include "calibration/design.hpp"
#include "calibration/points.hpp"
#include "calibration/statistics.hpp"
#include "rig/core/extremes.hpp"

namespace jr {
namespace {

constexpr std::size_t kFewestPoints = 5;
constexpr double kSameCurrent =
    0.02;  // relative: two settings of a reference that were meant to be one

using Indices = std::vector<std::size_t>;

void put(Calibration& c, std::string name, double value, double limit) {
  c.checks.push_back({std::move(name), value, limit, value <= limit});
}

double two_sided(std::size_t tests) {
  return normal_quantile(1 - (1 - each_of(tests, kConfidence)) / 2);
}

Indices points_of(const Calibration& c, std::size_t range) {
  Indices indices;
  for (std::size_t i = 0; i < c.points.size(); ++i)
    if (c.points[i].range == range) indices.push_back(i);
  std::sort(indices.begin(), indices.end(), [&](std::size_t i, std::size_t j) {
    return c.points[i].reference_A < c.points[j].reference_A;
  });
  return indices;
}

bool same_current(const CalibrationPoint& p, const CalibrationPoint& q) {
  return std::fabs(p.reference_A - q.reference_A) <=
         kSameCurrent * std::max(std::fabs(p.reference_A), std::fabs(q.reference_A));
}

/// A weighted sum of residuals in ampere, in its standard deviations; 0 when the fit leaves it no
/// freedom, NaN when one of them is no number.
double in_its_u(const Design& design, const Row& weights) {
  Row whitened(weights.size());
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    whitened[i] = weights[i] * design.problem.u[i];
    sum += whitened[i] * design.fit.residual[i];
  }
  const double u = contrast_u(design.fit, whitened);
  return u > 0 || std::isnan(sum + u) ? std::fabs(sum) / u : 0.0;
}

/// How surprising so few changes of sign along the current are; up and down readings count as one.
void put_runs(Calibration& c, const Design& design, std::size_t range, double limit) {
  Row signs;
  const Indices sorted = points_of(c, range);
  for (std::size_t k = 0; k < sorted.size();) {
    double sum = 0;
    std::size_t end = k;
    do sum += design.fit.residual[sorted[end++]];
    while (end < sorted.size() && same_current(c.points[sorted[end - 1]], c.points[sorted[end]]));
    if (sum != 0) signs.push_back(sum);
    k = end;
  }
  const auto positive = static_cast<std::size_t>(
      std::count_if(signs.begin(), signs.end(), [](double s) { return s > 0; }));
  if (positive == 0 || positive == signs.size()) return;
  std::size_t runs = 1;
  for (std::size_t k = 1; k < signs.size(); ++k) runs += (signs[k] > 0) != (signs[k - 1] > 0);
  put(c, "runs, range " + std::to_string(range),
      1 - probability_of_runs(runs, positive, signs.size() - positive), limit);
}

void put_hysteresis(Calibration& c, const Design& design, std::size_t range, double limit) {
  const Indices all = points_of(c, range);
  const auto up = static_cast<double>(
      std::count_if(all.begin(), all.end(), [&](auto i) { return c.points[i].rising; }));
  const double down = static_cast<double>(all.size()) - up;
  if (up < 2 || down < 2) return;
  Row weights(c.points.size(), 0.0);
  for (const std::size_t i : all) weights[i] = c.points[i].rising ? 1 / up : -1 / down;
  put(c, "hysteresis, range " + std::to_string(range), in_its_u(design, weights), limit);
}

void put_range_checks(Calibration& c, const Design& design, std::size_t range,
                      std::size_t covered) {
  const std::string where = ", range " + std::to_string(range);
  const CalibrationRange& fitted = c.ranges[range];
  put(c, "points short of " + std::to_string(kFewestPoints) + where,
      fitted.points < kFewestPoints ? static_cast<double>(kFewestPoints - fitted.points) : 0.0, 0);
  if (const double dof = fitted.degrees_of_freedom; !(dof <= 0)) {
    put(c,
        "chi2/dof" + where + (design.birge[range] > 1 ? " (its root enlarges u of the fit)" : ""),
        fitted.chi2 / dof, chi2_quantile(each_of(covered, kConfidence), dof) / dof);
    put(c, "largest residual" + where, fitted.largest_residual,
        std::max(3.0, two_sided(c.points.size())));
  }
  put_runs(c, design, range, each_of(covered, kConfidence));
  put_hysteresis(c, design, range, two_sided(covered));
}

/// The worst disagreement of two neighbouring ranges about one current, where both have seen it.
void put_overlaps(Calibration& c, const Design& design) {
  std::map<std::size_t, double> worst;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < c.points.size(); ++i)
    for (std::size_t j = 0; j < c.points.size(); ++j) {
      const std::size_t r = c.points[i].range;
      if (c.points[j].range != r + 1 || c.points[i].reference_A == 0) continue;
      if (!same_current(c.points[i], c.points[j])) continue;
      Row weights(c.points.size(), 0.0);
      weights[i] = 1, weights[j] = -1;
      worst[r] = max_or_nan(worst[r], in_its_u(design, weights));
      ++pairs;
    }
  for (const auto& [r, value] : worst)
    put(c, "overlap, ranges " + std::to_string(r) + " and " + std::to_string(r + 1), value,
        std::max(3.0, two_sided(pairs)));
}

/// Where one instrument range was measured in two reference ranges, these must agree within their
/// u.
void put_reference(Calibration& c, const Design& design) {
  std::size_t told = 0;
  for (const double u : design.fit.common_u) told += !(u <= 0);
  for (std::size_t h = 0; h < design.common.size(); ++h)
    if (!(design.fit.common_u[h] <= 0))
      put(c, design.common[h].term, std::fabs(design.fit.common[h]) / design.fit.common_u[h],
          two_sided(told));
}

}  // namespace

void add_fit_checks(Calibration& c, const Design& design) {
  const auto covered = static_cast<std::size_t>(
      std::count_if(c.ranges.begin(), c.ranges.end(), [](const auto& r) { return r.points > 0; }));
  for (std::size_t r = 0; r < c.ranges.size(); ++r)
    if (c.ranges[r].points > 0) put_range_checks(c, design, r, covered);
  put_overlaps(c, design);
  put_reference(c, design);
}

bool passed(const Calibration& c) {
  return !c.checks.empty() &&
         std::all_of(c.checks.begin(), c.checks.end(),
                     [](const CalibrationCheck& check) { return check.passed; });
}

}  // namespace jr
