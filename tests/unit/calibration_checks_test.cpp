// The checks of a calibration: sound sweeps pass them all, each kind of unsound one fails its own.
// Never looks at coefficients: calibration_fit_test.cpp does.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/calibration_example.hpp"

using namespace jr;
using namespace jr::test;

namespace {

const CalibrationCheck* check_named(const Calibration& c, const std::string& start) {
  const auto found = std::find_if(c.checks.begin(), c.checks.end(),
                                  [&](const auto& k) { return k.name.starts_with(start); });
  return found == c.checks.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("nineteen of twenty sound calibrations pass all checks and their verification") {
  std::mt19937_64 generator(11);
  int sound = 0;
  constexpr int kTrials = 300;
  for (int trial = 0; trial < kTrials; ++trial) {
    Calibration c = empty_calibration();
    const ReferenceErrors errors = draw_reference(c.reference, generator);
    c.points = with_errors(exact_sweep(), c.reference, errors, generator);
    auto fitted = fit_calibration(c);
    REQUIRE(fitted);
    REQUIRE(verify_calibration(*fitted,
                               with_errors(exact_verification(), c.reference, errors, generator)));
    sound += passed(*fitted);
  }
  INFO(sound << " of " << kTrials << " passed");
  CHECK(sound > 0.9 * kTrials);
}

TEST_CASE("each kind of unsound sweep fails the check that is named after it") {
  std::mt19937_64 generator(5);
  const auto fitted_after = [&](auto spoil) {
    Calibration c = empty_calibration();
    c.points = with_errors(exact_sweep(), c.reference, {}, generator, 0.5);
    spoil(c.points);
    auto fitted = fit_calibration(c);
    REQUIRE(fitted);
    CHECK_FALSE(passed(*fitted));
    return *fitted;
  };
  const auto fails = [](const Calibration& c, const std::string& name) {
    const auto* check = check_named(c, name);
    REQUIRE_MESSAGE(check, name);
    CHECK_MESSAGE(!check->passed, name << " " << check->value << " limit " << check->limit);
  };

  SUBCASE("one reading far off") {
    const auto c = fitted_after([](auto& points) { points[6].reference_A += 3e-6; });
    fails(c, "largest residual, range 0");
    fails(c, "chi2/dof, range 0");
    CHECK(check_named(c, "chi2/dof, range 1")->passed);
  }
  SUBCASE("the way down reads otherwise than the way up") {
    const auto c = fitted_after([](auto& points) {
      for (auto& p : points)
        if (p.range == 1 && !p.rising) p.reference_A += 3e-6;
    });
    fails(c, "hysteresis, range 1");
  }
  SUBCASE("two neighbouring ranges disagree about one current") {
    const auto c = fitted_after([](auto& points) {
      const double current = exact_point(0, 14000, "10 mA").reference_A;
      for (int k = 0; k < 2; ++k) {
        points.push_back(exact_point(0, 14000, "10 mA"));
        const double code =
            (current - kTruth[1].a_A - kTruth[1].s_A_per_V * 3.3) / kTruth[1].b_A_per_code;
        points.push_back(exact_point(1, code + 1.2, "100 mA"));
        points.back().reference_A = current;
      }
    });
    fails(c, "overlap, ranges 0 and 1");
  }
  SUBCASE("four points") {
    const auto c = fitted_after([](auto& points) {
      points.resize(0);
      for (const double code : {500.0, 5000.0, 9000.0, 15000.0})
        points.push_back(exact_point(0, code, "10 mA"));
    });
    fails(c, "points short of 5, range 0");
  }
  SUBCASE("two ranges of the reference that contradict each other") {
    const auto c = fitted_after([](auto& points) {
      for (auto& p : points)
        if (p.reference_range == "100 mA") p.reference_A *= 1.003;
      for (const double code : {700.0, 900.0, 1100.0}) {
        points.push_back(exact_point(1, code, "10 mA"));
        points.push_back(exact_point(1, code + 40, "100 mA"));
        points.back().reference_A *= 1.003;
      }
    });
    fails(c, "reference, gain of 100 mA");
  }
  SUBCASE("an S-shaped error that no parabola follows, of the size of the scatter") {
    const auto c = fitted_after([](auto& points) {
      points.clear();
      for (int k = 0; k < 24; ++k) {
        points.push_back(exact_point(0, 500 + 650 * k, "10 mA"));
        points.back().reference_A += 4e-8 * std::sin(k / 23.0 * 6.2831853);
      }
    });
    fails(c, "runs, range 0");
    CHECK(check_named(c, "chi2/dof, range 0")->passed);
  }
}
