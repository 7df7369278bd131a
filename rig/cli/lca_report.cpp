// In the order in which a reader asks: the result, what it means, what it is of, where it comes from, may it be cited.
// Sections about the use stage are in lca_report_use.cpp.
#include "rig/cli/lca_report.hpp"

#include <iostream>
#include <algorithm>
#include <cmath>

#include "rig/cli/lca_pictures.hpp"
#include "rig/cli/lca_words.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/words.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/lca/unit.hpp"
#include "rig/report/report_text.hpp"

namespace jr::cli {
namespace {

using namespace jr::lca;

constexpr std::size_t kLevers = 12, kContributions = 10;

/// Sources by their place in the table of sources, so that tables can say [3].
std::string mark_of(const Assessment& a, const Citation& citation) {
  const auto& all = a.scenario.citations;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Citation& c) { return c.id == citation.id && c.text == citation.text; });
  const std::string place = found == all.end() ? citation.id : "[" + std::to_string(found - all.begin() + 1) + "]";
  return place + (citation.assumed ? " assumed" : citation.confirmed ? "" : " unchecked");
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

ReportSection in_short(const Assessment& a) {
  ReportList list;
  for (const std::string& sentence : sentences_of(a))
    if (!sentence.starts_with("SIMULATED") && !sentence.starts_with("SUSPECT")) list.items.push_back(sentence);
  return {"In short", {list}};
}

ReportSection goal(const Assessment& a) {
  const Scenario& s = a.scenario;
  const LifeCycle& life = a.life_cycle;
  const std::string lower = s.boundary;
  const bool said = lower.find("network") != std::string::npos || lower.find("cloud") != std::string::npos;
  ReportFacts facts{{{"functional unit", s.functional_unit.empty() ? "not stated" : s.functional_unit},
                     {"lifetime", value_text(s.lifetime)},
                     {"system boundary", (s.boundary.empty() ? "not stated" : s.boundary) + (said ? "" : "; the scenario does not say whether network and cloud are in it")},
                     {"impact", s.method.empty() ? "not stated" : chemical(s.method)},
                     {"scenario", s.name + ": " + s.title}}};
  if (life.inferences) facts.rows.emplace_back("inferences over the life", count_text(*life.inferences));
  if (s.fleet) facts.rows.emplace_back("devices", number_text("%.0f", *s.fleet));
  if (s.truncation) {
    std::string rows;
    for (const Row row : s.truncation->rows) rows += (rows.empty() ? "" : ", ") + std::string(words_of(row));
    facts.rows.emplace_back("truncation factor", value_text(s.truncation->factor) + " on " + rows);
  }
  return {"Goal and scope", {facts}};
}

ReportTable derived_table(const Assessment& a) {
  const LifeCycle& life = a.life_cycle;
  const Simulation& s = a.simulation;
  const auto& q = s.total_kg.quantiles;
  ReportTable table{"The result per unit.", {{"per"}, {"CO\u2082-eq", true}, {"95 % of the draws", true}}, {}};
  const auto line = [&](const std::string& what, double kg, double low_kg, double high_kg) {
    table.rows.push_back({{what, kg_text(kg), high_kg > low_kg ? range_text(low_kg, high_kg) : "fixed"}});
  };
  line("device, over its life", life.figures.total_kg, q.p2_5, q.p97_5);
  line("device and year", life.per_year_kg, s.per_year_kg.p2_5, s.per_year_kg.p97_5);
  if (life.per_inference_kg) line("inference", *life.per_inference_kg, s.per_inference_kg.p2_5, s.per_inference_kg.p97_5);
  if (life.per_inference_use_kg) line("inference, use alone", *life.per_inference_use_kg, s.per_inference_use_kg.p2_5, s.per_inference_use_kg.p97_5);
  if (a.scenario.fleet) line("fleet, over its life", life.fleet_kg, q.p2_5 * *a.scenario.fleet, q.p97_5 * *a.scenario.fleet);
  return table;
}

ReportSection result(const Assessment& a) {
  const Figures& figures = a.life_cycle.figures;
  ReportTable table{"Stages of the life cycle, kg CO\u2082-eq per device. The interval of each stage holds 95 % of " + number_text("%.0f", static_cast<double>(a.simulation.draws)) + " draws.",
                    {{"stage"}, {"kg CO\u2082-eq", true}, {"share", true}, {"95 % interval", true}}, {}};
  const double largest = *std::max_element(figures.kg.begin(), figures.kg.end());
  for (std::size_t i = 0; i < kRows; ++i) {
    const auto& range = a.simulation.stages[i];
    if (figures.kg[i] == 0 && range.p97_5 == 0) continue;
    const double share = figures.total_kg > 0 ? figures.kg[i] / figures.total_kg : 0;
    table.rows.push_back({{capital(words_of(static_cast<Row>(i))), number_text(figures.kg[i] < 0.01 ? "%.3g" : "%.3f", figures.kg[i]), number_text(share < 0.001 ? "%.2g %%" : "%.1f %%", 100 * share),
                           range.p97_5 > range.p2_5 ? number_text("%.3f", range.p2_5) + " to " + number_text("%.3f", range.p97_5) : "fixed"},
                          false, largest > 0 ? figures.kg[i] / largest : 0});
  }
  const auto& q = a.simulation.total_kg.quantiles;
  table.rows.push_back({{"Total", number_text("%.3f", figures.total_kg), "100 %", number_text("%.3f", q.p2_5) + " to " + number_text("%.3f", q.p97_5)}, true});
  ReportSection section{"Result", {}};
  if (auto svg = stages_svg(a); !svg.empty()) section.parts.push_back(ReportFigure{"Stages of the life cycle at the named values; lines span 95 % of the draws. The use stage has a colour of its own.", std::move(svg), ""});
  section.parts.push_back(std::move(table));
  section.parts.push_back(derived_table(a));
  return section;
}

ReportTable contribution_table(const Assessment& a) {
  ReportTable table{"Where the spread comes from: shares of the variance, and the total with one input alone at its 5 % and its 95 % quantile, kg CO\u2082-eq.",
                    {{"input"}, {"of the variance", true}, {"total from", true}, {"to", true}}, {}};
  for (const Contribution& c : a.simulation.contributions) {
    if (table.rows.size() == kContributions) break;
    table.rows.push_back({{capital(factor_text(c.factor)), number_text("%.1f %%", c.percent), number_text("%.3f", c.low_kg), number_text("%.3f", c.high_kg)}, false, c.percent / 100});
  }
  return table;
}

/// One line of columns between the ends of what was drawn.
std::string distribution_text(const Histogram& shape) {
  if (shape.share.empty()) return "";
  return number_text("%.3g", shape.low) + " kg " + text_columns(shape.share) + " " + number_text("%.3g", shape.high) + " kg";
}

ReportSection spread(const Assessment& a) {
  const Simulation& s = a.simulation;
  ReportSection section{"Uncertainty", {}};
  section.parts.push_back(ReportText{"Every uncertain input was drawn " + number_text("%.0f", static_cast<double>(s.draws)) + " times by its distribution (seed " + std::to_string(s.seed) +
      "); measured inputs that share a source of error move together. Mean " + kg_text(s.total_kg.mean) + ", standard deviation " + kg_text(s.total_kg.sd) + ", median " + kg_text(s.total_kg.quantiles.p50) +
      ". The named values give " + kg_text(a.life_cycle.figures.total_kg) + "; the two differ where distributions are skewed.", false});
  if (auto svg = total_svg(a); !svg.empty()) section.parts.push_back(ReportFigure{"Distribution of the total over the draws.", std::move(svg), distribution_text(s.total_shape)});
  if (auto svg = tornado_svg(a); !svg.empty())
    section.parts.push_back(ReportFigure{"The total with one input alone at its 5 % and at its 95 % quantile. Percentages are shares of the variance: squared linear "
                                         "correlation with the total over the sum of all, here " + number_text("%.2f", s.correlation_sum) + " before it was set to 1.", std::move(svg), ""});
  if (!s.contributions.empty()) section.parts.push_back(contribution_table(a));
  return section;
}

ReportSection levers(const Assessment& a) {
  ReportTable table{"What would change the total, each by itself.", {{"change"}, {"CO\u2082-eq", true}, {"of the total", true}}, {}};
  for (const Lever& lever : a.levers) {
    if (table.rows.size() == kLevers) break;
    const double share = a.life_cycle.figures.total_kg > 0 ? lever.change_kg / a.life_cycle.figures.total_kg : 0;
    table.rows.push_back({{capital(lever.what), signed_kg_text(lever.change_kg), signed_text("%.2g %%", 100 * share)}});
  }
  ReportSection section{"What would matter", {}};
  if (!table.rows.empty()) section.parts.push_back(std::move(table));
  return section;
}

ReportSection assumptions(const Assessment& a) {
  ReportTable table{"All inputs that change the result. Low and high are the limits of triangular and uniform distributions, and hold 95 % of all others.",
                    {{"input"}, {"value", true}, {"low", true}, {"high", true}, {"distribution"}, {"source", false, true}}, {}};
  for (const Input* input : inputs_of(a.scenario)) {
    if (input->value == 0 && input->spread == lca::Spread::fixed) continue;
    table.rows.push_back({{capital(input->name), value_text(*input, input->value), low_text(*input), high_text(*input), spread_text(*input), mark_of(a, input->citation)}});
  }
  ReportSection section{"Assumptions", {}};
  section.parts.push_back(std::move(table));
  if (!a.scenario.notes.empty()) section.parts.push_back(ReportList{a.scenario.notes});
  return section;
}

ReportSection sources(const Assessment& a) {
  ReportTable table{"Sources and the quality of their figures: reliability (R), completeness (C), and correlation in time (T), geography (G) and technology (F), from 1 (best) to 5, as in Weidema and Wesnaes (1996).",
                    {{"", false, true}, {"source"}, {"licence"}, {"R", true}, {"C", true}, {"T", true}, {"G", true}, {"F", true}}, {}};
  int number = 0;
  for (const Citation& c : a.scenario.citations) {
    const bool dated = c.year == 0 || c.text.find(std::to_string(c.year)) != std::string::npos;
    ReportTable::Row row{{"[" + std::to_string(++number) + "]",
                          c.text + (!dated ? ", " + std::to_string(c.year) : "") + (c.retrieved.empty() ? "" : ", retrieved " + c.retrieved) +
                              (c.assumed || c.confirmed ? "" : " (not checked at its source)"), c.assumed && c.licence.empty() ? "" : c.licence.empty() ? "not stated" : c.licence}};
    for (const int score : c.pedigree) row.cells.push_back(score ? std::to_string(score) : "\u2013");
    table.rows.push_back(std::move(row));
  }
  return {"Sources and data quality", {table}};
}

ReportSection publication(const Assessment& a) {
  const Publication& p = a.publication;
  ReportSection section{"May this be published?", {}};
  section.parts.push_back(ReportText{p.allowed ? "Yes, because:" : "No, because:", false});
  section.parts.push_back(ReportList{p.because});
  if (!p.caveats.empty()) {
    section.parts.push_back(ReportText{"To be said beside the figures:", false});
    section.parts.push_back(ReportList{p.caveats});
  }
  return section;
}

ReportSection cite(const Assessment& a) {
  ReportList list;
  list.items.push_back("JouleRig " + a.tool_version + ", scenario " + a.scenario.name + (a.run ? ", run " + a.run->run + " of " + a.run->date : "") +
                       (a.run && !a.run->result_sha256.empty() ? " (result SHA-256 " + a.run->result_sha256.substr(0, 16) + ")" : "") + ".");
  for (const std::string& work : a.publication.cite)
    if (!a.run || work.find("JouleRig run " + a.run->run + " ") == std::string::npos) list.items.push_back(work);
  ReportSection section{"How to cite, and licences", {list}};
  if (!a.publication.licences.empty()) {
    section.parts.push_back(ReportText{"Licences of what went in:", false});
    section.parts.push_back(ReportList{a.publication.licences});
  }
  return section;
}

std::vector<std::string> warnings(const Assessment& a) {
  std::vector<std::string> list;
  if (a.simulated()) list.push_back("SIMULATED: run " + a.run->run + " is of a virtual bench; no board took this energy.");
  if (a.suspect()) list.push_back("SUSPECT: run " + a.run->run + (a.run->suspect_reason.empty() ? "." : ": " + a.run->suspect_reason + "."));
  return list;
}

}  // namespace

