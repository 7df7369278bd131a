// The same scenario with one thing changed, again and again: what halving would save, and what would matter more.
// Every figure is a difference of two full evaluations; nothing is linearised.
#include "rig/lca/insight.hpp"

#include <algorithm>
#include <cmath>

namespace jr::lca {
namespace {

/// The counted event's energy, or the mean power where there is no event, times `factor`.
Scenario with_energy_times(Scenario scenario, double factor) {
  if (scenario.use.average_power) {
    scenario.use.average_power->value *= factor;
    return scenario;
  }
  if (const Event* counted = scenario.use.functional())
    for (Event& event : scenario.use.events)
      if (event.name == counted->name) event.energy.joules().value *= factor;
  return scenario;
}

template <class Change>
void lever(std::vector<Lever>& list, const Scenario& scenario, double total_kg, const std::string& what, Change&& change) {
  Scenario other = scenario;
  change(other);
  list.push_back({what, figures_of(other).total_kg - total_kg});
}

/// Mean power at the source at which use equals all the rest, batteries as many as now.
std::optional<double> equal_power(const Scenario& scenario, const Figures& figures) {
  const double life_s = scenario.lifetime.value, inside_W = figures.battery.self_discharge_W;
  double factor = scenario.grid.kg_per_J();
  if (scenario.truncation)
    for (const Row row : scenario.truncation->rows)
      if (row == Row::use) factor *= scenario.truncation->factor.value;
  const SupplyChain& chain = scenario.use.supply;
  const double fixed_kg = factor * grid_energy_J(chain, 0, inside_W, life_s);
  const double kg_per_W = factor * grid_energy_J(chain, 1, inside_W, life_s) - fixed_kg;
  const double rest_kg = figures.total_kg - figures[Row::use];
  if (!(kg_per_W > 0) || rest_kg < fixed_kg) return std::nullopt;
  return (rest_kg - fixed_kg) / kg_per_W;
}

}  // namespace

Insight insight_of(const Scenario& scenario, const Figures& figures) {
  Insight insight;
  insight.use_share = figures.total_kg > 0 ? figures[Row::use] / figures.total_kg : 0;
  insight.equal_power_W = equal_power(scenario, figures);
  insight.halved_is_energy = !scenario.use.average_power;
  const Figures halved = figures_of(with_energy_times(scenario, 0.5)), more = figures_of(with_energy_times(scenario, 1.1));
  insight.halved_total_kg = figures.total_kg - halved.total_kg;
  insight.halved_use_kg = figures[Row::use] - halved[Row::use];
  insight.halved_batteries = figures.battery.count - halved.battery.count;
  insight.halved_battery_life_s = halved.battery.life_s;
  insight.ten_percent_total = figures.total_kg > 0 ? (more.total_kg - figures.total_kg) / figures.total_kg : 0;
  return insight;
}

std::vector<Lever> levers_of(const Scenario& scenario, const Figures& figures) {
  std::vector<Lever> list;
  const double total = figures.total_kg;
  const UseStage& use = scenario.use;
  const bool has_event = use.functional() != nullptr;
  list.push_back({has_event ? "energy of " + use.functional()->name + " halved" : "mean power halved",
                  figures_of(with_energy_times(scenario, 0.5)).total_kg - total});
  if (use.sleep_power && use.sleep_power->value > 0)
    lever(list, scenario, total, "sleep power halved", [](Scenario& s) { s.use.sleep_power->value /= 2; });
  if (has_event)
    lever(list, scenario, total, "half as many events", [](Scenario& s) {
      for (Event& event : s.use.events) event.rate.per_s.value /= 2;
    });
  lever(list, scenario, total, "grid half as dirty", [](Scenario& s) { s.grid.intensity.value /= 2; });
  if (scenario.battery)
    lever(list, scenario, total, "battery of twice the capacity, same kilograms", [](Scenario& s) { s.battery->capacity.value *= 2; });
  for (std::size_t i = 0; i < scenario.blocks.size(); ++i) {
    const Block& block = scenario.blocks[i];
    if (block.impact.spread != Spread::triangular || block.impact.low >= block.impact.value) continue;
    lever(list, scenario, total, std::string(words_of(block.row)) + " at its low figure",
          [i](Scenario& s) { s.blocks[i].impact.value = s.blocks[i].impact.low; });
  }
  Scenario twice = scenario;
  twice.lifetime.value *= 2;
  list.push_back({"used twice as long (for the same years)", figures_of(twice).total_kg / 2 - total});
  std::erase_if(list, [](const Lever& one) { return one.change_kg == 0 || !std::isfinite(one.change_kg); });
  std::stable_sort(list.begin(), list.end(), [](const Lever& a, const Lever& b) { return std::abs(a.change_kg) > std::abs(b.change_kg); });
  return list;
}

}  // namespace jr::lca
