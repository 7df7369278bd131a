// The gate before a recording: what opens it, what it keeps from before, how it renumbers.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "rig/capture/trigger.hpp"

using namespace jr;

namespace {

/// What came out of the gate, joined; checks that the numbering has no seam.
struct Passed : SampleSink {
  SampleBlock whole;
  std::size_t blocks{};
  bool contiguous{true};
  std::optional<Error> why;
  void take(SampleBlock block) override {
    contiguous = contiguous && block.first_ordinal == whole.size();
    whole.codes.insert(whole.codes.end(), block.codes.begin(), block.codes.end());
    whole.ranges.insert(whole.ranges.end(), block.ranges.begin(), block.ranges.end());
    whole.lines.insert(whole.lines.end(), block.lines.begin(), block.lines.end());
    whole.breaks.insert(whole.breaks.end(), block.breaks.begin(), block.breaks.end());
    ++blocks;
  }
  void ended(Error error) override { why = std::move(error); }
};

/// A stream of `n` samples whose code is their number and whose line D0 is high in [high_from,
/// high_to).
SampleBlock numbered_block(std::uint64_t first, std::size_t n, std::uint64_t high_from,
                           std::uint64_t high_to = UINT64_MAX) {
  SampleBlock block;
  block.first_ordinal = first;
  for (std::uint64_t i = first; i < first + n; ++i) {
    block.codes.push_back(static_cast<std::uint16_t>(i));
    block.ranges.push_back(0);
    block.lines.push_back(i >= high_from && i < high_to ? 1 : 0);
  }
  return block;
}

constexpr std::uint64_t kNoEnd = UINT64_MAX;

/// Samples 0 to 999, in blocks of `piece`, D0 high from 600 on.
Passed gated(const std::string& trigger, std::uint64_t pre, std::size_t piece = 100,
             std::uint64_t high_from = 600) {
  Passed passed;
  TriggerGate gate(parse_trigger(trigger).value(), pre, kNoEnd, {}, {});
  gate.attach(passed);
  for (std::uint64_t at = 0; at < 1000; at += piece)
    gate.take(numbered_block(at, std::min<std::size_t>(piece, 1000 - at), high_from));
  return passed;
}

bool runs_from(const Passed& passed, std::uint16_t first, std::uint16_t end) {
  if (!passed.contiguous || passed.whole.size() != static_cast<std::size_t>(end - first))
    return false;
  for (std::size_t i = 0; i < passed.whole.size(); ++i)
    if (passed.whole.codes[i] != first + i) return false;
  return true;
}

/// 1 uA a code in range 0, 1 mA a code in range 1; sample by sample.
SampleBlock currents(std::uint64_t first,
                     const std::vector<std::pair<std::uint8_t, std::uint16_t>>& samples) {
  SampleBlock block;
  block.first_ordinal = first;
  for (const auto& [range, code] : samples) {
    block.ranges.push_back(range);
    block.codes.push_back(code);
    block.lines.push_back(0);
  }
  return block;
}

const std::vector<RangePolynomial> kTwoRanges{{0, 1e-6, 0, 0, 0}, {0, 1e-3, 0, 0, 0}};

}  // namespace

