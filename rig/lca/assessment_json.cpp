// The JSON of an assessment. A key here is a promise: add, never rename.
// Numbers are unrounded; what is not there or not finite is null.
#include <cmath>
#include <nlohmann/json.hpp>

#include "rig/lca/assessment.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

using nlohmann::ordered_json;

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json stages_of(const Figures& figures) {
  ordered_json stages;
  for (std::size_t i = 0; i < kRows; ++i) stages[std::string(key_of(static_cast<Row>(i))) + "_kg"] = figures.kg[i];
  return stages;
}

ordered_json input_json(const Input& input) {
  ordered_json json{{"name", input.name}, {"value", input.value}, {"unit", input.unit}, {"distribution", name_of(input.spread)}};
  switch (input.spread) {
    case Spread::normal: json["u"] = input.u; break;
    case Spread::lognormal: json["gsd"] = input.gsd; break;
    case Spread::triangular:
    case Spread::uniform:
      json["low"] = input.low;
      json["high"] = input.high;
      break;
    case Spread::measured: json["u"] = input.standard_uncertainty(); break;
    case Spread::fixed: break;
  }
  json["source"] = input.citation.id;
  return json;
}

ordered_json citation_json(const Citation& c) {
  ordered_json json{{"id", c.id}, {"text", c.text}, {"year", c.year ? ordered_json(c.year) : ordered_json()}, {"licence", c.licence},
                    {"confirmed", c.confirmed}, {"assumed", c.assumed}};
  json["pedigree"] = c.pedigree[0] ? ordered_json(c.pedigree) : ordered_json();
  return json;
}

ordered_json distributed_json(const Distributed& d) {
  const Quantiles& q = d.quantiles;
  return {{"mean", d.mean}, {"sd", d.sd}, {"p2_5", q.p2_5}, {"p5", q.p5}, {"p25", q.p25}, {"p50", q.p50}, {"p75", q.p75}, {"p95", q.p95}, {"p97_5", q.p97_5}};
}

ordered_json range_json(const Simulation::Range& range) { return {{"p2_5", range.p2_5}, {"p97_5", range.p97_5}}; }

ordered_json simulation_json(const Simulation& s) {
  auto contributions = ordered_json::array();
  for (const Contribution& c : s.contributions)
    contributions.push_back({{"factor", c.factor}, {"source", c.source}, {"percent", c.percent}, {"correlation", c.correlation},
                             {"low_kg", c.low_kg}, {"high_kg", c.high_kg}});
  ordered_json ranges;
  for (std::size_t i = 0; i < kRows; ++i)
    ranges[std::string(key_of(static_cast<Row>(i))) + "_kg"] = range_json(s.stages[i]);
  auto counts = ordered_json::array();
  for (const BatteryCount& c : s.battery_counts) counts.push_back({{"batteries", c.batteries}, {"share", c.share}});
  return {{"draws", s.draws}, {"seed", s.seed}, {"total_kg", distributed_json(s.total_kg)}, {"use_kg", distributed_json(s.use_kg)},
          {"batteries", distributed_json(s.batteries)}, {"battery_life_s", distributed_json(s.battery_life_s)},
          {"average_power_W", distributed_json(s.average_power_W)}, {"stages", ranges}, {"per_year_kg", range_json(s.per_year_kg)},
          {"per_inference_kg", range_json(s.per_inference_kg)}, {"per_inference_use_kg", range_json(s.per_inference_use_kg)}, {"battery_counts", counts},
          {"contribution_method", "squared linear correlation with the total, divided by the sum over all factors"},
          {"correlation_sum", s.correlation_sum}, {"contributions", contributions}};
}

ordered_json battery_json(const Assessment& a) {
  if (!a.scenario.battery) return {};
  const Battery& battery = *a.scenario.battery;
  const BatteryLife& life = a.life_cycle.figures.battery;
  return {{"chemistry", battery.chemistry.id}, {"rechargeable", battery.chemistry.rechargeable}, {"capacity_C", battery.capacity.value},
          {"usable_C", life.usable_C}, {"above_cut_off", life.above_cut_off}, {"self_discharge_per_s", life.self_discharge_per_s},
          {"charge_s", life.charge_s}, {"charge_without_self_discharge_s", life.without_self_discharge_s}, {"life_s", life.life_s},
          {"life_years", life.life_s / kSecondsPerYear}, {"limited_by", name_of(life.limited_by)}, {"charges", life.charges},
          {"count", life.count}, {"counting", name_of(battery.counting)}};
}

