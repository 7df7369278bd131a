// Which currents a calibration asks for, on an instrument of paper that switches ranges with
// hysteresis.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "rig/run/calibrate.hpp"
#include "rig/run/calibration_points.hpp"
#include "rig/run/calibration_sweep.hpp"

using namespace jr;

namespace {

/// Leaves range r upwards above `up[r]`, and comes back to it below `down[r]`.
struct Switching {
  std::vector<double> up{0.52e-3, 5.2e-3, 52e-3, 520e-3}, down{0.41e-3, 4.1e-3, 41e-3, 410e-3};
  std::size_t range{};
  int asked{};
  double highest_A{};

  std::size_t see(double current_A) {
    ++asked;
    highest_A = std::max(highest_A, current_A);
    while (range < up.size() && current_A > up[range]) ++range;
    while (range > 0 && current_A < down[range - 1]) --range;
    return range;
  }
  RangeProbe probe() {
    return [this](double current_A) -> Result<std::size_t> { return see(current_A); };
  }
};

const std::vector<double> kFull_A{0.6e-3, 6e-3, 60e-3, 600e-3, 10};

}  // namespace

TEST_CASE(
    "both switching points of a range are found to 4 % of it, from both sides, in a few looks") {
  Switching instrument;
  const auto end = find_switch(instrument.probe(), 1, 6e-3, 80e-3);
  REQUIRE(end);
  REQUIRE(end->has_value());
  CHECK((**end).rising_below_A <= 5.2e-3);
  CHECK((**end).rising_above_A > 5.2e-3);
  CHECK((**end).rising_above_A - (**end).rising_below_A < 0.04 * 6e-3);
  CHECK((**end).falling_below_A < 4.1e-3);
  CHECK((**end).falling_above_A >= 4.1e-3);
  CHECK((**end).falling_above_A - (**end).falling_below_A < 0.04 * 6e-3);
  CHECK(instrument.asked < 25);
}

TEST_CASE("coefficients that are 40 % wrong do not mislead the search, whichever way") {
  for (const double wrong : {0.7, 1.4}) {
    Switching instrument;
    const auto end = find_switch(instrument.probe(), 1, 6e-3 * wrong, 80e-3);
    REQUIRE(end);
    REQUIRE(end->has_value());
    CHECK((**end).rising_below_A <= 5.2e-3);
    CHECK((**end).rising_above_A > 5.2e-3);
    CHECK((**end).falling_below_A < 4.1e-3);
  }
}

TEST_CASE(
    "a search never asks for more than is allowed, and says that the range goes on to there") {
  Switching instrument;
  const auto end = find_switch(instrument.probe(), 2, 60e-3, 45e-3);
  REQUIRE(end);
  CHECK_FALSE(end->has_value());
  CHECK(instrument.highest_A <= 45e-3);
}

TEST_CASE("an instrument whose range does not follow the current is an error in a sentence") {
  const auto stuck = find_switch([](double) -> Result<std::size_t> { return 3; }, 1, 6e-3, 80e-3);
  REQUIRE_FALSE(stuck);
  CHECK(stuck.error().message.find("range 1") != std::string::npos);
  const auto gone = find_switch(
      [](double) -> Result<std::size_t> { return fail(Trouble::hang_up, "gone"); }, 1, 6e-3, 1);
  CHECK(gone.error().trouble == Trouble::hang_up);
}

TEST_CASE(
    "every planned current is seen in its range, on the way up, on the way down and for "
    "verification") {
  Switching instrument;
  std::vector<std::optional<SwitchPoint>> ends(kFull_A.size());
  for (std::size_t r = 0; r < 3; ++r)
    ends[r] = *find_switch(instrument.probe(), r, kFull_A[r], 80e-3);
  instrument.see(1e-6);
  for (const auto& ranges : {std::vector<std::size_t>{0, 1, 2}, std::vector<std::size_t>{1},
                             std::vector<std::size_t>{0, 2}}) {
    const auto plan = planned_currents(found_reaches(ranges, ends, 80e-3), 9);
    const std::size_t compared = ranges.size() == 3 ? 2 : 0;  // neighbours that share a current
    CHECK(plan.size() == ranges.size() * (9 + 9 + 3) + 2 * compared);
    for (const PlannedCurrent& one : plan)
      CHECK_MESSAGE(instrument.see(one.current_A) == one.range, one.current_A);
  }
}

TEST_CASE(
    "neighbouring ranges are asked for one and the same current, one upwards and the other "
    "downwards") {
  const std::vector<RangeReach> reaches{{0, 0, 0.52e-3, 0, 0.41e-3},
                                        {1, 0.53e-3, 5.2e-3, 0.42e-3, 5.2e-3}};
  int pairs = 0;
  const auto plan = planned_currents(reaches, 7);
  for (const PlannedCurrent& a : plan)
    for (const PlannedCurrent& b : plan)
      if (a.range == 0 && b.range == 1 && a.current_A == b.current_A)
        pairs += a.rising && !b.rising ? 1 : 100;
  CHECK(pairs == 1);
}