TEST_CASE("a trigger without an opening edge lets nothing through") {
  CHECK(gated("D0", 50, 100, 5'000).blocks == 0);
  CHECK(gated("D3", 50).blocks == 0);
}

TEST_CASE("a rising line opens the gate at the very sample, wherever the blocks are cut") {
  for (const std::size_t piece : {1u, 7u, 100u, 600u, 601u, 1000u}) {
    CAPTURE(piece);
    CHECK(runs_from(gated("D0", 0, piece), 600, 1000));
    CHECK(runs_from(gated("D0 rising", 50, piece), 550, 1000));
  }
}

TEST_CASE("a line that is high from the first sample has not risen") {
  CHECK(gated("D0 rising", 0, 100, 0).blocks == 0);
}

TEST_CASE("a falling line opens on high to low, not on low") {
  Passed passed;
  TriggerGate gate(parse_trigger("D0 falling").value(), 0, kNoEnd, {}, {});
  gate.attach(passed);
  gate.take(numbered_block(0, 100, 40, 70));
  CHECK(runs_from(passed, 70, 100));
}

TEST_CASE("more pre-trigger than there is gives all there is, from ordinal 0") {
  CHECK(runs_from(gated("D0", 100'000), 0, 1000));
  CHECK(runs_from(gated("D0", 600), 0, 1000));
  CHECK(runs_from(gated("D0", 599), 1, 1000));
}

TEST_CASE("the gate stays open whatever the line does afterwards") {
  Passed passed;
  TriggerGate gate(parse_trigger("D0").value(), 0, kNoEnd, {}, {});
  gate.attach(passed);
  gate.take(numbered_block(0, 100, 10, 20));
  gate.take(numbered_block(100, 100, 150, 160));
  CHECK(runs_from(passed, 10, 200));
}

TEST_CASE("without a rule every block passes as it came") {
  Passed passed;
  TriggerGate gate(std::nullopt, 10, kNoEnd, {}, {});
  gate.attach(passed);
  gate.take(numbered_block(0, 30, 1000));
  gate.take(numbered_block(30, 30, 1000));
  CHECK(passed.blocks == 2);
  CHECK(runs_from(passed, 0, 60));
}

TEST_CASE("breaks move with their samples, and those before the pre-trigger are gone") {
  Passed passed;
  TriggerGate gate(parse_trigger("D0").value(), 10, kNoEnd, {}, {});
  gate.attach(passed);
  SampleBlock block = numbered_block(0, 100, 50);
  block.breaks = {
      {5, 1, 64, 0, 0}, {39, 2, 64, 0, 0}, {40, 3, 64, 0, 0}, {45, 4, 64, 0, 0}, {60, 5, 64, 0, 0}};
  gate.take(block);
  SampleBlock later = numbered_block(100, 100, 50);
  later.breaks = {{120, 6, 64, 0, 0}};
  gate.take(later);
  REQUIRE(runs_from(passed, 40, 200));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> shifted;
  for (const CounterBreak& jump : passed.whole.breaks)
    shifted.emplace_back(jump.ordinal, jump.missing_modulo);
  CHECK(shifted ==
        std::vector<std::pair<std::uint64_t, std::uint32_t>>{{0, 3}, {5, 4}, {20, 5}, {80, 6}});
}

TEST_CASE("the pre-trigger does not hold more blocks than it needs") {
  Passed passed;
  TriggerGate gate(parse_trigger("D0").value(), 25, kNoEnd, {}, {});
  gate.attach(passed);
  for (std::uint64_t at = 0; at < 5'000; at += 10) gate.take(numbered_block(at, 10, 4'000));
  CHECK(runs_from(passed, 3'975, 5'000));
  CHECK(passed.blocks == 3 + 100);  // 3975 to 3999 lie in three blocks
}

TEST_CASE("a current above a level is judged in ampere, whatever the range") {
  Passed passed;
  TriggerGate gate(parse_trigger("current > 5mA").value(), 1, kNoEnd, kTwoRanges, {});
  gate.attach(passed);
  gate.take(currents(0, {{0, 900}, {0, 6'000}, {1, 3}, {1, 6}, {1, 2}}));
  CHECK(passed.whole.codes == std::vector<std::uint16_t>{900, 6'000, 3, 6, 2});
}

TEST_CASE("a current that is above the level from the start has not crossed it") {
  Passed passed;
  TriggerGate gate(parse_trigger("current > 5mA").value(), 0, kNoEnd, kTwoRanges, {});
  gate.attach(passed);
  gate.take(currents(0, {{1, 9}, {1, 9}, {1, 4}, {1, 7}}));
  CHECK(passed.whole.codes == std::vector<std::uint16_t>{7});
}

TEST_CASE("a current below a level opens on the way down") {
  Passed passed;
  TriggerGate gate(parse_trigger("current < 10uA").value(), 0, kNoEnd, kTwoRanges, {});
  gate.attach(passed);
  gate.take(currents(0, {{0, 5}, {0, 50}, {0, 10}, {0, 9}, {0, 50}}));
  CHECK(passed.whole.codes == std::vector<std::uint16_t>{9, 50});
}

TEST_CASE("the supply's share of the current counts in a current trigger") {
  Passed passed;
  TriggerGate gate(parse_trigger("current > 5mA").value(), 0, kNoEnd, {{0, 1e-3, 0, 1e-3, 0}},
                   {3.0});
  gate.attach(passed);
  gate.take(currents(0, {{0, 1}, {0, 2}, {0, 3}}));  // 4, 5 and 6 mA at 3 V
  CHECK(passed.whole.codes == std::vector<std::uint16_t>{3});
}

TEST_CASE("a sample in a range without a polynomial opens nothing") {
  Passed passed;
  TriggerGate gate(parse_trigger("current > 5mA").value(), 0, kNoEnd, kTwoRanges, {});
  gate.attach(passed);
  gate.take(currents(0, {{0, 1}, {6, 16'383}, {0, 1}}));
  CHECK(passed.blocks == 0);
}

TEST_CASE("the end of the stream passes a gate that never opened") {
  Passed passed;
  TriggerGate gate(parse_trigger("D0").value(), 0, kNoEnd, {}, {});
  gate.attach(passed);
  gate.ended({Trouble::hang_up, "gone"});
  REQUIRE(passed.why);
  CHECK(passed.why->message == "gone");
}

TEST_CASE("triggers are read as people write them") {
  CHECK(parse_trigger("D7").value().line == 7);
  CHECK(parse_trigger("D3 falling").value().kind == TriggerRule::Kind::line_falls);
  CHECK(parse_trigger("D3").value().kind == TriggerRule::Kind::line_rises);
  CHECK(parse_trigger("current > 5mA").value().level_A == doctest::Approx(5e-3));
  CHECK(parse_trigger("current>5mA").value().level_A == doctest::Approx(5e-3));
  CHECK(parse_trigger("current < 2.5 uA").value().level_A == doctest::Approx(2.5e-6));
  CHECK(parse_trigger("current > 1A").value().level_A == doctest::Approx(1));
  CHECK(parse_trigger("current < 800nA").value().kind == TriggerRule::Kind::current_below);
}

TEST_CASE("what is no trigger is refused with an example of one") {
  for (const std::string text :
       {"", "D8", "D", "d0", "D0 up", "D0 rising ", "current", "current > ", "current > mA",
        "current > 5", "current > 5V", "current = 5mA", "current > -5mA"}) {
    CAPTURE(text);
    const auto rule = parse_trigger(text);
    REQUIRE_FALSE(rule);
    CHECK(rule.error().trouble == Trouble::usage);
    CHECK(rule.error().message.find("current > 5mA") != std::string::npos);
  }
}

TEST_CASE("digits and dots that make no number are refused too") {
  CHECK_FALSE(parse_trigger("current > 1.2.3mA"));
  CHECK_FALSE(parse_trigger("current > .mA"));
  CHECK_FALSE(parse_trigger("current > ...A"));
}

TEST_CASE("exactly so many samples pass as were asked for, the pre-trigger among them") {
  for (const std::size_t piece : {1u, 7u, 100u, 1000u}) {
    CAPTURE(piece);
    Passed passed;
    TriggerGate gate(parse_trigger("D0").value(), 50, 130, {}, {});
    gate.attach(passed);
    for (std::uint64_t at = 0; at < 1000; at += piece)
      gate.take(numbered_block(at, std::min<std::size_t>(piece, 1000 - at), 600));
    CHECK(runs_from(passed, 550, 680));
  }
}

TEST_CASE("what comes between the trigger and the sink is kept for it, and nothing of it before the trigger") {
  Passed passed;
  TriggerGate gate(parse_trigger("D0").value(), 20, kNoEnd, {}, {});
  for (std::uint64_t at = 0; at < 900; at += 100) gate.take(numbered_block(at, 100, 450));
  CHECK(gate.wait(std::chrono::milliseconds(0)).open);
  CHECK(gate.wait(std::chrono::milliseconds(0)).before == 20);
  CHECK(passed.blocks == 0);
  gate.attach(passed);
  gate.take(numbered_block(900, 100, 450));
  CHECK(runs_from(passed, 430, 1000));
}

TEST_CASE("a stream that ended before a sink was attached tells the sink so") {
  Passed passed;
  TriggerGate gate(std::nullopt, 0, kNoEnd, {}, {});
  gate.take(numbered_block(0, 10, 1000));
  gate.ended({Trouble::hang_up, "gone"});
  gate.attach(passed);
  CHECK(runs_from(passed, 0, 10));
  CHECK(passed.why.has_value());
}

TEST_CASE("a current that is above its level all the time opens the gate once its level is believed, and not before") {
  Passed passed;
  TriggerGate gate(parse_trigger("current > 5mA").value(), 1, kNoEnd, kTwoRanges, {});
  gate.attach(passed);
  gate.take(currents(0, {{1, 9}, {1, 9}}));
  CHECK(gate.wait(std::chrono::milliseconds(0)).held_from_start);
  gate.believe_level(2);
  gate.take(currents(2, {{1, 8}, {1, 8}, {1, 7}, {1, 6}}));
  CHECK(passed.whole.codes == std::vector<std::uint16_t>{8, 7, 6});
  CHECK(gate.wait(std::chrono::milliseconds(0)).opened_by_level);
}

TEST_CASE("an edge that comes before the level is believed is an edge") {
  Passed passed;
  TriggerGate gate(parse_trigger("current > 5mA").value(), 0, kNoEnd, kTwoRanges, {});
  gate.attach(passed);
  gate.believe_level(100);
  gate.take(currents(0, {{1, 4}, {1, 9}}));
  CHECK(passed.whole.codes == std::vector<std::uint16_t>{9});
  CHECK_FALSE(gate.wait(std::chrono::milliseconds(0)).opened_by_level);
}

TEST_CASE("a level of a line is never believed: a line trigger is an edge") {
  Passed passed;
  TriggerGate gate(parse_trigger("D0").value(), 0, kNoEnd, {}, {});
  gate.attach(passed);
  gate.believe_level(0);
  gate.take(numbered_block(0, 100, 0));
  CHECK(passed.blocks == 0);
  CHECK(gate.wait(std::chrono::milliseconds(0)).held_from_start);
}
