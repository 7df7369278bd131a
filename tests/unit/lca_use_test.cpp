// Mean power from events, and the way to the socket: closed forms, and what is refused.
#include <doctest/doctest.h>

#include <cmath>
#include <type_traits>

#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::lca;

namespace {

UseStage sleeper() {
  UseStage use;
  use.sleep_power = in("sleep power", 5e-6, "W");
  use.events.push_back(event("inference", 35.2e-6, 10e-3, 1));
  use.supply.feeding = Feeding::mains;
  return use;
}

Input keyed(const std::string& name, double value, const std::string& unit, std::vector<Source> sources) {
  return measured(name, Energy{{value}, std::move(sources)}, unit, somebody());
}

}  // namespace

static_assert(!std::is_constructible_v<TotalEnergy, MarginalEnergy>, "an energy above idle must not become a total one");
static_assert(!std::is_convertible_v<MarginalEnergy, TotalEnergy>);
static_assert(!std::is_convertible_v<Input, TotalEnergy>, "a total energy is only one when somebody says so");

TEST_CASE("5 uW asleep and 35.2 uJ in 10 ms each second are 40.15 uW on average") {
  CHECK(use_power(sleeper()).average_W == doctest::Approx(40.15e-6).epsilon(1e-12));
  CHECK(average_power(sleeper()).value.value == doctest::Approx(40.15e-6).epsilon(1e-12));
}

TEST_CASE("the sleep power counts with what the events leave of each second") {
  UseStage use = sleeper();
  use.events.push_back(event("transmit", 1e-3, 0.25, 2));
  const double expected = 5e-6 * (1 - 0.01 - 0.5) + 35.2e-6 + 2e-3;
  CHECK(use_power(use).average_W == doctest::Approx(expected).epsilon(1e-12));
  CHECK(use_power(use).busy == doctest::Approx(0.51));
}

TEST_CASE("more than a second of work in a second is refused with its figures") {
  UseStage use = sleeper();
  use.events.front().rate.per_s.value = 101;
  const auto refused = check(use);
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "1.01 s of work each second"));
  CHECK(contains(refused.error().message, "inference 101/s x 0.01 s"));
}

TEST_CASE("a day whose mean is possible is refused for the one hour that is not") {
  UseStage use = sleeper();
  use.events.front().rate.per_s.value = 20;  // 20 % busy on average
  DayProfile hours{};
  hours[7] = 24;                             // all of it between seven and eight
  use.events.front().rate.hours = hours;
  const auto refused = check(use);
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "hour 7"));
}

TEST_CASE("an energy above idle becomes a total one only with the idle power that was subtracted") {
  const auto total = total_of(MarginalEnergy(in("energy", 30e-6, "J")), in("idle", 1e-3, "W"), in("duration", 5e-3, "s"));
  REQUIRE(total);
  CHECK(total->joules().value == doctest::Approx(35e-6));
}

TEST_CASE("an energy above idle that is sold as a total one is found out when sleeping would take more") {
  UseStage use = sleeper();
  use.sleep_power->value = 5e-3;  // 50 uJ in 10 ms
  const auto refused = check(use);
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "marginal_energy"));
}

TEST_CASE("a gain that energy and sleep power share adds up before it is squared") {
  UseStage use;
  use.sleep_power = keyed("sleep", 2e-3, "W", {{"gain:a", 2e-5}, {"", 1e-6}});
  Event one = event("inference", 1e-3, 0.1, 2);
  one.energy = TotalEnergy(keyed("energy", 1e-3, "J", {{"gain:a", 1e-5}, {"repeatability:r", 3e-6}}));
  use.events.push_back(one);
  const Energy power = average_power(use);
  // Both are 1 % high together: so is their weighted sum.
  const double gain = 0.01 * power.value.value, energy = 2 * 3e-6, sleep = (1 - 0.2) * 1e-6;
  CHECK(power.standard_uncertainty().value == doctest::Approx(std::sqrt(gain * gain + energy * energy + sleep * sleep)).epsilon(1e-12));
}