ordered_json use_json(const Assessment& a) {
  const UseStage& use = a.scenario.use;
  const UsePower& power = a.life_cycle.figures.power;
  auto events = ordered_json::array();
  for (const Event& event : use.events) {
    ordered_json one{{"name", event.name}, {"energy_J", event.energy.joules().value}, {"u_energy_J", event.energy.joules().standard_uncertainty()},
                     {"duration_s", event.duration.value}, {"rate_per_s", event.rate.per_s.value}};
    if (event.passage) one["converter_efficiency"] = event.passage->efficiency();
    if (event.rate.hours)
      for (std::size_t hour = 0; hour < event.rate.hours->size(); ++hour) one["rate_by_hour_per_s"].push_back(event.rate.in_hour(hour));
    events.push_back(std::move(one));
  }
  ordered_json json{{"average_power_W", power.average_W}, {"u_average_power_W", a.life_cycle.average_power.standard_uncertainty().value},
                    {"source_power_W", power.source_W}, {"lifetime_power_W", power.lifetime_W}, {"busy_share", power.busy},
                    {"sleep_power_W", use.sleep_power ? ordered_json(use.sleep_power->value) : ordered_json()}, {"sleep_is", use.sleep_is},
                    {"events", events}, {"feeding", name_of(use.supply.feeding)}, {"measured", name_of(use.supply.plane)},
                    {"grid_energy_J", a.life_cycle.figures.grid_J}};
  if (use.supply.converter) {
    json["converter"] = use.supply.converter->words();
    json["converter_applied"] = converter_applied(use);
  }
  return json;
}

ordered_json grid_json(const GridSupply& grid) {
  ordered_json json{{"g_per_kWh", 1000 * grid.intensity.value}, {"boundary", name_of(grid.boundary)}, {"place", grid.place},
                    {"year", grid.year ? ordered_json(grid.year) : ordered_json()}, {"basis", grid.basis}, {"averaging", grid.averaging},
                    {"td_loss_included", grid.td_loss_included}, {"td_loss", grid.td_loss ? ordered_json(grid.td_loss->value) : ordered_json()},
                    {"g_per_kWh_at_socket", 1000 * grid.kg_per_J() * kJoulesPerKWh}, {"source", grid.intensity.citation.id}};
  if (grid.weighted)
    json["load_weighted"] = {{"time_mean_g_per_kWh", grid.weighted->time_mean_g_per_kWh}, {"covered_h", grid.weighted->covered_h},
                             {"gap_h", grid.weighted->gap_h}, {"gaps", grid.weighted->gaps}};
  return json;
}

ordered_json insight_json(const Insight& insight, const std::vector<Lever>& levers) {
  auto list = ordered_json::array();
  for (const Lever& one : levers) list.push_back({{"what", one.what}, {"change_kg", one.change_kg}});
  return {{"use_share", insight.use_share}, {"equal_power_W", or_null(insight.equal_power_W)},
          {"halved", insight.halved_is_energy ? "energy of an inference" : "mean power"}, {"halved_total_kg", insight.halved_total_kg},
          {"halved_use_kg", insight.halved_use_kg}, {"halved_batteries", insight.halved_batteries},
          {"halved_battery_life_s", insight.halved_battery_life_s}, {"ten_percent_total", insight.ten_percent_total}, {"levers", list}};
}

ordered_json run_json(const MeasuredRun& run) {
  const auto or_unknown = [&](double U) { return run.U_stated ? ordered_json(U) : ordered_json(); };
  return {{"run", run.run}, {"date", run.date}, {"bench", run.bench}, {"board", run.board}, {"model", run.model},
          {"firmware_sha256", run.firmware_sha256}, {"instrument", run.instrument}, {"calibration", run.calibration}, {"result_sha256", run.result_sha256},
          {"grade", run.grade}, {"simulated", run.simulated}, {"suspect", run.suspect},
          {"suspect_reason", run.suspect_reason}, {"energy_per_inference_J", run.energy_per_inference_J}, {"U_energy_J", or_unknown(run.U_energy_J)},
          {"marginal_energy_J", run.marginal_energy_J}, {"latency_s", run.latency_s}, {"U_latency_s", or_unknown(run.U_latency_s)},
          {"sleep_power_W", run.sleep_power_W}, {"U_sleep_W", or_unknown(run.U_sleep_W)}, {"sleep_is", run.sleep_is},
          {"peak_current_A", or_null(run.peak_current_A)}, {"notes", run.notes}};
}

