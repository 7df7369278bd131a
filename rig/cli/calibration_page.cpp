// Text and JSON of one calibration record.
// Never rounds what it writes as JSON.
#include "rig/cli/calibration_page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/cli/printing.hpp"
#include "rig/run/calibration_view.hpp"
#include "rig/run/json_number.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

std::string figure(double value, int significant = 3) {
  if (!std::isfinite(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", significant, value);
  return text;
}

std::string signed_percent(double ratio) {
  if (!std::isfinite(ratio)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, std::abs(ratio) < 1e-3 ? "%+.4f %%" : "%+.2f %%", ratio * 100);
  return text;
}

double relative(const PointError& error) {
  return error.reference_A > 0 ? error.error_A / error.reference_A : NAN;
}

/// The point of a range with the largest relative error, zero left out; null: none.
const PointError* worst_of(const std::vector<PointError>& errors, std::size_t range) {
  const PointError* worst = nullptr;
  for (const PointError& error : errors)
    if (error.range == range && error.reference_A > 0 &&
        (!worst || std::abs(relative(error)) > std::abs(relative(*worst))))
      worst = &error;
  return worst;
}

double largest_E_n(const std::vector<PointError>& errors, std::size_t range) {
  double largest = NAN;
  for (const PointError& error : errors)
    if (error.range == range && !(std::abs(error.E_n) <= largest)) largest = std::abs(error.E_n);
  return largest;
}

std::string head(const Calibration& c, const CalibrationStanding& standing) {
  std::string text =
      "Calibration " + short_id(c.id) + " of " + c.instrument.kind + " " + c.instrument.serial;
  if (!standing.state.empty()) text += ", " + standing.state;
  if (!standing.reason.empty()) text += " (" + standing.reason + ")";
  text += "\n  made " + c.created + (c.operator_name.empty() ? "" : " by " + c.operator_name) +
          ", expires " + c.expires + "\n";
  text += "  at " + with_unit(c.supply_V, "V") + " and " + figure(c.ambient_C) +
          " \u00b0C \u00b1 " + figure(c.u_ambient_K) + " K (standard)\n";
  text += "  against " + c.reference.model + " " + c.reference.serial + ", certificate " +
          c.reference.certificate + " of " + c.reference.date +
          (c.reference.issuer.empty() ? "" : ", " + c.reference.issuer) + "\n";
  if (!c.note.empty()) text += "  " + c.note + "\n";
  return text + "  sha256 " + c.id + "\n\n";
}

std::string range_table(const Calibration& c) {
  const auto found = as_found(c), left = as_left(c);
  std::vector<std::vector<std::string>> rows{{"range", "from", "to", "as found", "E_n", "as left",
                                              "E_n", "u at the top", "points", "chi2/dof"}};
  for (std::size_t r = 0; r < c.ranges.size(); ++r) {
    const CalibrationRange& range = c.ranges[r];
    if (range.points == 0) continue;
    const PointError* worst_found = worst_of(found, r);
    const PointError* worst_left = worst_of(left, r);
    const double u =
        range.highest_A > 0 ? u_current_A(c, r, range.highest_code) / range.highest_A : NAN;
    rows.push_back(
        {std::to_string(r), with_unit(range.lowest_A, "A"), with_unit(range.highest_A, "A"),
         worst_found ? signed_percent(relative(*worst_found)) : "-", figure(largest_E_n(found, r), 2),
         worst_left ? signed_percent(relative(*worst_left)) : "-", figure(largest_E_n(left, r), 2),
         figure(u * 100, 2) + " %", std::to_string(range.points),
         range.degrees_of_freedom > 0 ? figure(range.chi2 / range.degrees_of_freedom, 2) : "-"});
  }
  return table(rows) +
         "  as found: largest error of the instrument's own coefficients, E_n against its spec "
         "card;\n"
         "  as left: largest error at the independent points, E_n without what the reference "
         "shares.\n\n";
}

std::string coefficient_table(const Calibration& c) {
  const auto covariance = covariance_of(c);
  const auto pair = [&](std::size_t index, double value) {
    return figure(value, 8) + " \u00b1 " + figure(std::sqrt(covariance[index][index]), 2);
  };
  std::vector<std::vector<std::string>> rows{
      {"range", "a / A", "b / A per code", "q / A per code\u00b2", "noise / codes"}};
  for (std::size_t r = 0; r < c.ranges.size(); ++r) {
    if (c.ranges[r].points == 0) continue;
    const RangePolynomial& p = c.ranges[r].polynomial;
    rows.push_back({std::to_string(r), pair(3 * r, p.a_A), pair(3 * r + 1, p.b_A_per_code),
                    p.q_A_per_code2 == 0 ? "-" : pair(3 * r + 2, p.q_A_per_code2),
                    figure(c.ranges[r].noise_codes, 2)});
  }
  return table(rows) + "  \u00b1 is one standard uncertainty, the reference's included.\n\n";
}

std::string check_list(const Calibration& c) {
  std::string text;
  std::size_t failed = 0;
  for (const CalibrationCheck& check : c.checks) {
    if (check.passed) continue;
    ++failed;
    text += "  FAILED  " + check.name + ": " + figure(check.value) + ", limit " +
            figure(check.limit) + "\n";
  }
  return text + "  " + std::to_string(c.checks.size() - failed) + " of " +
         std::to_string(c.checks.size()) + " checks passed.\n";
}

ordered_json errors_json(const std::vector<PointError>& errors) {
  ordered_json list = ordered_json::array();
  for (const PointError& e : errors)
    list.push_back({{"range", e.range},
                    {"rising", e.rising},
                    {"reference_A", e.reference_A},
                    {"error_A", e.error_A},
                    {"U_A", e.U_A},
                    {"E_n", finite(e.E_n)}});
  return list;
}

ordered_json ranges_json(const Calibration& c) {
  const auto covariance = covariance_of(c);
  const auto u = [&](std::size_t index) { return finite(std::sqrt(covariance[index][index])); };
  ordered_json list = ordered_json::array();
  for (std::size_t r = 0; r < c.ranges.size(); ++r) {
    const CalibrationRange& range = c.ranges[r];
    list.push_back({{"range", r},
                    {"covered", range.points > 0},
                    {"order", range.order},
                    {"points", range.points},
                    {"a_A", range.polynomial.a_A},
                    {"u_a_A", u(3 * r)},
                    {"b_A_per_code", range.polynomial.b_A_per_code},
                    {"u_b_A_per_code", u(3 * r + 1)},
                    {"q_A_per_code2", range.polynomial.q_A_per_code2},
                    {"u_q_A_per_code2", u(3 * r + 2)},
                    {"s_A_per_V", range.polynomial.s_A_per_V},
                    {"lowest_code", range.lowest_code},
                    {"highest_code", range.highest_code},
                    {"lowest_A", range.lowest_A},
                    {"highest_A", range.highest_A},
                    {"chi2", range.chi2},
                    {"degrees_of_freedom", range.degrees_of_freedom},
                    {"largest_residual", range.largest_residual},
                    {"misfit_A", range.misfit_A},
                    {"noise_codes", range.noise_codes}});
  }
  return list;
}

ordered_json points_json(const std::vector<CalibrationPoint>& points) {
  ordered_json list = ordered_json::array();
  for (const CalibrationPoint& p : points)
    list.push_back({{"range", p.range},
                    {"rising", p.rising},
                    {"reference_range", p.reference_range},
                    {"reference_A", p.reference_A},
                    {"u_repeat_A", p.u_repeat_A},
                    {"code_mean", p.code_mean},
                    {"code_sd", p.code_sd},
                    {"samples", p.samples},
                    {"supply_V", p.supply_V}});
  return list;
}

ordered_json reference_json(const Reference& reference) {
  ordered_json ranges = ordered_json::array();
  for (const ReferenceRange& range : reference.ranges)
    ranges.push_back({{"name", range.name},
                      {"highest_A", range.highest_A},
                      {"u_gain", range.u_gain},
                      {"u_offset_A", range.u_offset_A},
                      {"distribution", name_of(range.distribution)}});
  return {{"model", reference.model},
          {"serial", reference.serial},
          {"certificate", reference.certificate},
          {"issuer", reference.issuer},
          {"date", reference.date},
          {"ranges", ranges}};
}

}  // namespace

std::string short_id(const std::string& id) { return id.substr(0, 12); }

std::string calibration_page(const Calibration& c, const CalibrationStanding& standing) {
  return head(c, standing) + range_table(c) + coefficient_table(c) + check_list(c);
}

std::string verification_page(const Calibration& c) {
  std::vector<std::vector<std::string>> rows{{"range", "reference", "error", "relative", "E_n"}};
  for (const PointError& e : as_left(c))
    rows.push_back({std::to_string(e.range), with_unit(e.reference_A, "A"),
                    with_unit(e.error_A, e.U_A, "A"), signed_percent(relative(e)), figure(e.E_n, 2)});
  return table(rows) + check_list(c);
}

std::string calibration_json(const Calibration& c, const CalibrationStanding& standing,
                             bool with_covariance) {
  ordered_json checks = ordered_json::array();
  for (const CalibrationCheck& check : c.checks)
    checks.push_back({{"name", check.name},
                      {"value", finite(check.value)},
                      {"limit", finite(check.limit)},
                      {"passed", check.passed}});
  ordered_json document{{"id", c.id},
                        {"state", standing.state},
                        {"reason", standing.reason},
                        {"passed", passed(c)},
                        {"instrument",
                         {{"kind", c.instrument.kind},
                          {"serial", c.instrument.serial},
                          {"hardware", c.instrument.hardware},
                          {"firmware", c.instrument.firmware}}},
                        {"reference", reference_json(c.reference)},
                        {"created", c.created},
                        {"expires", c.expires},
                        {"operator", c.operator_name},
                        {"procedure", c.procedure},
                        {"note", c.note},
                        {"ambient_C", c.ambient_C},
                        {"u_ambient_K", c.u_ambient_K},
                        {"supply_V", c.supply_V},
                        {"parent", c.parent},
                        {"ranges", ranges_json(c)},
                        {"points", points_json(c.points)},
                        {"verification", points_json(c.verification)},
                        {"checks", checks},
                        {"as_found", errors_json(as_found(c))},
                        {"residuals", errors_json(residuals(c))},
                        {"as_left", errors_json(as_left(c))}};
  if (with_covariance) document["covariance"] = covariance_of(c);
  return document.dump();
}

}  // namespace jr::cli