TEST_CASE("guessed reaches hold from both sides for hystereses of up to a third") {
  Switching instrument;
  const auto plan = planned_currents(guessed_reaches({0, 1, 2}, kFull_A, 80e-3), 7);
  for (const PlannedCurrent& one : plan)
    CHECK_MESSAGE(instrument.see(one.current_A) == one.range, one.current_A);
}

TEST_CASE("verification currents are none of the currents of the fit") {
  const auto plan = planned_currents(guessed_reaches({0, 1}, kFull_A, 80e-3), 7);
  std::set<double> fitted;
  int verifying = 0;
  for (const PlannedCurrent& one : plan)
    if (!one.verification) fitted.insert(one.current_A);
  for (const PlannedCurrent& one : plan)
    if (one.verification) verifying += fitted.count(one.current_A) == 0 ? 1 : 1000;
  CHECK(verifying == 6);
}

TEST_CASE("a list of currents is gone through up and down, and each third one is only verified") {
  const auto plan = planned_from_list({1, 2, 3, 4, 5, 6});
  std::string way;
  for (const PlannedCurrent& one : plan)
    way += std::to_string(int(one.current_A)) + (one.verification ? "v" : one.rising ? "+" : "-");
  CHECK(way == "1+3+4+6+6-4-3-1-2v5v");
}

TEST_CASE("only ranges of which half can be reached are calibrated without being asked for") {
  CHECK(reachable_ranges(kFull_A, 80e-3) == std::vector<std::size_t>{0, 1, 2});
  CHECK(reachable_ranges(kFull_A, 0.5) == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(reachable_ranges(kFull_A, 1e-6).empty());
}

TEST_CASE("a current above the trip current or the reference is refused, wanted or listed") {
  ReferenceFile reference;
  reference.identity.model = std::string("M");
  reference.identity.ranges = {{"1 mA", 1e-3, 0, 0, Distribution::normal},
                               {"50 mA", 50e-3, 0, 0, Distribution::normal}};
  CHECK(highest_allowed_A({}, 0.1, reference, {}) == 50e-3);
  CHECK(highest_allowed_A({}, 0.05, reference, {}) == doctest::Approx(0.04));
  CHECK(highest_allowed_A({}, 0, reference, {}) == 50e-3);
  CHECK(highest_allowed_A(20e-3, 0.1, reference, {1e-3}) == 20e-3);
  CHECK(highest_allowed_A(60e-3, 0.1, reference, {}).error().message.find("reference M") !=
        std::string::npos);
  CHECK(highest_allowed_A(45e-3, 40e-3, reference, {})
            .error()
            .message.find("trip current of 0.04 A") != std::string::npos);
  CHECK_FALSE(highest_allowed_A({}, 40e-3, reference, {1e-3, 41e-3}));
  CHECK_FALSE(highest_allowed_A(0.0, 40e-3, reference, {}));
}

TEST_CASE("codes are averaged exactly, and samples of two ranges are no average") {
  Moments moments;
  moments.ranges[2] = {4, 40, 420};  // 7, 9, 11, 13
  const AveragedCodes codes = averaged(moments);
  CHECK(codes.range == 2);
  CHECK(codes.mean == 10);
  CHECK(codes.sd == doctest::Approx(std::sqrt(20.0 / 3)));
  moments.ranges[1].n = 1;
  CHECK_FALSE(averaged(moments).range);
  CHECK_FALSE(averaged(Moments{}).range);
  // 2 s of large codes whose scatter is a millionth of their sum of squares
  Moments large;
  constexpr std::uint64_t n = 200'000;
  large.ranges[0] = {n, n * 16000 + n / 2, n * 16000 * 16000 + n / 2 * (2 * 16000 + 1)};
  CHECK(averaged(large).mean == 16000.5);
  CHECK(averaged(large).sd == doctest::Approx(0.5));
}

TEST_CASE(
    "an average at the top code is known to be clipped, noise or not, and one below it is not") {
  const auto at = [](std::uint64_t code) {
    Moments moments;
    moments.ranges[0] = {100, 100 * code, 100 * code * code};
    return averaged(moments);
  };
  CHECK(at(16383).clipped);
  CHECK(at(16380).clipped);
  CHECK_FALSE(at(16300).clipped);
  Moments noisy;  // half of it at the top, half of it 40 codes below
  noisy.ranges[0] = {100, 50 * 16383 + 50 * 16343, 50ull * 16383 * 16383 + 50ull * 16343 * 16343};
  CHECK(averaged(noisy).clipped);
}

TEST_CASE("a point keeps the codes, the reference's reading and its range, and the direction") {
  const AveragedCodes codes{1, 100.0, 0.7, 10'000, {{5e-5}, 1e-9, "1 mA"}};
  const CalibrationPoint point = point_of(codes, false, 3.3);
  CHECK(point.range == 1);
  CHECK(point.reference_A == 5e-5);
  CHECK(point.u_repeat_A == 1e-9);
  CHECK(point.reference_range == "1 mA");
  CHECK_FALSE(point.rising);
}

TEST_CASE("an instrument without a serial number is known by its bench") {
  CHECK(instrument_of({"ppk2", "", "9173", "", "", ""}, "sim").serial == "on-sim");
  CHECK(instrument_of({"ppk2", "E1", "9173", "", "", ""}, "sim").serial == "E1");
}
