// The measurement model against exact answers (validation catalogue: constant, square, ramp, gap, ratio, net).
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "calibration/calibration.hpp"
#include "rig/energy/summary.hpp"

using namespace jr;

namespace {

EnergyModel plain_model() {
  EnergyModel model;
  model.ranges = {{1e-6, 4e-8, 0, 0, 1000}, {2e-6, 4e-7, 1e-12, 1e-7, 100}, {0, 4e-6, 0, 0, 10}};
  model.instrument = "ppk2:TEST";
  model.bench = "unit";
  model.run = "unit-1";
  model.supply = {3.0};
  model.period_s = 1e-5;
  return model;
}

SpecCard card() {
  SpecCard card;
  card.gain = {0.2, Distribution::rectangular, "test"};
  card.offset_A = {1e-7, 1e-6};
  card.offset = {0, Distribution::rectangular, "test"};
  card.voltage_V = {0.05, Distribution::rectangular, "test"};
  card.time_base = {50e-6, Distribution::rectangular, "test"};
  card.line_latency_s = {1e-5, Distribution::rectangular, "test"};
  return card;
}

Moments constant(std::uint16_t code, std::uint8_t range, std::size_t n) {
  return moments_of(std::vector<std::uint16_t>(n, code), std::vector<std::uint8_t>(n, range));
}

WindowGroup group_with(std::uint16_t active, std::uint16_t idle, std::size_t n, std::uint64_t events) {
  WindowGroup group;
  group.infer.window.events = events;
  group.infer.moments = constant(active, 1, n);
  group.guard.moments = group.settled.moments = constant(idle, 1, 20);
  group.idle_before.moments = group.idle_after.moments = constant(idle, 1, 5000);
  return group;
}

const Source* find(const Energy& e, const std::string& key) {
  for (const Source& s : e.sources)
    if (s.key == key) return &s;
  return nullptr;
}

}  // namespace

