// The fit of a calibration: closed forms, a Monte Carlo of its covariance, and what it refuses.
// Its checks are in calibration_checks_test.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/unit/calibration_example.hpp"

using namespace jr;
using namespace jr::test;

namespace {

/// Covariance of two coefficients (0: a, 1: b, 2: q) of two ranges, from the doubts.
double covariance(const Calibration& c, std::size_t range, int i, std::size_t other, int j,
                  const std::string& only = "") {
  const auto part = [](const CoefficientDoubt& d, std::size_t r, int k) {
    for (const auto& s : d.shifts)
      if (s.range == r) return k == 0 ? s.a_A : k == 1 ? s.b_A_per_code : s.q_A_per_code2;
    return 0.0;
  };
  double sum = 0;
  for (const auto& d : c.doubts)
    if (d.key.starts_with(only)) sum += part(d, range, i) * part(d, other, j);
  return sum;
}

Calibration with_points(std::vector<CalibrationPoint> points) {
  Calibration c = empty_calibration();
  c.points = std::move(points);
  return c;
}

}  // namespace

TEST_CASE("two exact points give the line through them and the covariance of the closed form") {
  const CalibrationPoint low = exact_point(0, 1000, "10 mA"), high = exact_point(0, 15000, "10 mA");
  const auto fitted = fit_calibration(with_points({low, high}));
  REQUIRE(fitted);
  const RangePolynomial& p = fitted->ranges[0].polynomial;
  CHECK(p.a_A == doctest::Approx(kTruth[0].a_A).epsilon(1e-9));
  CHECK(p.b_A_per_code == doctest::Approx(kTruth[0].b_A_per_code).epsilon(1e-12));
  CHECK(p.q_A_per_code2 == 0);
  CHECK(p.s_A_per_V == kTruth[0].s_A_per_V);

  const double s1 = std::hypot(p.b_A_per_code * 2 * 3 / 100, low.u_repeat_A);
  const double s2 = std::hypot(p.b_A_per_code * 2 * 3 / 100, high.u_repeat_A);
  const double span2 = 14000.0 * 14000.0;
  const double g = 2e-4, o = 1e-9, a = kTruth[0].a_A + kTruth[0].s_A_per_V * 3.3,
               b = kTruth[0].b_A_per_code;
  CHECK(
      covariance(*fitted, 0, 0, 0, 0, "fit:") ==
      doctest::Approx((15000.0 * 15000 * s1 * s1 + 1000.0 * 1000 * s2 * s2) / span2).epsilon(1e-9));
  CHECK(covariance(*fitted, 0, 0, 0, 1, "fit:") ==
        doctest::Approx(-(15000 * s1 * s1 + 1000 * s2 * s2) / span2).epsilon(1e-9));
  CHECK(covariance(*fitted, 0, 1, 0, 1, "fit:") ==
        doctest::Approx((s1 * s1 + s2 * s2) / span2).epsilon(1e-9));
  // The reference's gain error scales all that flows; its offset moves the zero.
  CHECK(covariance(*fitted, 0, 0, 0, 0, "reference:") ==
        doctest::Approx(g * g * a * a + o * o).epsilon(1e-6));
  CHECK(covariance(*fitted, 0, 1, 0, 1, "reference:") ==
        doctest::Approx(g * g * b * b).epsilon(1e-9));
  CHECK(covariance(*fitted, 0, 0, 0, 1, "reference:") ==
        doctest::Approx(g * g * a * b).epsilon(1e-6));
  CHECK_MESSAGE(!passed(*fitted), "two points are enough to fit and too few to pass");
}

