// Inferences found in simulated currents: counted exactly, edged to a third of a sample, or
// refused.
#include "rig/energy/segmentation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rig/energy/repetition.hpp"
#include "tests/unit/seeded_noise.hpp"

using namespace jr;

namespace {

/// A current in units of its noise, sampled at whole numbers.
struct World {
  explicit World(std::uint64_t seed, double noise_sd = 1) : noise(seed), sd(noise_sd) {}

  /// `level` for `samples`, which need not be a whole number.
  void add(double level, double samples) {
    const double until = now + samples;
    for (; static_cast<double>(current.size()) < until;)
      current.push_back(level + sd * noise.normal());
    now = until;
  }
  void inference(const std::vector<double>& layers, double samples) {
    starts.push_back(now);
    for (const double level : layers) add(level, samples / static_cast<double>(layers.size()));
    ends.push_back(now);
  }

  test::SeededNoise noise;
  double sd, now{-0.37};
  std::vector<double> current, starts, ends;
};

/// Rests of random length, never the same twice.
World train(int inferences, double step, const std::vector<double>& shape, double samples,
            std::uint64_t seed, double sd = 1) {
  World world(seed, sd);
  world.add(0, 400);
  for (int k = 0; k < inferences; ++k) {
    std::vector<double> layers = shape;
    for (double& level : layers) level *= step;
    world.inference(layers, samples);
    world.add(0, 150 + 100 * world.noise.uniform());
  }
  world.add(0, 300);
  return world;
}

/// Inferences that follow one another at once.
World block(int inferences, const std::vector<double>& layers, double samples, std::uint64_t seed) {
  World world(seed);
  world.add(0, 400);
  for (int k = 0; k < inferences; ++k) world.inference(layers, samples);
  world.add(0, 400);
  return world;
}

std::string reason(const Result<Segmentation>& result) {
  return result ? "" : result.error().message;
}
bool says(const Result<Segmentation>& result, const char* words) {
  return reason(result).find(words) != std::string::npos;
}

const std::vector<double> kFlat{1};
const std::vector<double> kLayers{0.7, 1.0, 0.6, 0.9, 0.5, 1.1, 0.8};

}  // namespace

TEST_CASE(
    "fifty inferences with rests between them are found, all and only they, each edge to a third "
    "of a sample") {
  double squares = 0, z2 = 0;
  int edges = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const World world = train(50, 5, kFlat, 233.3, seed);
    const auto found = segment(world.current, {50, 300});
    REQUIRE_MESSAGE(found, reason(found));
    REQUIRE(found->windows.size() == 50);
    CHECK(found->way == SegmentWay::gaps);
    for (std::size_t k = 0; k < 50; ++k)
      for (const bool is_start : {true, false}) {
        const FoundEdge& edge = is_start ? found->windows[k].start : found->windows[k].end;
        const double off = edge.at - (is_start ? world.starts[k] : world.ends[k]);
        squares += off * off;
        z2 += off * off / edge.u / edge.u;
        ++edges;
      }
  }
  CHECK(edges == 2000);
  CHECK(std::sqrt(squares / edges) <= 0.35);
  CHECK(std::sqrt(z2 / edges) < 1.15);
  CHECK(std::sqrt(z2 / edges) > 0.85);
}

TEST_CASE("inferences of seven layers are found whole, from the first layer to the last") {
  const World world = train(50, 30, kLayers, 700, 3);
  const auto found = segment(world.current, {50, 300});
  REQUIRE_MESSAGE(found, reason(found));
  for (std::size_t k = 0; k < 50; ++k) {
    CHECK(std::abs(found->windows[k].start.at - world.starts[k]) < 1.01);
    CHECK(std::abs(found->windows[k].end.at - world.ends[k]) < 1.01);
    CHECK(found->windows[k].likeness > 0.9);
  }
}

TEST_CASE("a weak first layer right before a strong one is part of the inference") {
  World world(4, 0.1);
  world.add(0, 500);
  for (int k = 0; k < 10; ++k) {
    world.starts.push_back(world.now);
    world.add(3.5, 12);
    world.add(10, 300);
    world.ends.push_back(world.now);
    world.add(0, 200);
  }
  const auto found = segment(world.current, {10, 300});
  REQUIRE_MESSAGE(found, reason(found));
  for (std::size_t k = 0; k < 10; ++k)
    CHECK(std::abs(found->windows[k].start.at - world.starts[k]) < 1.01);
}

