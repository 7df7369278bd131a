// Every input of an assessment with its unit, its distribution and who says so.
// Values are unrounded, in the canonical units of rig/lca/unit.hpp.
#include <nlohmann/json.hpp>

#include "rig/lca/export_tables.hpp"

namespace jr::lca {
namespace {

using nlohmann::ordered_json;

std::string pedigree_of(const Citation& c) {
  if (!c.pedigree[0]) return "";
  std::string text = "(";
  for (std::size_t i = 0; i < c.pedigree.size(); ++i) text += (i ? ";" : "") + std::to_string(c.pedigree[i]);
  return text + ")";
}

std::vector<std::string> cells_of(const Input& input) {
  std::string u, gsd, low, high;
  if (input.spread == Spread::normal || input.spread == Spread::measured) u = csv_number(input.standard_uncertainty());
  if (input.spread == Spread::lognormal) gsd = csv_number(input.gsd);
  if (input.spread == Spread::triangular || input.spread == Spread::uniform) {
    low = csv_number(input.low);
    high = csv_number(input.high);
  }
  const Citation& c = input.citation;
  return {input.name, csv_number(input.value), input.unit, name_of(input.spread), u, gsd, low, high, csv_number(input.standard_uncertainty()), c.id, c.text,
          c.year ? std::to_string(c.year) : "", c.licence, c.retrieved, c.confirmed ? "yes" : "no", c.assumed ? "yes" : "no", pedigree_of(c)};
}

ordered_json exported_input(const Input& input) {
  ordered_json json{{"name", input.name}, {"value", input.value}, {"unit", input.unit}, {"distribution", name_of(input.spread)},
                    {"standard_uncertainty", input.standard_uncertainty()}};
  if (input.spread == Spread::lognormal) json["gsd"] = input.gsd;
  if (input.spread == Spread::triangular || input.spread == Spread::uniform) {
    json["low"] = input.low;
    json["high"] = input.high;
  }
  if (input.spread == Spread::measured) {
    json["errors"] = ordered_json::array();
    for (const Source& source : input.sources) json["errors"].push_back({{"key", source.key}, {"u", source.u_J}, {"distribution", jr::name_of(source.distribution)}});
  }
  json["source"] = input.citation.id;
  return json;
}

ordered_json exported_citation(const Citation& c) {
  return {{"id", c.id}, {"text", c.text}, {"year", c.year ? ordered_json(c.year) : ordered_json()}, {"licence", c.licence}, {"retrieved", c.retrieved},
          {"confirmed", c.confirmed}, {"assumed", c.assumed}, {"pedigree", c.pedigree[0] ? ordered_json(c.pedigree) : ordered_json()}};
}

ordered_json subject_json(const ExportSubject& subject) {
  const Assessment& a = subject.assessment;
  const Scenario scenario = exported_scenario(a);
  ordered_json json{{"scenario", scenario.name}, {"title", scenario.title}, {"run", a.run ? ordered_json(a.run->run) : ordered_json()},
                    {"simulated", a.simulated()}, {"suspect", a.suspect()}, {"functional_unit", scenario.functional_unit}, {"boundary", scenario.boundary},
                    {"method", scenario.method}, {"total_kg", a.life_cycle.figures.total_kg}};
  json["publication"] = {{"allowed", a.publication.allowed}, {"because", a.publication.because}};
  json["inputs"] = ordered_json::array();
  json["sources"] = ordered_json::array();
  for (const Input* input : inputs_of(scenario)) json["inputs"].push_back(exported_input(*input));
  for (const Citation& citation : scenario.citations) json["sources"].push_back(exported_citation(citation));
  json["tool_version"] = a.tool_version;
  return json;
}

}  // namespace

std::string inputs_csv(std::span<const ExportSubject> subjects) {
  std::string text = csv_row({"run", "scenario", "warning", "name", "value", "unit", "distribution", "u", "gsd", "low", "high", "standard_uncertainty", "source",
                              "source_text", "source_year", "licence", "retrieved", "confirmed", "assumed", "pedigree"});
  for (const ExportSubject& subject : subjects) {
    const Assessment& a = subject.assessment;
    const Scenario scenario = exported_scenario(a);
    for (const Input* input : inputs_of(scenario)) {
      std::vector<std::string> cells{a.run ? a.run->run : "", scenario.name, warning_sentence(a)};
      for (std::string& cell : cells_of(*input)) cells.push_back(std::move(cell));
      text += csv_row(cells);
    }
  }
  return text;
}

std::string inputs_json(std::span<const ExportSubject> subjects) {
  auto list = ordered_json::array();
  for (const ExportSubject& subject : subjects) list.push_back(subject_json(subject));
  const ordered_json all = list.size() == 1 ? list.front() : ordered_json{{"runs", list}};
  return all.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace jr::lca
