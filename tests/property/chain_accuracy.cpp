// How near the whole chain comes to the truth: to the codes as they were sent, to the analogue
// world, and by its own U. Everything is drawn from fixed seeds; no process, no pty, no clock.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "rig/run/evaluation.hpp"
#include "tests/property/chain.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
using namespace jr::test;
using sim::BoardState;

namespace {

constexpr double kTs_s = sim::kPpk2Period_s;

/// Every hidden error switched on, windows short: agreement with the codes does not need long ones.
ChainScript with_hidden_errors(std::uint64_t seed) {
  ChainScript script;
  script.seed = seed;
  script.hidden = limits_of_the_default_bench();
  return script;
}

/// `--ideal` with noise enough to dither the steps of the ADC, windows of 2 s, leads known exactly.
ChainScript ideal(std::uint64_t seed) {
  ChainScript script;
  script.seed = seed;
  script.hidden.noise_lsb = 0.7;
  script.inferences = 100;
  script.u_lead_ohm = 0;
  return script;
}

void check_against_the_codes(const ChainScript& script, const ChainOutcome& out) {
  for (std::size_t w = 0; w < out.groups.size(); ++w) {
    const sim::WindowTruth& truth = out.truth[w];
    const double ours_J =
        integrate(out.model, out.groups[w].infer.moments).charge_C * script.supply_V;
    CHECK(std::fabs(ours_J / truth.sampled_J(kTs_s) - 1) < 1e-9);
    CHECK(out.groups[w].infer.window.start == truth.first_ordinal);
    CHECK(out.groups[w].infer.window.end == truth.last_ordinal + 1);
    for (std::size_t r = 0; r < sim::kPpk2Ranges; ++r)
      CHECK(out.groups[w].infer.moments.ranges[r].n == truth.range_counts[r]);
  }
}

bool covers(const Statement& statement, double truth) {
  return std::fabs(statement.value - truth) <= statement.interval.U;
}

const Source* source_named(const Energy& energy, const std::string& key) {
  const auto found = std::find_if(energy.sources.begin(), energy.sources.end(),
                                  [&](const Source& source) { return source.key == key; });
  return found == energy.sources.end() ? nullptr : &*found;
}

/// Stores a chain's run as `measure` would: blocks through the recorder, each piece of each window
/// with its sums.
std::string record(Store& store, const ChainScript& script, const ChainOutcome& out) {
  Setup setup;
  setup.simulated = true;
  setup.supply_V = script.supply_V;
  setup.supply_kind = name_of(out.model.supply_kind);
  setup.lead_ohm = script.lead_ohm;
  setup.u_lead_ohm = script.u_lead_ohm;
  setup.spec_card = card_of_the_chain().text;
  const std::string run = store
                              .begin_run({out.model.bench, "measure", true, 1, "", "",
                                          to_json(setup), to_json(Firmware{})})
                              .value();
  REQUIRE(store.add_stream(run,
                           {"ppk2", "on-chain", "", "", "", kTs_s, 50, to_json(out.model.ranges)}));
  Recorder recorder(store, run, 0, {kTs_s, 50}, 1, nullptr);
  for (const SampleBlock& block : out.blocks) recorder.take(block);
  REQUIRE(recorder.finish());
  for (std::size_t w = 0; w < out.cuts.size(); ++w) {
    const CutWindow& cut = out.cuts[w];
    for (const Window& piece :
         {cut.infer, cut.guard, cut.settled, cut.idle_before, cut.idle_after}) {
      const auto moments = store.moments_between(run, 0, piece.start, piece.end).value();
      REQUIRE(store.add_window(run, 0, {static_cast<int>(w), 1, piece, moments, 0, true, ""}));
    }
  }
  REQUIRE(store.close_run(run, "pass", "", false, 2));
  return run;
}

/// 100 instruments drawn from the limits of the bench, one run with each.
struct Coverage {
  int mean{}, median{}, marginal{}, idle{};
  double largest_error{}, smallest_U{1e9}, largest_U{};  ///< relative to the truth
};

Coverage coverage_over_100_seeds(const ChainScript& pattern) {
  Coverage coverage;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    ChainScript script = pattern;
    script.seed = seed;
    const ChainOutcome out = run_chain(script);
    const EnergySummary& s = out.summary;
    double latency_s = 0;
    for (const sim::WindowTruth& w : out.truth)
      latency_s += static_cast<double>(w.end_ns - w.start_ns) * 1e-9 /
                   static_cast<double>(out.truth.size() * out.inferences);
    coverage.mean += covers(s.mean, out.true_J());
    coverage.median += covers(s.median, out.true_J());
    coverage.marginal += covers(s.marginal, out.true_J() - latency_s * out.idle_power_W);
    coverage.idle += covers(s.idle_power, out.idle_power_W);
    coverage.largest_error = std::max(coverage.largest_error, std::fabs(out.relative_error()));
    coverage.smallest_U = std::min(coverage.smallest_U, s.mean.interval.U / out.true_J());
    coverage.largest_U = std::max(coverage.largest_U, s.mean.interval.U / out.true_J());
  }
  return coverage;
}

}  // namespace

