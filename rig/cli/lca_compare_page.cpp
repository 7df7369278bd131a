// Tables whose rows are life cycles, and two whose columns are.
// The verdict beside a difference is the interval's: it holds 0, or it does not.
#include "rig/cli/lca_compare_page.hpp"

#include <algorithm>
#include <cmath>

#include "rig/cli/lca_words.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/words.hpp"
#include "rig/lca/insight.hpp"
#include "rig/lca/unit.hpp"

namespace jr::cli {

using namespace jr::lca;

namespace {

constexpr std::size_t kRowsOfLevers = 14;

Energy energy_of(const LcaColumn& column) {
  const Event* event = column.scenario.use.functional();
  return event ? Energy{{event->energy.joules().value}, event->energy.joules().sources} : Energy{};
}

EnergyDifference difference(const LcaColumn& a, const LcaColumn& b, const Energy& x, const Energy& y) {
  const Energy between = x - y;
  EnergyDifference result{between.value.value, {}};
  const auto stated = [](const LcaColumn& c) { return !c.run || c.run->U_stated; };
  if (stated(a) && stated(b)) result.U = between.standard_uncertainty().value > 0 ? expanded(between.sources) : 0;
  return result;
}

std::string between_text(const Span& span) { return range_text(span.p2_5, span.p97_5); }

std::string signed_range(const Span& span) {
  return signed_range_text(span.p2_5, span.p97_5);
}

std::string verdict_of(const Span& span) {
  if (span.value == 0 && span.p2_5 == 0 && span.p97_5 == 0) return "the same";
  return span.holds_zero() ? "not told apart" : span.value > 0 ? "more" : "less";
}

std::string with_U(const EnergyDifference& difference, const char* unit) {
  const std::string sign = difference.value < 0 ? "\u2212" : difference.value > 0 ? "+" : "";
  const double size = std::abs(difference.value);
  if (size == 0 && difference.U.value_or(0) == 0) return std::string("0 ") + unit;
  return sign + (difference.U && *difference.U > 0 ? with_unit(size, *difference.U, unit) : with_unit(size, unit));
}

std::string verdict_of(const EnergyDifference& difference) {
  if (!difference.U) return "U not stated";
  if (difference.value == 0 && *difference.U == 0) return "the same";
  return std::abs(difference.value) <= *difference.U ? "only noise" : difference.value > 0 ? "more" : "less";
}

std::string stated(const LcaColumn& column, const Energy& energy, const char* unit) {
  const double U = !column.run || column.run->U_stated ? expanded(energy.sources) : 0;
  return U > 0 ? with_unit(energy.value.value, U, unit) : with_unit(energy.value.value, unit);
}

ReportSection what_is_compared(const LcaComparison& c) {
  ReportTable table{"Energy and mean power, and the grid; \u00b1 is U at 95 %.", {{"of"}, {"board"}, {"model"}, {"energy per inference", true}, {"mean power", true}, {"grid"}}, {}};
  for (const LcaColumn& column : c.columns) {
    const GridSupply& grid = column.scenario.grid;
    table.rows.push_back({{column.label, column.run ? column.run->board : "", column.run ? column.run->model : "",
                           column.scenario.use.functional() ? stated(column, energy_of(column), "J") : "", stated(column, column.average_power, "W"),
                           value_text(grid.intensity, grid.intensity.value) + (grid.place.empty() ? "" : ", " + grid.place) + (grid.year ? " " + std::to_string(grid.year) : "")}});
  }
  const Scenario& s = c.columns.front().scenario;
  ReportFacts facts{{{"scenario", s.name + ": " + s.title}, {"functional unit", s.functional_unit}, {"system boundary", s.boundary}, {"impact", chemical(s.method)}}};
  return {"What is compared", {facts, table}};
}

ReportSection per_unit(const LcaComparison& c) {
  ReportTable device{"Per device, over its life and in a year of use, CO\u2082-eq; intervals hold 95 % of the draws.",
                     {{"of"}, {"life", true}, {"95 %", true}, {"a year", true}, {"95 %", true}, {"batteries", true}}, {}};
  ReportTable inference{"Per inference, CO\u2082-eq: its share of everything, and the energy it takes alone.",
                        {{"of"}, {"all", true}, {"95 %", true}, {"use alone", true}, {"95 %", true}}, {}};
  for (std::size_t i = 0; i < c.columns.size(); ++i) {
    const Units& u = c.together.each[i];
    device.rows.push_back({{c.columns[i].label, kg_text(u.total_kg.value), between_text(u.total_kg), kg_text(u.per_year_kg.value), between_text(u.per_year_kg),
                            c.columns[i].scenario.battery ? number_text("%.4g", c.columns[i].figures.battery.count) : ""}});
    if (u.per_inference_kg)
      inference.rows.push_back({{c.columns[i].label, kg_text(u.per_inference_kg->value), between_text(*u.per_inference_kg), kg_text(u.per_inference_use_kg->value), between_text(*u.per_inference_use_kg)}});
  }
  ReportSection section{"Per device and per inference", {std::move(device)}};
  if (!inference.rows.empty()) section.parts.push_back(std::move(inference));
  return section;
}

ReportSection differences(const LcaComparison& c) {
  const LcaColumn& first = c.columns.front();
  ReportTable measured{"Measured, minus " + first.label + "; \u00b1 is U at 95 %, what both have from one instrument cancels by its source keys.",
                       {{"of"}, {"energy per inference", true}, {"that is"}, {"mean power", true}, {"that is"}}, {}};
  ReportTable device{"Per device over its life, and per year of use, minus " + first.label + ".", {{"of"}, {"life", true}, {"95 % of the draws", true}, {"a year", true}, {"that is", false, true}}, {}};
  ReportTable inference{"Per inference, minus " + first.label + ".", {{"of"}, {"all", true}, {"95 % of the draws", true}, {"use alone", true}, {"that is", false, true}}, {}};
  for (std::size_t i = 1; i < c.columns.size(); ++i) {
    const LcaColumn& column = c.columns[i];
    const Units& u = c.together.minus_first[i];
    if (column.run && first.run && column.run->run != first.run->run) {
      const EnergyDifference energy = energy_difference(column, first), power = power_difference(column, first);
      measured.rows.push_back({{column.label, with_U(energy, "J"), verdict_of(energy), with_U(power, "W"), verdict_of(power)}});
    }
    device.rows.push_back({{column.label, signed_kg_text(u.total_kg.value), signed_range(u.total_kg), signed_kg_text(u.per_year_kg.value), verdict_of(u.total_kg)}});
    if (u.per_inference_kg)
      inference.rows.push_back({{column.label, signed_kg_text(u.per_inference_kg->value), signed_range(*u.per_inference_kg), signed_kg_text(u.per_inference_use_kg->value), verdict_of(*u.per_inference_kg)}});
  }
  ReportSection section{"Against " + first.label, {}};
  if (!measured.rows.empty()) section.parts.push_back(std::move(measured));
  if (!device.rows.empty()) section.parts.push_back(std::move(device));
  if (!inference.rows.empty()) section.parts.push_back(std::move(inference));
  if (c.columns.size() > 1)
    section.parts.push_back(ReportText{"All of them were drawn together, " + number_text("%.0f", static_cast<double>(c.together.draws)) + " times (seed " + std::to_string(c.together.seed) + "): " +
                                       std::to_string(c.together.shared) + " inputs and sources of error are the same in more than one of them and cancel. Intensities of different grids are drawn by themselves.", true});
  return section;
}

ReportTable by_columns(const LcaComparison& c, const std::string& caption, const std::string& title) {
  ReportTable table{caption, {{title}}, {}};
  for (const LcaColumn& column : c.columns) table.columns.push_back({column.label, true});
  return table;
}

/// What any of them has, in the order of the first that has it.
template <class List, class Name>
std::vector<std::string> names_in(const LcaComparison& c, List&& list, Name&& name) {
  std::vector<std::string> names;
  for (const LcaColumn& column : c.columns)
    for (const auto& one : list(column))
      if (std::find(names.begin(), names.end(), name(one)) == names.end()) names.push_back(name(one));
  return names;
}

ReportSection what_matters(const LcaComparison& c) {
  ReportTable levers = by_columns(c, "What would change the total of a device, each by itself; CO\u2082-eq.", "change");
  for (const std::string& name : names_in(c, [](const LcaColumn& x) -> const auto& { return x.levers; }, [](const Lever& x) { return x.what; })) {
    if (levers.rows.size() == kRowsOfLevers) break;
    ReportTable::Row row{{name}};
    for (const LcaColumn& column : c.columns) {
      const auto found = std::find_if(column.levers.begin(), column.levers.end(), [&](const Lever& x) { return x.what == name; });
      row.cells.push_back(found == column.levers.end() ? "\u2013" : signed_kg_text(found->change_kg));
    }
    levers.rows.push_back(std::move(row));
  }
  std::vector<std::vector<OnePercent>> all;
  for (const LcaColumn& column : c.columns) all.push_back(one_percent_of(column.scenario));
  ReportTable percents = by_columns(c, "What it takes to make the total 1 % larger, to first order: by how much each input alone would have to change.", "input");
  for (const OnePercent& one : all.front()) {
    if (percents.rows.size() == kRowsOfLevers) break;
    ReportTable::Row row{{one.what}};
    for (const auto& list : all) {
      const auto found = std::find_if(list.begin(), list.end(), [&](const OnePercent& x) { return x.what == one.what; });
      row.cells.push_back(found == list.end() ? "\u2013" : found->by_percent ? signed_text(std::abs(*found->by_percent) >= 1000 ? "%.0f %%" : "%.3g %%", *found->by_percent) : "nothing does");
    }
    percents.rows.push_back(std::move(row));
  }
  return {"What would matter", {std::move(levers), std::move(percents)}};
}

ReportSection campaign_section(const LcaComparison& c) {
  ReportSection section{"What the measurements took", {}};
  if (!c.campaign) return section;
  const Campaign& campaign = *c.campaign;
  const Scenario& s = c.columns.front().scenario;
  const double kg = campaign.energy_J() * s.grid.kg_per_J(), total = c.columns.front().figures.total_kg;
  ReportFacts facts{{{"runs in the database", std::to_string(campaign.runs)},
                     {"time on benches", years_text(campaign.bench_s)},
                     {"power of bench and host", value_text(campaign.power) + " (" + campaign.power.citation.text + ")"},
                     {"energy", with_unit(campaign.energy_J() / 3600, "Wh")},
                     {"at the grid of " + c.columns.front().label, kg_text(kg) + " CO\u2082-eq" + (total > 0 ? ", as much as " + number_text("%.3g", kg / total) + " devices of it" : "")}}};
  section.parts.push_back(std::move(facts));
  section.parts.push_back(ReportText{"Electricity alone: what the instruments are made of is not in it, nor the days between the runs.", true});
  return section;
}

void extreme_grids(LcaColumn& column, const std::optional<GridTable>& table) {
  if (!table || table->rows().empty() || column.scenario.use.supply.feeding == Feeding::primary || column.scenario.use.supply.feeding == Feeding::harvested) return;
  const auto [clean, dirty] = std::minmax_element(table->rows().begin(), table->rows().end(), [](const GridFactor& a, const GridFactor& b) { return a.g_per_kWh < b.g_per_kWh; });
  for (const auto& row : {clean, dirty}) {
    if (row->boundary != column.scenario.grid.boundary) continue;  // the two are never mixed
    Scenario other = column.scenario;
    other.grid.intensity.value = row->g_per_kWh / 1000;
    column.levers.push_back({"grid of " + row->country + " (" + number_text("%.4g", row->g_per_kWh) + " g/kWh)", figures_of(other).total_kg - column.figures.total_kg});
  }
}

}  // namespace

EnergyDifference energy_difference(const LcaColumn& a, const LcaColumn& b) { return difference(a, b, energy_of(a), energy_of(b)); }
EnergyDifference power_difference(const LcaColumn& a, const LcaColumn& b) { return difference(a, b, a.average_power, b.average_power); }

Result<LcaColumn> lca_column(std::string label, Scenario scenario, std::optional<MeasuredRun> run, const std::optional<GridTable>& table) {
  if (auto settled = settle_grid(scenario); !settled) return Failure(settled.error());
  if (auto fine = check(scenario); !fine) return Failure(fine.error());
  LcaColumn column{std::move(label), std::move(scenario), std::move(run), {}, {}, {}};
  column.figures = figures_of(column.scenario);
  column.average_power = average_power(column.scenario.use);
  column.levers = levers_of(column.scenario, column.figures);
  extreme_grids(column, table);
  std::stable_sort(column.levers.begin(), column.levers.end(), [](const Lever& a, const Lever& b) { return std::abs(a.change_kg) > std::abs(b.change_kg); });
  return column;
}

ReportPage comparison_report(const LcaComparison& c) {
  ReportPage page;
  page.title = "Life cycles compared: " + c.columns.front().scenario.title;
  std::vector<std::string> marked;
  for (const LcaColumn& column : c.columns) {
    if (!column.run || (!column.run->simulated && !column.run->suspect) || std::find(marked.begin(), marked.end(), column.run->run) != marked.end()) continue;
    marked.push_back(column.run->run);
    if (column.run->simulated) page.warnings.push_back("SIMULATED: run " + column.run->run + " is of a virtual bench; no board took this energy.");
    if (column.run->suspect) page.warnings.push_back("SUSPECT: run " + column.run->run + (column.run->suspect_reason.empty() ? "." : ": " + column.run->suspect_reason + "."));
  }
  page.sections = {what_is_compared(c), per_unit(c), differences(c), what_matters(c), campaign_section(c)};
  page.footer = "JouleRig " + c.tool_version + "; scenario " + c.columns.front().scenario.name + "; " + number_text("%.0f", static_cast<double>(c.together.draws)) + " draws, seed " + std::to_string(c.together.seed) +
                ". Sources and licences of the figures are in the report of each: joulerig lca RUN -o report.html.";
  return page;
}

}  // namespace jr::cli