TEST_CASE(
    "2000 simulated calibrations scatter as their stated covariance says, also across ranges") {
  std::mt19937_64 generator(20261123);
  constexpr int kTrials = 2000;
  // Of a and b of both ranges, and of the difference of two currents, one in each range.
  constexpr double kCode[2] = {9000, 6000};
  double squares[5]{};
  for (int trial = 0; trial < kTrials; ++trial) {
    Calibration c = empty_calibration();
    const ReferenceErrors errors = draw_reference(c.reference, generator);
    c.points = with_errors(exact_sweep(), c.reference, errors, generator);
    const auto fitted = fit_calibration(std::move(c));
    REQUIRE(fitted);
    const auto current = [](const RangePolynomial& p, double code) {
      return p.a_A + code * (p.b_A_per_code + code * p.q_A_per_code2);
    };
    double difference = 0, variance[5]{};
    for (const std::size_t r : {0u, 1u}) {
      const RangePolynomial& p = fitted->ranges[r].polynomial;
      difference += (r == 0 ? 1 : -1) * (current(p, kCode[r]) - current(kTruth[r], kCode[r]));
    }
    for (const auto& doubt : fitted->doubts) {
      double effect[5]{};
      for (const auto& s : doubt.shifts) {
        // The enlargement by the range's own scatter is taken out again: it is a guard, not the
        // covariance.
        const CalibrationRange& range = fitted->ranges[s.range];
        const double scatter = std::max(1.0, std::sqrt(range.chi2 / range.degrees_of_freedom));
        const double own = doubt.key.starts_with("fit:") ? 1 / scatter : 1;
        effect[2 * s.range] += own * s.a_A;
        effect[2 * s.range + 1] += own * s.b_A_per_code;
        effect[4] += (s.range == 0 ? own : -own) *
                     (s.a_A + kCode[s.range] * (s.b_A_per_code + kCode[s.range] * s.q_A_per_code2));
      }
      for (int k = 0; k < 5; ++k) variance[k] += effect[k] * effect[k];
    }
    const double error[5] = {fitted->ranges[0].polynomial.a_A - kTruth[0].a_A,
                             fitted->ranges[0].polynomial.b_A_per_code - kTruth[0].b_A_per_code,
                             fitted->ranges[1].polynomial.a_A - kTruth[1].a_A,
                             fitted->ranges[1].polynomial.b_A_per_code - kTruth[1].b_A_per_code,
                             difference};
    for (int k = 0; k < 5; ++k) squares[k] += error[k] * error[k] / variance[k];
  }
  const char* what[5] = {"a, range 0", "b, range 0", "a, range 1", "b, range 1",
                         "difference across ranges"};
  for (int k = 0; k < 5; ++k) {
    const std::string name = what[k];
    CAPTURE(name);
    const double ratio = std::sqrt(squares[k] / kTrials);  // its own standard deviation is 1.6 %
    CHECK(ratio == doctest::Approx(1).epsilon(0.06));
  }
}

TEST_CASE("ranges that shared a reference range share its key, and their errors are correlated") {
  const auto fitted = fit_calibration(with_points(exact_sweep()));
  REQUIRE(fitted);
  const auto shared = std::find_if(fitted->doubts.begin(), fitted->doubts.end(), [](const auto& d) {
    return d.key == "reference:K2450:117:2026-03:10 mA:gain";
  });
  REQUIRE(shared != fitted->doubts.end());
  CHECK(shared->shifts.size() == 2);
  CHECK(shared->term == "reference, gain of 10 mA");
  CHECK(covariance(*fitted, 0, 1, 1, 1) > 0);
  // Another calibration against the same certificate names the same error of the world.
  Calibration later = empty_calibration();
  later.created = "2027-01-01T00:00:00Z";
  later.points = exact_sweep();
  const auto second = fit_calibration(later);
  REQUIRE(second);
  CHECK(std::any_of(second->doubts.begin(), second->doubts.end(),
                    [&](const auto& d) { return d.key == shared->key; }));
  for (const auto& mine : fitted->doubts)
    for (const auto& theirs : second->doubts)
      if (mine.key.starts_with("fit:")) CHECK(mine.key != theirs.key);
}

TEST_CASE("a curvature that stands out of the scatter is adopted, one that does not is paid for") {
  std::mt19937_64 generator(3);
  const double bend = -4e-14;  // 9 uA at the top of range 0, some 50 u of a point
  Calibration c = empty_calibration();
  c.points = with_errors(exact_sweep(bend), c.reference, {}, generator, 0.3);
  const auto curved = fit_calibration(c);
  REQUIRE(curved);
  CHECK(curved->ranges[0].order == 2);
  CHECK(curved->ranges[0].polynomial.q_A_per_code2 == doctest::Approx(bend).epsilon(0.1));
  CHECK(curved->ranges[0].misfit_A == 0);

  const auto straight = fit_calibration(with_points(exact_sweep()));
  REQUIRE(straight);
  CHECK(straight->ranges[0].order == 1);
  CHECK(straight->ranges[0].polynomial.q_A_per_code2 == 0);
  // A point of range 0 is known to 0.13 uA at the top: the misfit is of that size, and not nothing.
  CHECK(straight->ranges[0].misfit_A > 2e-9);
  CHECK(straight->ranges[0].misfit_A < 2e-7);
}

