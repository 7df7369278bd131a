// What was measured, the mean power and its parts, the battery, the grid.
// Each table adds up to a figure that is on the page.
#include <algorithm>
#include <cmath>

#include "rig/cli/lca_report.hpp"
#include "rig/cli/lca_pictures.hpp"
#include "rig/cli/lca_words.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/words.hpp"
#include "rig/lca/unit.hpp"

namespace jr::cli {

using namespace jr::lca;

namespace {

void add(ReportFacts& facts, const std::string& name, const std::string& value) {
  if (!value.empty()) facts.rows.emplace_back(name, value);
}

void add(ReportFacts& facts, const std::string& name, const std::optional<Input>& input) {
  if (input) add(facts, name, value_text(*input));
}

std::string per_second(const Input& rate) {
  const double per_s = rate.value;
  if (per_s >= 0.1) return number_text("%.4g", per_s) + " /s";
  return per_s * 3600 >= 0.1 ? number_text("%.4g", per_s * 3600) + " /h" : number_text("%.4g", per_s * 86400) + " /day";
}

std::string percent(double share) { return number_text(share < 0.001 && share > 0 ? "%.2g %%" : "%.1f %%", 100 * share); }

/// Lines f E and P_sleep (1 - sum f t), which add up to the mean power.
ReportTable power_table(const Assessment& a) {
  const UseStage& use = a.scenario.use;
  const UsePower& power = a.life_cycle.figures.power;
  ReportTable table{"Mean power at the measurement plane, and what it is made of.",
                    {{"part"}, {"energy of one", true}, {"duration", true}, {"rate", true}, {"mean power", true}, {"share", true}}, {}};
  const auto line = [&](std::vector<std::string> cells, double watt) {
    cells.push_back(with_unit(watt, "W"));
    cells.push_back(percent(power.average_W > 0 ? watt / power.average_W : 0));
    table.rows.push_back({std::move(cells)});
  };
  for (const Event& event : use.events)
    line({event.name, value_text(event.energy.joules()), value_text(event.duration, event.duration.value), per_second(event.rate.per_s)},
         event.rate.per_s.value * event.energy.joules().value);
  if (use.sleep_power)
    line({"in between (" + (use.sleep_is.empty() ? "sleep" : use.sleep_is) + ")", "", "", percent(std::max(0.0, 1 - power.busy))},
         std::max(0.0, 1 - power.busy) * use.sleep_power->value);
  table.rows.push_back({{"mean power", "", "", "", with_unit(power.average_W, expanded(a.life_cycle.average_power.sources), "W"), "100 %"}, true});
  return table;
}

ReportFacts supply_facts(const Assessment& a) {
  const SupplyChain& chain = a.scenario.use.supply;
  const Figures& figures = a.life_cycle.figures;
  ReportFacts facts;
  add(facts, "power in between", a.scenario.use.sleep_power);
  add(facts, "energies were measured", name_of(chain.plane));
  if (chain.converter) add(facts, "regulator", chain.converter->words() + ", applied " + converter_applied(a.scenario.use));
  add(facts, "efficiency of the regulator", chain.fixed_efficiency);
  add(facts, "fed by", name_of(chain.feeding));
  add(facts, "mains part", chain.mains_efficiency);
  add(facts, "mains part, no load", chain.mains_no_load);
  add(facts, "discharging", chain.discharge_efficiency);
  add(facts, "charging", chain.charge_efficiency);
  add(facts, "charger", chain.charger_efficiency);
  add(facts, "charger, no load", chain.charger_no_load);
  add(facts, "charger in its socket", chain.plugged_share);
  add(facts, "share of the life that it is on", a.scenario.use.on_share);
  add(facts, "power while it is off", a.scenario.use.off_power);
  if (chain.converter || chain.fixed_efficiency || a.scenario.use.on_share)
    add(facts, "mean power at the source, over the life", with_unit(figures.power.lifetime_W, "W"));
  if (figures.grid_J > 0) {
    add(facts, "out of the socket over the life", with_unit(figures.grid_J / kJoulesPerKWh * 1000, "Wh"));
    const auto& range = a.simulation.use_kg.quantiles;
    add(facts, "use stage", kg_text(figures[Row::use]) + " CO\u2082-eq (95 % of the draws: " + range_text(range.p2_5, range.p97_5) + ")");
  }
  return facts;
}

std::string stated(const MeasuredRun& run, double value, double U, const char* unit) {
  return run.U_stated && U > 0 ? with_unit(value, U, unit) + " (95 %)" : with_unit(value, unit) + (run.U_stated ? "" : " (no uncertainty stated)");
}

ReportTable count_table(const Assessment& a) {
  constexpr std::size_t kShown = 8;
  ReportTable table{"Batteries that one device takes over its life.", {{"batteries", true}, {"share of the draws", true}, {"or fewer", true}}, {}};
  double up_to = 0;
  for (const BatteryCount& count : a.simulation.battery_counts) {
    up_to += count.share;
    if (table.rows.size() == kShown) continue;
    table.rows.push_back({{number_text("%.0f", count.batteries), percent(count.share), percent(up_to)}});
  }
  if (a.simulation.battery_counts.size() > kShown) table.caption += " More are in the rest of the draws, up to " + number_text("%.0f", a.simulation.battery_counts.back().batteries) + ".";
  return table;
}

ReportFacts battery_facts(const Assessment& a) {
  const Battery& battery = *a.scenario.battery;
  const BatteryLife& life = a.life_cycle.figures.battery;
  const Quantiles& q = a.simulation.battery_life_s.quantiles;
  ReportFacts facts;
  add(facts, "battery", battery.chemistry.name + (battery.in_series > 1 ? ", " + std::to_string(battery.in_series) + " in series" : ""));
  add(facts, "nominal capacity", value_text(battery.capacity));
  add(facts, "usable", number_text("%.4g", life.usable_C / 3.6) + " mAh (" + percent(life.above_cut_off) + " of the charge is above the cut-off)");
  add(facts, "self-discharge", percent(life.self_discharge_per_s * kSecondsPerYear) + " a year at " + value_text(battery.temperature));
  add(facts, battery.chemistry.rechargeable ? "time per charge" : "time until empty", years_text(life.charge_s) + " (without self-discharge " + years_text(life.without_self_discharge_s) + ")");
  add(facts, "life of one battery", years_text(life.life_s) + (life.limited_by == BatteryLife::Limit::none ? "" : ", limited by its " + std::string(name_of(life.limited_by))) +
                                        " (95 % of the draws: " + years_text(q.p2_5) + " to " + years_text(q.p97_5) + ")");
  if (battery.chemistry.rechargeable) add(facts, "full charges over the life", number_text("%.4g", life.charges));
  const Quantiles& n = a.simulation.batteries.quantiles;
  add(facts, "batteries over the life", number_text("%.4g", life.count) + ", counted as " + name_of(battery.counting) + " numbers (95 % of the draws: " +
                                                         number_text("%.4g", n.p2_5) + " to " + number_text("%.4g", n.p97_5) + ")");
  return facts;
}

ReportFacts harvest_facts(const Assessment& a) {
  const HarvestedHours& hours = *a.life_cycle.harvested;
  ReportFacts facts;
  add(facts, "stored in the capacitor", with_unit(hours.stored_J, "J"));
  add(facts, "inferences from a full capacitor alone", number_text("%.4g", hours.per_charge));
  add(facts, "inferences a day that the harvest allows", number_text("%.4g", hours.a_day));
  add(facts, "one inference fits into the capacitor", hours.one_fits ? "yes" : "no");
  return facts;
}

}  // namespace

ReportSection measurement_section(const Assessment& a) {
  ReportSection section{"The measurement", {}};
  if (!a.run) return section;
  const MeasuredRun& run = *a.run;
  ReportFacts facts;
  add(facts, "run", run.run + ", " + run.date + ", bench " + run.bench);
  add(facts, "board and model", run.board + (run.model.empty() ? "" : ", " + run.model));
  add(facts, "energy per inference", stated(run, run.energy_per_inference_J, run.U_energy_J, "J") + ", total: base power included");
  if (std::isfinite(run.marginal_energy_J)) add(facts, "of it above idle", with_unit(run.marginal_energy_J, "J"));
  add(facts, "latency", stated(run, run.latency_s, run.U_latency_s, "s"));
  add(facts, "power in between", (run.U_sleep_W > 0 ? stated(run, run.sleep_power_W, run.U_sleep_W, "W") : with_unit(run.sleep_power_W, "W")) + ", " + run.sleep_is);
  if (run.peak_current_A) add(facts, "highest current", with_unit(*run.peak_current_A, "A"));
  add(facts, "instrument", run.instrument);
  add(facts, "amperes by", run.calibration);
  add(facts, "grade", run.grade);
  if (run.windows > 0) add(facts, "windows that count", number_text("%.0f", run.windows));
  add(facts, "firmware, SHA-256", run.firmware_sha256);
  add(facts, "result, SHA-256", run.result_sha256);
  section.parts.push_back(std::move(facts));
  if (!run.notes.empty()) section.parts.push_back(ReportList{run.notes});
  return section;
}

ReportSection use_section(const Assessment& a) {
  ReportSection section{"The use stage", {}};
  if (a.scenario.use.average_power)
    section.parts.push_back(ReportText{"The scenario states a mean power, " + value_text(*a.scenario.use.average_power) + " (" + a.scenario.use.average_power->citation.id +
                                       "); nothing of it is measured.", false});
  else
    section.parts.push_back(power_table(a));
  section.parts.push_back(supply_facts(a));
  if (a.as_in_scenario)
    section.parts.push_back(ReportText{"The scenario's own use stage is " + kg_text((*a.as_in_scenario)[Row::use]) + " at " + with_unit(a.as_in_scenario->power.average_W, "W") +
                                       "; the measured one takes its place.", true});
  return section;
}

ReportSection battery_section(const Assessment& a) {
  ReportSection section{a.scenario.battery ? "Battery life and replacements" : "Harvest", {}};
  if (a.scenario.battery) {
    section.parts.push_back(battery_facts(a));
    if (auto svg = battery_life_svg(a); !svg.empty()) section.parts.push_back(ReportFigure{"Life of one battery over the draws of all inputs.", std::move(svg), ""});
    if (a.simulation.battery_counts.size() > 1) section.parts.push_back(count_table(a));
  }
  if (a.life_cycle.harvested) section.parts.push_back(harvest_facts(a));
  return section;
}

ReportSection grid_section(const Assessment& a) {
  const GridSupply& grid = a.scenario.grid;
  ReportFacts facts;
  add(facts, "intensity", value_text(grid.intensity) + " CO\u2082-eq, " + name_of(grid.boundary) + (low_text(grid.intensity).empty() ? "" :
      " (95 %: " + low_text(grid.intensity) + " to " + high_text(grid.intensity) + ")"));
  add(facts, "place", grid.place);
  const std::vector<int>& years = a.scenario.use_years;
  add(facts, "year of the figure", grid.year ? std::to_string(grid.year) : "not stated");
  add(facts, "years of use", years.empty() ? "not stated" : std::to_string(years.front()) + " to " + std::to_string(years.back()));
  add(facts, "basis", grid.basis);
  add(facts, "averaging", grid.averaging);
  add(facts, "transmission losses", grid.td_loss_included ? "in the intensity" : grid.td_loss ? value_text(*grid.td_loss) + " of what is generated" : "not counted");
  if (!grid.td_loss_included && grid.td_loss) add(facts, "at the socket", number_text("%.4g", 1000 * grid.kg_per_J() * kJoulesPerKWh) + " g/kWh");
  if (grid.weighted)
    add(facts, "weighted with the load", "mean over time " + number_text("%.4g", grid.weighted->time_mean_g_per_kWh) + " g/kWh; covered " + number_text("%.5g", grid.weighted->covered_h) +
                                             " h, missing " + number_text("%.5g", grid.weighted->gap_h) + " h in " + std::to_string(grid.weighted->gaps) + " gaps");
  ReportSection section{"The grid", {}};
  section.parts.push_back(std::move(facts));
  if (!grid.notes.empty()) section.parts.push_back(ReportList{grid.notes});
  return section;
}

}  // namespace jr::cli