TEST_CASE(
    "charge by moments times the set voltage is the energy of the codes to 1e-9 in each range from "
    "1 to 4") {
  struct Level {
    double current_A;
    std::size_t range;
  };
  for (const Level level : {Level{0.002, 1}, {0.0205, 2}, {0.2, 3}, {0.8, 4}})
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
      CAPTURE(level.current_A);
      CAPTURE(seed);
      ChainScript script = with_hidden_errors(seed);
      script.currents.active = script.currents.idle = level.current_A;
      script.network = {0.05, 10e-6};
      const ChainOutcome out = run_chain(script);
      check_against_the_codes(script, out);
      CHECK(out.truth.front().range_counts[level.range] == out.truth.front().sampled_n);
    }
}

TEST_CASE("a window that goes through all five ranges is summed to the codes' energy to 1e-9") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    ChainScript script = with_hidden_errors(seed);
    script.supply_V = seed % 2 ? 3.3 : 5.0;
    script.network = {0.05, 10e-6};
    script.currents = {.off = 0.8, .reset = 0.2, .active = 0.0205, .idle = 0.002, .sleep = 20e-6};
    script.inference = {{BoardState::active, 0.003}, {BoardState::sleep, 0.004},
                        {BoardState::reset, 0.002},  {BoardState::idle, 0.0031},
                        {BoardState::off, 0.001},    {BoardState::sleep, 0.0007}};
    const ChainOutcome out = run_chain(script);
    check_against_the_codes(script, out);
    for (const sim::WindowTruth& window : out.truth)
      for (const std::uint64_t n : window.range_counts) CHECK(n > 0);
    CHECK(out.summary.windows.front().range_switches >= 5 * script.inferences);
  }
}

TEST_CASE(
    "an instrument without hidden errors but 0.7 LSB of noise is within 5 ppm of the truth at the "
    "terminals") {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
    CAPTURE(seed);
    const ChainScript script = ideal(seed);
    const ChainOutcome out = run_chain(script);
    REQUIRE(out.summary.windows.front().duration_s >= 2.0);
    CHECK(std::fabs(out.relative_error()) < 5e-6);
    CHECK(covers(out.summary.mean, out.true_J()));
  }
}

TEST_CASE("each step up out of range 0 costs one clipped sample and nothing else") {
  ChainScript script = ideal(6);
  script.inference = {{BoardState::sleep, 0.01}, {BoardState::active, 0.01}};
  const ChainOutcome out = run_chain(script);
  const double clipped_at_A =
      out.model.ranges[0].current(sim::kPpk2TopCode, out.model.supply).value;
  const double missed_C = kTs_s * (script.currents.active - clipped_at_A);
  const double charge_C = 0.01 * (script.currents.sleep + script.currents.active);
  CHECK(out.relative_error() == doctest::Approx(-missed_C / charge_C).epsilon(0.01));
  CHECK(out.groups.front().infer.moments.switches >= 2 * script.inferences - 1);
}

