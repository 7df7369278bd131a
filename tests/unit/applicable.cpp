// Which calibration a measurement rests on, that its record alone gives the same again, and what is
// shown of it.
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "rig/run/applicable.hpp"
#include "rig/run/calibrate.hpp"
#include "rig/run/calibration_view.hpp"
#include "tests/unit/calibration_example.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
namespace fs = std::filesystem;
using jr::test::ScratchFolder;
using jr::test::open_in;

namespace {

InstrumentInUse use_of(const Calibration& c, const std::string& today = "2026-11-23") {
  return {c.instrument, c.as_found, c.supply_V, today};
}

const std::string kCard = test::ppk2_card_text();

}  // namespace

TEST_CASE("without a calibration the card applies, and without a card nothing does") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const auto use = use_of(test::empty_calibration());
  const auto by_card = applicable_accuracy(*store, use, kCard);
  REQUIRE(by_card);
  CHECK(by_card->accuracy->kind == AccuracyKind::spec_card);
  CHECK(by_card->id == by_card->accuracy->id);
  CHECK(by_card->calibration_text.empty());
  CHECK(by_card->warnings.empty());
  const auto by_nothing = applicable_accuracy(*store, use, "");
  REQUIRE(by_nothing);
  CHECK_FALSE(by_nothing->accuracy);
  CHECK(by_nothing->id.empty());
}

TEST_CASE(
    "an active calibration of the instrument applies, and its text alone gives the same accuracy "
    "again") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const Calibration c = test::passing_calibration();
  REQUIRE(store->add_calibration(row_of(c, true, "")));
  auto use = use_of(c);
  use.own[0].burden_ohm = 1234;  // another mode than that of the calibration
  const auto applied = applicable_accuracy(*store, use, kCard);
  REQUIRE(applied);
  CHECK(applied->id == c.id);
  REQUIRE(applied->accuracy);
  CHECK(applied->accuracy->kind == AccuracyKind::calibration);
  CHECK(applied->accuracy->ranges[0].b_A_per_code == c.ranges[0].polynomial.b_A_per_code);
  CHECK(applied->accuracy->ranges[0].burden_ohm == 1234);
  const auto again = recorded_accuracy(applied->calibration_text, use, kCard);
  REQUIRE(again);
  CHECK((*again)->id == c.id);
  CHECK((*again)->ranges[1].a_A == applied->accuracy->ranges[1].a_A);
  CHECK((*again)->coefficients.size() == applied->accuracy->coefficients.size());
}

TEST_CASE(
    "a calibration that expired, or of other coefficients, is refused loudly and the card "
    "applies") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const Calibration c = test::passing_calibration();
  REQUIRE(store->add_calibration(row_of(c, true, "")));
  const auto late = applicable_accuracy(*store, use_of(c, "2028-01-01"), kCard);
  REQUIRE(late);
  CHECK(late->accuracy->kind == AccuracyKind::spec_card);
  REQUIRE(late->warnings.size() == 1);
  CHECK(late->warnings[0].find("NOT used") != std::string::npos);
  CHECK(late->warnings[0].find("expired") != std::string::npos);
  auto reprogrammed = use_of(c);
  reprogrammed.own[1].b_A_per_code *= 1.01;
  const auto other = applicable_accuracy(*store, reprogrammed, kCard);
  CHECK(other->accuracy->kind == AccuracyKind::spec_card);
  CHECK(other->warnings.at(0).find("other coefficients") != std::string::npos);
  auto stranger = use_of(c);
  stranger.instrument.serial = "E2";
  CHECK(applicable_accuracy(*store, stranger, kCard)
            ->warnings.empty());  // nobody expects it to apply
}

