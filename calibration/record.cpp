// A calibration as text and back: JSON, keys sorted, numbers as short as they can be read back
// exactly. Refuses a record of which one character of content was changed.
#include "calibration/record.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "rig/core/sha256.hpp"

namespace jr {

using nlohmann::json;

namespace {

constexpr int kFormat = 1;

std::string hash_of(const std::string& text) {
  return sha256_of(std::as_bytes(std::span(text.data(), text.size())));
}

/// One line. Bytes that are not UTF-8 (a name typed in another encoding) become U+FFFD instead of
/// an error.
std::string line_of(const json& j) {
  return j.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Whether a point or a doubt refers to a range that the record does not have.
bool names_unknown_range(const Calibration& c) {
  const auto unknown = [&](const auto& part) { return part.range >= c.ranges.size(); };
  return std::any_of(c.points.begin(), c.points.end(), unknown) ||
         std::any_of(c.verification.begin(), c.verification.end(), unknown) ||
         std::any_of(c.doubts.begin(), c.doubts.end(), [&](const CoefficientDoubt& d) {
           return std::any_of(d.shifts.begin(), d.shifts.end(), unknown);
         });
}

}  // namespace

static void to_json(json& j, const Distribution& d) { j = name_of(d); }
static void from_json(const json& j, Distribution& d) {
  for (const auto known : {Distribution::normal, Distribution::student, Distribution::rectangular,
                           Distribution::triangular, Distribution::arcsine})
    if (j.get<std::string>() == name_of(known)) {
      d = known;
      return;
    }
  throw std::runtime_error("the distribution '" + j.get<std::string>() + "' is unknown");
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Instrument, kind, serial, hardware, firmware)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReferenceRange, name, highest_A, u_gain, u_offset_A,
                                   distribution)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Reference, model, serial, certificate, issuer, date, ranges)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CalibrationPoint, range, reference_range, code_mean, code_sd,
                                   samples, reference_A, u_repeat_A, rising, supply_V)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RangePolynomial, a_A, b_A_per_code, q_A_per_code2, s_A_per_V,
                                   burden_ohm)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CalibrationRange, polynomial, order, lowest_code, highest_code,
                                   lowest_A, highest_A, chi2, degrees_of_freedom, largest_residual,
                                   misfit_A, noise_codes, points)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CalibrationCheck, name, value, limit, passed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CoefficientShift, range, a_A, b_A_per_code, q_A_per_code2)

static void to_json(json& j, const CoefficientDoubt& d) {
  j = {{"key", d.key}, {"term", d.term}, {"distribution", d.distribution}, {"shifts", d.shifts}};
  // JSON has no infinity; null stands for it.
  j["degrees_of_freedom"] = std::isinf(d.degrees_of_freedom) ? json() : json(d.degrees_of_freedom);
}

static void from_json(const json& j, CoefficientDoubt& d) {
  j.at("key").get_to(d.key);
  j.at("term").get_to(d.term);
  j.at("distribution").get_to(d.distribution);
  j.at("shifts").get_to(d.shifts);
  const json& dof = j.at("degrees_of_freedom");
  d.degrees_of_freedom =
      dof.is_null() ? std::numeric_limits<double>::infinity() : dof.get<double>();
}

static void to_json(json& j, const Calibration& c) {
  j = {{"format", kFormat},        {"instrument", c.instrument},
       {"reference", c.reference}, {"created", c.created},
       {"expires", c.expires},     {"operator_name", c.operator_name},
       {"procedure", c.procedure}, {"note", c.note},
       {"ambient_C", c.ambient_C}, {"u_ambient_K", c.u_ambient_K},
       {"supply_V", c.supply_V},   {"as_found", c.as_found},
       {"ranges", c.ranges},       {"doubts", c.doubts},
       {"points", c.points},       {"verification", c.verification},
       {"checks", c.checks},       {"spec_card", c.spec_card},
       {"parent", c.parent}};
}

static void from_json(const json& j, Calibration& c) {
  if (j.at("format").get<int>() != kFormat) throw std::runtime_error("its format is unknown");
  j.at("instrument").get_to(c.instrument);
  j.at("reference").get_to(c.reference);
  j.at("created").get_to(c.created);
  j.at("expires").get_to(c.expires);
  j.at("operator_name").get_to(c.operator_name);
  j.at("procedure").get_to(c.procedure);
  j.at("note").get_to(c.note);
  j.at("ambient_C").get_to(c.ambient_C);
  j.at("u_ambient_K").get_to(c.u_ambient_K);
  j.at("supply_V").get_to(c.supply_V);
  j.at("as_found").get_to(c.as_found);
  j.at("ranges").get_to(c.ranges);
  j.at("doubts").get_to(c.doubts);
  j.at("points").get_to(c.points);
  j.at("verification").get_to(c.verification);
  j.at("checks").get_to(c.checks);
  j.at("spec_card").get_to(c.spec_card);
  j.at("parent").get_to(c.parent);
}

std::string canonical_text(const Calibration& calibration) { return line_of(calibration); }

std::string id_of(const Calibration& calibration) { return hash_of(canonical_text(calibration)); }

std::string input_hash(const Calibration& c) {
  const json input = {{"instrument", c.instrument},
                      {"reference", c.reference},
                      {"points", c.points},
                      {"as_found", c.as_found},
                      {"created", c.created}};
  return hash_of(line_of(input));
}

std::string to_text(const Calibration& calibration) {
  json whole = calibration;
  whole["id"] = id_of(calibration);
  return whole.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<Calibration> calibration_from(const std::string& text) {
  try {
    json whole = json::parse(text);
    const std::string id = whole.at("id").get<std::string>();
    whole.erase("id");
    if (hash_of(line_of(whole)) != id)
      return fail(Trouble::malformed,
                  "The calibration record " + id.substr(0, 12) +
                      " does not hash to its id, so it was changed after it was made; "
                      "use the original, or calibrate anew.");
    auto calibration = whole.get<Calibration>();
    calibration.id = id;
    // What this version does not know it would drop, and hand on another record under the same id.
    if (canonical_text(calibration) != line_of(whole))
      return fail(Trouble::malformed, "The calibration record " + id.substr(0, 12) +
                                          " holds entries that this version does not know; "
                                          "use the version that wrote it.");
    if (names_unknown_range(calibration))
      throw std::runtime_error("it names a range that it does not have");
    return calibration;
  } catch (const std::exception& error) {
    return fail(Trouble::malformed, std::string("This is no calibration record (") + error.what() +
                                        "); give the file that `joulerig calibrate` wrote.");
  }
}

}  // namespace jr
