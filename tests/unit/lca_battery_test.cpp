// Battery life against closed forms, cut-off, age and count; capacitor and harvester.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::lca;

namespace {

constexpr double kYear = kSecondsPerYear;

Battery coin() {
  Battery b;
  b.chemistry.id = "coin";
  b.chemistry.nominal_V = in("nominal voltage", 3, "V");
  b.chemistry.self_discharge = in("self-discharge", 0.01 / kYear, "1/s");
  b.chemistry.doubling_K = in("doubling", 10, "K");
  b.capacity = in("capacity", 225 * 3.6, "C");
  b.temperature = in("temperature", 25, "degC");
  return b;
}

BatteryLife life_of(const Battery& battery, double current_A, double lifetime_s = 25 * kYear) {
  return battery_life(battery, {current_A * battery.chemistry.nominal_V.value * battery.in_series}, {lifetime_s});
}

}  // namespace

TEST_CASE("225 mAh at 1.15 uA last 22.3 years without and 20.15 with 1 % of self-discharge a year") {
  const BatteryLife life = life_of(coin(), 1.15e-6);
  CHECK(life.without_self_discharge_s / kYear == doctest::Approx(22.32).epsilon(1e-3));
  CHECK(life.charge_s / kYear == doctest::Approx(20.15).epsilon(2e-4));
  CHECK(life.life_s == life.charge_s);
  CHECK(life.count == 2);
}

TEST_CASE("with ever less self-discharge a battery's life becomes Q over I") {
  Battery battery = coin();
  const double plain = 225 * 3.6 / 1.15e-6;
  for (const double rate : {1e-6, 1e-9, 1e-12, 0.0}) {
    battery.chemistry.self_discharge.value = rate / kYear;
    CHECK(life_of(battery, 1.15e-6).charge_s == doctest::Approx(plain).epsilon(15 * rate + 1e-12));
  }
}

TEST_CASE("the life solves dQ/dt = -I - s Q") {
  Battery battery = coin();
  battery.chemistry.self_discharge.value = 0.3 / kYear;
  const double current = 20e-6, s = 0.3 / kYear;
  const double life = life_of(battery, current).charge_s;
  double charge = 225 * 3.6;
  constexpr int kSteps = 200000;
  for (int i = 0; i < kSteps; ++i) {  // midpoint rule
    const double h = life / kSteps, half = charge + 0.5 * h * (-current - s * charge);
    charge += h * (-current - s * half);
  }
  CHECK(std::abs(charge) < 1e-6 * 225 * 3.6);
}

TEST_CASE("10 K more double the self-discharge, 10 K less halve it, 0 K to double means none of that") {
  Battery battery = coin();
  const double at_25 = life_of(battery, 1e-6).self_discharge_per_s;
  battery.temperature.value = 35;
  CHECK(life_of(battery, 1e-6).self_discharge_per_s == doctest::Approx(2 * at_25));
  battery.temperature.value = 15;
  CHECK(life_of(battery, 1e-6).self_discharge_per_s == doctest::Approx(at_25 / 2));
  battery.chemistry.doubling_K.value = 0;
  CHECK(life_of(battery, 1e-6).self_discharge_per_s == doctest::Approx(at_25));
}

TEST_CASE("a primary cell lives no longer than its shelf life") {
  Battery battery = coin();
  battery.chemistry.shelf_life = in("shelf life", 10 * kYear, "s");
  const BatteryLife life = life_of(battery, 1.15e-6);
  CHECK(life.life_s == 10 * kYear);
  CHECK(life.limited_by == BatteryLife::Limit::shelf);
  CHECK(life.count == 3);
}

TEST_CASE("three lives of exactly one battery are three batteries, and a fleet's mean is never below one") {
  Battery battery = coin();
  battery.chemistry.shelf_life = in("shelf life", kYear, "s");
  CHECK(life_of(battery, 1e-7, 3 * kYear).count == 3);
  CHECK(life_of(battery, 1e-7, 3.01 * kYear).count == 4);
  battery.counting = Counting::fractional;
  CHECK(life_of(battery, 1e-7, 2.5 * kYear).count == doctest::Approx(2.5));
  CHECK(life_of(battery, 1e-7, 0.5 * kYear).count == 1);
}

TEST_CASE("a rechargeable battery is replaced by years or by cycles, whichever comes first") {
  Battery battery = coin();
  battery.chemistry.rechargeable = true;
  battery.chemistry.self_discharge.value = 0;
  battery.chemistry.calendar_life = in("calendar", 5 * kYear, "s");
  battery.chemistry.cycle_life = in("cycles", 100, "1");
  const BatteryLife slow = life_of(battery, 1e-6);
  CHECK(slow.limited_by == BatteryLife::Limit::calendar);
  CHECK(slow.life_s == 5 * kYear);
  const double charge_s = 225 * 3.6 / 10e-3;
  const BatteryLife fast = life_of(battery, 10e-3);
  CHECK(fast.limited_by == BatteryLife::Limit::cycles);
  CHECK(fast.life_s == doctest::Approx(100 * charge_s));
  CHECK(fast.charges == doctest::Approx(25 * kYear / charge_s));
}

