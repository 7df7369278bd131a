// What a calibration point must be before arithmetic may touch it.
// Knows nothing of the fit; that a point fits badly is for the checks to say.
#include "calibration/points.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

#include "rig/core/moments.hpp"

namespace jr {
namespace {

constexpr double kCorrelation = 2;  // on the standard deviation of a mean; 4 on its variance
constexpr double kOverRange = 1.2;  // a reference may read a fifth beyond its range's name
constexpr double kForeignShare =
    0.5;  // of the current: neighbouring ranges differ by more than that
constexpr double kForeignCodes = 50;  // an offset that no sound instrument has

bool finite(const CalibrationPoint& p) {
  for (const double x : {p.code_mean, p.code_sd, p.reference_A, p.u_repeat_A, p.supply_V})
    if (!std::isfinite(x)) return false;
  return true;
}

const ReferenceRange* find_range(const Reference& reference, const std::string& name) {
  const auto found = std::find_if(reference.ranges.begin(), reference.ranges.end(),
                                  [&](const ReferenceRange& r) { return r.name == name; });
  return found == reference.ranges.end() ? nullptr : &*found;
}

/// The instrument's own coefficients are crude, but no neighbouring range is within a factor of
/// two.
bool foreign(const Calibration& calibration, const CalibrationPoint& p) {
  if (p.range >= calibration.as_found.size()) return false;
  const RangePolynomial& own = calibration.as_found[p.range];
  if (own.b_A_per_code == 0) return false;
  const double seen = own.a_A + own.s_A_per_V * p.supply_V +
                      p.code_mean * (own.b_A_per_code + p.code_mean * own.q_A_per_code2);
  const double step = own.b_A_per_code + 2 * own.q_A_per_code2 * p.code_mean;
  return std::fabs(seen - p.reference_A) >
         kForeignShare * std::max(std::fabs(seen), std::fabs(p.reference_A)) +
             kForeignCodes * std::fabs(step);
}

std::string trouble_with(const Calibration& calibration, const CalibrationPoint& p) {
  if (!finite(p)) return "holds a number that is not finite";
  if (p.samples == 0) return "has no samples";
  if (p.code_sd < 0 || p.u_repeat_A < 0) return "has a negative standard deviation";
  if (p.code_mean < 0 || p.code_mean > std::numeric_limits<std::uint16_t>::max())
    return "has a mean code that no instrument sends";
  const std::size_t ranges =
      calibration.as_found.empty() ? kMaxRanges : calibration.as_found.size();
  if (p.range >= ranges) return "names a range that the instrument does not have";
  const ReferenceRange* reference = find_range(calibration.reference, p.reference_range);
  if (!reference)
    return "names the reference range '" + p.reference_range +
           "', which the reference does not have";
  if (std::fabs(p.reference_A) > kOverRange * reference->highest_A)
    return "lies outside the reference range '" + reference->name + "'";
  if (foreign(calibration, p))
    return "does not belong to its range: its code says something else than " +
           printed_current(p.reference_A);
  return {};
}

std::string trouble_with(const Reference& reference) {
  if (reference.model.empty() || reference.serial.empty())
    return "the reference has no model or serial number";
  if (reference.certificate.empty())
    return "the reference " + reference.model + " " + reference.serial + " has no certificate";
  for (const ReferenceRange& range : reference.ranges) {
    if (!std::isfinite(range.u_gain) || !std::isfinite(range.u_offset_A) || range.u_gain < 0 ||
        range.u_offset_A < 0 || !std::isfinite(range.highest_A))
      return "the reference range '" + range.name +
             "' has an uncertainty that is no number of at least 0";
    if (range.u_gain == 0 && range.u_offset_A == 0)
      return "the reference range '" + range.name + "' claims to have no uncertainty";
    if (find_range(reference, range.name) != &range)
      return "the reference range '" + range.name + "' is there twice";
  }
  return {};
}

}  // namespace

double u_code_mean(const CalibrationPoint& point) {
  const double variance = point.code_sd * point.code_sd;
  const double sigma2 = std::max(0.0, variance - 1.0 / 12);
  const double undithered = std::exp(-2 * std::numbers::pi * std::numbers::pi * sigma2);
  return std::sqrt(kCorrelation * kCorrelation * variance / static_cast<double>(point.samples) +
                   undithered * undithered / 12);
}

double supply_term(const Calibration& calibration, std::size_t range) {
  return range < calibration.as_found.size() ? calibration.as_found[range].s_A_per_V : 0.0;
}

const ReferenceRange& reference_range_of(const Calibration& calibration,
                                         const CalibrationPoint& point) {
  return *find_range(calibration.reference, point.reference_range);
}

std::string reference_key(const Reference& reference, const ReferenceRange& range,
                          const char* part) {
  return "reference:" + reference.model + ":" + reference.serial + ":" + reference.certificate +
         ":" + range.name + ":" + part;
}

std::string printed_current(double current_A) {
  struct Prefix {
    double at_least_A, per_A;
    const char* unit;
  };
  const double size = std::fabs(current_A);
  for (const Prefix p : {Prefix{1, 1, "A"}, {1e-3, 1e3, "mA"}, {1e-6, 1e6, "uA"}, {0, 1e9, "nA"}})
    if (size >= p.at_least_A) {
      char text[48];
      std::snprintf(text, sizeof text, "%.4g %s", current_A * p.per_A, p.unit);
      return text;
    }
  return "a current that is no number";
}

Result<void> check_points(const Calibration& calibration,
                          const std::vector<CalibrationPoint>& points) {
  const std::string who = calibration.instrument.kind + " " + calibration.instrument.serial;
  if (const auto trouble = trouble_with(calibration.reference); !trouble.empty())
    return fail(Trouble::malformed, "A calibration of " + who + " rests on nothing: " + trouble +
                                        "; complete the reference's file.");
  if (!std::isfinite(calibration.ambient_C + calibration.u_ambient_K + calibration.supply_V))
    return fail(Trouble::malformed, "The calibration of " + who +
                                        " has an ambient temperature or a supply "
                                        "voltage that is not finite; state what was measured.");
  for (const RangePolynomial& p : calibration.as_found)
    if (!std::isfinite(p.a_A + p.b_A_per_code + p.q_A_per_code2 + p.s_A_per_V + p.burden_ohm))
      return fail(Trouble::malformed, "What " + who +
                                          " says of itself holds a number that is not finite; "
                                          "read its coefficients again.");
  for (std::size_t i = 0; i < points.size(); ++i)
    if (const auto trouble = trouble_with(calibration, points[i]); !trouble.empty())
      return fail(Trouble::malformed, "Point " + std::to_string(i + 1) + " of the calibration of " +
                                          who + " (range " + std::to_string(points[i].range) +
                                          ", " + printed_current(points[i].reference_A) + ") " +
                                          trouble + "; measure it again or leave it out.");
  return {};
}

}  // namespace jr
