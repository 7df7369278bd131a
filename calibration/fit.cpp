// From points to coefficients and their doubts, taken apart by source so that what is shared stays
// shared. Never judges: that is for checks.cpp.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "calibration/design.hpp"
#include "calibration/points.hpp"
#include "calibration/record.hpp"

namespace jr {
namespace {

constexpr double kSignificance = 3;  // of a quadratic term, in its own standard uncertainties
constexpr std::size_t kCodesForCurvature = 4;  // one more than a parabola needs

Failure unusable(const Calibration& c, const std::string& what) {
  return fail(Trouble::malformed, "The calibration of " + c.instrument.kind + " " +
                                      c.instrument.serial + " cannot be fitted: " + what);
}

std::size_t ranges_in(const Calibration& c) {
  std::size_t ranges = c.as_found.size();
  for (const CalibrationPoint& p : c.points) ranges = std::max(ranges, p.range + 1);
  return ranges;
}

std::set<double> codes_in(const Calibration& c, std::size_t range) {
  std::set<double> codes;
  for (const CalibrationPoint& p : c.points)
    if (p.range == range) codes.insert(p.code_mean);
  return codes;
}

/// 1 for each range with points, 2 where a curvature could be told from scatter.
Result<std::vector<int>> orders_to_try(const Calibration& c) {
  std::vector<int> order(ranges_in(c), 0);
  for (std::size_t r = 0; r < order.size(); ++r) {
    const auto codes = codes_in(c, r);
    const auto points =
        std::count_if(c.points.begin(), c.points.end(), [&](auto& p) { return p.range == r; });
    if (points == 0) continue;
    if (points < 2)
      return unusable(c, "range " + std::to_string(r) + " has one point; measure at least five.");
    if (codes.size() < 2)
      return unusable(c, "all points of range " + std::to_string(r) +
                             " have the same code; measure currents that differ.");
    order[r] = codes.size() >= kCodesForCurvature ? 2 : 1;
  }
  if (c.points.empty())
    return unusable(c, "it has no points; measure at least five in each range.");
  return order;
}

/// Per point, the factor by which its range's scatter enlarges its u.
Row scales(const Calibration& c, const Design& design) {
  Row scale;
  for (const CalibrationPoint& p : c.points) scale.push_back(design.birge[p.range]);
  return scale;
}

double u_parameter(const Calibration& c, const Design& design, std::size_t parameter) {
  double variance = 0;
  const Row scale = scales(c, design);
  for (std::size_t i = 0; i < scale.size(); ++i) {
    const double effect = design.fit.noise[parameter][i] * scale[i];
    variance += effect * effect;
  }
  for (const Row& shift : design.fit.shared_shift) variance += shift[parameter] * shift[parameter];
  return std::sqrt(variance);
}

struct Curvature {
  double q_A_per_code2{}, u{};
};

/// What a parabola q c^2 leaves behind at worst, over the points' span, when a straight line is
/// fitted.
double misfit_per_q(const Calibration& c, const Design& straight, std::size_t range) {
  const std::size_t a = straight.first[range];
  double offset = 0, slope = 0, low = std::numeric_limits<double>::infinity(), high = 0;
  for (std::size_t i = 0; i < c.points.size(); ++i) {
    if (c.points[i].range != range) continue;
    const double code = c.points[i].code_mean;
    offset += straight.fit.noise[a][i] / straight.problem.u[i] * code * code;
    slope += straight.fit.noise[a + 1][i] / straight.problem.u[i] * code * code;
    low = std::min(low, code), high = std::max(high, code);
  }
  double worst = 0;
  for (const double code : {low, high, std::clamp(slope / 2, low, high)})
    worst = std::max(worst, std::fabs(code * code - offset - slope * code));
  return worst;
}

void fill_range(Calibration& c, const Design& design, std::size_t r, const Curvature& tried) {
  CalibrationRange& range = c.ranges[r];
  const std::size_t a = design.first[r];
  // The supply term and the burden stay what the instrument says; all else is measured.
  range.order = design.order[r];
  range.polynomial.a_A = design.fit.theta[a];
  range.polynomial.b_A_per_code = design.fit.theta[a + 1];
  range.polynomial.q_A_per_code2 = range.order == 2 ? design.fit.theta[a + 2] : 0.0;
  const RangeScatter scatter = scatter_of(c, design, r);
  range.chi2 = scatter.chi2;
  range.degrees_of_freedom = scatter.degrees_of_freedom;
  range.largest_residual = scatter.largest;
  if (range.order == 1)
    range.misfit_A = std::hypot(tried.q_A_per_code2, tried.u) * misfit_per_q(c, design, r);
  double variance = 0;
  for (const CalibrationPoint& p : c.points) {
    if (p.range != r) continue;
    const bool first = range.points++ == 0;
    range.lowest_code = first ? p.code_mean : std::min(range.lowest_code, p.code_mean);
    range.highest_code = first ? p.code_mean : std::max(range.highest_code, p.code_mean);
    range.lowest_A = first ? p.reference_A : std::min(range.lowest_A, p.reference_A);
    range.highest_A = first ? p.reference_A : std::max(range.highest_A, p.reference_A);
    variance += p.code_sd * p.code_sd;
  }
  range.noise_codes = std::sqrt(variance / static_cast<double>(range.points));
}

/// The effect of one error on all coefficients, from its effect on the parameters.
std::vector<CoefficientShift> shifts_of(const Design& design, const Row& effect) {
  std::vector<CoefficientShift> shifts;
  for (std::size_t r = 0; r < design.order.size(); ++r) {
    if (design.order[r] == 0) continue;
    const double* e = &effect[design.first[r]];
    const CoefficientShift shift{r, e[0], e[1], design.order[r] == 2 ? e[2] : 0.0};
    if (shift.a_A != 0 || shift.b_A_per_code != 0 || shift.q_A_per_code2 != 0)
      shifts.push_back(shift);
  }
  return shifts;
}

void fill_doubts(Calibration& c, const Design& design) {
  c.doubts.clear();
  for (std::size_t h = 0; h < design.common.size(); ++h)
    c.doubts.push_back({design.common[h].key, design.common[h].term, design.common[h].distribution,
                        std::numeric_limits<double>::infinity(),
                        shifts_of(design, design.fit.shared_shift[h])});
  const auto root = noise_root(design.fit, scales(c, design));
  const std::string scope = "fit:" + input_hash(c).substr(0, 12) + ":";
  for (std::size_t r = 0; r < design.order.size(); ++r)
    for (int k = 0; design.order[r] > 0 && k <= design.order[r]; ++k) {
      const std::size_t column = design.first[r] + static_cast<std::size_t>(k);
      static constexpr const char* kPart[] = {"offset", "gain", "curvature"};
      // Where the scatter itself set the size, it is known no better than its degrees of freedom.
      const double dof = design.birge[r] > 1 ? c.ranges[r].degrees_of_freedom
                                             : std::numeric_limits<double>::infinity();
      c.doubts.push_back({scope + std::to_string(column),
                          std::string("fit, ") + kPart[k] + " of range " + std::to_string(r),
                          Distribution::normal, dof, shifts_of(design, root[column])});
    }
}

}  // namespace

Result<Calibration> fit_calibration(Calibration c) {
  if (auto sound = check_points(c, c.points); !sound) return Failure(sound.error());
  auto order = orders_to_try(c);
  if (!order) return Failure(order.error());
  const auto singular = [&] {
    return unusable(
        c,
        "its points do not determine offset and gain of each range; spread the currents "
        "over the ranges.");
  };
  auto design = fit_design(c, *order);
  if (!design) return singular();
  std::vector<Curvature> tried(order->size());
  for (std::size_t r = 0; r < order->size(); ++r) {
    if ((*order)[r] != 2) continue;
    const std::size_t q = design->first[r] + 2;
    tried[r] = {design->fit.theta[q], u_parameter(c, *design, q)};
    if (std::fabs(tried[r].q_A_per_code2) <= kSignificance * tried[r].u) (*order)[r] = 1;
  }
  design = fit_design(c, *order);
  if (!design) return singular();

  c.ranges.assign(order->size(), {});
  for (std::size_t r = 0; r < order->size(); ++r) {
    if (r < c.as_found.size()) c.ranges[r].polynomial = c.as_found[r];
    if ((*order)[r] > 0) fill_range(c, *design, r, tried[r]);
  }
  c.checks.clear();
  c.verification.clear();
  fill_doubts(c, *design);
  add_fit_checks(c, *design);
  c.id = id_of(c);
  return c;
}

}  // namespace jr