ReportPage lca_report(const Assessment& a) {
  const auto& q = a.simulation.total_kg.quantiles;
  ReportPage page;
  page.title = a.scenario.title;
  page.subtitle = "Life-cycle assessment, climate change" + (a.run ? "; use stage measured on " + a.run->board + " (run " + a.run->run + ", " + a.run->date + ")" : std::string("; no figure is measured"));
  page.headline = kg_text(a.life_cycle.figures.total_kg) + " CO\u2082-eq per device over " + years_text(a.scenario.lifetime.value) + "; 95 % of the draws lie between " +
                  kg_text(q.p2_5) + " and " + kg_text(q.p97_5);
  page.warnings = warnings(a);
  page.verdict_good = a.publication.allowed;
  page.verdict = std::string("May be published: ") + (a.publication.allowed ? "yes" : "no") + ", because " + a.publication.because.front() +
                 (a.publication.because.size() > 1 ? "; and " + std::to_string(a.publication.because.size() - 1) + " more (see below)" : "");
  page.sections = {in_short(a), goal(a), result(a), measurement_section(a), use_section(a), battery_section(a), grid_section(a), spread(a), levers(a), assumptions(a), sources(a), publication(a), cite(a)};
  page.footer = "JouleRig " + a.tool_version + "; scenario " + a.scenario.name + "; " + number_text("%.0f", static_cast<double>(a.simulation.draws)) + " draws, seed " + std::to_string(a.simulation.seed) + ".";
  return page;
}

Result<void> check_lca_output(const std::string& file, bool force, std::size_t runs) {
  if (file.empty()) return {};
  if (!file.ends_with(".html"))
    return fail(Trouble::usage, "The report's file is named .html, and " + file + " is not; --json prints the figures instead.");
  if (runs > 1)
    return fail(Trouble::usage, "A report is of one run; these are " + std::to_string(runs) + ": write one file each, or joulerig lca compare them.");
  return check_output(file, force);
}

Result<void> write_report(const ReportPage& page, const std::string& file, bool force) {
  auto written = write_output(file, report_html(page), force);
  if (written) std::cerr << "Wrote " << file << ".\n";
  return written;
}

}  // namespace jr::cli