TEST_CASE(
    "the charge that a large bypass capacitor owes is found in the guard, and missed by R C dI "
    "without it") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    ChainScript script = ideal(seed);
    script.network = {1.0, 100e-6};
    script.lead_ohm = 1.0;
    script.idle_s = 0.1;
    script.guard_s = 5 * script.network.time_constant_s();
    const double with_guard = run_chain(script).relative_error();
    script.guard_s = 0;
    const double without = run_chain(script).relative_error();
    // The capacitor lends R C dI at the rise; the energy that goes with it is V of what it lends.
    const double active_A = script.currents.active, step_A = active_A - script.currents.idle;
    const double V = script.supply_V, R = script.lead_ohm, T = 2.0;
    const double owed = -script.network.time_constant_s() * step_A / (active_A * T) *
                        (V - 2 * R * active_A + R * step_A / 2) / (V - R * active_A);
    CHECK(std::fabs(with_guard) < 5e-6);
    CHECK(without == doctest::Approx(owed).epsilon(0.15));
    CHECK(std::fabs(without) > 4 * std::fabs(with_guard));
  }
}

TEST_CASE("the limits of the default bench's hidden errors lie within the spec card") {
  const sim::Ppk2Limits limits = limits_of_the_default_bench();
  const auto card = load_spec_card(JOULERIG_SOURCE_DIR "/calibration/cards", "ppk2");
  REQUIRE(card);
  CHECK(limits.gain > 0);
  CHECK(limits.gain <= card->gain.half_width);
  CHECK(limits.clock_ppm > 0);
  CHECK(limits.clock_ppm * 1e-6 <= card->time_base.half_width * (1 + 1e-12));
  CHECK(limits.offset_A > 0);
  CHECK(limits.offset_A <= card->offset_limit_A(0));
  CHECK(limits.noise_lsb >= 0.5);
  // The world's offsets grow with the step of the very instrument, the card's with that of a
  // typical one.
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto hidden = sim::draw_ppk2_hidden(seed, limits, sim::draw_ppk2_modifiers(seed));
    for (std::size_t r = 0; r < sim::kPpk2Ranges; ++r)
      CHECK(std::fabs(hidden.offset_A[r]) <= 1.07 * card->offset_limit_A(r));
  }
}

// The virtual supply gives exactly what it was set to: the card's +-50 mV only widen these
// intervals.
TEST_CASE(
    "the 95 % interval covers the truth for 90 to 100 of 100 instruments, busy in one range") {
  ChainScript script;
  script.hidden = limits_of_the_default_bench();
  const Coverage coverage = coverage_over_100_seeds(script);
  INFO("U from " << coverage.smallest_U << " to " << coverage.largest_U << " of the truth");
  CHECK(coverage.mean >= 90);
  CHECK(coverage.median >= 90);
  CHECK(coverage.marginal >= 90);
  CHECK(coverage.idle >= 90);
  CHECK(coverage.largest_error > 0.15);
}

TEST_CASE(
    "the 95 % interval covers the truth for 90 to 100 of 100 instruments, busy in three ranges") {
  ChainScript script;
  script.hidden = limits_of_the_default_bench();
  script.between = BoardState::sleep;
  script.currents.reset = 0.12;
  script.inference = {
      {BoardState::active, 0.014}, {BoardState::sleep, 0.004}, {BoardState::reset, 0.002}};
  const Coverage coverage = coverage_over_100_seeds(script);
  INFO("U from " << coverage.smallest_U << " to " << coverage.largest_U << " of the truth");
  CHECK(coverage.mean >= 90);
  CHECK(coverage.median >= 90);
  CHECK(coverage.marginal >= 90);
  CHECK(coverage.idle >= 90);
}