TEST_CASE("without a count and without a known idle the same train is found") {
  const World world = train(50, 6, kFlat, 200, 5);
  const auto found = segment(world.current, {});
  REQUIRE_MESSAGE(found, reason(found));
  CHECK(found->windows.size() == 50);
}

TEST_CASE(
    "a step of twice the noise is refused, whatever the seed, and the sentence names the ratio") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto found = segment(train(20, 2, kFlat, 200, seed).current, {20, 300});
    CHECK_FALSE(found);
    CHECK(says(found, "times"));
    CHECK(says(found, "wire MARK"));
  }
}

TEST_CASE("noise alone holds no inference") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    World world(seed);
    world.add(0, 20'000);
    CHECK_FALSE(segment(world.current, {5, 300}));
    CHECK_FALSE(segment(world.current, {}));
  }
  CHECK_FALSE(segment(std::vector<double>(1000, 1e-3), {}));
  CHECK(says(segment(std::vector<double>(20, 1e-3), {}), "too few samples"));
}

TEST_CASE("another number of stretches than asked for is refused with both numbers") {
  const World world = train(49, 10, kFlat, 200, 6);
  const auto found = segment(world.current, {50, 300});
  CHECK_FALSE(found);
  CHECK(says(found, "49 stretches"));
  CHECK(says(found, "50 inferences"));
}

TEST_CASE("short wakings between inferences are left out, and short rests within one are bridged") {
  World blips(7);
  World rests(8);
  for (World* world : {&blips, &rests}) world->add(0, 400);
  for (int k = 0; k < 10; ++k) {
    blips.inference({8}, 300);
    blips.add(0, 100);
    blips.add(8, 20);
    blips.add(0, 200);
    rests.starts.push_back(rests.now);
    rests.add(8, 200);
    rests.add(0, 40);
    rests.add(8, 200);
    rests.add(0, 300);
  }
  const auto without_blips = segment(blips.current, {10, 300});
  REQUIRE_MESSAGE(without_blips, reason(without_blips));
  const auto bridged = segment(rests.current, {10, 300});
  REQUIRE_MESSAGE(bridged, reason(bridged));
  for (std::size_t k = 0; k < 10; ++k) {
    CHECK(std::abs(without_blips->windows[k].start.at - blips.starts[k]) < 1.01);
    CHECK(std::abs(bridged->windows[k].start.at - rests.starts[k]) < 1.01);
    CHECK(bridged->windows[k].end.at - bridged->windows[k].start.at ==
          doctest::Approx(440).epsilon(0.01));
  }
}

TEST_CASE(
    "a stretch of double length among the asked number is refused: two inferences touch, and a "
    "stray one is there") {
  World world(9);
  world.add(0, 400);
  for (int k = 0; k < 10; ++k) {
    world.add(10, k == 4 ? 400 : 200);
    world.add(0, 200);
  }
  const auto found = segment(world.current, {10, 300});
  CHECK_FALSE(found);
  CHECK(says(found, "where the others last"));
}

TEST_CASE(
    "inferences without rest between them are divided by their period when they have layers") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const World world = block(40, {7, 10, 6, 9, 5, 11, 8}, 350.6, seed);
    const auto found = segment(world.current, {40, 300});
    REQUIRE_MESSAGE(found, reason(found));
    CHECK(found->way == SegmentWay::repetition);
    REQUIRE(found->windows.size() == 40);
    CHECK(std::abs(found->period_samples - 350.6) < 0.05);
    CHECK(std::abs(found->period_samples - 350.6) < 4 * found->u_period_samples);
    CHECK(std::abs(found->surplus_samples) < 2);
    for (std::size_t k = 0; k < 40; ++k)
      CHECK(std::abs(found->windows[k].start.at - world.starts[k]) <
            4 * found->windows[k].start.u + 0.5);
  }
}

