// The sum of a life cycle and what follows from it: per inference, fleet, break-even, sending instead.
// Pure arithmetic on checked scenarios; each kilogram is in exactly one row.
#include "rig/lca/life_cycle.hpp"

#include <algorithm>
#include <cmath>

#include "rig/core/words.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

double value_of(const std::optional<Input>& input, double otherwise) { return input ? input->value : otherwise; }

/// What the battery has to deliver: the discharge loss is its own.
Watt battery_load(const Scenario& scenario, const UsePower& power) {
  return {power.lifetime_W / value_of(scenario.use.supply.discharge_efficiency, 1)};
}

/// How often a block is made over the life: a battery in it is replaced, the rest is not.
double times_made(const Scenario& scenario, const Block& block, double batteries) {
  if (!block.holds_battery || !scenario.battery || scenario.battery->embodied) return 1;
  const double share = value_of(scenario.battery->share_of_block, 1);
  return 1 - share + share * batteries;
}

void add_blocks(const Scenario& scenario, Figures& figures) {
  const auto at = [&](Row row) -> double& { return figures.kg[static_cast<std::size_t>(row)]; };
  for (const Block& block : scenario.blocks) {
    const double times = times_made(scenario, block, figures.battery.count);
    at(block.row) += times * block.impact.value;
    at(Row::end_of_life) += times * value_of(block.end_of_life, 0);
  }
  if (!scenario.battery) return;
  const double extra = figures.battery.count - 1;
  at(Row::battery) += figures.battery.count * value_of(scenario.battery->embodied, 0);
  at(Row::transport) += extra * value_of(scenario.battery->transport, 0);
  at(Row::end_of_life) += extra * value_of(scenario.battery->end_of_life, 0);
}

OffsetResult offset_of(const Scenario& scenario, const Figures& figures) {
  const double avoided_kg_s = scenario.offset->avoided.value / kSecondsPerYear, life_s = scenario.lifetime.value;
  const double use_kg = figures[Row::use], use_kg_s = use_kg / life_s;
  OffsetResult result;
  result.net_kg = (figures.total_kg - avoided_kg_s * life_s) * scenario.fleet.value_or(1);
  if (avoided_kg_s > use_kg_s) result.break_even_s = (figures.total_kg - use_kg) / (avoided_kg_s - use_kg_s);
  return result;
}

/// The use stage when each counted event takes this much, and this long.
double use_kg_with(const Scenario& scenario, const Input& energy, const Input& duration) {
  Scenario other = scenario;
  for (Event& event : other.use.events)
    if (event.name == scenario.use.functional()->name) {
      event.energy.joules() = energy;
      event.duration = duration;
      event.passage.reset();
    }
  return figures_of(other)[Row::use];
}

SendingResult sending_of(const Scenario& scenario) {
  const SendingInstead& sending = *scenario.sending;
  const Event& event = *scenario.use.functional();
  const double events = event.rate.per_s.value * scenario.lifetime.value * value_of(scenario.use.on_share, 1);
  const double share = value_of(sending.reported_share, 0), remote = value_of(sending.remote_per_event, 0);
  SendingResult result;
  result.on_device_J = event.energy.joules().value + share * value_of(sending.report_energy, 0);
  result.sending_J = sending.send_energy.value;
  Input on_device = event.energy.joules();
  on_device.value = result.on_device_J;
  result.on_device_kg = use_kg_with(scenario, on_device, event.duration) + events * share * remote;
  result.sending_kg = use_kg_with(scenario, sending.send_energy, sending.send_duration) + events * remote;
  result.remote_counted = sending.remote_per_event.has_value();
  return result;
}

void derive_per_inference(const Scenario& scenario, LifeCycle& life) {
  const Event* event = scenario.use.functional();
  if (!event) return;
  const Figures& figures = life.figures;
  life.inferences = inferences_of(scenario);
  life.per_inference_kg = figures.total_kg / *life.inferences;
  life.per_inference_use_kg = figures[Row::use] / *life.inferences;
  life.carbon_delay_kg_s = *life.per_inference_kg * event->duration.value;
  life.embodied_carbon_delay_kg_s = life.embodied_kg / *life.inferences * event->duration.value;
}

Result<void> check_blocks(const Scenario& scenario) {
  std::array<bool, kRows> seen{};
  for (const Block& block : scenario.blocks) {
    bool& there = seen[static_cast<std::size_t>(block.row)];
    if (there) return fail(Trouble::usage, std::string("The block '") + key_of(block.row) + "' is there twice: it would be counted twice.");
    there = true;
    if (block.row < kFirstBlock || block.row > kLastBlock)
      return fail(Trouble::usage, std::string("'") + key_of(block.row) + "' is no functional block.");
    if (block.holds_battery && block.impact.value > 0 && scenario.battery && scenario.battery->embodied)
      return fail(Trouble::usage, "The battery would be counted twice: [battery] has kilograms of its own, and the power supply "
                                  "block of level " + std::to_string(block.level) + " holds one. Leave one of them out.");
  }
  return {};
}

