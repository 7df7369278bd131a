// No judge of the program calls "ok" what was not measured: each number that it is given is made a NaN, one at a time.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "calibration/design.hpp"
#include "calibration/drift.hpp"
#include "rig/core/extremes.hpp"
#include "rig/run/accept_judge.hpp"
#include "rig/run/ambient.hpp"
#include "rig/run/control_chart.hpp"
#include "rig/run/health_check.hpp"
#include "tests/unit/calibration_example.hpp"

using namespace jr;

namespace {

/// A judge as a function of its numbers, with numbers that it calls ok.
struct JudgeCase {
  std::string name;
  std::vector<double> good;
  std::function<Claim(const std::vector<double>&)> judge;
};

const std::vector<JudgeCase>& judge_cases() {
  using Numbers = const std::vector<double>&;
  static const std::vector<JudgeCase> kCases{
      {"voltage", {3.3, 1.8, 3.6}, [](Numbers v) { return judge_voltage(v[0], v[1], v[2]); }},
      {"refusal", {3.7}, [](Numbers v) { return judge_refusal({{v[0], true, 0}}); }},
      {"trip", {0.1, 1.0}, [](Numbers v) { return judge_trip(v[0], v[1]); }},
      {"stream", {10, 10.2}, [](Numbers v) { return judge_stream("stream.whole", {v[0], v[1], 1'020'000, 0, 0, ""}); }},
      {"clock", {20, 40, 1, 100}, [](Numbers v) { return judge_clock({v[0], v[1], v[2], v[3]}); }},
      {"offset", {-150e-9, 40e-9, 200e-9}, [](Numbers v) { return judge_offset({v[0], v[1], v[2]}); }},
      {"switch on", {0.4, 0.005, 0.02, 0.1}, [](Numbers v) { return judge_switch_on({v[0], v[1], v[2], v[3]}); }},
      {"pull", {0.2}, [](Numbers v) { return judge_pull(v[0], "gone"); }},
      {"off", {1e-9, 1e-6}, [](Numbers v) { return judge_off(true, v[0], v[1]); }},
      {"link reset", {0.4, 5}, [](Numbers v) { return judge_link_reset(true, v[0], true, v[1]); }},
      {"power reset", {0.4, 5}, [](Numbers v) { return judge_power_reset(true, v[0], v[1]); }},
      {"width", {1e-3, 1e-4, 1e-5}, [](Numbers v) { return judge_width(v[0], v[1], v[2]); }},
      {"dead", {1e-9, 1e-6, 0, 1e-9}, [](Numbers v) { return judge_dead("backfeed.open", {v[0], v[1], v[2], false, v[3]}); }},
      {"usb", {1e-3, 1.001e-3, 1e-6}, [](Numbers v) { return judge_usb(v[0], v[1], v[2]); }},
      {"sleep", {1, 0}, [](Numbers v) { return judge_sleep({v[0], v[1]}); }},
      {"idle", {1e-3, 1e-3, 1e-3, 1e-3, 1.001e-3, 9e-3, 9e-3, 9e-3, 9e-3, 9e-3},
       [](Numbers v) { return judge_idle({{v.begin(), v.begin() + 5}, {v.begin() + 5, v.end()}}, true); }},
      {"repeats", {1e-3, 1e-3, 1e-3, 1e-3, 1.001e-3}, [](Numbers v) { return judge_repeats(v); }},
      {"lead", {0.15, 0.05, 1e-3, 1e-6, 1e-7}, [](Numbers v) { return judge_lead({v[0], v[1], v[2], v[3], v[4]}); }},
  };
  return kCases;
}

HealthCheck sound_check() {
  HealthCheck check;
  check.asked_A = 1e-3;
  check.range = 3;
  check.before = LoadSight{1e-3, 1e-3};
  check.after = LoadSight{1e-3, 1e-3};
  check.u_repeat = 1e-5, check.u_check = 5e-5, check.u_own = 5e-5, check.u_monitor = 2e-4;
  check.calibrated = true;
  check.change_limit = 1e-3;
  return check;
}

}  // namespace

TEST_CASE("the smaller and the larger of two numbers are a NaN when one of them is, in either order") {
  for (const auto both : {min_or_nan, max_or_nan}) {
    CHECK(std::isnan(both(1, NAN)));
    CHECK(std::isnan(both(NAN, 1)));
  }
  CHECK(min_or_nan(2, 1) == 1);
  CHECK(max_or_nan(2, INFINITY) == INFINITY);
}

TEST_CASE("no claim of an acceptance is ok when one of its numbers is none") {
  for (const JudgeCase& one : judge_cases()) {
    CAPTURE(one.name);
    REQUIRE(one.judge(one.good).verdict == ClaimVerdict::ok);
    for (std::size_t i = 0; i < one.good.size(); ++i) {
      CAPTURE(i);
      auto numbers = one.good;
      numbers[i] = NAN;
      CHECK(one.judge(numbers).verdict != ClaimVerdict::ok);
    }
  }
}

