// The grade: what keeps the A, what takes it, and that the line names every claim.
#include <doctest/doctest.h>

#include "rig/run/grade.hpp"

using namespace jr;

namespace {

GradeFacts best() {
  GradeFacts facts;
  facts.U_stated = facts.calibrated = true;
  facts.calibration = "3f2a91c4d5";
  facts.calibration_age_days = 12.7;
  facts.voltage_kind = "measured";
  facts.drift_checked = facts.drift_passed = true;
  facts.ambient_known = facts.ambient_measured = true;
  facts.windows = 10;
  facts.n_effective = 10;
  return facts;
}

char letter(const GradeFacts& facts) { return grade_of(facts).letter; }

}  // namespace

TEST_CASE("a result that rests on measurements alone has an A, and its line says on which") {
  const Grade grade = grade_of(best());
  CHECK(grade.letter == 'A');
  CHECK(grade.line ==
        "A: bench calibration 3f2a91 (12 days), voltage measured, edges on a wire, no loss, "
        "drift checked before and after, air measured, 10 windows");
}

TEST_CASE("each claim that was believed instead of measured takes the A") {
  GradeFacts facts = best();
  facts.voltage_kind = "set";
  CHECK(letter(facts) == 'B');
  facts.voltage_calibrated = true;
  CHECK(letter(facts) == 'A');
  facts = best(), facts.lost_samples = 1;
  CHECK(letter(facts) == 'B');
  CHECK(grade_of(facts).line.find("1 sample lost") != std::string::npos);
  facts = best(), facts.drift_checked = false;
  CHECK(letter(facts) == 'B');
  facts = best(), facts.ambient_measured = false;
  CHECK(letter(facts) == 'B');
  facts = best(), facts.n_effective = 4;
  CHECK(letter(facts) == 'B');
  CHECK(grade_of(facts).line.find("10 windows worth 4.0") != std::string::npos);
  facts = best(), facts.raised = 2;
  CHECK(letter(facts) == 'B');
  CHECK(grade_of(facts).line.find("10 windows (2 stand out)") != std::string::npos);
}

TEST_CASE("a spec card, an assumed voltage and windows without a wire are a C") {
  GradeFacts facts = best();
  facts.calibrated = false;
  facts.calibration = "ppk2-public-2026-11";
  CHECK(letter(facts) == 'C');
  CHECK(grade_of(facts).line.find("spec card ppk2-public-2026-11") != std::string::npos);
  facts = best(), facts.voltage_kind = "assumed";
  CHECK(letter(facts) == 'C');
  facts = best(), facts.found_by = "segment";
  CHECK(letter(facts) == 'C');
}

TEST_CASE("no stated U, a failed drift check and a suspect run are a D, whatever else is good") {
  GradeFacts facts = best();
  facts.U_stated = false;
  CHECK(letter(facts) == 'D');
  facts = best(), facts.drift_passed = false;
  CHECK(letter(facts) == 'D');
  facts = best(), facts.suspect_reason = "the monitor is in quarantine";
  CHECK(letter(facts) == 'D');
  CHECK(grade_of(facts).line.find("suspect") != std::string::npos);
}

TEST_CASE("the worst claim decides, and a simulated result says that it is one") {
  GradeFacts facts = best();
  facts.calibrated = false;
  facts.lost_samples = 5;
  facts.simulated = true;
  const Grade grade = grade_of(facts);
  CHECK(grade.letter == 'C');
  CHECK(grade.line.ends_with("; simulated"));
  CHECK(grade.line.starts_with("C: "));
}