TEST_CASE("a constant code gives V Ts n (a + s V + b c + q c^2)") {
  const EnergyModel model = plain_model();
  const double i = 2e-6 + 1e-7 * 3.0 + 4e-7 * 5000 + 1e-12 * 5000.0 * 5000.0;
  const Integral sum = integrate(model, constant(5000, 1, 200'000));
  CHECK(sum.charge_C == doctest::Approx(i * 2.0).epsilon(1e-14));
  CHECK(sum.energy_J == doctest::Approx(3.0 * i * 2.0).epsilon(1e-14));
  CHECK(sum.square_A2s == doctest::Approx(i * i * 2.0).epsilon(1e-12));
  CHECK(sum.duration_s == doctest::Approx(2.0));
}

TEST_CASE("a square wave over two ranges is the sum of its two constants") {
  const EnergyModel model = plain_model();
  Moments both = constant(100, 0, 3000);
  both += constant(7000, 2, 500);
  CHECK(integrate(model, both).energy_J ==
        doctest::Approx(integrate(model, constant(100, 0, 3000)).energy_J +
                        integrate(model, constant(7000, 2, 500)).energy_J).epsilon(1e-14));
}

TEST_CASE("lead resistance takes R times the integral of i squared, bursts included") {
  EnergyModel model = plain_model();
  model.ranges = {{0, 1e-5, 0, 0, 0}};
  model.lead_ohm = 0.15;
  Moments burst = constant(10'000, 0, 1000);  // 100 mA for 1 % of the time
  burst += constant(0, 0, 99'000);
  const double lost = 0.15 * 1e-5 * 1000 * 0.1 * 0.1;
  CHECK(integrate(model, burst).energy_J == doctest::Approx(3.0 * 1e-5 * 1000 * 0.1 - lost).epsilon(1e-9));
}

TEST_CASE("the integral of i squared is exact for two levels within one range") {
  EnergyModel model = plain_model();
  model.ranges = {{0, 1e-5, 0, 0, 0}};
  Moments both = constant(1000, 0, 500);
  both += constant(3000, 0, 500);
  CHECK(integrate(model, both).square_A2s ==
        doctest::Approx(1e-5 * 500 * (0.01 * 0.01 + 0.03 * 0.03)).epsilon(1e-12));
}

TEST_CASE("sensitivity to gain, offset, voltage and time base equals the difference quotient") {
  EnergyModel model = plain_model();
  model.accuracy = accuracy_of(card(), model.ranges, model.instrument, model.supply.value);
  model.lead_ohm = 0.5;
  model.u_lead_ohm = 0.1;
  const Moments m = constant(6000, 1, 1000);
  const Energy e = energy_of(model, m);
  const double h = 1e-5;
  const auto slope = [&](auto change) {
    EnergyModel moved = model;
    change(moved, h);
    return (integrate(moved, m).energy_J - e.value.value) / h;
  };
  const double gain = slope([](EnergyModel& x, double d) {
    auto& p = x.ranges[1];
    p.a_A *= 1 + d, p.b_A_per_code *= 1 + d, p.q_A_per_code2 *= 1 + d, p.s_A_per_V *= 1 + d;
  });
  const double offset = slope([](EnergyModel& x, double d) { x.ranges[1].a_A += d * 1e-3; }) * 1e3;
  const double volt = slope([](EnergyModel& x, double d) { x.supply.value += d; });
  const double lead = slope([](EnergyModel& x, double d) { x.lead_ohm += d; });
  CHECK(find(e, "gain:ppk2:TEST:1")->u_J == doctest::Approx(gain * 0.2 / std::numbers::sqrt3).epsilon(1e-4));
  CHECK(find(e, "offset:ppk2:TEST:1")->u_J == doctest::Approx(offset * 1e-6 / std::numbers::sqrt3).epsilon(1e-4));
  CHECK(find(e, "voltage:ppk2:TEST:3.000")->u_J == doctest::Approx(volt * 0.05 / std::numbers::sqrt3).epsilon(1e-4));
  CHECK(find(e, "clock:ppk2:TEST")->u_J == doctest::Approx(e.value.value * 50e-6 / std::numbers::sqrt3));
  CHECK(find(e, "lead:unit")->u_J == doctest::Approx(lead * 0.1).epsilon(1e-4));
}

TEST_CASE("lost samples are billed at the mean power and never make the doubt smaller") {
  EnergyModel model = plain_model();
  model.accuracy = accuracy_of(card(), model.ranges, model.instrument, model.supply.value);
  Moments whole = constant(5000, 1, 100'000), holed = constant(5000, 1, 99'950);
  holed.lost = 50;
  CHECK(energy_of(model, holed).value.value == doctest::Approx(energy_of(model, whole).value.value));
  WindowGroup group = group_with(5000, 50, 1, 10);
  group.infer.moments = holed;
  const EnergySummary with_gap = summarise(model, {group, group, group, group, group});
  group.infer.moments = whole;
  const EnergySummary without = summarise(model, {group, group, group, group, group});
  CHECK(with_gap.mean.energy.standard_uncertainty().value >
        without.mean.energy.standard_uncertainty().value);
  CHECK(find(with_gap.mean.energy, "gaps:unit-1") != nullptr);
}

TEST_CASE("samples in ranges without a calibration count as missing, not as zero amperes") {
  const EnergyModel model = plain_model();
  Moments m = constant(5000, 1, 900);
  m += constant(16383, 6, 100);
  CHECK(samples_without_current(model, m) == 100);
  CHECK(energy_of(model, m).value.value ==
        doctest::Approx(energy_of(model, constant(5000, 1, 1000)).value.value));
}

TEST_CASE("an offset error cancels in the net of idle when both lie in one range") {
  EnergyModel model = plain_model();
  model.accuracy = accuracy_of(card(), model.ranges, model.instrument, model.supply.value);
  model.lead_ohm = 0;
  const std::vector<WindowGroup> groups(5, group_with(6000, 1000, 100'000, 10));
  const EnergySummary s = summarise(model, groups);
  CHECK(std::abs(find(s.marginal.energy, "offset:ppk2:TEST:1")->u_J) <
        1e-12 * find(s.mean.energy, "offset:ppk2:TEST:1")->u_J + 1e-20);
  CHECK(s.marginal.value == doctest::Approx(s.mean.value - s.latency.value * s.idle_power.value));
}

TEST_CASE("equal windows show no repeatability term but for its zero, and median equals mean") {
  EnergyModel model = plain_model();
  model.accuracy = accuracy_of(card(), model.ranges, model.instrument, model.supply.value);
  const EnergySummary s = summarise(model, std::vector<WindowGroup>(5, group_with(6000, 1000, 1000, 1)));
  CHECK(s.mean.value == doctest::Approx(s.median.value));
  CHECK(s.mean.u_independent == doctest::Approx(0));
  CHECK(s.mean.interval.U > 0);
  double percent = 0;
  for (const BudgetTerm& term : s.budget) percent += term.contribution_percent;
  CHECK(percent == doctest::Approx(100));
}

TEST_CASE("scatter of the windows appears as a type A term with n-1 degrees of freedom") {
  EnergyModel model = plain_model();
  model.accuracy = accuracy_of(card(), model.ranges, model.instrument, model.supply.value);
  std::vector<WindowGroup> groups;
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{6000, 6010, 5990, 6020, 5980})
    groups.push_back(group_with(code, 1000, 1000, 1));
  const EnergySummary s = summarise(model, groups);
  const Source* scatter = find(s.mean.energy, "repeatability:unit-1:total");
  REQUIRE(scatter);
  CHECK(scatter->degrees_of_freedom == 4);
  std::vector<double> e;
  for (const auto& w : s.windows) e.push_back(w.energy_J);
  double mean = 0, ss = 0;
  for (const double x : e) mean += x / 5;
  for (const double x : e) ss += (x - mean) * (x - mean);
  CHECK(scatter->u_J == doctest::Approx(std::sqrt(ss / 4 / 5)));
}

TEST_CASE("charge that the capacitor still owes after the window is billed to the window") {
  EnergyModel model = plain_model();
  model.accuracy = accuracy_of(card(), model.ranges, model.instrument, model.supply.value);
  WindowGroup group = group_with(6000, 1000, 1000, 1);
  const double bare = settled_energy(model, group).value.value;
  group.guard.moments = constant(1100, 1, 20);
  const double owed = settled_energy(model, group).value.value - bare;
  CHECK(owed == doctest::Approx(integrate(model, constant(1100, 1, 20)).energy_J -
                                integrate(model, constant(1000, 1, 20)).energy_J));
  CHECK(find(settled_energy(model, group), "settle:unit")->u_J ==
        doctest::Approx(owed / std::numbers::sqrt3));
}

TEST_CASE("without a spec card values are stated and uncertainties are not") {
  const EnergySummary s =
      summarise(plain_model(), std::vector<WindowGroup>(5, group_with(6000, 1000, 1000, 1)));
  CHECK_FALSE(s.mean.stated);
  CHECK(s.mean.value > 0);
}

TEST_CASE("a run without windows or with a window of no inferences is a broken promise") {
  CHECK_THROWS(summarise(plain_model(), {}));
  CHECK_THROWS(summarise(plain_model(), {group_with(1, 1, 10, 0)}));
}
