// Draws against closed-form moments, shared keys, counts, contributions, and the same bits twice.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>

#include "rig/lca/monte_carlo.hpp"
#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::lca;

namespace {

constexpr double kYear = kSecondsPerYear;

const Contribution* of(const Simulation& s, const std::string& factor) {
  for (const Contribution& c : s.contributions)
    if (c.factor == factor) return &c;
  return nullptr;
}

}  // namespace

TEST_CASE("a sum of triangles has the mean and the variance of their sum") {
  Scenario s = small();
  s.training.impact = triangular("ML training", 0.05, 0.1, 0.4, "kg");
  s.blocks.front().impact = triangular("casing", 0.5, 1, 1.2, "kg");
  const double mean = s.training.impact.mean() + s.blocks.front().impact.mean() + figures_of(s)[Row::use];
  const double sd = std::hypot(s.training.impact.standard_uncertainty(), s.blocks.front().impact.standard_uncertainty());
  const Simulation m = simulate(s, 200'000);
  CHECK(m.total_kg.mean == doctest::Approx(mean).epsilon(5 * sd / std::sqrt(2e5) / mean));
  CHECK(m.total_kg.sd == doctest::Approx(sd).epsilon(0.01));
  CHECK(of(m, "casing")->percent == doctest::Approx(100 * std::pow(s.blocks.front().impact.standard_uncertainty() / sd, 2)).epsilon(0.03));
  CHECK(m.correlation_sum == doctest::Approx(1).epsilon(0.02));
}

TEST_CASE("each distribution draws its own mean, spread and limits") {
  Input lognormal = in("x", 2, "1");
  lognormal.spread = Spread::lognormal;
  lognormal.gsd = 1.5;
  Input uniform = triangular("x", 1, 2, 5, "1");
  uniform.spread = Spread::uniform;
  for (const Input& input : {normal("x", 10, 2, "1"), lognormal, uniform, triangular("x", 1, 2, 5, "1")}) {
    Draws draws(7);
    double sum = 0, square = 0;
    constexpr int kDrawn = 200'000;
    for (int i = 0; i < kDrawn; ++i) {
      const double x = drawn(draws, input);
      if (input.high > input.low) REQUIRE((x >= input.low && x <= input.high));
      sum += x;
      square += x * x;
    }
    const double mean = sum / kDrawn, sd = std::sqrt(square / kDrawn - mean * mean);
    CAPTURE(name_of(input.spread));
    CHECK(mean == doctest::Approx(input.mean()).epsilon(0.01));
    CHECK(sd == doctest::Approx(input.standard_uncertainty()).epsilon(0.02));
  }
}

TEST_CASE("a lognormal's median is its value and 5 % of it lie below the quantile that is said") {
  Input input = in("x", 2, "1");
  input.spread = Spread::lognormal;
  input.gsd = 1.5;
  Draws draws(3);
  int below_median = 0, below_5 = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double x = drawn(draws, input);
    below_median += x < 2;
    below_5 += x < quantile(input, 0.05);
  }
  CHECK(below_median == doctest::Approx(50'000).epsilon(0.02));
  CHECK(below_5 == doctest::Approx(5'000).epsilon(0.05));
}

TEST_CASE("the exponential of draws is the library's to the last digits") {
  for (double x = -40; x < 40; x += 0.37) CHECK(exponential(x) == doctest::Approx(std::exp(x)).epsilon(1e-15));
  CHECK(exponential(0) == 1);
}

TEST_CASE("the same seed gives the same bits, another seed gives others") {
  Scenario s = small();
  s.blocks.front().impact = triangular("casing", 0.5, 1, 1.2, "kg");
  const Simulation a = simulate(s, 1000, 5), b = simulate(s, 1000, 5), c = simulate(s, 1000, 6);
  CHECK(a.total_kg.mean == b.total_kg.mean);
  CHECK(a.total_kg.quantiles.p97_5 == b.total_kg.quantiles.p97_5);
  CHECK(a.total_kg.mean != c.total_kg.mean);
  CHECK(a.draws == 1000);
  CHECK(a.seed == 5);
}

TEST_CASE("a gain that energy and sleep power share is one factor, and spreads the mean power as J' Sigma J says") {
  Scenario s = small();
  s.use.average_power.reset();
  s.use.sleep_power = measured("sleep power", Energy{{2e-3}, {{"gain:x", 4e-5}}}, "W", somebody());
  Event one = event("inference", 1e-3, 0.1, 2);
  one.energy = TotalEnergy(measured("energy of inference", Energy{{1e-3}, {{"gain:x", 2e-5}}}, "J", somebody()));
  s.use.events.push_back(one);
  const double u = average_power(s.use).standard_uncertainty().value;
  CHECK(u == doctest::Approx(0.02 * use_power(s.use).average_W));
  const Simulation m = simulate(s, 100'000);
  CHECK(m.average_power_W.sd == doctest::Approx(u).epsilon(0.01));
  REQUIRE(m.contributions.size() == 1);
  CHECK(m.contributions.front().factor == "measured: gain:x");
  CHECK(m.contributions.front().percent == doctest::Approx(100));
}

TEST_CASE("the number of batteries is drawn through its ceiling") {
  Scenario s = small();
  s.use.supply.feeding = Feeding::primary;
  Battery b;
  b.chemistry.nominal_V = in("V", 3, "V");
  b.chemistry.self_discharge = in("s", 0, "1/s");
  b.chemistry.doubling_K = in("K", 0, "K");
  b.capacity = in("capacity", 1e-3 / 3 * kYear, "C");  // one year at 1 mW
  b.temperature = in("T", 25, "degC");
  b.embodied = in("battery", 1, "kg");
  s.battery = b;
  s.lifetime = triangular("lifetime", 1 * kYear, 2 * kYear, 3 * kYear, "s");
  const Simulation m = simulate(s, 100'000);
  CHECK(m.batteries.quantiles.p5 == 2);   // above one year at once two
  CHECK(m.batteries.quantiles.p95 == 3);
  CHECK(m.batteries.mean == doctest::Approx(2.5).epsilon(0.01));
}

TEST_CASE("a tornado's bar runs from the total at 5 % of a factor to that at 95 %") {
  Scenario s = small();
  s.blocks.front().impact = normal("casing", 1, 0.1, "kg");
  const Simulation m = simulate(s, 1000);
  const double rest = figures_of(s).total_kg - 1;
  REQUIRE(of(m, "casing"));
  CHECK(of(m, "casing")->low_kg == doctest::Approx(rest + 1 - 0.16449));
  CHECK(of(m, "casing")->high_kg == doctest::Approx(rest + 1 + 0.16449));
}

TEST_CASE("a scenario in which all is certain has no spread and no contributions") {
  const Simulation m = simulate(small(), 100);
  CHECK(m.total_kg.sd == doctest::Approx(0).epsilon(1e-12));
  CHECK(m.contributions.empty());
}
