// Segmentation beside the MARK wire: the same virtual bench, once with the wire and once without.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "rig/run/segment_cutter.hpp"
#include "tests/property/chain.hpp"

using namespace jr;
using namespace jr::test;
using sim::BoardState;

namespace {

constexpr double kTs_s = sim::kPpk2Period_s;

struct Beside {
  const ChainOutcome& out;
  std::vector<double> current_A;
  explicit Beside(const ChainOutcome& outcome)
      : out(outcome),
        current_A(currents_of(out.samples.codes, out.samples.ranges, out.model.ranges,
                              out.model.supply)) {}

  /// The window `w` as it is cut when nobody looks at the lines.
  SegmentCut without_wire(const ChainScript& script, std::size_t w, double talk_s = 0) const {
    const InferTrace& known = out.traces[w];
    const CutWindow& wired = out.cuts[w];
    SegmentTrace trace;
    trace.first = wired.idle_before.start;
    trace.asked = known.asked;
    trace.replied = known.asked + static_cast<std::uint64_t>(known.asked_to_reply_s / kTs_s);
    trace.inferences = known.inferences;
    trace.asked_to_reply_s = known.asked_to_reply_s;
    trace.talk_s = talk_s;
    trace.current_A = std::span(current_A).subspan(trace.first, wired.end() - trace.first);
    return cut_by_segments(trace, {kTs_s, script.idle_s, script.guard_s});
  }
  double charge_per_inference(const Window& window) const {
    double sum_A = 0;
    for (std::uint64_t i = window.start; i < window.end; ++i) sum_A += current_A[i];
    return sum_A * kTs_s / static_cast<double>(window.events);
  }
};

double apart(std::uint64_t a, std::uint64_t b) {
  return std::abs(static_cast<double>(a) - static_cast<double>(b));
}

ChainScript with_noise(std::uint64_t seed) {
  ChainScript script;
  script.seed = seed;
  script.hidden = limits_of_the_default_bench();
  return script;
}

}  // namespace

TEST_CASE(
    "without the wire, inferences of one level are the block that the wire shows, to two samples "
    "at each end") {
  for (const BoardState between : {BoardState::idle, BoardState::sleep})
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(seed);
      ChainScript script = with_noise(seed);
      script.between = between;
      const ChainOutcome out = run_chain(script);
      const Beside beside(out);
      for (std::size_t w = 0; w < out.cuts.size(); ++w) {
        const SegmentCut found = beside.without_wire(script, w);
        REQUIRE_MESSAGE(found.cut.invalid.empty(), found.cut.invalid);
        CHECK(found.way == SegmentCutWay::block);
        CHECK(apart(found.cut.infer.start, out.cuts[w].infer.start) <= 2);
        CHECK(apart(found.cut.infer.end, out.cuts[w].infer.end) <= 2);
        CHECK(found.cut.infer.events == script.inferences);
        CHECK(found.cut.infer.edge_u_samples < 2);
      }
    }
}

TEST_CASE(
    "without the wire, inferences of several levels give whole periods with the same charge per "
    "inference") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    ChainScript script = with_noise(seed);
    script.between = BoardState::sleep;
    script.inferences = 20;
    script.inference = {{BoardState::active, 0.004},
                        {BoardState::idle, 0.0017},
                        {BoardState::active, 0.0024},
                        {BoardState::idle, 0.0006},
                        {BoardState::active, 0.00131}};
    const ChainOutcome out = run_chain(script);
    const Beside beside(out);
    for (std::size_t w = 0; w < out.cuts.size(); ++w) {
      const SegmentCut found = beside.without_wire(script, w, 0.003);
      REQUIRE_MESSAGE(found.cut.invalid.empty(), found.cut.invalid);
      CHECK(found.way == SegmentCutWay::periods);
      CHECK(found.inferences.size() == 20);
      CHECK(found.cut.infer.events == 18);
      CHECK(found.cut.infer.start >= out.cuts[w].infer.start);
      CHECK(found.cut.infer.end <= out.cuts[w].infer.end);
      const double ours = beside.charge_per_inference(found.cut.infer);
      const double wired = beside.charge_per_inference(out.cuts[w].infer);
      CHECK(std::abs(ours / wired - 1) < 3e-4);
    }
  }
}

TEST_CASE("without the wire, inferences between which the board sleeps are told one by one") {
  ChainScript script = with_noise(3);
  script.between = BoardState::sleep;
  script.inferences = 15;
  script.inference = {{BoardState::active, 0.01}, {BoardState::sleep, 0.0061}};
  const ChainOutcome out = run_chain(script);
  const Beside beside(out);
  for (std::size_t w = 0; w < out.cuts.size(); ++w) {
    const SegmentCut found = beside.without_wire(script, w);
    REQUIRE_MESSAGE(found.cut.invalid.empty(), found.cut.invalid);
    CHECK(found.way == SegmentCutWay::train);
    REQUIRE(found.inferences.size() == 15);
    for (std::size_t k = 0; k < 15; ++k) {
      const std::uint64_t expected = out.cuts[w].infer.start + 1610 * k;
      CHECK(apart(found.inferences[k].start, expected) <= 2);
      CHECK(apart(found.inferences[k].end, expected + 1000) <= 2);
    }
  }
}
