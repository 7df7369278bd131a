// Steps in noise: how far off they are found, and whether the stated doubt is the real one.
#include "rig/energy/change_point.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/unit/seeded_noise.hpp"

using namespace jr;

namespace {

struct Trials {
  double rms{}, stated{};
};

/// Steps at random places between two samples, `side` samples of each level, noise of 1.
Trials edges_found(double snr, int trials, std::uint64_t seed, std::size_t side = 24) {
  test::SeededNoise noise(seed);
  Trials result;
  for (int trial = 0; trial < trials; ++trial) {
    const double at =
        static_cast<double>(side) - noise.uniform();  // the first high sample is `side`
    std::vector<double> values;
    for (std::size_t k = 0; k < 2 * side; ++k)
      values.push_back((static_cast<double>(k) >= at ? snr : 0) + noise.normal());
    const StepFit fit = fit_step(values);
    const double off = static_cast<double>(fit.split) - 0.5 - at;
    const double u = edge_sd_samples(fit.snr, fit.between);
    result.rms += off * off / trials;
    result.stated += u * u / trials;
  }
  return {std::sqrt(result.rms), std::sqrt(result.stated)};
}

}  // namespace

TEST_CASE(
    "an edge is found to 0.35 sample where the step is five times the noise, in two thousand "
    "steps") {
  const Trials found = edges_found(5, 2000, 1);
  CHECK(found.rms <= 0.35);
  CHECK(found.rms >= 0.28);
  CHECK(edges_found(8, 2000, 2).rms <= 0.30);
}

TEST_CASE("the stated doubt of an edge is the real one from a ratio of 3 upwards") {
  for (const double snr : {3.0, 4.0, 5.0, 7.0, 20.0}) {
    CAPTURE(snr);
    const Trials found = edges_found(snr, 4000, 3);
    CHECK(found.stated >= 0.9 * found.rms);
    CHECK(found.stated <= 1.25 * found.rms);
  }
}

TEST_CASE("noise alone shows no step that is three times itself") {
  test::SeededNoise noise(4);
  double highest = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<double> values;
    for (int k = 0; k < 48; ++k) values.push_back(noise.normal());
    highest = std::max(highest, fit_step(values, 6).snr);
  }
  CHECK(highest < 3);
}

TEST_CASE("a step without noise is found exactly, with nothing but the grid's doubt") {
  const std::array values{2e-3, 2e-3, 2e-3, 5e-3, 5e-3, 5e-3, 5e-3, 5e-3};
  const StepFit fit = fit_step(values);
  CHECK(fit.split == 3);
  CHECK(fit.before == doctest::Approx(2e-3));
  CHECK(fit.after == doctest::Approx(5e-3));
  CHECK(fit.between == 0);
  CHECK(std::isinf(fit.snr));
  CHECK(edge_sd_samples(fit.snr, fit.between) == doctest::Approx(1 / std::sqrt(12.0)));
}

TEST_CASE("a flat stretch has no step and its edge an endless doubt") {
  const std::vector<double> values(20, 1.0);
  CHECK(fit_step(values).snr == 0);
  CHECK(std::isinf(edge_sd_samples(0)));
  CHECK_THROWS_AS(fit_step(std::array{1.0, 2.0, 3.0}), std::invalid_argument);
}

TEST_CASE("a step that takes eight samples says that its place is doubtful by as much") {
  test::SeededNoise noise(5);
  std::vector<double> values;
  for (int k = 0; k < 60; ++k)
    values.push_back(std::clamp((k - 26) / 8.0, 0.0, 1.0) + 0.005 * noise.normal());
  const StepFit fit = fit_step(values);
  CHECK(fit.between >= 4);
  CHECK(fit.between <= 8);
  CHECK(edge_sd_samples(fit.snr, fit.between) > 1.2);
  CHECK(std::abs(static_cast<double>(fit.split) - 30) <= 2);
}

TEST_CASE("the doubt of an edge falls with the ratio of step to noise and never below the grid's") {
  double before = INFINITY;
  for (const double snr : {0.5, 1.0, 2.0, 3.0, 5.0, 10.0}) {
    CHECK(edge_sd_samples(snr) < before);
    before = edge_sd_samples(snr);
  }
  CHECK(edge_sd_samples(100) == doctest::Approx(0.288675).epsilon(1e-4));
  CHECK(misplacement_sd(5) == doctest::Approx(0.12).epsilon(0.1));
}

TEST_CASE("a window known to one percent is at least 44 samples long at a ratio of 5") {
  CHECK(shortest_trusted(edge_sd_samples(5), 0.01) == doctest::Approx(44).epsilon(0.03));
}
