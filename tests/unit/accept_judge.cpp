// From numbers to verdicts: each claim holds with good numbers, and with one bad one it does not.
// Never opens a bench.
#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include "rig/run/accept_judge.hpp"

using namespace jr;

namespace {

bool is_ok(const Claim& claim) { return claim.verdict == ClaimVerdict::ok && claim.advice.empty(); }
/// Not ok, and a person is told what to do.
bool is_not_ok(const Claim& claim) {
  return claim.verdict == ClaimVerdict::not_ok && !claim.advice.empty();
}
bool is_open(const Claim& claim) {
  return claim.verdict == ClaimVerdict::not_tested && !claim.seen.empty() && claim.advice.empty();
}
bool says(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

MonitorIdentity known_monitor() {
  return {"ppk2", "D0C0FFEE", "9173", "", "/dev/ttyACM0", "R0: 1"};
}

PulseSight clean_pulses(int n) {
  return {n, std::vector<int>(static_cast<std::size_t>(n), 2), {}, 0};
}

}  // namespace

TEST_CASE("a figure that is not a number is never within, whether or not it has limits") {
  CHECK_FALSE(Figure{"x", NAN, "A", {}, 1.0}.within());
  CHECK_FALSE(Figure{"x", NAN, "A", 0.0, {}}.within());
  CHECK_FALSE(Figure{"x", NAN, "A", {}, {}}.within());
  CHECK_FALSE(Figure{"x", INFINITY, "A", 0.0, {}}.within());
  CHECK(Figure{"x", -1.0, "A", {}, {}}.within());
  CHECK(Figure{"x", 1.0, "A", 1.0, 1.0}.within());
  CHECK_FALSE(Figure{"x", 1.01, "A", 0.0, 1.0}.within());
}

TEST_CASE("every claim of the catalogue has an id of its own, a question and advice") {
  std::set<std::string> ids;
  for (const ClaimText& text : claim_catalogue()) {
    CHECK(ids.insert(text.id).second);
    CHECK(std::string(text.question).back() == '?');
    CHECK(std::string(text.advice).back() == '.');
  }
  CHECK_THROWS(judged("no.such.claim", true, {}, ""));
}

TEST_CASE("a claim that does not hold brings advice, one that holds brings none") {
  CHECK(judged("trip.current", true, {}, "", "do this").advice.empty());
  CHECK(judged("trip.current", false, {}, "", "do this").advice == "do this");
  CHECK_FALSE(judged("trip.current", false, {}, "").advice.empty());
  CHECK(is_not_ok(judged("trip.current", true, {{"x", 2, "A", {}, 1.0}}, "")));
}

TEST_CASE(
    "a monitor without a serial number cannot be told from another, except on a virtual bench") {
  CHECK(is_ok(judge_identity(known_monitor(), "abc", false)));
  MonitorIdentity nameless = known_monitor();
  nameless.serial.clear();
  CHECK(is_not_ok(judge_identity(nameless, "abc", false)));
  CHECK(is_ok(judge_identity(nameless, "abc", true)));
  CHECK(is_not_ok(judge_identity(known_monitor(), "", false)));
}

TEST_CASE("a supply above or below what the board stands is not ok") {
  CHECK(is_ok(judge_voltage(3.3, 1.8, 3.6)));
  CHECK(is_not_ok(judge_voltage(3.7, 1.8, 3.6)));
  CHECK(is_not_ok(judge_voltage(1.7, 1.8, 3.6)));
}

TEST_CASE("a voltage that was accepted, or refused after a byte was written, is not ok") {
  CHECK(is_ok(judge_refusal({{3.7, true, 0}, {100, true, 0}})));
  CHECK(is_ok(judge_refusal({{3.7, true, {}}})));
  CHECK(is_not_ok(judge_refusal({{3.7, true, 0}, {100, false, 0}})));
  CHECK(is_not_ok(judge_refusal({{3.7, true, 3}})));
  CHECK(is_not_ok(judge_refusal({})));
}

TEST_CASE("a trip current has to be stated, and below what the monitor measures") {
  CHECK(is_ok(judge_trip(0.1, 1.0)));
  CHECK(is_ok(judge_trip(0.1, 0)));
  CHECK(is_not_ok(judge_trip(0, 1.0)));
  CHECK(is_not_ok(judge_trip(2.0, 1.0)));
}

TEST_CASE("one lost sample, one jump of the counter or a stream that broke is not ok") {
  const StreamSight whole{10, 10.2, 1'020'000, 0, 0, ""};
  CHECK(is_ok(judge_stream("stream.whole", whole)));
  StreamSight bad = whole;
  bad.lost = 1;
  CHECK(is_not_ok(judge_stream("stream.whole", bad)));
  bad = whole;
  bad.breaks = 1;
  CHECK(is_not_ok(judge_stream("stream.whole", bad)));
  bad = whole;
  bad.came_s = 9;
  CHECK(is_not_ok(judge_stream("stream.whole", bad)));
  bad = whole;
  bad.broken = "it went away";
  CHECK(is_not_ok(judge_stream("stream.session", bad)));
}

TEST_CASE(
    "a sample rate outside its limit beyond all doubt is not ok, and inside the doubt nothing is "
    "said") {
  CHECK(is_ok(judge_clock({20, 40, 1, 100})));
  CHECK(is_ok(judge_clock({20, 101, 1, 100})));  // within its doubt of the limit
  CHECK(is_not_ok(judge_clock({20, 104, 1, 100})));
  CHECK(is_not_ok(judge_clock({20, -900, 200, 100})));
  CHECK(is_open(judge_clock({2, 40, 60, 100})));
  CHECK(is_open(judge_clock({0, NAN, NAN, 100})));
}

TEST_CASE("an offset beyond the spec card's is not ok, and without a card nothing is said") {
  CHECK(is_ok(judge_offset({-150e-9, 40e-9, 200e-9})));
  CHECK(is_not_ok(judge_offset({250e-9, 40e-9, 200e-9})));
  CHECK(is_not_ok(judge_offset({0, 1e-3, 200e-9})));
  CHECK(is_open(judge_offset({0, 40e-9, {}})));
}

TEST_CASE("a supply that feeds nothing, settles late or goes above the trip current is not ok") {
  CHECK(is_ok(judge_switch_on({0.4, 0.005, 0.02, 0.1})));
  CHECK(is_ok(judge_switch_on({0.4, 0, 0.5, 0})));  // no trip current stated: its own claim says so
  CHECK(is_not_ok(judge_switch_on({0.4, 0.005, 0.2, 0.1})));
  CHECK(is_not_ok(judge_switch_on({0.4, 0.5, 0.02, 0.1})));
  const Claim nothing = judge_switch_on({1e-6, 0, 1e-6, 0.1});
  CHECK(is_not_ok(nothing));
  CHECK(says(nothing.advice, "No current flows"));
}

TEST_CASE("a pulled cable that is noticed late, or never, is not ok") {
  CHECK(is_ok(judge_pull(0.2, "gone")));
  CHECK(is_not_ok(judge_pull(3.5, "gone")));
  CHECK(is_not_ok(judge_pull({}, "")));
}

TEST_CASE("a supply that does not obey, or a current that still flows at the end, is not ok") {
  CHECK(is_ok(judge_off(true, 1e-9, 200e-9)));
  CHECK(is_not_ok(judge_off(false, 1e-9, 200e-9)));
  CHECK(is_not_ok(judge_off(true, 1e-3, 200e-9)));
}

TEST_CASE("an image that reaches beyond the board's flash is not ok") {
  CHECK(is_ok(judge_size({0, 253'952}, 253'952)));
  CHECK(is_not_ok(judge_size({0, 253'953}, 253'952)));
  CHECK(is_not_ok(judge_size({0, 0}, 253'952)));
  CHECK(is_ok(judge_size({0x08000000, 0x08001000}, 0x1000)));
  CHECK(is_not_ok(judge_size({0x08000800, 0x08001001}, 0x1000)));
  CHECK(is_open(judge_size({0, 100}, 0)));
}

TEST_CASE("a flash tool that leaves the board's answer as it was is not ok") {
  CHECK(is_ok(judge_other_image(true, false)));
  CHECK(is_not_ok(judge_other_image(false, false)));
  CHECK(is_not_ok(judge_other_image(true, true)));
}

TEST_CASE(
    "whether opening the link restarts the board is said either way, but it has to answer in "
    "time") {
  CHECK(says(judge_link_reset(true, 0.9, true, 5).seen, "restarts"));
  CHECK(says(judge_link_reset(false, {}, true, 5).seen, "does not restart"));
  CHECK(is_ok(judge_link_reset(false, {}, true, 5)));
  CHECK(is_not_ok(judge_link_reset(false, {}, false, 5)));
  CHECK(is_not_ok(judge_link_reset(true, 6.0, true, 5)));
}

TEST_CASE("a board that lives through a power cycle is not ok, nor is one that boots late") {
  CHECK(is_ok(judge_power_reset(true, 0.9, 5)));
  CHECK(is_not_ok(judge_power_reset(false, {}, 5)));
  CHECK(is_not_ok(judge_power_reset(true, 5.1, 5)));
}

TEST_CASE("one missed or doubled pulse in twenty is not ok, even if the edges add up") {
  CHECK(is_ok(judge_pulses("mark.pulses", clean_pulses(20), 20)));
  PulseSight bad = clean_pulses(20);
  bad.edges[7] = 0;
  bad.edges[8] = 4;
  const Claim claim = judge_pulses("mark.pulses", bad, 20);
  CHECK(is_not_ok(claim));
  CHECK(says(claim.advice, "more than twice once"));
  CHECK(is_not_ok(judge_pulses("mark.pulses", clean_pulses(19), 20)));
}

TEST_CASE("a MARK that moves on another line is told which") {
  PulseSight elsewhere{3, {0, 0, 0}, {0, 5}, 2};
  const Claim claim = judge_pulses("mark.pulses", elsewhere, 3);
  CHECK(is_not_ok(claim));
  CHECK(says(claim.seen, "not on D2, but on D0, D5"));
  CHECK(says(claim.advice, "change [wiring] mark"));
}

TEST_CASE("a pulse that the monitor may miss is not ok") {
  CHECK(is_ok(judge_width(50e-6, 10.001e-6, 10e-6)));
  CHECK(is_not_ok(judge_width(10e-6, 10.001e-6, 10e-6)));
  CHECK(is_not_ok(judge_width(NAN, 10.001e-6, 10e-6)));
}

TEST_CASE("a board that draws, answers or raises MARK without power is not ok") {
  const DeadSight dead{1e-9, 200e-9, 0, false, 0.0};
  CHECK(is_ok(judge_dead("backfeed.open", dead)));
  DeadSight alive = dead;
  alive.answers = true;
  CHECK(is_not_ok(judge_dead("backfeed.open", alive)));
  alive = dead;
  alive.current_A = 1e-6;
  CHECK(is_not_ok(judge_dead("backfeed.closed", alive)));
  alive = dead;
  alive.mark_high = 0.5;
  CHECK(is_not_ok(judge_dead("backfeed.closed", alive)));
  alive = dead;
  alive.other_current_A = -250e-9;  // each within the limit, but the link changes it
  CHECK(is_not_ok(judge_dead("backfeed.open", alive)));
  CHECK(is_not_ok(judge_light(true)));
  CHECK(is_ok(judge_light(false)));
}

TEST_CASE("an idle current that the board's USB changes is not ok") {
  CHECK(is_ok(judge_usb(8.10e-3, 8.11e-3, 200e-9)));
  CHECK(is_not_ok(judge_usb(6.0e-3, 8.1e-3, 200e-9)));
  CHECK(is_ok(judge_usb(100e-9, 0, 200e-9)));
}

TEST_CASE("a SLEEP line that is low in idle, or high in a window, is not ok") {
  CHECK(is_ok(judge_sleep({1.0, 0.0})));
  CHECK(is_not_ok(judge_sleep({0.5, 0.0})));
  CHECK(is_not_ok(judge_sleep({1.0, 0.5})));
  CHECK(is_not_ok(judge_sleep({NAN, 0.0})));
}

TEST_CASE("an idle power that scatters, or is not below that of inferences, is not ok") {
  CHECK(is_ok(judge_idle({{0.040, 0.041, 0.040, 0.041, 0.040}, {0.1, 0.1, 0.1, 0.1, 0.1}}, true)));
  CHECK(is_not_ok(judge_idle({{0.02, 0.04, 0.02, 0.04, 0.02}, {0.1, 0.1, 0.1, 0.1, 0.1}}, true)));
  const Claim upside_down =
      judge_idle({{0.1, 0.1, 0.1, 0.1, 0.1}, {0.09, 0.09, 0.09, 0.09, 0.09}}, true);
  CHECK(is_not_ok(upside_down));
  CHECK(says(upside_down.advice, "no more while it infers"));
  CHECK(is_not_ok(judge_idle({{0.04, 0.04}, {0.1, 0.1}}, {})));
}

TEST_CASE("energies that scatter by more than two percent, or too few of them, are not ok") {
  CHECK(is_ok(judge_repeats({1.00, 1.01, 1.00, 1.01, 1.00})));
  CHECK(is_not_ok(judge_repeats({1.00, 1.10, 1.00, 1.10, 1.00})));
  CHECK(is_not_ok(judge_repeats({1.00, 1.00, 1.00, 1.00})));
  CHECK(is_not_ok(judge_repeats({-1.00, -1.00, -1.00, -1.00, -1.00})));
}

TEST_CASE("a lead resistance without a doubt, or with a dear one, is not ok") {
  CHECK(is_ok(judge_lead({0.15, 0.05, 1e-3, 3e-6, 1e-6})));
  CHECK(is_not_ok(judge_lead({0, 0, 1e-3, 0, 0})));
  CHECK(is_not_ok(judge_lead({0.15, 0.05, 1e-3, 3e-5, 2e-5})));
}
