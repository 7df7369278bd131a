// Verification: the reference's own error is in both readings and neither hides a fault nor makes
// one.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/calibration_example.hpp"

using namespace jr;
using namespace jr::test;

namespace {

Calibration fitted_with(const ReferenceErrors& errors, std::mt19937_64& generator) {
  Calibration c = empty_calibration();
  c.points = with_errors(exact_sweep(), c.reference, errors, generator, 0.5);
  return fit_calibration(c).value();
}

std::size_t failed(const Calibration& c) {
  return static_cast<std::size_t>(std::count_if(
      c.checks.begin(), c.checks.end(),
      [](const auto& check) { return check.name.starts_with("E_n at ") && !check.passed; }));
}

}  // namespace

TEST_CASE("an error of the reference, however large, does not show in its own verification") {
  std::mt19937_64 generator(21);
  // Four of its standard uncertainties, and alike in both ranges: these do not contradict each
  // other.
  const ReferenceErrors errors{{8e-4, 8e-4}, {4e-9, 4e-9}};
  Calibration c = fitted_with(errors, generator);
  REQUIRE(verify_calibration(
      c, with_errors(exact_verification(), c.reference, errors, generator, 0.5)));
  CHECK(failed(c) == 0);
  CHECK(c.verification.size() == 6);
}

TEST_CASE(
    "a shift of seven u of the difference fails, although the reference's U is three times "
    "larger") {
  std::mt19937_64 generator(22);
  // One range of the reference for each of the instrument: its error cancels altogether.
  Calibration c = empty_calibration();
  c.points = with_errors(exact_sweep(), c.reference, {}, generator, 0.1);
  for (auto& p : c.points) p.reference_range = p.range == 0 ? "10 mA" : "100 mA";
  c = fit_calibration(c).value();
  auto points = with_errors(exact_verification(), c.reference, {}, generator, 0);
  CalibrationPoint& top = points[4];
  const double u = std::hypot(kTruth[0].b_A_per_code * 2 * 3 / 100, top.u_repeat_A);
  REQUIRE(2 * 2e-4 * top.reference_A > 2.5 * 7 * u);
  top.reference_A += 7 * u;
  REQUIRE(verify_calibration(c, points));
  CHECK(failed(c) == 1);
  CHECK_FALSE(passed(c));
}

TEST_CASE("a verification in another range of the reference does pay for the reference") {
  std::mt19937_64 generator(23);
  const ReferenceErrors errors{{2e-4, 0}, {0, 0}};
  Calibration c = fitted_with(errors, generator);
  auto points = with_errors(exact_verification(), c.reference, errors, generator, 0);
  for (auto& p : points)
    if (p.range == 0)
      p = exact_point(0, p.code_mean, "100 mA");  // 200 ppm from the fit: one u of each range
  REQUIRE(verify_calibration(c, points));
  CHECK(failed(c) == 0);
}

TEST_CASE("verifying again replaces the points and gives another id") {
  std::mt19937_64 generator(24);
  Calibration c = fitted_with({}, generator);
  const std::string unverified = c.id;
  const auto checks = c.checks.size();
  for (int round = 0; round < 2; ++round)
    REQUIRE(
        verify_calibration(c, with_errors(exact_verification(), c.reference, {}, generator, 0.5)));
  CHECK(c.checks.size() == checks + 6);
  CHECK(c.verification.size() == 6);
  CHECK(c.id != unverified);
}

TEST_CASE("too few points, points of the fit and points of an uncalibrated range verify nothing") {
  std::mt19937_64 generator(25);
  Calibration c = fitted_with({}, generator);
  const std::string before = canonical_text(c);
  auto points = exact_verification();
  SUBCASE("two points in a range") { points.pop_back(); }
  SUBCASE("a point of the fit") { points[0] = c.points[0]; }
  SUBCASE("a range without calibration") {
    std::erase_if(c.points, [](const auto& p) { return p.range == 0; });
    c = fit_calibration(c).value();
    const auto verified = verify_calibration(c, points);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().message.find("not calibrated") != std::string::npos);
    return;
  }
  SUBCASE("an unknown reference range") { points[0].reference_range = "1 A"; }
  const auto verified = verify_calibration(c, points);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().trouble == Trouble::malformed);
  CHECK_MESSAGE(canonical_text(c) == before,
                "a refused verification leaves the calibration as it was");
}
