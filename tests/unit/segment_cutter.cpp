// What is made of the current around one `infer` without a MARK wire: the pieces, or the reason.
#include "rig/run/segment_cutter.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/unit/seeded_noise.hpp"

using namespace jr;

namespace {

constexpr CutRule kRule{1e-5, 0.05, 0.0002};  // 5,000 samples of idle, 20 of guard
constexpr std::uint64_t kFirst = 1'000'000, kIdle = 8000;

struct Bench {
  explicit Bench(std::uint64_t seed) : noise(seed) { add(0, kIdle); }
  void add(double level_mA, std::size_t samples) {
    for (std::size_t k = 0; k < samples; ++k)
      current.push_back((1 + level_mA + 0.3 * noise.normal()) * 1e-3);
  }
  /// The command has just left, and `current` is full.
  SegmentTrace seen(std::uint64_t inferences, std::uint64_t active, double talk_s = 0) const {
    return {current,
            kFirst,
            kFirst + kIdle - 10,
            kFirst + kIdle + active + 100,
            inferences,
            static_cast<double>(active) * 1e-5 + 0.002,
            talk_s};
  }
  test::SeededNoise noise;
  std::vector<double> current;
};

bool says(const SegmentCut& result, const char* words) {
  return result.cut.invalid.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("one inference is cut at its two edges, with idle, guard and settled piece around it") {
  Bench bench(1);
  bench.add(9, 3000);
  bench.add(0, 12'000);
  const SegmentCut result = cut_by_segments(bench.seen(1, 3000), kRule);
  REQUIRE_MESSAGE(result.cut.invalid.empty(), result.cut.invalid);
  const CutWindow& cut = result.cut;
  CHECK(result.way == SegmentCutWay::block);
  CHECK(cut.infer.start == kFirst + kIdle);
  CHECK(cut.infer.end == kFirst + kIdle + 3000);
  CHECK(cut.infer.events == 1);
  CHECK(cut.infer.found_by == FoundBy::segment);
  CHECK(cut.infer.edge_u_samples < 0.1);
  CHECK(cut.guard.start == cut.infer.end);
  CHECK(cut.guard.end == cut.infer.end + 20);
  CHECK(cut.settled.start == cut.guard.end);
  CHECK(cut.settled.end == cut.guard.end + 20);
  CHECK(cut.idle_before.end == kFirst + kIdle - 10);
  CHECK(cut.idle_before.end - cut.idle_before.start == 5000);
  CHECK(cut.idle_after.start == cut.infer.end + 700);  // 2 ms more than the window, and 5 ms
  CHECK(cut.end() == cut.idle_after.start + 5000);
  CHECK(cut.idle_after.found_by == FoundBy::segment);
}

TEST_CASE(
    "inferences without rest and without layers are one block whose talk is in the edges' doubt") {
  Bench bench(2);
  bench.add(9, 20 * 500 + 60);
  bench.add(0, 12'000);
  const SegmentCut result = cut_by_segments(bench.seen(20, 20 * 500 + 60, 0.0003), kRule);
  REQUIRE_MESSAGE(result.cut.invalid.empty(), result.cut.invalid);
  CHECK(result.way == SegmentCutWay::block);
  CHECK(result.inferences.empty());
  CHECK(result.cut.infer.events == 20);
  CHECK(result.cut.infer.edge_u_samples == doctest::Approx(30 * std::sqrt(7.0 / 12)).epsilon(0.01));
  CHECK(result.cut.idle_before.end == kFirst + kIdle - 40);
}

TEST_CASE(
    "inferences without rest but with layers give a window of whole periods that holds no talk") {
  Bench bench(3);
  bench.add(6, 150);  // the board reads the command
  for (int k = 0; k < 20; ++k)
    for (const double level : {9.0, 12.0, 8.0, 11.0, 7.0}) bench.add(level, 100);
  bench.add(6, 200);  // and writes its reply
  bench.add(0, 12'000);
  const SegmentCut result = cut_by_segments(bench.seen(20, 10'350, 0.002), kRule);
  REQUIRE_MESSAGE(result.cut.invalid.empty(), result.cut.invalid);
  CHECK(result.way == SegmentCutWay::periods);
  CHECK(result.cut.infer.events == 18);
  CHECK(result.cut.infer.end - result.cut.infer.start == 18 * 500);
  CHECK(result.cut.infer.start >= kFirst + kIdle + 150);
  CHECK(result.cut.infer.end <= kFirst + kIdle + 150 + 20 * 500);
  CHECK(result.cut.infer.edge_u_samples < 1);
  CHECK(result.cut.guard.end == result.cut.guard.start);
  CHECK(result.inferences.size() == 20);
  double charge = 0;
  for (std::uint64_t i = result.cut.infer.start; i < result.cut.infer.end; ++i)
    charge += bench.current[i - kFirst] * 1e-5;
  CHECK(charge / 18 == doctest::Approx(10.4e-3 * 500e-5).epsilon(1e-3));
}

TEST_CASE(
    "a board that wakes for each byte of a command and for its reply is seen to do so, and no "
    "more") {
  for (const std::uint64_t inferences : {1U, 2U, 3U, 20U}) {
    CAPTURE(inferences);
    Bench bench(9);
    for (int byte = 0; byte < 4; ++byte) {
      bench.add(9, 14);
      bench.add(0, 30);
    }
    const std::uint64_t before = bench.current.size() - kIdle;
    bench.add(9, inferences * 400);
    bench.add(0, 60);
    bench.add(9, 25);
    bench.add(0, 12'000);
    SegmentTrace trace = bench.seen(inferences, before + inferences * 400, 0.002);
    trace.asked += before;
    const SegmentCut result = cut_by_segments(trace, kRule);
    REQUIRE_MESSAGE(result.cut.invalid.empty(), result.cut.invalid);
    CHECK(result.way == SegmentCutWay::block);
    CHECK(result.cut.infer.events == inferences);
    CHECK(result.cut.infer.start == kFirst + kIdle + before);
    CHECK(result.cut.infer.end == kFirst + kIdle + before + inferences * 400);
  }
}

TEST_CASE("inferences with rests are told one by one beside the window that spans them") {
  Bench bench(4);
  for (int k = 0; k < 12; ++k) {
    bench.add(9, 400);
    bench.add(0, 250);
  }
  bench.add(0, 12'000);
  const SegmentCut result = cut_by_segments(bench.seen(12, 12 * 650), kRule);
  REQUIRE_MESSAGE(result.cut.invalid.empty(), result.cut.invalid);
  CHECK(result.way == SegmentCutWay::train);
  REQUIRE(result.inferences.size() == 12);
  for (std::uint64_t k = 0; k < 12; ++k) {
    CHECK(result.inferences[k].start == kFirst + kIdle + 650 * k);
    CHECK(result.inferences[k].end == kFirst + kIdle + 650 * k + 400);
    CHECK(result.inferences[k].events == 1);
  }
  CHECK(result.cut.infer.end == kFirst + kIdle + 11 * 650 + 400);
}

TEST_CASE(
    "another count than asked for, faint steps and activity outside the conversation do not count, "
    "and say why") {
  Bench eleven(5), faint(6), early(7), late(8);
  for (int k = 0; k < 11; ++k) {
    eleven.add(9, 400);
    eleven.add(0, 250);
  }
  for (Bench* bench : {&eleven, &faint, &early, &late}) {
    bench->add(bench == &faint ? 0.5 : bench == &eleven ? 0 : 9, 3000);
    bench->add(0, 12'000);
  }
  CHECK(says(cut_by_segments(eleven.seen(10, 9000), kRule), "10 inferences were asked for"));
  CHECK(says(cut_by_segments(faint.seen(1, 3000), kRule), "wire MARK"));
  SegmentTrace asked_late = early.seen(1, 3000);
  asked_late.asked += 500;
  CHECK_FALSE(cut_by_segments(asked_late, kRule).cut.invalid.empty());
  SegmentTrace replied_early = late.seen(1, 3000);
  replied_early.replied -= 2000;
  CHECK(says(cut_by_segments(replied_early, kRule), "after it had replied"));
}

TEST_CASE("currents are the polynomial's, and an illegal range repeats what was before it") {
  const std::vector<RangePolynomial> ranges{{0, 1e-6, 0, 0, 0}, {1e-3, 1e-4, 0, 0, 0}};
  const std::vector<std::uint16_t> codes{5, 10, 99, 20};
  const std::vector<std::uint8_t> in{7, 0, 7, 1};
  const std::vector<double> currents = currents_of(codes, in, ranges, {3.3});
  CHECK(currents == std::vector<double>{0, 10 * 1e-6, 10 * 1e-6, 1e-3 + 20 * 1e-4});
  CHECK_THROWS_AS(currents_of(codes, std::vector<std::uint8_t>{1}, ranges, {3.3}),
                  std::invalid_argument);
}
