// Whatever the current looks like, segmentation ends, keeps inside the trace, and never invents a
// count.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "rig/energy/segmentation.hpp"
#include "rig/run/segment_cutter.hpp"
#include "tests/unit/seeded_noise.hpp"

using namespace jr;

namespace {

/// A train that can mostly be told: equal pulses between rests.
std::vector<double> decent(test::SeededNoise& noise, std::uint64_t pulses) {
  const double length = 80 + 200 * noise.uniform(), rest = 20 + 300 * noise.uniform();
  const double step = 2 + 12 * noise.uniform();
  std::vector<double> current;
  const auto add = [&](double level, double samples) {
    for (int k = 0; k < samples; ++k) current.push_back(level + noise.normal());
  };
  add(0, 300 * noise.uniform());
  for (std::uint64_t pulse = 0; pulse < pulses; ++pulse) {
    add(step, length);
    add(0, rest * (1 + noise.uniform()));
  }
  return current;
}

/// Pieces of random level and length, some of them equal, with or without noise and quantisation.
std::vector<double> junk(test::SeededNoise& noise) {
  const auto pieces = static_cast<int>(noise.uniform() * 40);
  const double sd = noise.uniform() < 0.3 ? 0 : noise.uniform();
  const double step = noise.uniform() < 0.5 ? 0 : noise.uniform();
  const double usual = 2 + 400 * noise.uniform();
  std::vector<double> current;
  for (int piece = 0; piece < pieces; ++piece) {
    const double level = noise.uniform() < 0.5 ? 0 : std::floor(noise.uniform() * 5) * 2;
    const double length = noise.uniform() < 0.5 ? usual : 600 * noise.uniform();
    for (int k = 0; k < length; ++k) {
      const double value = level + sd * noise.normal();
      current.push_back(step > 0 ? step * std::round(value / step) : value);
    }
  }
  return current;
}

}  // namespace

TEST_CASE(
    "windows found in any current lie inside it, in order, apart from one another, and as many as "
    "asked for") {
  int found_some = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    test::SeededNoise noise(seed);
    SegmentRule rule;
    rule.expected = static_cast<std::uint64_t>(noise.uniform() * 12);
    const std::vector<double> current = seed % 2 ? junk(noise) : decent(noise, rule.expected);
    rule.idle_samples = static_cast<std::size_t>(noise.uniform() * 300);
    rule.talk_samples = static_cast<std::size_t>(noise.uniform() * 50);
    rule.neighbourhood = static_cast<std::size_t>(noise.uniform() * 40);
    const auto found = segment(current, rule);
    if (!found) {
      CHECK_FALSE(found.error().message.empty());
      continue;
    }
    ++found_some;
    if (rule.expected > 0) CHECK(found->windows.size() == rule.expected);
    double before = 0;
    for (const FoundWindow& window : found->windows) {
      CHECK(window.start.at >= before - 1e-6);
      CHECK(window.end.at > window.start.at);
      CHECK(window.end.first <= current.size());
      CHECK(window.start.u >= 0.28);
      CHECK(std::isfinite(window.end.u));
      before = window.end.at;
    }
  }
  CHECK(found_some > 40);
}

TEST_CASE(
    "a cut of any current around any conversation is a window inside the trace or has a reason") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    test::SeededNoise noise(seed);
    const std::vector<double> current = junk(noise);
    const auto n = static_cast<double>(current.size());
    SegmentTrace trace{current, 1000, 0, 0, 1 + static_cast<std::uint64_t>(noise.uniform() * 8),
                       0,       0};
    trace.asked = static_cast<std::uint64_t>(1000 + noise.uniform() * n * 1.1);
    trace.replied = static_cast<std::uint64_t>(1000 + noise.uniform() * n * 1.1);
    trace.asked_to_reply_s = noise.uniform() * n * 1e-5;
    trace.talk_s = noise.uniform() < 0.5 ? 0 : 0.001 * noise.uniform();
    const SegmentCut result = cut_by_segments(trace, {1e-5, 0.002, 0.0001});
    if (!result.cut.invalid.empty()) continue;
    CHECK(result.cut.infer.start >= 1000);
    CHECK(result.cut.infer.end > result.cut.infer.start);
    CHECK(result.cut.infer.end <= 1000 + current.size());
    CHECK(result.cut.infer.events >= 1);
    CHECK(result.cut.infer.events <= trace.inferences);
    CHECK(std::isfinite(result.cut.infer.edge_u_samples));
    CHECK(result.cut.idle_before.end <= trace.asked);
    CHECK(result.cut.idle_after.start >= result.cut.infer.end);
  }
}

TEST_CASE("a current that is not a number is refused") {
  std::vector<double> current(2000, 1e-3);
  current[700] = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(segment(current, {}));
  current[700] = std::numeric_limits<double>::infinity();
  CHECK_FALSE(segment(current, {}));
}
