// The second opinion against closed forms, and where it has to contradict a budget.
#include "rig/energy/monte_carlo.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "rig/energy/draws.hpp"
#include "rig/energy/summary.hpp"

using namespace jr;

namespace {

Moments constant(std::uint16_t code, std::size_t n) {
  return moments_of(std::vector<std::uint16_t>(n, code), std::vector<std::uint8_t>(n, 0));
}

/// One range, a gain and an offset in doubt, voltage, clock, lead and temperature beside them.
EnergyModel model_at(double gain_u, double supply_u_V) {
  EnergyModel model;
  model.ranges = {{2e-6, 1e-6, 0, 0, 0}};
  model.instrument = "study:1";
  model.bench = "unit";
  model.run = "r-1";
  model.supply = {3.0};
  model.u_supply_V = supply_u_V;
  model.period_s = 1e-5;
  model.lead_ohm = 0.2;
  model.u_lead_ohm = 0.05;
  model.ambient.u_K = 2;
  Accuracy accuracy;
  accuracy.ranges = model.ranges;
  accuracy.coefficients = {
      {"gain:study:1:0", "gain", Distribution::rectangular, INFINITY, {{0, gain_u * 2e-6, gain_u * 1e-6, 0, 0}}},
      {"offset:study:1:0", "offset", Distribution::normal, INFINITY, {{0, 1e-6, 0, 0, 0}}}};
  accuracy.per_range.resize(1);
  accuracy.per_range[0].offset_tempco_A_per_K = {1e-7, Distribution::rectangular, INFINITY, "test"};
  accuracy.gain_tempco_per_K = {1e-4, Distribution::rectangular, INFINITY, "test"};
  accuracy.gain_drift = {2e-4, Distribution::rectangular, INFINITY, "test"};
  accuracy.time_base = {3e-5, Distribution::rectangular, INFINITY, "test"};
  model.accuracy = accuracy;
  return model;
}

std::vector<WindowGroup> windows(std::initializer_list<std::uint16_t> codes) {
  std::vector<WindowGroup> groups;
  for (const std::uint16_t code : codes) {
    WindowGroup group;
    group.infer.window.events = 10;
    group.infer.moments = constant(code, 1000);
    group.idle_before.moments = group.idle_after.moments = constant(300, 500);
    groups.push_back(group);
  }
  return groups;
}

/// Standard deviation and excess kurtosis of many draws.
template <class Draw>
std::array<double, 2> shape_of(Draw draw) {
  constexpr int n = 400'000;
  double squares = 0, fourth = 0;
  for (int i = 0; i < n; ++i) {
    const double x = draw();
    squares += x * x;
    fourth += x * x * x * x;
  }
  return {std::sqrt(squares / n), fourth / n / (squares / n * squares / n) - 3};
}

}  // namespace

TEST_CASE("each distribution is drawn with unit spread and its own kurtosis") {
  Draws draws(1);
  const auto check = [](std::array<double, 2> shape, double kurtosis) {
    CHECK(shape[0] == doctest::Approx(1).epsilon(0.005));
    CHECK(std::abs(shape[1] - kurtosis) < 0.03);
  };
  check(shape_of([&] { return draws.normal(); }), 0);
  check(shape_of([&] { return draws.rectangular(); }), -1.2);
  check(shape_of([&] { return draws.triangular(); }), -0.6);
  check(shape_of([&] { return draws.arcsine(); }), -1.5);
}

TEST_CASE("a mean square has mean 1 and variance 2 / nu, for few, many and broken degrees of freedom") {
  Draws draws(2);
  for (const double nu : {4.0, 19.0, 50.0, 16.7}) {
    double mean = 0, squares = 0;
    constexpr int n = 200'000;
    for (int i = 0; i < n; ++i) {
      const double m = draws.mean_square(nu);
      mean += m / n;
      squares += (m - 1) * (m - 1) / n;
    }
    CHECK(mean == doctest::Approx(1).epsilon(0.01));
    CHECK(squares == doctest::Approx(2 / nu).epsilon(0.05));
  }
}

TEST_CASE("the first draws of a seed are these, on every machine") {
  Draws draws(kMonteCarloSeed);
  const double first = draws.even(), second = draws.normal();
  Draws again(kMonteCarloSeed);
  CHECK(again.even() == first);
  CHECK(again.normal() == second);
  CHECK(Draws(0).bits() == 0xE220A8397B1DCDAFu);  // published first output of SplitMix64 for seed 0
}

TEST_CASE("drawn from a budget of one rectangle, U is 0.95 of the half width and u agrees") {
  const Energy lone{{1.0}, {{"r", 0.1, INFINITY, Distribution::rectangular}}};
  const MonteCarlo m = monte_carlo(lone, 50'000);
  CHECK(m.u == doctest::Approx(0.1).epsilon(0.01));
  CHECK(std::abs(m.U - 0.95 * 0.1 * std::sqrt(3.0)) < 4 * m.U_tolerance);
  CHECK_FALSE(m.differs);
}

TEST_CASE("a type A term of five windows is Student's in U, and its estimate in u") {
  const Energy lone{{1.0}, {{"w", 0.1, 4, Distribution::student}}};
  const MonteCarlo m = monte_carlo(lone, 50'000);
  CHECK(m.u == doctest::Approx(0.1).epsilon(0.02));
  CHECK(m.U == doctest::Approx(0.2776).epsilon(0.03));
}

TEST_CASE("the moved model agrees with the budget while errors are small") {
  const EnergyModel model = model_at(1e-3, 2e-3);
  const auto groups = windows({5000, 5004, 4996, 5001, 4999});
  for (const bool net : {false, true}) {
    const Statement stated = net ? mean_net_energy(model, groups, "net") : mean_energy(model, groups, "total");
    const MonteCarlo m = monte_carlo(model, groups, net, stated.energy, 20'000);
    CAPTURE(net);
    CHECK(m.u == doctest::Approx(stated.energy.standard_uncertainty().value).epsilon(0.03));
    CHECK(m.mean == doctest::Approx(stated.value).epsilon(1e-4));
    CHECK_FALSE(m.differs);
  }
}

TEST_CASE("gain and voltage that are both 30 % in doubt make a product that the budget misses") {
  EnergyModel model = model_at(0.3, 0.9);
  const auto groups = windows({5000, 5000, 5000, 5000, 5000});
  const Statement stated = mean_energy(model, groups, "total");
  const MonteCarlo m = monte_carlo(model, groups, false, stated.energy, 20'000);
  // (1 + g)(1 + v): u^2 = g^2 + v^2 + g^2 v^2, the last of which no budget has.
  CHECK(m.u / m.budget_u == doctest::Approx(std::sqrt((0.18 + 0.0081) / 0.18)).epsilon(0.015));
}

TEST_CASE("a budget whose u is a tenth too small is contradicted") {
  const EnergyModel model = model_at(1e-2, 0);
  const auto groups = windows({5000, 5000});
  Energy stated = mean_energy(model, groups, "total").energy;
  for (Source& source : stated.sources) source.u_J *= 0.9;
  CHECK(monte_carlo(model, groups, false, stated, 10'000).differs);
}

TEST_CASE("the same seed gives the same opinion, another seed another one") {
  const Energy e{{1.0}, {{"r", 0.1, INFINITY, Distribution::triangular}, {"n", 0.05}}};
  CHECK(monte_carlo(e, 1000).u == monte_carlo(e, 1000).u);
  CHECK(monte_carlo(e, 1000).u != monte_carlo(e, 1000, 7).u);
  CHECK_THROWS(monte_carlo(e, 10));
}
