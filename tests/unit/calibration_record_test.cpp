// The record and its use: a hash for a name, no edit unnoticed,
// and no use where it does not apply.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <span>

#include "rig/core/sha256.hpp"
#include "tests/unit/calibration_example.hpp"

using namespace jr;
using namespace jr::test;

namespace {

std::string hash_of(const std::string& text) {
  return sha256_of(std::as_bytes(std::span(text.data(), text.size())));
}

const Instrument kOwn{"ppk2", "E1", "9173", "1.2"};

const CoefficientDoubt* doubt_named(const Accuracy& accuracy, const std::string& key) {
  const auto found = std::find_if(accuracy.coefficients.begin(), accuracy.coefficients.end(),
                                  [&](const auto& d) { return d.key == key; });
  return found == accuracy.coefficients.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("a calibration read back is the one that was written, to the last bit") {
  const Calibration c = passing_calibration();
  REQUIRE(passed(c));
  const auto back = calibration_from(to_text(c));
  REQUIRE(back);
  CHECK(back->id == c.id);
  CHECK(canonical_text(*back) == canonical_text(c));
  CHECK(back->ranges[1].polynomial.a_A == c.ranges[1].polynomial.a_A);
  CHECK(back->points.size() == c.points.size());
  CHECK(std::isinf(back->doubts.front().degrees_of_freedom));
  CHECK(hash_of(canonical_text(c)) == c.id);
  // Layout is not content.
  CHECK(calibration_from(nlohmann::json::parse(to_text(c)).dump()).has_value());
}

TEST_CASE(
    "the same points on the same day are the same calibration, another digit is another one") {
  Calibration c = empty_calibration();
  c.points = exact_sweep();
  const auto first = fit_calibration(c), again = fit_calibration(c);
  c.points[0].reference_A *= 1 + 1e-12;
  const auto other = fit_calibration(c);
  REQUIRE((first && again && other));
  CHECK(first->id == again->id);
  CHECK(first->id != other->id);
}

TEST_CASE("a record that was changed in one place is refused") {
  const std::string text = to_text(passing_calibration());
  const auto refused = [&](auto edit) {
    nlohmann::json record = nlohmann::json::parse(text);
    edit(record);
    const auto read = calibration_from(record.dump());
    REQUIRE_FALSE(read);
    CHECK(read.error().trouble == Trouble::malformed);
    return read.error().message;
  };
  CHECK(refused([](auto& r) { r["operator_name"] = "a best"; }).find("was changed") !=
        std::string::npos);
  CHECK(refused([](auto& r) { r["checks"][0]["passed"] = false; }).find("was changed") !=
        std::string::npos);
  CHECK(refused([](auto& r) {
          r["ranges"][0]["polynomial"]["a_A"] =
              r["ranges"][0]["polynomial"]["a_A"].template get<double>() * (1 + 1e-15);
        }).find("was changed") != std::string::npos);
  CHECK(refused([](auto& r) { r["id"] = std::string(64, '0'); }).find("was changed") !=
        std::string::npos);
  // A forger who knows how to hash still cannot add what this version would silently drop.
  CHECK(refused([](auto& r) {
          r.erase("id");
          r["points"][0]["weight"] = 2;
          const std::string id = hash_of(r.dump());
          r["id"] = id;
        }).find("does not know") != std::string::npos);
}

TEST_CASE("what is no calibration record is refused in one sentence") {
  for (const std::string text :
       {"", "{}", "[]", "null", "{\"id\": 3}", "not json", "{\"id\": \"x\", \"format\": 1}"}) {
    const auto read = calibration_from(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().trouble == Trouble::malformed);
    CHECK_FALSE(read.error().message.empty());
  }
  std::string cut = to_text(passing_calibration());
  cut.resize(cut.size() / 2);
  CHECK_FALSE(calibration_from(cut));
}

TEST_CASE("a record whose doubt moves a range that it does not have is refused") {
  Calibration c = passing_calibration();
  c.doubts.front().shifts.front().range = 2;
  const auto read = calibration_from(to_text(c));
  REQUIRE_FALSE(read);
  CHECK(read.error().message.find("a range that it does not have") != std::string::npos);
}

TEST_CASE("a name in another encoding does not stop a calibration") {
  Calibration c = empty_calibration();
  c.operator_name = "J\xfcrg";
  c.points = exact_sweep();
  const auto fitted = fit_calibration(c);
  REQUIRE(fitted);
  CHECK(calibration_from(to_text(*fitted)).has_value());
}

TEST_CASE("a calibration is used on its own instrument, in its time, and when it passed") {
  const Calibration c = passing_calibration();
  CHECK(accuracy_of(c, kOwn, 3.3, "2026-11-23").has_value());
  const auto refused = [](const Calibration& calibration, Instrument i, const std::string& today,
                          double volts, const std::string& because) {
    const auto accuracy = accuracy_of(calibration, i, volts, today);
    REQUIRE_FALSE(accuracy);
    CHECK(accuracy.error().trouble == Trouble::refused);
    CHECK_MESSAGE(accuracy.error().message.find(because) != std::string::npos,
                  accuracy.error().message);
  };
  refused(c, {"ppk2", "E2", "9173", "1.2"}, "2026-11-23", 3.3, "it is of ppk2 E1");
  refused(c, {"js220", "E1", "9173", "1.2"}, "2026-11-23", 3.3, "it is of ppk2 E1");
  refused(c, {"ppk2", "E1", "9173", "1.3"}, "2026-11-23", 3.3, "firmware '1.2'");
  refused(c, kOwn, "2027-11-02", 3.3, "expired on 2027-11-01");
  refused(c, kOwn, "2026-10-01", 3.3, "set the clock");
  refused(c, kOwn, "2026-13-01", 3.3, "cannot be read");
  refused(c, kOwn, "tomorrow", 3.3, "cannot be read");
  refused(c, kOwn, "2026-11-23", std::nan(""), "state it");
  Calibration bad = c;
  bad.checks[1].passed = false;
  refused(bad, kOwn, "2026-11-23", 3.3, "its check '" + bad.checks[1].name + "' failed");
  bad.checks.clear();
  refused(bad, kOwn, "2026-11-23", 3.3, "never checked");
  CHECK(accuracy_of(c, kOwn, 3.3, "2027-11-01").has_value());
}

TEST_CASE(
    "at another supply voltage the uncalibrated supply term pays for the difference, with its "
    "sign") {
  const Calibration c = passing_calibration();
  const auto same = accuracy_of(c, kOwn, 3.3, "2026-11-23"),
             low = accuracy_of(c, kOwn, 1.8, "2026-11-23"),
             high = accuracy_of(c, kOwn, 4.8, "2026-11-23");
  REQUIRE((same && low && high));
  CHECK(doubt_named(*same, "supply:ppk2:E1:1") == nullptr);
  const auto *below = doubt_named(*low, "supply:ppk2:E1:1"),
             *above = doubt_named(*high, "supply:ppk2:E1:1");
  REQUIRE((below && above));
  CHECK(above->shifts.front().a_A == doctest::Approx(2e-5 * 1.5 / std::numbers::sqrt3));
  CHECK(below->shifts.front().a_A == doctest::Approx(-above->shifts.front().a_A));
  CHECK(above->distribution == Distribution::rectangular);
}

TEST_CASE("what the points do not tell comes from the card inside the record, drift by age") {
  const Calibration c = passing_calibration();
  const auto young = accuracy_of(c, kOwn, 3.3, "2026-11-01"),
             old = accuracy_of(c, kOwn, 3.3, "2027-11-01");
  REQUIRE((young && old));
  const auto card = parse_spec_card(c.spec_card, "card");
  REQUIRE(card);
  CHECK(old->gain_drift.standard ==
        doctest::Approx(card->gain_drift_per_year->standard() * 365 / 365.25));
  CHECK(young->gain_drift.standard ==
        doctest::Approx(card->gain_drift_per_year->standard() / 365.25));
  CHECK(old->per_range[1].offset_drift_A.standard ==
        doctest::Approx(card->ranges[1].offset_drift_A_per_year->standard() * 365 / 365.25));
  CHECK(old->gain_tempco_per_K.standard == doctest::Approx(200e-6 / std::numbers::sqrt3));
  CHECK(old->voltage_V.standard == doctest::Approx(0.05 / std::numbers::sqrt3));
  CHECK(old->temperature_C == 23);
  CHECK(old->u_temperature_K == 0.5);
  CHECK(old->per_range[0].misfit_A.standard == c.ranges[0].misfit_A);
  CHECK(old->per_range[0].noise_codes == doctest::Approx(3));
  CHECK(old->per_range[1].lowest_A == c.ranges[1].lowest_A);
  CHECK(old->missing.empty());
  CHECK(old->kind == AccuracyKind::calibration);
  CHECK(old->id == c.id);
  Calibration without = c;
  without.spec_card.clear();
  CHECK_FALSE(accuracy_of(without, kOwn, 3.3, "2026-11-23"));
}

TEST_CASE(
    "a range without points falls back to the card about the instrument's own coefficients, "
    "marked") {
  Calibration c = passing_calibration();
  std::erase_if(c.points, [](const auto& p) { return p.range == 0; });
  c = fit_calibration(c).value();
  const auto accuracy = accuracy_of(c, kOwn, 3.3, "2026-11-23");
  REQUIRE_MESSAGE(accuracy, accuracy.error().message);
  const auto* gain = doubt_named(*accuracy, "gain:ppk2:E1:0");
  REQUIRE(gain);
  CHECK(gain->term == "gain, range 0 (card: not calibrated)");
  const RangePolynomial& own = c.as_found[0];
  CHECK(accuracy->ranges[0].b_A_per_code == own.b_A_per_code);
  CHECK(gain->shifts.front().b_A_per_code ==
        doctest::Approx(0.2 / std::numbers::sqrt3 * own.b_A_per_code));
  CHECK(gain->shifts.front().a_A ==
        doctest::Approx(0.2 / std::numbers::sqrt3 * (own.a_A + own.s_A_per_V * 3.3)));
  CHECK(doubt_named(*accuracy, "offset:ppk2:E1:0")->shifts.front().a_A ==
        doctest::Approx(200e-9 / std::numbers::sqrt3));
  CHECK(doubt_named(*accuracy, "gain:ppk2:E1:1") == nullptr);
}
