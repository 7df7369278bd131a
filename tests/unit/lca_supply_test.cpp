// Regulators: closed forms, and why their efficiency at the mean current is not the mean of what they take.
#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::lca;

namespace {

CurrentFeed in_pieces(const std::vector<double>& trace, std::size_t size) {
  return [&trace, size](const std::function<void(std::span<const double>)>& take) {
    for (std::size_t at = 0; at < trace.size(); at += size) take(std::span(trace).subspan(at, std::min(size, trace.size() - at)));
  };
}

}  // namespace

TEST_CASE("a linear regulator takes what it gives plus its own current, at the higher voltage") {
  const auto ldo = Converter::linear({3.7}, {1.8}, {1e-6});
  REQUIRE(ldo);
  CHECK(ldo->input_power_W(1e-3) == doctest::Approx(3.7 * (1e-3 + 1e-6)));
  CHECK(ldo->efficiency(1e-3) == doctest::Approx(1.8 / 3.7 * 1e-3 / (1e-3 + 1e-6)));
  CHECK(ldo->input_power_W(0) == doctest::Approx(3.7e-6));
}

TEST_CASE("a linear regulator that would have to raise the voltage is refused") {
  CHECK(!Converter::linear({1.8}, {3.3}, {0}));
  CHECK(!Converter::linear({3.3}, {1.8}, {-1e-6}));
}

TEST_CASE("a switching regulator's efficiency is even in the logarithm of the current between its points") {
  const auto buck = Converter::switching({1.8}, {{10e-6, 0.6}, {1e-3, 0.9}}, 0);
  REQUIRE(buck);
  CHECK(buck->efficiency(100e-6) == doctest::Approx(0.75));  // half way in decades
  CHECK(buck->efficiency(10e-6) == doctest::Approx(0.6));
  CHECK(buck->efficiency(1e-3) == doctest::Approx(0.9));
  CHECK(buck->efficiency(50e-3) == doctest::Approx(0.9));
}

TEST_CASE("below its first point a switching regulator loses no more than there, and what it takes without load at none") {
  const auto buck = Converter::switching({1.8}, {{10e-6, 0.6}, {1e-3, 0.9}}, 1e-6);
  REQUIRE(buck);
  CHECK(buck->input_power_W(0) == doctest::Approx(1e-6));
  const auto plain = Converter::switching({1.8}, {{10e-6, 0.6}}, 0);
  CHECK(plain->input_power_W(0) == doctest::Approx(1.8 * 10e-6 * (1 / 0.6 - 1)));
}

TEST_CASE("curves that do not ascend, promise more than all or begin at nothing are refused") {
  CHECK(!Converter::switching({1.8}, {}, 0));
  CHECK(!Converter::switching({1.8}, {{1e-3, 0.9}, {1e-4, 0.8}}, 0));
  CHECK(!Converter::switching({1.8}, {{1e-3, 1.1}}, 0));
  CHECK(!Converter::switching({1.8}, {{0, 0.9}}, 0));
}

TEST_CASE("sample by sample and at the mean differ where sleep is microamperes and peaks are milliamperes") {
  const auto buck = Converter::switching({1.8}, {{1e-6, 0.2}, {10e-3, 0.9}}, 0);
  REQUIRE(buck);
  std::vector<double> trace(1000, 2e-6);
  for (std::size_t i = 0; i < 10; ++i) trace[i] = 10e-3;
  double mean = 0, exact_W = 0;
  for (const double current : trace) {
    mean += current / 1000;
    exact_W += buck->input_power_W(current);
  }
  const Passage by_sample = through(*buck, in_pieces(trace, 64), {1e-5});
  CHECK(by_sample.sample_by_sample);
  CHECK(by_sample.input_J == doctest::Approx(exact_W * 1e-5).epsilon(1e-12));
  CHECK(by_sample.peak_A == 10e-3);
  const Passage average = at_mean(*buck, {mean}, {1e-2});
  CHECK(!average.sample_by_sample);
  CHECK(average.output_J == doctest::Approx(by_sample.output_J));
  CHECK(average.efficiency() < 0.9 * by_sample.efficiency());
}

TEST_CASE("the size of the pieces in which a trace comes changes nothing") {
  const auto ldo = Converter::linear({3.7}, {1.8}, {1e-6});
  std::vector<double> trace;
  for (int i = 0; i < 777; ++i) trace.push_back(1e-6 * ((i * 37) % 101));
  const Passage one = through(*ldo, in_pieces(trace, 777), {1e-5}), many = through(*ldo, in_pieces(trace, 10), {1e-5});
  CHECK(one.input_J == many.input_J);
  CHECK(one.output_J == many.output_J);
}

TEST_CASE("behind the regulator each state takes its own efficiency") {
  UseStage use;
  use.sleep_power = in("sleep", 1.8e-6, "W");
  use.events.push_back(event("inference", 18e-6, 10e-3, 1));
  use.supply.plane = Plane::after_regulator;
  use.supply.converter = *Converter::linear({3.6}, {1.8}, {1e-6});
  REQUIRE(check(use));
  const double asleep = 3.6 * (1e-6 + 1e-6), awake = 3.6 * (1e-3 + 1e-6);
  CHECK(use_power(use).source_W == doctest::Approx(0.99 * asleep + 0.01 * awake));
  use.events.front().passage = Passage{1, 4, 0, 1, true};  // as its trace had it
  CHECK(use_power(use).source_W == doctest::Approx(0.99 * asleep + 18e-6 * 4));
}