ordered_json blocks_json(const Scenario& scenario) {
  auto list = ordered_json::array();
  for (const Block& block : scenario.blocks) {
    auto amounts = ordered_json::array();
    for (const Amount& amount : block.amounts)
      amounts.push_back({{"what", amount.what}, {"unit", amount.unit}, {"low", amount.low}, {"typical", amount.typical}, {"high", amount.high},
                         {"source", amount.citation.id}});
    list.push_back({{"block", key_of(block.row)}, {"level", block.level}, {"figure", block.chosen}, {"description", block.description},
                    {"impact_kg", block.impact.value}, {"source", block.impact.citation.id}, {"amounts", amounts}});
  }
  return list;
}

void add_derived(ordered_json& json, const Assessment& a) {
  const LifeCycle& life = a.life_cycle;
  json["embodied_kg"] = life.embodied_kg;
  json["per_year_kg"] = life.per_year_kg;
  json["inferences"] = or_null(life.inferences);
  json["per_inference_kg"] = or_null(life.per_inference_kg);
  json["per_inference_use_kg"] = or_null(life.per_inference_use_kg);
  json["carbon_delay_kg_s"] = or_null(life.carbon_delay_kg_s);
  json["embodied_carbon_delay_kg_s"] = or_null(life.embodied_carbon_delay_kg_s);
  if (a.scenario.fleet) json["fleet"] = {{"devices", *a.scenario.fleet}, {"total_kg", life.fleet_kg}};
  if (life.offset)
    json["offset"] = {{"avoided_kg_per_year", a.scenario.offset->avoided.value}, {"net_kg", life.offset->net_kg},
                      {"break_even_s", or_null(life.offset->break_even_s)}};
  if (life.sending)
    json["sending"] = {{"on_device_J", life.sending->on_device_J}, {"sending_J", life.sending->sending_J}, {"on_device_kg", life.sending->on_device_kg},
                       {"sending_kg", life.sending->sending_kg}, {"network_and_cloud_counted", life.sending->remote_counted}};
  if (life.harvested)
    json["harvested"] = {{"stored_J", life.harvested->stored_J}, {"inferences_per_charge", life.harvested->per_charge},
                         {"inferences_an_hour", life.harvested->an_hour}, {"inferences_a_day", life.harvested->a_day},
                         {"one_fits", life.harvested->one_fits}};
}

}  // namespace

std::string to_json(const Assessment& a) {
  const Scenario& s = a.scenario;
  ordered_json json{{"scenario", s.name}, {"title", s.title}, {"total_kg", a.life_cycle.figures.total_kg}, {"stages", stages_of(a.life_cycle.figures)},
                    {"simulated", a.simulated()}, {"suspect", a.suspect()}, {"run", a.run ? run_json(*a.run) : ordered_json()}};
  json["functional_unit"] = s.functional_unit;
  json["boundary"] = s.boundary;
  json["method"] = s.method;
  json["lifetime_s"] = s.lifetime.value;
  json["lifetime_years"] = s.lifetime.value / kSecondsPerYear;
  json["use"] = use_json(a);
  json["battery"] = battery_json(a);
  json["grid"] = grid_json(s.grid);
  add_derived(json, a);
  if (a.as_in_scenario)
    json["as_in_scenario"] = {{"total_kg", a.as_in_scenario->total_kg}, {"use_kg", (*a.as_in_scenario)[Row::use]},
                              {"average_power_W", a.as_in_scenario->power.average_W}};
  json["insight"] = insight_json(a.insight, a.levers);
  json["uncertainty"] = simulation_json(a.simulation);
  json["sentences"] = sentences_of(a);
  json["publication"] = {{"allowed", a.publication.allowed}, {"because", a.publication.because}, {"caveats", a.publication.caveats},
                         {"cite", a.publication.cite}, {"licences", a.publication.licences}};
  if (s.truncation) {
    std::vector<std::string> rows;
    for (const Row row : s.truncation->rows) rows.emplace_back(key_of(row));
    json["truncation"] = {{"factor", s.truncation->factor.value}, {"rows", rows}};
  }
  json["blocks"] = blocks_json(s);
  auto inputs = ordered_json::array(), sources = ordered_json::array();
  for (const Input* input : inputs_of(s)) inputs.push_back(input_json(*input));
  for (const Citation& citation : s.citations) sources.push_back(citation_json(citation));
  json["inputs"] = inputs;
  json["sources"] = sources;
  json["notes"] = s.notes;
  json["tool_version"] = a.tool_version;
  return json.dump();
}

}  // namespace jr::lca