TEST_CASE("2000 mAh of 3.6 V at 1 mW are 300 days a charge and 3.65 charges in 3 years") {
  Battery battery = coin();
  battery.chemistry.rechargeable = true;
  battery.chemistry.self_discharge.value = 0;
  battery.chemistry.nominal_V.value = 3.6;
  battery.capacity.value = 7200;
  const BatteryLife life = battery_life(battery, {1e-3}, {3 * kYear});
  CHECK(life.charge_s / 86400 == doctest::Approx(300));
  CHECK(life.charges == doctest::Approx(3.6525));
  CHECK(life.count == 1);
  CHECK(life.limited_by == BatteryLife::Limit::none);
}

TEST_CASE("a measured peak ends a coin cell where voltage and resistance meet the cut-off") {
  Battery battery = coin();
  battery.chemistry.self_discharge.value = 0;
  battery.chemistry.rest = {{0, 3.2, 10}, {0.5, 3.0, 20}, {1, 2.0, 120}};
  battery.cut_off = in("cut-off", 2.4, "V");
  battery.peak_current = in("peak", 5e-3, "A");
  // 3.0 - 0.1 = 2.9 V at half, 2.0 - 0.6 = 1.4 V at the end: 2.4 V a third of the way.
  const BatteryLife life = life_of(battery, 1e-6);
  CHECK(life.above_cut_off == doctest::Approx(0.5 + 0.5 * 0.5 / 1.5));
  battery.peak_current->value = 60e-3;  // 3.2 - 0.6, 3.0 - 1.2 = 1.8: below within the first half
  CHECK(life_of(battery, 1e-6).above_cut_off == doctest::Approx(0.5 * 0.2 / 0.8));
  battery.peak_current->value = 0.1;
  const auto refused = check(battery);
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "Even full"));
}

TEST_CASE("Peukert's law takes more charge above its reference and changes nothing below") {
  Battery battery = coin();
  battery.chemistry.self_discharge.value = 0;
  battery.chemistry.peukert = in("k", 1.2, "1");
  battery.rate_reference = in("reference", 1e-3, "A");
  CHECK(life_of(battery, 1e-4).charge_s == doctest::Approx(810 / 1e-4));
  CHECK(life_of(battery, 10e-3).charge_s == doctest::Approx(810 / (10e-3 * std::pow(10, 0.2))));
}

TEST_CASE("what self-discharge takes beside the load adds up to the charge") {
  Battery battery = coin();
  battery.chemistry.rechargeable = true;
  battery.chemistry.self_discharge.value = 0.2 / kYear;
  const BatteryLife life = life_of(battery, 50e-6);
  CHECK((50e-6 * 3 + life.self_discharge_W) * life.charge_s == doctest::Approx(225 * 3.6 * 3));
}

TEST_CASE("batteries that cannot be are refused") {
  Battery battery = coin();
  battery.capacity.value = 0;
  CHECK(!check(battery));
  battery = coin();
  battery.ageing = in("ageing", 1, "1");
  CHECK(!check(battery));
  battery = coin();
  battery.cut_off = in("cut-off", 2, "V");
  battery.peak_current = in("peak", 1e-3, "A");
  CHECK(!check(battery));  // the card knows no resistance
  battery = coin();
  battery.rate_reference = in("reference", 1, "A");
  CHECK(!check(battery));
}

TEST_CASE("a harvester allows as many inferences as its spare power carries, and no more than fit after each other") {
  Harvest harvest;
  harvest.capacitance = in("C", 1e-3, "F");
  harvest.full_V = in("full", 3, "V");
  harvest.empty_V = in("empty", 2, "V");
  harvest.efficiency = in("eta", 0.5, "1");
  harvest.power_W.assign(24, 0);
  harvest.power_W[12] = 22e-6;
  harvest.power_W[13] = 1;
  REQUIRE(check(harvest));
  const HarvestedHours hours = inferences_on_harvest(harvest, {100e-6}, {0.1}, {1e-6});
  CHECK(hours.stored_J == doctest::Approx(0.5 * 1e-3 * 5 * 0.5));
  CHECK(hours.per_charge == 12);
  CHECK(hours.an_hour[0] == 0);
  CHECK(hours.an_hour[12] == doctest::Approx(3600 * 10e-6 / (100e-6 - 0.1e-6)));
  CHECK(hours.an_hour[13] == doctest::Approx(36000));
  CHECK(hours.a_day == doctest::Approx(hours.an_hour[12] + hours.an_hour[13]));
  CHECK(hours.one_fits);
  harvest.power_W.pop_back();
  CHECK(!check(harvest));
}
