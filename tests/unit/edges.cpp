// Edges on a grid, pulses between samples, codes without dither, hidden samples: the formulas
// against worlds drawn sample by sample.
#include "rig/energy/edges.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/unit/seeded_noise.hpp"

using namespace jr;

namespace {

constexpr Second kTs{1e-5};
constexpr int kTrials = 20'000;

/// Samples of a grid with spacing 1 that fall into [start, start + length).
double samples_in(double start, double length) {
  return std::ceil(start + length) - std::ceil(start);
}

struct Spread {
  double mean{}, sd{};
};
template <class Draw>
Spread spread_of(Draw draw) {
  double sum = 0, squares = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  const double mean = sum / kTrials;
  return {mean, std::sqrt(std::max(0.0, squares / kTrials - mean * mean))};
}

}  // namespace

TEST_CASE(
    "a window of fixed length has the sampled length and the scatter that the formula says, at "
    "every fraction") {
  for (const double f : {0.0, 0.1, 0.25, 0.5, 0.9}) {
    CAPTURE(f);
    test::SeededNoise noise(1);
    const Spread seen = spread_of([&] { return samples_in(noise.uniform(), 1000 + f); });
    CHECK(seen.mean == doctest::Approx(1000 + f).epsilon(2e-5));
    const double sd = edge_sd_of_fixed_length((1000 + f) * kTs, kTs) / kTs;
    CHECK(seen.sd == doctest::Approx(sd).epsilon(0.02));
    CHECK(sd <= 0.5);
  }
}

TEST_CASE(
    "a window of a whole number of samples has no edge doubt although its length is not exact in "
    "binary") {
  CHECK(edge_sd_of_fixed_length({0.001}, kTs).value == 0);
  CHECK(edge_sd_of_fixed_length({0.34}, kTs).value == 0);
  CHECK(edge_sd_of_fixed_length({0.0003}, kTs).value == 0);
  CHECK(edge_sd_of_fixed_length({0.000305}, kTs) / kTs == doctest::Approx(0.5));
  CHECK_THROWS_AS(edge_sd_of_fixed_length({1}, {0}), std::invalid_argument);
}

TEST_CASE(
    "windows of random length scatter by a sample over the root of six, as the mean over all fixed "
    "ones does") {
  test::SeededNoise noise(2);
  const Spread seen = spread_of([&] {
    const double length = 500 + 100 * noise.uniform();
    return samples_in(noise.uniform(), length) - length;
  });
  CHECK(seen.sd == doctest::Approx(edge_sd_of_random_length(kTs) / kTs).epsilon(0.02));
  double mean_square = 0;
  for (int k = 0; k < 1000; ++k)
    mean_square += std::pow(edge_sd_of_fixed_length((7 + k / 1000.0) * kTs, kTs) / kTs, 2) / 1000;
  CHECK(std::sqrt(mean_square) == doctest::Approx(1 / std::sqrt(6.0)).epsilon(1e-3));
}

TEST_CASE("a sample more in a window is a sample of the whole power more, not of the step") {
  // The case that a formula with P_hi - P_lo misses twelvefold: P_lo = 0.9 P_hi, f = 1/2.
  const Watt high{0.1}, low{0.09};
  test::SeededNoise noise(3);
  const double length = 2000.5;
  Spread total, net;
  {
    const auto draw = [&] { return samples_in(noise.uniform(), length); };
    total = spread_of([&] { return draw() * high.value; });
    net = spread_of([&] { return draw() * (high - low).value; });
  }
  const double sd = edge_sd_of_fixed_length(length * kTs, kTs) / kTs;
  const auto said = [&](EdgeEffect effect) {
    return sd * edge_sensitivity(effect, high, low).value;
  };
  CHECK(total.sd == doctest::Approx(0.5 * high.value).epsilon(0.01));
  CHECK(said(EdgeEffect::sampled_length_of_total) == doctest::Approx(total.sd).epsilon(0.01));
  CHECK(said(EdgeEffect::sampled_length_of_net) == doctest::Approx(net.sd).epsilon(0.01));
  CHECK(edge_sensitivity(EdgeEffect::latency, high, low).value == doctest::Approx(0.01));
}