TEST_CASE("what a dropped curvature leaves behind lies within the misfit that is stated") {
  const auto of_range_0 = [](std::vector<CalibrationPoint> points) {
    std::erase_if(points, [](const auto& p) { return p.range != 0; });
    return points;
  };
  const auto curved = fit_calibration(with_points(of_range_0(exact_sweep(-4e-14))));
  REQUIRE(curved);
  const double bend = 2 * std::sqrt(covariance(*curved, 0, 2, 0, 2));  // not significant, and there
  const auto straight = fit_calibration(with_points(of_range_0(exact_sweep(bend))));
  REQUIRE(straight);
  REQUIRE(straight->ranges[0].order == 1);
  const RangePolynomial& p = straight->ranges[0].polynomial;
  double worst = 0;
  for (double code = 500; code <= 15500; code += 100) {
    const double truth = kTruth[0].a_A + code * (kTruth[0].b_A_per_code + bend * code);
    worst = std::max(worst, std::fabs(p.a_A + p.b_A_per_code * code - truth));
  }
  CHECK(worst > 0.5 * straight->ranges[0].misfit_A);
  CHECK(worst <= straight->ranges[0].misfit_A);
}

TEST_CASE(
    "the supply term is taken over, so that the offset does not depend on the voltage of the "
    "points") {
  auto points = exact_sweep();
  for (auto& p : points) {
    p.reference_A += kTruth[p.range].s_A_per_V * (1.8 - p.supply_V);
    p.supply_V = 1.8;
  }
  const auto at_1V8 = fit_calibration(with_points(points)),
             at_3V3 = fit_calibration(with_points(exact_sweep()));
  REQUIRE(at_1V8);
  REQUIRE(at_3V3);
  for (const std::size_t r : {0u, 1u}) {
    CHECK(at_1V8->ranges[r].polynomial.s_A_per_V == kTruth[r].s_A_per_V);
    CHECK(at_1V8->ranges[r].polynomial.a_A ==
          doctest::Approx(at_3V3->ranges[r].polynomial.a_A).epsilon(1e-6));
  }
}

TEST_CASE(
    "scatter beyond the stated u enlarges the doubt of the fit, with the degrees of freedom it "
    "has") {
  std::mt19937_64 generator(8);
  Calibration c = empty_calibration();
  c.points = with_errors(exact_sweep(), c.reference, {}, generator, 1.25);
  const auto noisy = fit_calibration(c);
  c.points = with_errors(exact_sweep(), c.reference, {}, generator, 0.1);
  const auto quiet = fit_calibration(c);
  REQUIRE(noisy);
  REQUIRE(quiet);
  const auto& range = noisy->ranges[1];
  REQUIRE(range.chi2 / range.degrees_of_freedom > 1);
  CHECK(
      std::sqrt(covariance(*noisy, 1, 1, 1, 1, "fit:") / covariance(*quiet, 1, 1, 1, 1, "fit:")) ==
      doctest::Approx(std::sqrt(range.chi2 / range.degrees_of_freedom)).epsilon(0.02));
  for (const auto& d : noisy->doubts)
    if (d.term.ends_with("of range 1")) CHECK(d.degrees_of_freedom == range.degrees_of_freedom);
  for (const auto& d : quiet->doubts) CHECK(std::isinf(d.degrees_of_freedom));
}

TEST_CASE("points without dither are known no better than a twelfth of a squared code") {
  auto points = exact_sweep();
  for (auto& p : points) p.code_sd = 0, p.u_repeat_A = 0, p.samples = 1'000'000'000;
  const auto fitted = fit_calibration(with_points(points));
  REQUIRE(fitted);
  // b of range 0 from 14 points over 500..15500: u = b / sqrt(12) / sqrt(sum (c - mean)^2).
  double squares = 0;
  for (int k = 0; k < 7; ++k) squares += 2 * std::pow(500 + 2500 * k - 8000, 2);
  CHECK(std::sqrt(covariance(*fitted, 0, 1, 0, 1, "fit:")) ==
        doctest::Approx(kTruth[0].b_A_per_code / std::sqrt(12 * squares)).epsilon(0.05));
}