TEST_CASE("failed and revoked calibrations never apply") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const Calibration c = test::passing_calibration();
  REQUIRE(store->add_calibration(row_of(c, false, "chi2")));
  CHECK(applicable_accuracy(*store, use_of(c), kCard)->calibration_text.empty());
  REQUIRE(store->set_calibration_state(c.id, "active", ""));
  CHECK_FALSE(applicable_accuracy(*store, use_of(c), kCard)->calibration_text.empty());
  REQUIRE(store->recall_certificate(c.reference.certificate, "withdrawn", "2026-11-23"));
  CHECK(applicable_accuracy(*store, use_of(c), kCard)->calibration_text.empty());
}

TEST_CASE("a record whose calibration text was changed is an error, not the card") {
  const Calibration c = test::passing_calibration();
  std::string text = to_text(c);
  const auto at = text.find("\"rising\": true");
  REQUIRE(at != std::string::npos);
  CHECK(recorded_accuracy(text, use_of(c), kCard));
  text.replace(at, 14, "\"rising\": false");
  CHECK(recorded_accuracy(text, use_of(c), kCard).error().trouble == Trouble::malformed);
  CHECK_FALSE(recorded_accuracy("nonsense", use_of(c), kCard));
}

TEST_CASE(
    "as found shows the instrument's own error, the residuals what the fit left, as left the "
    "independent points") {
  const Calibration c = test::passing_calibration();
  const auto found = as_found(c), left = as_left(c), fit = residuals(c);
  REQUIRE(found.size() == c.points.size());
  REQUIRE(fit.size() == c.points.size());
  REQUIRE(left.size() == c.verification.size());
  for (const PointError& e : found) {
    const double own_error = e.range == 0 ? 0.05 : -0.04;
    CHECK(e.error_A / e.reference_A == doctest::Approx(own_error).epsilon(0.2));
    CHECK(std::abs(e.E_n) < 1);  // the card allows a PPK2 far more
  }
  for (const PointError& e : fit)
    CHECK(std::abs(e.error_A) < 2.5 * e.U_A);  // 1e-4 of shared gain is taken out
  for (const PointError& e : left) CHECK(std::abs(e.E_n) <= 1);
}

TEST_CASE(
    "fitted and independent points are drawn alike: what the reference shares is taken off both") {
  const Calibration c = test::passing_calibration();
  const auto shared = as_left(c), alike = independent_residuals(c);
  REQUIRE(alike.size() == shared.size());
  for (std::size_t i = 0; i < alike.size(); ++i) {
    CHECK(std::abs(alike[i].error_A) < 2.5 * alike[i].U_A);
    CHECK(alike[i].E_n == shared[i].E_n);
  }
  // The same reading is the same residual, whichever list it is in.
  Calibration twice = c;
  twice.verification = c.points;
  const auto fitted = residuals(twice), again = independent_residuals(twice);
  REQUIRE(fitted.size() == again.size());
  for (const PointError& one : again)
    CHECK(std::any_of(fitted.begin(), fitted.end(), [&](const PointError& other) {
      return other.range == one.range && other.reference_A == one.reference_A && other.error_A == doctest::Approx(one.error_A);
    }));
}

TEST_CASE(
    "the covariance is that of the doubts: symmetric, and it gives u of a current as the doubts "
    "do") {
  const Calibration c = test::passing_calibration();
  const auto matrix = covariance_of(c);
  REQUIRE(matrix.size() == 6);
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t k = 0; k < 6; ++k) CHECK(matrix[i][k] == matrix[k][i]);
  CHECK(matrix[1][4] != 0);  // ranges that share a reference range
  const double code = 9000;
  const double direct = matrix[3][3] + 2 * code * matrix[3][4] + code * code * matrix[4][4];
  const double misfit = c.ranges[1].misfit_A;
  CHECK(u_current_A(c, 1, code) == doctest::Approx(std::sqrt(direct + misfit * misfit)));
}

TEST_CASE("the failed checks are named with their figures, and sound ones are not") {
  Calibration c = test::passing_calibration();
  CHECK(failed_checks(c).empty());
  c.checks.push_back({"runs, range 2", 3.5, 2.6, false});
  CHECK(failed_checks(c) == "runs, range 2 (3.5, limit 2.6)");
}
