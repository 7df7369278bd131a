// The sum of a life cycle: each kilogram once, the formulas around it, and the honest figures.
#include <doctest/doctest.h>

#include <cmath>

#include "rig/lca/assessment.hpp"
#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::lca;

namespace {

constexpr double kYear = kSecondsPerYear;

/// A primary cell in the power supply block that lasts exactly one year.
Scenario on_cells() {
  Scenario s = small();
  Block supply;
  supply.row = Row::power_supply;
  supply.level = 1;
  supply.impact = in("power supply", 0.2, "kg");
  supply.end_of_life = in("end of life of power supply", 0.01, "kg");
  supply.holds_battery = true;
  s.blocks.push_back(supply);
  s.use.supply.feeding = Feeding::primary;
  Battery b;
  b.chemistry.id = "cell";
  b.chemistry.nominal_V = in("nominal voltage", 3, "V");
  b.chemistry.self_discharge = in("self-discharge", 0, "1/s");
  b.chemistry.doubling_K = in("doubling", 0, "K");
  b.capacity = in("capacity", 1e-3 / 3 * kYear, "C");
  b.temperature = in("temperature", 25, "degC");
  s.battery = b;
  return s;
}

}  // namespace

TEST_CASE("1 mW for 3 years is 0.0114 kg at 0.433 kg/kWh and 0.012437 kg at the world's 0.47294") {
  Scenario s = small();
  CHECK(figures_of(s)[Row::use] == doctest::Approx(0.011387).epsilon(1e-4));
  s.grid.intensity.value = 0.47294;
  CHECK(figures_of(s)[Row::use] == doctest::Approx(0.012437).epsilon(1e-4));
}

TEST_CASE("the total is the sum of its rows, and training is divided by the devices only when it is shared") {
  Scenario s = small();
  s.training.devices = 10;
  Figures figures = figures_of(s);
  double sum = 0;
  for (const double kg : figures.kg) sum += kg;
  CHECK(figures.total_kg == doctest::Approx(sum));
  CHECK(figures[Row::training] == doctest::Approx(0.1));
  s.training.shared = true;
  CHECK(figures_of(s)[Row::training] == doctest::Approx(0.01));
}

TEST_CASE("a battery in the power supply block counts once for each that is used, its end of life too") {
  const Scenario s = on_cells();
  REQUIRE(check(s));
  const Figures figures = figures_of(s);
  CHECK(figures.battery.count == 3);
  CHECK(figures[Row::power_supply] == doctest::Approx(0.6));
  CHECK(figures[Row::end_of_life] == doctest::Approx(0.03));
  CHECK(figures[Row::use] == 0);
  CHECK(figures[Row::battery] == 0);
}

TEST_CASE("of a block that is half a battery only that half is replaced") {
  Scenario s = on_cells();
  s.battery->share_of_block = in("share", 0.5, "1");
  CHECK(figures_of(s)[Row::power_supply] == doctest::Approx(0.1 + 0.3));
}

TEST_CASE("a battery with kilograms of its own beside a block that holds one is refused") {
  Scenario s = on_cells();
  s.battery->embodied = in("battery", 0.1, "kg");
  const auto refused = check(s);
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "counted twice"));
  s.blocks.back().holds_battery = false;
  REQUIRE(check(s));
  const Figures figures = figures_of(s);
  CHECK(figures[Row::battery] == doctest::Approx(0.3));
  CHECK(figures[Row::power_supply] == doctest::Approx(0.2));
}

TEST_CASE("further batteries travel and end when that is stated") {
  Scenario s = on_cells();
  s.battery->transport = in("transport", 0.05, "kg");
  s.battery->end_of_life = in("end", 0.02, "kg");
  const Figures figures = figures_of(s);
  CHECK(figures[Row::transport] == doctest::Approx(0.1));
  CHECK(figures[Row::end_of_life] == doctest::Approx(0.03 + 0.04));
}

TEST_CASE("a block that is there twice is refused") {
  Scenario s = small();
  s.blocks.push_back(s.blocks.front());
  CHECK(contains(check(s).error().message, "'casing' is there twice"));
}

TEST_CASE("a truncation factor multiplies the rows it names and no other") {
  Scenario s = small();
  s.truncation = Truncation{in("truncation", 2, "1"), {Row::casing}};
  const Figures figures = figures_of(s);
  CHECK(figures[Row::casing] == doctest::Approx(2));
  CHECK(figures[Row::training] == doctest::Approx(0.1));
  CHECK(figures[Row::use] == doctest::Approx(0.011387).epsilon(1e-4));
}