TEST_CASE("a range without points keeps what the instrument says of itself, and is not covered") {
  std::vector<CalibrationPoint> points;
  for (const auto& p : exact_sweep())
    if (p.range == 1) points.push_back(p);
  const auto fitted = fit_calibration(with_points(points));
  REQUIRE(fitted);
  CHECK(fitted->ranges[0].points == 0);
  CHECK(fitted->ranges[0].polynomial.b_A_per_code ==
        doctest::Approx(1.05 * kTruth[0].b_A_per_code));
  CHECK(fitted->ranges[1].points == 14);
  for (const auto& d : fitted->doubts)
    for (const auto& s : d.shifts) CHECK(s.range == 1);
}

TEST_CASE("bad input is refused in one sentence that names the point or the reference") {
  const auto refused = [](Calibration c, const std::string& because) {
    const auto fitted = fit_calibration(std::move(c));
    REQUIRE_FALSE(fitted);
    CHECK(fitted.error().trouble == Trouble::malformed);
    CHECK_MESSAGE(fitted.error().message.find(because) != std::string::npos,
                  fitted.error().message);
    CHECK(fitted.error().message.find("ppk2 E1") != std::string::npos);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Calibration c = with_points(exact_sweep());

  SUBCASE("no points") { refused(empty_calibration(), "has no points"); }
  SUBCASE("one point") {
    refused(with_points({exact_point(0, 1000, "10 mA")}), "range 0 has one point");
  }
  SUBCASE("one code") {
    refused(with_points({exact_point(0, 1000, "10 mA"), exact_point(0, 1000, "10 mA")}),
            "the same code");
  }
  SUBCASE("codes that hardly differ") {
    refused(with_points({exact_point(0, 1000, "10 mA"), exact_point(0, 1000 + 1e-9, "10 mA")}),
            "do not determine");
  }
  SUBCASE("no certificate") {
    c.reference.certificate.clear();
    refused(c, "has no certificate");
  }
  SUBCASE("no serial number") {
    c.reference.serial.clear();
    refused(c, "no model or serial number");
  }
  SUBCASE("a reference without doubt") {
    c.reference.ranges[1].u_gain = c.reference.ranges[1].u_offset_A = 0;
    refused(c, "claims to have no uncertainty");
  }
  SUBCASE("a reference range twice") {
    c.reference.ranges[1].name = "10 mA";
    refused(c, "is there twice");
  }
  SUBCASE("an unknown reference range") {
    c.points[3].reference_range = "1 A";
    refused(c, "Point 4");
  }
  SUBCASE("beyond the reference range") {
    c.points[13].reference_range = "10 mA";
    refused(c, "outside the reference range");
  }
  SUBCASE("not a number") {
    c.points[2].reference_A = nan;
    refused(c, "Point 3");
  }
  SUBCASE("an infinite code") {
    c.points[2].code_mean = INFINITY;
    refused(c, "not finite");
  }
  SUBCASE("no samples") {
    c.points[2].samples = 0;
    refused(c, "has no samples");
  }
  SUBCASE("a negative standard deviation") {
    c.points[2].u_repeat_A = -1e-9;
    refused(c, "negative");
  }
  SUBCASE("a code that no instrument sends") {
    c.points[2].code_mean = 70000;
    refused(c, "no instrument sends");
  }
  SUBCASE("a range that the instrument does not have") {
    c.points[2].range = 2;
    refused(c, "does not have");
  }
  SUBCASE("a point that was taken in another range") {
    c.points[12].range = 1;
    refused(c, "does not belong to its range");
  }
  SUBCASE("coefficients that are not finite") {
    c.as_found[0].a_A = nan;
    refused(c, "not finite");
  }
  SUBCASE("an ambient temperature that is not finite") {
    c.ambient_C = nan;
    refused(c, "ambient");
  }
}