TEST_CASE(
    "inferences without rest and without layers are refused: nothing tells one from the next") {
  const auto found = segment(block(40, {8}, 350.6, 1).current, {40, 300});
  CHECK_FALSE(found);
  CHECK(says(found, "without rest"));
  CHECK(says(found, "nothing in it repeats clearly"));
}

TEST_CASE("nine repetitions where ten were asked for are refused") {
  const auto found = segment(block(9, {7, 10, 6, 9, 5, 11, 8}, 350, 2).current, {10, 300});
  CHECK_FALSE(found);
}

TEST_CASE("inner loops that are as periodic as the inferences make the period ambiguous") {
  const auto found = segment(block(20, {10, 5,  10, 5,  10, 5,  10, 5,  10, 5,  10, 5,  10, 5,  10,
                                        5,  10, 5,  10, 5,  10, 5,  10, 5,  10, 5,  10, 5,  10, 5},
                                   600, 3)
                                 .current,
                             {20, 300});
  CHECK_FALSE(found);
  CHECK(says(found, "two periods fit equally well"));
}

TEST_CASE("talk that follows the inferences is a surplus, not an inference") {
  World world(4);
  world.add(0, 400);
  for (int k = 0; k < 40; ++k) world.inference({7, 10, 6, 9, 5, 11, 8}, 350.6);
  world.add(6, 120);
  world.add(0, 400);
  const auto found = segment(world.current, {40, 300});
  REQUIRE_MESSAGE(found, reason(found));
  CHECK(found->surplus_samples == doctest::Approx(120).epsilon(0.03));
  CHECK(std::abs(found->windows.back().end.at - world.ends.back()) < 2);
}

TEST_CASE("activity that begins before the trace or ends after it is refused") {
  World late(5), early(6);
  late.add(0, 400);
  late.add(10, 300);
  early.add(10, 300);
  early.add(0, 400);
  CHECK(says(segment(late.current, {1, 300}), "the trace's end"));
  CHECK(says(segment(early.current, {1, 0}), "the trace's end"));
}

TEST_CASE(
    "an inference too short to be known to a percent is refused with the length that would do") {
  const auto found = segment(train(10, 20, kFlat, 25, 7).current, {10, 300});
  CHECK_FALSE(found);
  CHECK(says(found, "are needed to know its length"));
  CHECK(segment(train(10, 20, kFlat, 60, 7).current, {10, 300}));
}

TEST_CASE("a current without noise is found to the sample") {
  const World world = train(12, 1e-2, kFlat, 100, 8, 0);
  const auto found = segment(world.current, {12, 300});
  REQUIRE_MESSAGE(found, reason(found));
  for (std::size_t k = 0; k < 12; ++k) {
    CHECK(std::abs(found->windows[k].start.at - world.starts[k]) <= 0.5 + 1e-9);
    CHECK(found->windows[k].start.u == doctest::Approx(1 / std::sqrt(12.0)));
  }
}

TEST_CASE(
    "a long trace is searched on ever finer views and its period still found to a hundredth of a "
    "sample") {
  const World world = block(30, {7, 10, 6, 9, 5, 11, 8}, 7013.25, 9);
  const auto found = find_repetition(std::span(world.current).subspan(401, 30 * 7013), 30);
  REQUIRE(found);
  CHECK(std::abs(found->period_samples - 7013.25) < 0.1);
  CHECK(found->mean_shape.size() == 7013);
}

TEST_CASE("a period is found without knowing how often it repeats") {
  const World world = block(25, {7, 10, 6, 9, 5, 11, 8}, 280, 10);
  const auto found = find_repetition(std::span(world.current).subspan(401, 25 * 280), 0);
  REQUIRE(found);
  CHECK(found->period_samples == doctest::Approx(280).epsilon(1e-3));
}

TEST_CASE("the matched filter finds a shape where it was put") {
  World world(11);
  world.add(0, 300);
  world.inference({4, 8, 2, 6}, 80);
  world.add(0, 300);
  std::vector<double> shape;
  for (const double level : {4.0, 8.0, 2.0, 6.0}) shape.insert(shape.end(), 20, level);
  const Match match = best_match(world.current, shape);
  CHECK(std::abs(static_cast<double>(match.at) - world.starts[0]) <= 1);
  CHECK(match.likeness > 0.8);
}