TEST_CASE(
    "a loss inside a window is counted to the sample, paid for, and leaves the energy where it "
    "was") {
  constexpr std::uint64_t kMidWindow = 310'000;  // the first window begins 2.1 s after the stream
  for (const std::uint64_t k : {1u, 63u, 64u, 150u}) {
    CAPTURE(k);
    ChainScript script = ideal(k);
    script.windows = 1;
    CHECK_FALSE(source_named(run_chain(script).summary.mean.energy, "gaps:chain-1"));
    script.losses = {{k, kMidWindow}};
    const ChainOutcome hurt = run_chain(script);
    REQUIRE(hurt.lost == k);
    REQUIRE(hurt.gaps.size() == 1);
    CHECK(hurt.truth.front().lost == k);
    CHECK(hurt.groups.front().infer.moments.lost == k);
    CHECK(hurt.groups.front().infer.lost_limit == 0);
    CHECK(hurt.summary.windows.front().lost_samples == k);
    check_against_the_codes(script, hurt);
    CHECK(covers(hurt.summary.mean, hurt.true_J()));
    const Source* gaps = source_named(hurt.summary.mean.energy, "gaps:chain-1");
    REQUIRE(gaps);
    // Even over +-100 % of what the missing samples are billed with.
    const double share =
        static_cast<double>(k) / static_cast<double>(hurt.truth.front().sampled_n + k);
    CHECK(gaps->u_J ==
          doctest::Approx(share * hurt.summary.mean.value / std::sqrt(3.0)).epsilon(1e-3));
    CHECK(std::fabs(hurt.relative_error()) < 6e-6);
  }
}

TEST_CASE("a stored run is evaluated to the very bits of the chain in memory, losses included") {
  ChainScript script = with_hidden_errors(4);
  script.losses = {{9, 230'000}, {25, 330'000}};  // in the first and in the third window
  script.inferences = 20;
  const ChainOutcome out = run_chain(script);
  REQUIRE(out.groups[0].infer.moments.lost == 9);
  REQUIRE(out.groups[2].infer.moments.lost == 25);
  jr::test::ScratchFolder folder;
  auto store = Store::open(folder.path / "chain.db");
  REQUIRE(store);
  const std::string run = record(**store, script, out);
  const auto evaluation = evaluate(**store, run);
  REQUIRE_MESSAGE(evaluation.has_value(), (evaluation ? "" : evaluation.error().message));
  REQUIRE(evaluation->summary);
  CHECK(evaluation->verdict == Verdict::pass);
  CHECK(evaluation->groups.size() == out.groups.size());
  CHECK(evaluation->samples_received() == out.sent);
  for (std::size_t w = 0; w < out.groups.size(); ++w)
    CHECK(evaluation->groups[w].infer.moments == out.groups[w].infer.moments);
  CHECK(evaluation->summary->mean.value == out.summary.mean.value);
  CHECK(evaluation->summary->mean.interval.U == out.summary.mean.interval.U);
  CHECK(evaluation->summary->marginal.value == out.summary.marginal.value);
  CHECK(evaluation->summary->idle_power.interval.U == out.summary.idle_power.interval.U);
  CHECK(verify_moments(**store, run));
}

TEST_CASE(
    "losses in several windows of an instrument with hidden errors stay within the stated "
    "interval") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    ChainScript script = with_hidden_errors(seed);
    script.inferences = 50;
    script.windows = 5;
    script.losses = {{40, 250'000}, {7, 275'000}, {90, 480'000}};
    const ChainOutcome out = run_chain(script);
    std::uint64_t in_windows = 0;
    for (std::size_t w = 0; w < out.groups.size(); ++w) {
      CHECK(out.groups[w].infer.moments.lost == out.truth[w].lost);
      in_windows += out.truth[w].lost;
    }
    CHECK(out.lost == 137);
    CHECK(in_windows >= 47);
    CHECK(covers(out.summary.mean, out.true_J()));
    CHECK(source_named(out.summary.mean.energy, "gaps:chain-1"));
  }
}
