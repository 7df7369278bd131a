// Points that took no part in a fit are held against it.
// Never moves a coefficient, and never counts the reference's own error: it is in both.
#include <algorithm>
#include <cmath>
#include <map>

#include "calibration/points.hpp"
#include "calibration/record.hpp"
#include "calibration/statistics.hpp"

namespace jr {
namespace {

constexpr std::size_t kFewest = 3;

double effect_A(const CoefficientDoubt& doubt, const CalibrationPoint& p) {
  double effect = 0;
  for (const CoefficientShift& s : doubt.shifts)
    if (s.range == p.range)
      effect += s.a_A + p.code_mean * (s.b_A_per_code + p.code_mean * s.q_A_per_code2);
  return effect;
}

/// Standard uncertainty of (calibrated reading - reference reading). An error of the reference
/// range moves the calibrated reading through the coefficients and the reference's reading
/// directly: what remains is their difference, next to nothing when both used the same range.
double u_difference_A(const Calibration& c, const CalibrationPoint& p) {
  const CalibrationRange& range = c.ranges[p.range];
  const ReferenceRange& reference = reference_range_of(c, p);
  std::map<std::string, double> own{
      {reference_key(c.reference, reference, "gain"), gain_effect_A(reference, p.reference_A)},
      {reference_key(c.reference, reference, "offset"), reference.u_offset_A}};
  double variance = range.misfit_A * range.misfit_A;
  for (const CoefficientDoubt& doubt : c.doubts) {
    const auto same = own.find(doubt.key);
    const double left = effect_A(doubt, p) - (same == own.end() ? 0.0 : same->second);
    variance += left * left;
    if (same != own.end()) own.erase(same);
  }
  for (const auto& [key, u] : own) variance += u * u;
  const double slope =
      range.polynomial.b_A_per_code + 2 * range.polynomial.q_A_per_code2 * p.code_mean;
  const double scatter =
      range.degrees_of_freedom > 0 ? std::max(1.0, range.chi2 / range.degrees_of_freedom) : 1.0;
  const double codes = slope * u_code_mean(p);
  return std::sqrt(variance + scatter * (codes * codes + p.u_repeat_A * p.u_repeat_A));
}

double reading_A(const RangePolynomial& r, const CalibrationPoint& p) {
  return r.a_A + r.s_A_per_V * p.supply_V +
         p.code_mean * (r.b_A_per_code + p.code_mean * r.q_A_per_code2);
}

bool took_part(const Calibration& c, const CalibrationPoint& p) {
  return std::any_of(c.points.begin(), c.points.end(), [&](const CalibrationPoint& q) {
    return q.range == p.range && q.code_mean == p.code_mean && q.reference_A == p.reference_A;
  });
}

Result<void> check_independence(const Calibration& c, const std::vector<CalibrationPoint>& points) {
  const std::string what = "The calibration of " + c.instrument.kind + " " + c.instrument.serial +
                           " cannot be verified: ";
  std::vector<std::size_t> count(c.ranges.size(), 0);
  for (const CalibrationPoint& p : points) {
    const std::string where =
        printed_current(p.reference_A) + " in range " + std::to_string(p.range);
    if (p.range >= c.ranges.size() || c.ranges[p.range].points == 0)
      return fail(Trouble::malformed, what + where + " is not calibrated; leave the point out.");
    if (took_part(c, p))
      return fail(Trouble::malformed,
                  what + where + " took part in the fit; measure it once more.");
    ++count[p.range];
  }
  for (std::size_t r = 0; r < count.size(); ++r)
    if (c.ranges[r].points > 0 && count[r] < kFewest)
      return fail(Trouble::malformed, what + "range " + std::to_string(r) + " has " +
                                          std::to_string(count[r]) +
                                          " independent points; measure at least three.");
  return {};
}

}  // namespace

Result<void> verify_calibration(Calibration& c, const std::vector<CalibrationPoint>& points) {
  if (auto sound = check_points(c, points); !sound) return sound;
  if (auto independent = check_independence(c, points); !independent) return independent;
  std::erase_if(c.checks,
                [](const CalibrationCheck& check) { return check.name.starts_with("E_n at "); });
  const double k = normal_quantile(1 - (1 - each_of(points.size(), kConfidence)) / 2);
  for (const CalibrationPoint& p : points) {
    const double difference = reading_A(c.ranges[p.range].polynomial, p) - p.reference_A;
    const double E_n = std::fabs(difference) / (k * u_difference_A(c, p));
    c.checks.push_back(
        {"E_n at " + printed_current(p.reference_A) + ", range " + std::to_string(p.range), E_n, 1,
         E_n <= 1});
  }
  c.verification = points;
  c.id = id_of(c);
  return {};
}

}  // namespace jr
