// The board's clock from stamps and edges in a simulated world: right, and as sure as it says.
#include "rig/capture/board_clock.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/unit/seeded_noise.hpp"

using namespace jr;

namespace {

constexpr double kPeriod_s = 1e-5;

/// A board that is slow by `slow_ppm` stamps `n` moments in whole microseconds within `for_s`.
struct World {
  World(std::uint64_t seed, double slow) : noise(seed), slow_ppm(slow) {}
  ClockPair pair(double trace_s) const {
    const double board_s = std::floor(trace_s / (1 + slow_ppm * 1e-6) * 1e6) * 1e-6;
    return {board_s, trace_s / kPeriod_s};
  }
  std::vector<ClockPair> edges(std::size_t n, double for_s) {
    std::vector<ClockPair> pairs;
    for (std::size_t k = 0; k < n; ++k) {
      const double at = for_s * (static_cast<double>(k) + noise.uniform()) / static_cast<double>(n);
      pairs.push_back(pair(at));
      pairs.back().index = std::ceil(pairs.back().index);
    }
    return pairs;
  }
  test::SeededNoise noise;
  double slow_ppm;
};

struct Scores {
  double z_rms{}, off_rms_ppm{};
};
template <class Fit>
Scores scores(int trials, Fit fit) {
  Scores result;
  for (int trial = 1; trial <= trials; ++trial) {
    World world(static_cast<std::uint64_t>(trial), 40.0 * std::sin(trial));
    const Result<BoardClock> clock = fit(world);
    REQUIRE(clock);
    const double off = clock->correction_ppm - world.slow_ppm;
    result.off_rms_ppm += off * off / trials;
    result.z_rms += off * off / clock->u_ppm / clock->u_ppm / trials;
  }
  return {std::sqrt(result.z_rms), std::sqrt(result.off_rms_ppm)};
}

}  // namespace

TEST_CASE("a board's clock is told from edges as well as the fit states") {
  const Scores many = scores(200, [](World& world) {
    return fit_edge_pairs(world.edges(40, 20), kPeriod_s, 0.29e-6, 0.29);
  });
  CHECK(many.z_rms > 0.8);
  CHECK(many.z_rms < 1.25);
  CHECK(many.off_rms_ppm < 0.2);
  const Scores two = scores(200, [](World& world) {
    return fit_edge_pairs(world.edges(2, 2), kPeriod_s, 0.29e-6, 0.29);
  });
  CHECK(two.z_rms > 0.7);
  CHECK(two.z_rms < 1.3);
}

TEST_CASE("one pair, or pairs at one time, tell no rate") {
  const std::vector<ClockPair> one{{1, 1e5}}, same(20, ClockPair{1, 1e5});
  CHECK_FALSE(fit_edge_pairs(one, kPeriod_s, 1e-6, 0.3));
  CHECK_FALSE(fit_edge_pairs(same, kPeriod_s, 1e-6, 0.3));
}
