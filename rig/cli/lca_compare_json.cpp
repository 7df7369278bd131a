// The JSON of a comparison. A key here is a promise: add, never rename.
// Numbers are unrounded; what is not there or not stated is null.
#include <nlohmann/json.hpp>

#include "rig/cli/lca_compare_page.hpp"
#include "rig/lca/unit.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;
using namespace jr::lca;

ordered_json span_json(const Span& span) { return {{"value", span.value}, {"p2_5", span.p2_5}, {"p97_5", span.p97_5}}; }

ordered_json units_json(const Units& units) {
  return {{"total_kg", span_json(units.total_kg)}, {"use_kg", span_json(units.use_kg)}, {"per_device_year_kg", span_json(units.per_year_kg)},
          {"per_inference_kg", units.per_inference_kg ? span_json(*units.per_inference_kg) : ordered_json()},
          {"per_inference_use_kg", units.per_inference_use_kg ? span_json(*units.per_inference_use_kg) : ordered_json()}};
}

ordered_json difference_json(const EnergyDifference& difference, const char* value, const char* U) {
  return {{value, difference.value}, {U, difference.U ? ordered_json(*difference.U) : ordered_json()}};
}

ordered_json column_json(const LcaComparison& c, std::size_t i) {
  const LcaColumn& column = c.columns[i];
  ordered_json json{{"label", column.label}, {"run", column.run ? ordered_json(column.run->run) : ordered_json()}, {"scenario", column.scenario.name},
                    {"simulated", column.run && column.run->simulated}, {"suspect", column.run && column.run->suspect},
                    {"grid_place", column.scenario.grid.place}, {"g_per_kWh", 1000 * column.scenario.grid.intensity.value},
                    {"average_power_W", column.average_power.value.value}, {"batteries", column.figures.battery.count}};
  const Event* event = column.scenario.use.functional();
  json["energy_per_inference_J"] = event ? ordered_json(event->energy.joules().value) : ordered_json();
  json.update(units_json(c.together.each[i]));
  if (i > 0) {
    ordered_json against = units_json(c.together.minus_first[i]);
    against["energy_per_inference"] = difference_json(energy_difference(column, c.columns.front()), "difference_J", "U_J");
    against["average_power"] = difference_json(power_difference(column, c.columns.front()), "difference_W", "U_W");
    json["minus_first"] = std::move(against);
  }
  auto levers = ordered_json::array(), percents = ordered_json::array();
  for (const Lever& one : column.levers) levers.push_back({{"what", one.what}, {"change_kg", one.change_kg}});
  for (const OnePercent& one : one_percent_of(column.scenario))
    percents.push_back({{"input", one.what}, {"by_percent", one.by_percent ? ordered_json(*one.by_percent) : ordered_json()}});
  json["levers"] = std::move(levers);
  json["one_percent_more"] = std::move(percents);
  return json;
}

}  // namespace

std::string comparison_json(const LcaComparison& c) {
  ordered_json json{{"draws", c.together.draws}, {"seed", c.together.seed}, {"factors_in_common", c.together.shared}};
  auto list = ordered_json::array();
  for (std::size_t i = 0; i < c.columns.size(); ++i) list.push_back(column_json(c, i));
  json["compared"] = std::move(list);
  json["campaign"] = nullptr;
  if (c.campaign)
    json["campaign"] = {{"runs", c.campaign->runs}, {"bench_s", c.campaign->bench_s}, {"power_W", c.campaign->power.value}, {"source", c.campaign->power.citation.text},
                        {"energy_J", c.campaign->energy_J()}, {"kg", c.campaign->energy_J() * c.columns.front().scenario.grid.kg_per_J()}};
  json["tool_version"] = c.tool_version;
  return json.dump();
}

}  // namespace jr::cli
