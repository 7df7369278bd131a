// Reference loads before and after a run, and the control chart of their history: closed forms and
// named cases.
#include "calibration/drift.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace jr;

namespace {

LoadCheck check(const char* load, double before, double after, double u = 1e-4) {
  return {load, 1e-3, 1e-3 * (1 + before), 1e-3 * (1 + after), u};
}

}  // namespace

TEST_CASE("two checks that differ by d leave u = d / sqrt(12) when their mean is right") {
  const auto drift = drift_of(check("1 kohm", -3e-4, 3e-4, 0));
  REQUIRE(drift);
  CHECK(drift->shift == doctest::Approx(0).epsilon(1e-9));
  CHECK(drift->u_uncorrected == doctest::Approx(6e-4 / std::sqrt(12.0)).epsilon(1e-9));
}

TEST_CASE("a shift that both checks share is paid for, although they agree with each other") {
  const auto drift = drift_of(check("1 kohm", 6e-4, 6e-4));
  REQUIRE(drift);
  CHECK(drift->change == doctest::Approx(0));
  CHECK(drift->shift == doctest::Approx(6e-4));
  CHECK(drift->u_corrected == doctest::Approx(1e-4));
  CHECK(drift->u_uncorrected == doctest::Approx(std::hypot(6e-4, 1e-4)));
}

TEST_CASE("two loads tell a drifted meter from a drifted load") {
  const auto says = [](std::vector<LoadCheck> checks) { return diagnose(checks).value(); };
  CHECK(says({check("1 kohm", 1e-5, 0), check("100 kohm", 0, -2e-5)}).what == Drifted::nothing);

  const auto meter = says({check("1 kohm", 2e-3, 2.1e-3), check("100 kohm", 2.05e-3, 2e-3)});
  CHECK(meter.what == Drifted::meter);
  CHECK(meter.shift == doctest::Approx(2.04e-3).epsilon(0.01));

  const auto load = says({check("1 kohm", 0, 0), check("100 kohm", -2e-3, -2e-3)});
  CHECK(load.what == Drifted::load);
  CHECK(load.load == "100 kohm");
  CHECK(load.shift == doctest::Approx(-2e-3));

  CHECK(says({check("1 kohm", 2e-3, 2e-3), check("100 kohm", -2e-3, -2e-3)}).what ==
        Drifted::unclear);
  CHECK_MESSAGE(says({check("1 kohm", 2e-3, 2e-3)}).what == Drifted::unclear,
                "one load accuses nobody");
  CHECK_MESSAGE(
      says({check("1 kohm", 1e-3, 1e-3), check("100 kohm", 0, 0, 1e-2)}).what == Drifted::unclear,
      "a load too uncertain to contradict does not acquit the meter");
}

TEST_CASE("a check that holds no number is refused by its load's name") {
  for (const LoadCheck& bad :
       {LoadCheck{"1 kohm", 0, 1, 1, 1e-4}, LoadCheck{"1 kohm", 1, NAN, 1, 1e-4},
        LoadCheck{"1 kohm", 1, 1, 1, -1e-4}}) {
    const auto drift = drift_of(bad);
    REQUIRE_FALSE(drift);
    CHECK(drift.error().message.find("1 kohm") != std::string::npos);
    CHECK_FALSE(diagnose({bad}));
  }
  CHECK_FALSE_MESSAGE(diagnose({check("1 kohm", 0, 0, 0)}),
                      "without any uncertainty everything would be significant");
}

TEST_CASE(
    "the limits of a control chart come from the moving range, so a slow drift does not widen "
    "them") {
  std::vector<double> drifting;
  for (int k = 0; k < 20; ++k) drifting.push_back(1e-4 * k + (k % 2 ? 1e-5 : -1e-5));
  const auto limits = control_limits(drifting, 0);
  REQUIRE(limits);
  // Ranges alternate between 1.2e-4 and 0.8e-4: ten of one, nine of the other.
  CHECK(limits->sigma == doctest::Approx((10 * 1.2e-4 + 9 * 0.8e-4) / 19 / 1.128));
  CHECK(limits->centre == doctest::Approx(9.5e-4));
  CHECK(limits->highest() - limits->lowest() == doctest::Approx(6 * limits->sigma));
  CHECK(control_limits(std::vector<double>(8, 1.0), 1e-5)->sigma == 1e-5);
  CHECK_FALSE(control_limits(std::vector<double>(7, 1.0), 1e-5));
  CHECK_FALSE(control_limits({1, 2, 3, 4, 5, 6, 7, std::numeric_limits<double>::infinity()}, 1e-5));
}

TEST_CASE("each control rule signals its own pattern, at the value that completes it") {
  const ControlLimits limits{0, 1, 20};
  const auto signals = [&](std::vector<double> values) { return out_of_control(limits, values); };
  CHECK(signals({0.5, -2.9, 1, -1, 2.5, -2.5, 0.1}).empty());

  const auto beyond = signals({0, -3.1, 0});
  REQUIRE(beyond.size() == 1);
  CHECK(beyond[0].rule == ControlRule::beyond_three_sigma);
  CHECK(beyond[0].index == 1);

  const auto pair = signals({2.1, 0, 2.2, 0});
  REQUIRE(pair.size() == 1);
  CHECK(pair[0].rule == ControlRule::two_of_three_beyond_two_sigma);
  CHECK(pair[0].index == 2);

  const auto side = signals({-0.1, 0.1, 0.1, 0.2, 0.3, 0.1, 0.4, 0.1, 0.2, -0.1});
  REQUIRE(side.size() == 1);
  CHECK(side[0].rule == ControlRule::eight_on_one_side);
  CHECK(side[0].index == 8);
  CHECK(std::string(name_of(side[0].rule)) == "eight on one side");
}