Result<void> check_supply(const Scenario& scenario) {
  const Feeding feeding = scenario.use.supply.feeding;
  if (feeding == Feeding::mains && scenario.battery)
    return fail(Trouble::usage, "[supply] is mains and there is a [battery]: which of the two feeds the device?");
  if (feeding == Feeding::primary && scenario.battery && scenario.battery->chemistry.rechargeable)
    return fail(Trouble::usage, "[supply] is primary, but '" + scenario.battery->chemistry.id + "' is rechargeable: say feeding = \"rechargeable\".");
  if (feeding == Feeding::rechargeable && scenario.battery && !scenario.battery->chemistry.rechargeable)
    return fail(Trouble::usage, "[supply] is rechargeable, but '" + scenario.battery->chemistry.id + "' is a primary cell: say feeding = \"primary\".");
  if (feeding == Feeding::harvested && !scenario.harvest)
    return fail(Trouble::usage, "[supply] is harvested and there is no [harvest] section: how much is harvested, into which capacitor?");
  if (scenario.harvest && scenario.use.events.empty())
    return fail(Trouble::usage, "[harvest] says how many inferences are possible, and [use] has no event: which energy does one take?");
  return {};
}

}  // namespace

Figures figures_of(const Scenario& scenario) {
  Figures figures;
  const double life_s = scenario.lifetime.value;
  figures.power = use_power(scenario.use);
  if (scenario.battery) figures.battery = battery_life(*scenario.battery, battery_load(scenario, figures.power), {life_s});
  figures.grid_J = grid_energy_J(scenario.use.supply, figures.power.lifetime_W, figures.battery.self_discharge_W, life_s);
  const auto at = [&](Row row) -> double& { return figures.kg[static_cast<std::size_t>(row)]; };
  at(Row::training) = scenario.training.impact.value / (scenario.training.shared ? scenario.training.devices : 1);
  add_blocks(scenario, figures);
  at(Row::use) = figures.grid_J * scenario.grid.kg_per_J();
  at(Row::end_of_life) += scenario.end_of_life.value;
  if (scenario.truncation)
    for (const Row row : scenario.truncation->rows) at(row) *= scenario.truncation->factor.value;
  for (const double kg : figures.kg) figures.total_kg += kg;
  return figures;
}

std::optional<double> inferences_of(const Scenario& scenario) {
  const Event* event = scenario.use.functional();
  if (!event) return std::nullopt;
  return event->rate.per_s.value * scenario.lifetime.value * value_of(scenario.use.on_share, 1);
}

Result<void> settle_grid(Scenario& scenario) {
  GridSupply& grid = scenario.grid;
  if (!grid.series) return {};
  DayProfile load = grid.charging ? *grid.charging : hourly_power_W(scenario.use);
  if (scenario.use.supply.feeding != Feeding::mains && !grid.charging) load.fill(1);  // a battery does not charge when it works
  auto mean = load_weighted(*grid.series, load);
  if (!mean) return Failure(mean.error());
  grid.weighted = *mean;
  grid.intensity.value = mean->g_per_kWh / 1000;
  grid.intensity.u = mean->u_g_per_kWh / 1000;
  grid.intensity.spread = grid.intensity.u > 0 ? Spread::normal : Spread::fixed;
  return {};
}

Result<void> check(const Scenario& scenario) {
  if (!(scenario.lifetime.value > 0))
    return fail(Trouble::usage, "The lifetime is " + digits(scenario.lifetime.value / kSecondsPerYear) + " years: it must be above 0.");
  if (scenario.training.shared && !(scenario.training.devices >= 1))
    return fail(Trouble::usage, "The training is shared by " + digits(scenario.training.devices) + " devices: it takes one at least.");
  if (scenario.fleet && !(*scenario.fleet >= 1)) return fail(Trouble::usage, "A fleet has one device at least.");
  if (!(scenario.grid.intensity.value >= 0)) return fail(Trouble::usage, "The grid intensity must be at least 0.");
  if (scenario.grid.td_loss && !(scenario.grid.td_loss->value >= 0 && scenario.grid.td_loss->value < 1))
    return fail(Trouble::usage, "td_loss is the share of generation that is lost on the way: at least 0 and below 1, and not " +
                                    digits(scenario.grid.td_loss->value) + ".");
  if (scenario.truncation && !(scenario.truncation->factor.value > 0))
    return fail(Trouble::usage, "The truncation factor must be above 0.");
  if (scenario.sending && scenario.use.events.empty())
    return fail(Trouble::usage, "[sending] compares with an inference on the device, and [use] has no event.");
  if (auto fine = check_supply(scenario); !fine) return fine;
  if (auto fine = check_blocks(scenario); !fine) return fine;
  if (scenario.battery)
    if (auto fine = check(*scenario.battery); !fine) return fine;
  if (scenario.harvest)
    if (auto fine = check(*scenario.harvest); !fine) return fine;
  return check(scenario.use);
}

Result<LifeCycle> life_cycle(const Scenario& scenario) {
  if (auto fine = check(scenario); !fine) return Failure(fine.error());
  LifeCycle life;
  life.figures = figures_of(scenario);
  life.average_power = average_power(scenario.use);
  life.embodied_kg = life.figures.total_kg - life.figures[Row::use];
  life.per_year_kg = life.figures.total_kg * kSecondsPerYear / scenario.lifetime.value;
  if (scenario.fleet) life.fleet_kg = *scenario.fleet * life.figures.total_kg;
  if (scenario.offset) life.offset = offset_of(scenario, life.figures);
  if (scenario.sending) life.sending = sending_of(scenario);
  if (scenario.harvest) {
    const Event& event = *scenario.use.functional();
    const double sleep_W = scenario.use.sleep_power ? scenario.use.sleep_power->value : 0;
    life.harvested = inferences_on_harvest(*scenario.harvest, {event.energy.joules().value}, {event.duration.value}, {sleep_W});
  }
  derive_per_inference(scenario, life);
  return life;
}

}  // namespace jr::lca