TEST_CASE("a longer event costs less sleep: the doubt of its duration enters with the sleep power") {
  UseStage use = sleeper();
  use.events.front().duration = normal("duration", 10e-3, 1e-3, "s");
  CHECK(average_power(use).standard_uncertainty().value == doctest::Approx(1 * 5e-6 * 1e-3));
}

TEST_CASE("a rate of zero, a duration of zero, an energy of nothing are refused by name") {
  for (const auto& [rate, duration, energy, word] : {std::tuple{0.0, 0.01, 1e-5, "rate"}, {1.0, 0.0, 1e-5, "duration"}, {1.0, 0.01, 0.0, "energy"}}) {
    UseStage use = sleeper();
    use.events.front() = event("inference", energy, duration, rate);
    const auto refused = check(use);
    REQUIRE(!refused);
    CHECK(contains(refused.error().message, std::string("The ") + word + " of 'inference'"));
  }
}

TEST_CASE("the time that it is off counts with its power off, the rest with its mean power") {
  UseStage use = sleeper();
  use.on_share = in("on", 0.25, "1");
  use.off_power = in("off", 1e-6, "W");
  CHECK(use_power(use).lifetime_W == doctest::Approx(0.25 * 40.15e-6 + 0.75e-6));
  use.on_share->value = 0;
  CHECK(!check(use));
}

TEST_CASE("75 mW of no load for 3 years are 0.85 kg, 75 times what 1 mW is") {
  SupplyChain chain;
  chain.feeding = Feeding::mains;
  chain.mains_no_load = in("no load", 75e-3, "W");
  const double life = 3 * kSecondsPerYear, kg = grid_energy_J(chain, 0, 0, life) / kJoulesPerKWh * 0.433;
  CHECK(kg == doctest::Approx(0.854).epsilon(1e-3));
  CHECK(kg / (1e-3 * life / kJoulesPerKWh * 0.433) == doctest::Approx(75));
}

TEST_CASE("a mains part's no-load power beside its total efficiency is refused, beside an incremental one it is not") {
  SupplyChain chain;
  chain.feeding = Feeding::mains;
  chain.mains_efficiency = in("efficiency", 0.7, "1");
  chain.mains_no_load = in("no load", 75e-3, "W");
  const auto refused = check(chain);
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "count twice"));
  chain.mains_efficiency_is_incremental = true;
  CHECK(check(chain));
  CHECK(grid_energy_J(chain, 0.7, 0, 1) == doctest::Approx(1.075));
}

TEST_CASE("charging pays for discharge, self-discharge, charge, charger and the charger left in its socket") {
  SupplyChain chain;
  chain.feeding = Feeding::rechargeable;
  chain.discharge_efficiency = in("d", 0.9, "1");
  chain.charge_efficiency = in("c", 0.8, "1");
  chain.charger_efficiency = in("p", 0.5, "1");
  chain.charger_no_load = in("n", 0.01, "W");
  chain.plugged_share = in("share", 0.5, "1");
  CHECK(grid_energy_J(chain, 0.9, 0.2, 10) == doctest::Approx(((0.9 / 0.9 + 0.2) / (0.8 * 0.5) + 0.005) * 10));
}

TEST_CASE("primary cells and harvesters take nothing from the grid") {
  SupplyChain chain;
  for (const Feeding feeding : {Feeding::primary, Feeding::harvested}) {
    chain.feeding = feeding;
    CHECK(grid_energy_J(chain, 1, 1, 1) == 0);
  }
}

TEST_CASE("efficiencies outside 0 to 1 are refused") {
  for (const double bad : {0.0, -0.1, 1.01}) {
    SupplyChain chain;
    chain.charge_efficiency = in("efficiency of charging", bad, "1");
    CHECK(!check(chain));
  }
}

TEST_CASE("what was measured at the source has no regulator behind it, and what was not needs one") {
  SupplyChain chain;
  chain.fixed_efficiency = in("efficiency", 0.9, "1");
  CHECK(!check(chain));
  chain.plane = Plane::after_regulator;
  CHECK(check(chain));
  chain.fixed_efficiency.reset();
  CHECK(!check(chain));
}
