// Reference-load checks: when they fail, and what a run pays or is corrected by.
#include <doctest/doctest.h>

#include <cmath>

#include "rig/run/health_check.hpp"

using namespace jr;

namespace {

/// A load of 1 mA under a calibration good to 0.02 %, off by `before` and `after`.
HealthCheck load(double before, double after, double asked_A = 1e-3, int range = 3) {
  HealthCheck check;
  check.asked_A = asked_A;
  check.range = range;
  check.before = LoadSight{asked_A, asked_A * (1 + before)};
  check.after = LoadSight{asked_A, asked_A * (1 + after)};
  check.u_repeat = 1e-5;
  check.u_check = 5e-5;
  check.u_own = 5e-5;
  check.u_monitor = 2e-4;
  check.calibrated = true;
  check.change_limit = 1e-3;
  check.basis = "3f2a91";
  return check;
}

HealthCheck by_card(double before, double after) {
  HealthCheck check = load(before, after);
  check.calibrated = false;
  check.u_own = check.u_monitor = 0.15 / std::sqrt(3.0);
  return check;
}

bool contains(const std::string& text, const char* word) {
  return text.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "a load that reads as its calibration allows passes, one that does not names current, range "
    "and time") {
  CHECK(failure_of(load(3e-4, 3e-4), true).empty());
  const std::string late = failure_of(load(1e-4, 6e-4), true);
  CHECK(contains(late, "1 mA (range 3)"));
  CHECK(contains(late, "after the run"));
  const std::string early = failure_of(load(-6e-4, 0), true);
  CHECK(contains(early, "off by -0.06 %"));
  CHECK(contains(early, "before the run"));
}

TEST_CASE("a change during the run fails although both looks lie within what the card allows") {
  CHECK(failure_of(by_card(0.03, 0.0305), true).empty());
  const std::string why = failure_of(by_card(0.03, 0.035), true);
  CHECK(contains(why, "during the run"));
  CHECK(contains(why, "+0.5 %"));
}

TEST_CASE("a deviation that no card allows fails without any change") {
  CHECK(contains(failure_of(by_card(0.25, 0.25), true), "spec card"));
}

TEST_CASE("a look that is missing fails a finished run and none that is still going on") {
  HealthCheck check = load(0, 0);
  check.after.reset();
  CHECK(failure_of(check, false).empty());
  CHECK(contains(failure_of(check, true), "not seen before and after"));
  const DriftAccount account = drift_account({check});
  CHECK_FALSE(account.passed);
  CHECK_FALSE(account.known);
  CHECK(account.u == 0);
}

TEST_CASE("a load between two ranges is no check, and says so") {
  HealthCheck check = load(0, 0);
  check.range = -1;
  CHECK(contains(failure_of(check, true), "choose another check_A"));
}

TEST_CASE("without checks nothing is corrected and nothing is known") {
  const DriftAccount account = drift_account({});
  CHECK(account.correct_by == 0);
  CHECK(account.u == 0);
  CHECK_FALSE(account.known);
  CHECK(account.passed);
  CHECK(account.note == "drift not checked");
}

TEST_CASE("a shift that both looks share is paid for: their difference alone would miss it") {
  const DriftAccount account = drift_account({load(3e-4, 3e-4)});
  CHECK(account.correct_by == 0);  // one load cannot tell itself from the meter
  CHECK(account.u == doctest::Approx(std::hypot(3e-4, 5e-5)));
  CHECK(account.passed);
}

TEST_CASE(
    "two loads that are off alike mean the meter, and results are divided by what it shows too "
    "much") {
  const DriftAccount account = drift_account({load(3e-4, 3e-4), load(3.1e-4, 2.9e-4, 20e-6, 1)});
  CHECK(account.correct_by == doctest::Approx(-3e-4 / (1 + 3e-4)).epsilon(0.01));
  CHECK(account.u < 1e-4);
  CHECK(account.u >= 5e-5);
  CHECK(contains(account.note, "the monitor is off by +0.03 %"));
}

TEST_CASE("two loads that disagree correct nothing, and the worse one is paid for and named") {
  const DriftAccount account = drift_account({load(0, 0), load(3.6e-4, 3.6e-4, 20e-6, 1)});
  CHECK(account.correct_by == 0);
  CHECK(account.u >= 3.6e-4);
  CHECK(contains(account.note, "20 uA (range 1)"));
}

TEST_CASE("what the fit left in one range alone is neither the meter's drift nor the load's") {
  HealthCheck other = load(-1e-4, -1e-4, 20e-6, 1);
  const DriftAccount account = drift_account({load(1e-4, 1e-4), other});
  CHECK(account.correct_by == 0);
  CHECK(contains(account.note, "no drift"));
}

TEST_CASE("under a spec card only the change during the run is paid, the shift is the card's") {
  const DriftAccount account = drift_account({by_card(0.05, 0.0512)});
  CHECK(account.correct_by == 0);
  CHECK(account.u == doctest::Approx(0.0012 / std::sqrt(12.0)).epsilon(1e-6));
  CHECK(contains(account.note, "spec card covers it"));
}

TEST_CASE("a failed check is not passed, and the note says why") {
  const DriftAccount account = drift_account({load(0, 0), load(0.01, 0.01, 20e-6, 1)});
  CHECK_FALSE(account.passed);
  CHECK(contains(account.note, "drift check failed: the monitor is off by +1 % at the reference load of 20 uA"));
}

TEST_CASE("checks come back from the record bit for bit, and damaged ones are one sentence") {
  HealthCheck open = load(1.0 / 3, -0.1);
  open.after.reset();
  const std::vector<HealthCheck> kept{load(1e-4, 2e-4), open};
  const auto back = health_checks_from(to_json(kept));
  REQUIRE(back);
  REQUIRE(back->size() == 2);
  CHECK(to_json(*back) == to_json(kept));
  CHECK((*back)[0].before->monitor_A == kept[0].before->monitor_A);
  CHECK_FALSE((*back)[1].after);
  CHECK((*back)[1].basis == "3f2a91");
  CHECK(health_checks_from("[{\"asked_A\":1}]").error().trouble == Trouble::malformed);
  CHECK_FALSE(health_checks_from("nonsense"));
}
