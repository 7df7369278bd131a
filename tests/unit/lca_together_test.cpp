// Scenarios drawn together: what cancels, what does not, and the closed forms of both.
#include <doctest/doctest.h>

#include <cmath>

#include "rig/lca/together.hpp"
#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::lca;

namespace {

/// An inference that a run measured: `gain` is the instrument's, `own` the run's.
Scenario measured_with(double energy_J, double gain, double own, const std::string& run) {
  Scenario s = small();
  s.use.average_power.reset();
  s.use.sleep_power = in("sleep power", 1e-6, "W");
  s.use.events = {event("inference", energy_J, 0.01, 1)};
  Input& joules = s.use.events.front().energy.joules();
  joules.spread = Spread::measured;
  joules.sources = {{"gain:E1", gain}, {"repeatability:" + run, own}};
  return s;
}

double half(const Span& span) { return (span.p97_5 - span.p2_5) / 2; }

}  // namespace

TEST_CASE("a casing that both have cancels in their difference and not in either") {
  Scenario a = small(), b = small();
  a.blocks.front().impact = b.blocks.front().impact = triangular("casing", 0.5, 1, 3, "kg");
  b.use.average_power = in("average power", 2e-3, "W");
  const Together t = draw_together({a, b}, 2000);
  CHECK(half(t.each[1].total_kg) > 0.5);
  CHECK(half(t.minus_first[1].total_kg) == doctest::Approx(0).epsilon(1e-12));
  CHECK(t.minus_first[1].total_kg.value == doctest::Approx(figures_of(b).total_kg - figures_of(a).total_kg));
  CHECK(t.shared == 1);
}

TEST_CASE("the same name with another figure or another source is another input") {
  Scenario a = small(), b = small();
  a.blocks.front().impact = triangular("casing", 0.5, 1, 3, "kg");
  b.blocks.front().impact = triangular("casing", 0.5, 1, 3.5, "kg");
  CHECK(draw_together({a, b}, 500).shared == 0);
  b.blocks.front().impact = a.blocks.front().impact;
  b.blocks.front().impact.citation.id = "somebody-else";
  const Together t = draw_together({a, b}, 50'000);
  CHECK(t.shared == 0);
  CHECK(half(t.minus_first[1].total_kg) > half(t.each[0].total_kg));  // two independent triangles
}

TEST_CASE("an instrument's gain cancels between two runs, their repeatabilities do not") {
  const double energy = 1e-3, gain = 1e-4, own = 2e-6;
  const Scenario a = measured_with(energy, gain, own, "sim-1"), b = measured_with(energy, gain, own, "sim-2");
  const Together t = draw_together({a, b}, 100'000);
  const double kg_per_J_each = b.use.events.front().rate.per_s.value * b.lifetime.value * 0.433 / kJoulesPerKWh;
  CHECK(t.minus_first[1].use_kg.value == doctest::Approx(0));
  CHECK(half(t.minus_first[1].use_kg) == doctest::Approx(1.96 * std::sqrt(2.0) * own * kg_per_J_each).epsilon(0.02));
  CHECK(half(t.each[1].use_kg) == doctest::Approx(1.96 * std::hypot(gain, own) * kg_per_J_each).epsilon(0.02));
  CHECK(t.minus_first[1].use_kg.holds_zero());
}

TEST_CASE("a lifetime in common moves a year and an inference of both alike") {
  Scenario a = measured_with(1e-3, 0, 0, "sim-1");
  a.lifetime = triangular("lifetime", 2 * kSecondsPerYear, 3 * kSecondsPerYear, 5 * kSecondsPerYear, "s");
  const Together t = draw_together({a, a}, 1000);
  CHECK(t.each[0].per_year_kg.p97_5 > t.each[0].per_year_kg.p2_5);
  for (const Units& units : {t.minus_first[0], t.minus_first[1]}) {
    CHECK(half(units.total_kg) == 0);
    CHECK(half(units.per_year_kg) == 0);
    CHECK(half(*units.per_inference_kg) == 0);
  }
  CHECK(t.each[0].per_inference_kg->value == doctest::Approx(*life_cycle(a)->per_inference_kg));
  CHECK(t.each[0].per_year_kg.value == doctest::Approx(life_cycle(a)->per_year_kg));
}

TEST_CASE("one alone has the quantiles that its own simulation has") {
  Scenario s = small();
  s.blocks.front().impact = triangular("casing", 0.5, 1, 3, "kg");
  const Together t = draw_together({s}, 100'000);
  const Simulation m = simulate(s, 100'000);
  CHECK(t.each[0].total_kg.p2_5 == doctest::Approx(m.total_kg.quantiles.p2_5).epsilon(0.01));
  CHECK(t.each[0].total_kg.p97_5 == doctest::Approx(m.total_kg.quantiles.p97_5).epsilon(0.01));
}

TEST_CASE("the same call gives the same bits, and too many or too few are a broken promise") {
  Scenario s = small();
  s.blocks.front().impact = triangular("casing", 0.5, 1, 3, "kg");
  CHECK(draw_together({s, s}, 500).each[1].total_kg.p97_5 == draw_together({s, s}, 500).each[1].total_kg.p97_5);
  CHECK_THROWS(draw_together({}, 500));
  CHECK_THROWS(draw_together({s}, 99));
  CHECK_THROWS(draw_together(std::vector<Scenario>(kMostTogether + 1, s), 500));
}

TEST_CASE("what makes the total one per cent larger is one over its share, and 'nothing' where nothing does") {
  const Scenario s = small();
  const Figures figures = figures_of(s);
  bool casing = false, use = false;
  for (const OnePercent& one : one_percent_of(s)) {
    if (one.what == "casing") casing = *one.by_percent == doctest::Approx(figures.total_kg / 1.0);
    if (one.what == "mean power") use = *one.by_percent == doctest::Approx(figures.total_kg / figures[Row::use]);
  }
  CHECK(casing);
  CHECK(use);
  Scenario cells = s;
  cells.use.supply.feeding = Feeding::primary;
  for (const OnePercent& one : one_percent_of(cells))
    if (one.what == "grid intensity") CHECK(!one.by_percent);
}

TEST_CASE("stages have the range of their own input, and batteries are counted out") {
  Scenario s = small();
  s.blocks.front().impact = triangular("casing", 0.5, 1, 3, "kg");
  const Simulation m = simulate(s, 50'000);
  const auto range = m.stages[static_cast<std::size_t>(Row::casing)];
  CHECK(range.p2_5 == doctest::Approx(quantile(s.blocks.front().impact, 0.025)).epsilon(0.02));
  CHECK(range.p97_5 == doctest::Approx(quantile(s.blocks.front().impact, 0.975)).epsilon(0.02));
  CHECK(m.stages[static_cast<std::size_t>(Row::training)].p2_5 == m.stages[static_cast<std::size_t>(Row::training)].p97_5);
  CHECK(m.battery_counts.empty());
  double sum = 0;
  for (const double share : m.total_shape.share) sum += share;
  CHECK(sum == doctest::Approx(0.995).epsilon(1e-3));
}