TEST_CASE("a latency of the gate costs the step's power times the latency") {
  const double high = 0.1, low = 0.03, late = 0.4;  // samples; on a fine grid of a thousandth
  double energy = 0;
  for (int k = 0; k < 3000; ++k) {
    const double t = k / 1000.0;
    if (t >= 0.5 + late && t < 2.0 + late) energy += (t >= 0.5 && t < 2.0 ? high : low) / 1000;
  }
  const double step = edge_sensitivity(EdgeEffect::latency, {high}, {low}).value;
  CHECK(1.5 * high - energy == doctest::Approx(late * step).epsilon(1e-3));
}

TEST_CASE("one pulse of 2.5 samples is off by a fifth, one of whole samples not at all") {
  CHECK(aliasing_of_steady_pulses({25e-6}, kTs, 1, {0.01}) == doctest::Approx(0.2));
  CHECK(aliasing_of_steady_pulses({1e-3}, kTs, 1, {0.01}) == 0);
}

TEST_CASE("pulses in step with the grid do not average") {
  CHECK(aliasing_of_steady_pulses({25e-6}, kTs, 1000, {0.01}) == doctest::Approx(0.2));
}

TEST_CASE(
    "steady pulses scatter as simulated, in step, between two phases, and wandering through all") {
  for (const double repetition : {100.0, 100.5, 100.25, 100.01, 100.381966}) {
    for (const double width : {0.3, 2.5, 7.9}) {
      CAPTURE(repetition);
      CAPTURE(width);
      constexpr std::uint64_t kPulses = 40;
      test::SeededNoise noise(5);
      const Spread seen = spread_of([&] {
        const double phase = noise.uniform();
        double samples = 0;
        for (std::uint64_t k = 0; k < kPulses; ++k)
          samples += samples_in(phase + repetition * static_cast<double>(k), width);
        return samples / kPulses / width;
      });
      CHECK(seen.mean == doctest::Approx(1).epsilon(0.03));
      CHECK(seen.sd ==
            doctest::Approx(aliasing_of_steady_pulses(width * kTs, kTs, kPulses, repetition * kTs))
                .epsilon(0.03)
                .scale(0.01));
    }
  }
}

TEST_CASE("the sd of codes is exact for small spreads about large means") {
  RangeMoments moments;
  for (int k = 0; k < 1'000'000; ++k) {
    const std::uint64_t code = 16'000 + static_cast<std::uint64_t>(k % 2);
    ++moments.n;
    moments.sum += code;
    moments.sum_of_squares += code * code;
  }
  CHECK(code_sd(moments) == doctest::Approx(0.5).epsilon(1e-6));
  CHECK(code_sd({1, 5, 25}) == 0);
  CHECK(code_sd({3, 15, 75}) == 0);
}

TEST_CASE("the noise of codes is told although the current steps about") {
  test::SeededNoise noise(6);
  std::vector<std::uint16_t> codes;
  for (int k = 0; k < 20'000; ++k)
    codes.push_back(
        static_cast<std::uint16_t>(std::lround((k / 500 % 2 ? 3000 : 200) + 2 * noise.normal())));
  CHECK(code_noise(codes) == doctest::Approx(2.02).epsilon(0.05));
  CHECK(code_noise(std::span(codes).first(20)) == 0);
}

TEST_CASE(
    "without dither a constant is off by up to half a code and said to be, with dither by next to "
    "nothing") {
  const RangePolynomial range{0, 4.3e-6, 0, 0, 0};
  double worst_bare = 0, worst_dithered = 0;
  for (int step = 0; step < 20; ++step) {
    const double truth = 1000 + step / 20.0;
    for (const double sigma : {0.0, 0.6}) {
      test::SeededNoise noise(static_cast<std::uint64_t>(step));
      RangeMoments moments;
      for (int k = 0; k < 40'000; ++k) {
        const auto code = static_cast<std::uint64_t>(std::lround(truth + sigma * noise.normal()));
        ++moments.n;
        moments.sum += code;
        moments.sum_of_squares += code * code;
      }
      const double mean = static_cast<double>(moments.sum) / static_cast<double>(moments.n);
      const QuantisationBias bias = quantisation_bias(code_sd(moments), mean, range);
      CHECK(bias.undithered == (sigma == 0));
      (sigma == 0 ? worst_bare : worst_dithered) =
          std::max(sigma == 0 ? worst_bare : worst_dithered, std::abs(mean - truth));
      if (sigma == 0)
        CHECK(std::abs(mean - truth) * 4.3e-6 <= bias.half_width.value * (1 + 1e-9));
      else
        CHECK(bias.half_width.value == 0);
    }
  }
  CHECK(worst_bare == doctest::Approx(0.5));
  CHECK(worst_dithered < 0.02);
}