TEST_CASE("break-even is (total - use) / (saved - use rate), and never when use costs what is saved") {
  Scenario s = small();
  s.offset = Offset{in("avoided", 0.6, "kg/y")};
  s.fleet = 1000;
  auto life = life_cycle(s);
  REQUIRE(life);
  const double use = life->figures[Row::use], rate = use / 3;
  REQUIRE(life->offset->break_even_s);
  CHECK(*life->offset->break_even_s / kYear == doctest::Approx((life->figures.total_kg - use) / (0.6 - rate)));
  CHECK(life->offset->net_kg == doctest::Approx(1000 * (life->figures.total_kg - 1.8)));
  CHECK(life->fleet_kg == doctest::Approx(1000 * life->figures.total_kg));
  s.offset->avoided.value = rate;
  life = life_cycle(s);
  CHECK(!life->offset->break_even_s);
}

TEST_CASE("a lifetime of zero is refused in one sentence") {
  Scenario s = small();
  s.lifetime.value = 0;
  const auto refused = check(s);
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "lifetime is 0 years"));
}

TEST_CASE("mains beside a battery, primary cells that charge and harvest without a harvester are refused") {
  Scenario s = on_cells();
  s.use.supply.feeding = Feeding::mains;
  CHECK(!check(s));
  s = on_cells();
  s.battery->chemistry.rechargeable = true;
  CHECK(!check(s));
  s = small();
  s.use.supply.feeding = Feeding::harvested;
  CHECK(!check(s));
}

TEST_CASE("one inference stands for its share of everything") {
  Scenario s = small();
  s.use.average_power.reset();
  s.use.sleep_power = in("sleep", 0, "W");
  s.use.events.push_back(event("inference", 1e-3, 0.1, 1));
  s.use.on_share = in("on", 0.5, "1");
  const auto life = life_cycle(s);
  REQUIRE(life);
  CHECK(*life->inferences == doctest::Approx(1.5 * kYear));
  CHECK(*life->per_inference_kg == doctest::Approx(life->figures.total_kg / (1.5 * kYear)));
  CHECK(*life->carbon_delay_kg_s == doctest::Approx(*life->per_inference_kg * 0.1));
}

TEST_CASE("sending instead is compared event by event and over the life") {
  Scenario s = small();
  s.use.average_power.reset();
  s.use.sleep_power = in("sleep", 0, "W");
  s.use.events.push_back(event("inference", 1e-3, 0.1, 1));
  s.sending = SendingInstead{in("send", 5e-3, "J"), in("time", 0.2, "s"), in("share", 0.1, "1"), in("report", 2e-3, "J"), {}};
  const auto life = life_cycle(s);
  REQUIRE(life);
  CHECK(life->sending->on_device_J == doctest::Approx(1.2e-3));
  CHECK(life->sending->sending_J == doctest::Approx(5e-3));
  CHECK(life->sending->sending_kg / life->sending->on_device_kg == doctest::Approx(5 / 1.2));
  CHECK(!life->sending->remote_counted);
  s.sending->remote_per_event = in("remote", 1e-6, "kg");
  const auto remote = life_cycle(s);
  CHECK(remote->sending->sending_kg - life->sending->sending_kg == doctest::Approx(3 * kYear * 1e-6));
}

TEST_CASE("use equals everything else at the power that is said, to the last digit") {
  for (const double kg_per_kWh : {0.433, 0.70896, 0.04418}) {
    Scenario s = small();
    s.training.impact.value = 0;
    s.blocks.front().impact.value = 2.65;
    s.grid.intensity.value = kg_per_kWh;
    const auto a = assess(s, {}, 100);
    REQUIRE(a);
    const double power = *a->insight.equal_power_W;
    CHECK(power == doctest::Approx(2.65 / (kg_per_kWh * 26.298)).epsilon(1e-9));
    Scenario at = s;
    at.use.average_power->value = power;
    CHECK(figures_of(at)[Row::use] == doctest::Approx(2.65));
  }
}

TEST_CASE("what halving would save is counted in kilograms and in batteries") {
  Scenario s = on_cells();
  const auto a = assess(s, {}, 100);
  REQUIRE(a);
  CHECK(a->insight.halved_batteries == 1);  // 3 of one year, 2 of two
  CHECK(a->insight.halved_total_kg == doctest::Approx(0.21));
  CHECK(!a->insight.equal_power_W);         // nothing comes from the grid
  CHECK(!a->insight.halved_is_energy);
}

TEST_CASE("every input of a scenario is in the list that is drawn and printed") {
  Scenario s = on_cells();
  s.use.on_share = in("on", 0.5, "1");
  s.truncation = Truncation{in("truncation", 2, "1"), {Row::casing}};
  s.grid.td_loss = in("loss", 0.1, "1");
  const auto inputs = inputs_of(s);
  for (const Input* wanted : {&s.lifetime, &s.training.impact, &s.blocks[1].impact, &*s.blocks[1].end_of_life, &s.battery->capacity,
                              &s.battery->chemistry.self_discharge, &*s.use.average_power, &*s.use.on_share, &s.grid.intensity,
                              &*s.grid.td_loss, &s.end_of_life, &s.truncation->factor})
    CHECK(std::count(inputs.begin(), inputs.end(), wanted) == 1);
}