TEST_CASE("a figure that is no finite number is within no limits, and not without any either") {
  for (const double none : {double(NAN), double(INFINITY), -double(INFINITY)}) {
    CHECK_FALSE(Figure{"x", none, "A", {}, {}}.within());
    CHECK_FALSE(Figure{"x", none, "A", 0.0, 1.0}.within());
  }
}

TEST_CASE("a reference load whose reading or uncertainty is no number fails its check") {
  REQUIRE(failure_of(sound_check(), true).empty());
  const std::vector<std::function<void(HealthCheck&)>> spoils{
      [](HealthCheck& c) { c.before->monitor_A = NAN; }, [](HealthCheck& c) { c.before->reference_A = NAN; },
      [](HealthCheck& c) { c.after->monitor_A = NAN; },  [](HealthCheck& c) { c.after->reference_A = NAN; },
      [](HealthCheck& c) { c.u_monitor = NAN; },         [](HealthCheck& c) { c.u_check = NAN; },
      [](HealthCheck& c) { c.u_repeat = NAN; },          [](HealthCheck& c) { c.change_limit = NAN; }};
  for (const auto& spoil : spoils) {
    HealthCheck check = sound_check();
    spoil(check);
    CHECK_FALSE(failure_of(check, true).empty());
    CHECK_FALSE(drift_account({check}).passed);
  }
}

TEST_CASE("a chart holds no value that is no number, with limits or without, and a rule never overlooks one") {
  CHECK_FALSE(chart_limits({}, {0.02, 0}).hold(NAN));
  CHECK_FALSE(chart_limits({1, 1.001, 0.999}, {0.02, 0}).hold(NAN));
  CHECK_FALSE(chart_limits({1, NAN, 0.999}, {0.02, 0}).hold(1));
  CHECK_FALSE(chart_limits({1, 1.001}, {NAN, 0}).hold(1));
  std::vector<double> values(9, 1.0);
  values.back() = NAN;
  CHECK_FALSE(out_of_control({1, 0.001, 8}, values).empty());
  CHECK_FALSE(control_limits(values, 1e-6).has_value());
}

TEST_CASE("the air is not within a gate when its temperature is no number") {
  AmbientSource gate;
  gate.gate_low_C = 18;
  CHECK_FALSE(check_gate(gate, NAN).has_value());
  gate = {};
  gate.gate_high_C = 28;
  CHECK_FALSE(check_gate(gate, NAN).has_value());
  CHECK_FALSE(ambient_given("nan", {}).has_value());
  CHECK_FALSE(ambient_given("23,nan", {}).has_value());
}

TEST_CASE("a fit whose residuals or uncertainties hold a NaN passes no check") {
  Calibration sound = test::empty_calibration();
  sound.points = test::exact_sweep();
  sound = fit_calibration(sound).value();
  REQUIRE(passed(sound));
  const auto design = fit_design(sound, {1, 1});
  REQUIRE(design);
  const auto passes = [&](const std::function<void(Calibration&, Design&)>& spoil) {
    Calibration c = sound;
    Design d = *design;
    spoil(c, d);
    c.checks.clear();
    add_fit_checks(c, d);
    return passed(c);
  };
  REQUIRE(passes([](Calibration&, Design&) {}));
  CHECK_FALSE(passes([](Calibration&, Design& d) { d.fit.residual.front() = NAN; }));
  CHECK_FALSE(passes([](Calibration&, Design& d) { d.fit.common.assign(d.fit.common.size(), NAN); }));
  CHECK_FALSE(passes([](Calibration&, Design& d) { d.fit.common_u.assign(d.fit.common_u.size(), NAN); }));
  CHECK_FALSE(passes([](Calibration& c, Design&) { c.ranges[0].chi2 = NAN; }));
  CHECK_FALSE(passes([](Calibration& c, Design&) { c.ranges[0].degrees_of_freedom = NAN; }));
  CHECK_FALSE(passes([](Calibration& c, Design&) { c.ranges[0].largest_residual = NAN; }));
}

TEST_CASE("a calibration is not verified by points that are no numbers") {
  Calibration sound = test::empty_calibration();
  sound.points = test::exact_sweep();
  sound = fit_calibration(sound).value();
  for (double CalibrationPoint::*member : {&CalibrationPoint::code_mean, &CalibrationPoint::code_sd, &CalibrationPoint::reference_A,
                                           &CalibrationPoint::u_repeat_A, &CalibrationPoint::supply_V}) {
    auto points = test::exact_verification();
    points.front().*member = NAN;
    Calibration c = sound;
    CHECK_FALSE(verify_calibration(c, points).has_value());
    Calibration fit = sound;
    fit.points.front().*member = NAN;
    CHECK_FALSE(fit_calibration(fit).has_value());
  }
}
