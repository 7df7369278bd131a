// Brightway's CSV: database, activities, exchanges.
// The use stage is one figure here, with its uncertainty; the parameterised one is in the openLCA package.
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "rig/core/words.hpp"
#include "rig/lca/export_id.hpp"
#include "rig/lca/export_tables.hpp"
#include "rig/lca/formula.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

constexpr const char* kDatabase = "JouleRig";
constexpr double kMJPerKWh = 3.6;

/// uncertainty type, loc, scale, minimum, maximum
std::vector<std::string> stats_array(const StatedSpread& s) {
  switch (s.spread) {
    case Spread::lognormal: return {"2", csv_number(std::log(s.center)), csv_number(std::log(s.gsd)), "", ""};
    case Spread::normal: return {"3", csv_number(s.center), csv_number(s.sd), "", ""};
    case Spread::uniform: return {"4", csv_number(s.center), "", csv_number(s.low), csv_number(s.high)};
    case Spread::triangular: return {"5", csv_number(s.center), "", csv_number(s.low), csv_number(s.high)};
    default: return {"1", csv_number(s.center), "", "", ""};
  }
}

/// bw2io takes a cell with two colons in a row for a tuple.
std::string one_cell(std::string text) {
  for (auto at = text.find("::"); at != std::string::npos; at = text.find("::", at)) text.replace(at, 2, ": :");
  return text;
}

std::string exchange(const std::string& name, const std::string& unit, const std::string& database, const std::string& place, const char* type,
                     const StatedSpread& spread) {
  std::vector<std::string> cells{one_cell(name), csv_number(spread.center), unit, database, one_cell(place), type};
  for (std::string& cell : stats_array(spread)) cells.push_back(std::move(cell));
  return csv_row(cells);
}

std::string activity(const std::string& name, const std::string& code, const std::string& place, const std::string& comment, double produced) {
  StatedSpread exact;
  exact.center = produced;
  return csv_row({"Activity", one_cell(name)}) + csv_row({"code", code}) + csv_row({"location", one_cell(place)}) + csv_row({"unit", "unit"}) +
         csv_row({"reference product", one_cell(name)}) + csv_row({"production amount", csv_number(produced)}) + csv_row({"comment", one_cell(comment)}) + csv_row({"Exchanges"}) +
         csv_row({"name", "amount", "unit", "database", "location", "type", "uncertainty type", "loc", "scale", "minimum", "maximum"}) +
         exchange(name, "unit", kDatabase, place, "production", exact);
}

std::string inference(const ExportSubject& subject, const Scenario& scenario, const std::string& place) {
  const Input* energy = subject.record ? inference_energy(scenario, subject.assessment) : nullptr;
  if (!energy) return "";
  const RunRecord& record = *subject.record;
  const std::string name = inference_name(subject.assessment);
  const std::string comment = joined(warning_sentence(subject.assessment), record.technology + " " + record.sampling + " " + record.treatment + " " + record.collection, " ");
  const StatedSpread spread = stated(*energy, kInferencesExported / kJoulesPerKWh);
  return activity(name, uuid_of("brightway inference\n" + record.identity + "\n" + csv_number(spread.center) + "\n" + csv_number(energy->standard_uncertainty())), place,
                  comment, kInferencesExported) +
         exchange("electricity, device use stage", "kilowatt hour", "", place, "technosphere", spread) + "\n";
}

std::string use_of_device(const ExportSubject& subject, const Scenario& scenario, const std::string& place) {
  const Assessment& a = subject.assessment;
  const UseParameters use = use_parameters(scenario, a.life_cycle.figures);
  const std::string record = subject.record ? subject.record->identity : std::string("scenario");
  const std::string comment = joined(warning_sentence(a), "Lifetime " + csv_number(scenario.lifetime.value / kSecondsPerYear) +
                                                              " years. Electricity to first order in its doubts; the openLCA package has it with parameters.",
                                     " ");
  std::string text = activity(use_name(a), uuid_of("brightway use\n" + record + "\n" + content_of(scenario)), place, comment, 1);
  if (!use.electricity_formula.empty())
    text += exchange("electricity, device use stage", "kilowatt hour", "", place, "technosphere",
                     stated(use.electricity_MJ / kMJPerKWh, electricity_u_MJ(use) / kMJPerKWh));
  if (scenario.battery && a.life_cycle.figures.battery.count > 1) {
    StatedSpread more;
    more.center = a.life_cycle.figures.battery.count - 1;
    text += exchange("replacement battery, " + scenario.battery->chemistry.name, "unit", "", place, "technosphere", more);
  }
  return text + "\n";
}

}  // namespace

std::string csv_number(double value) {
  std::array<char, 40> text;
  const auto [end, trouble] = std::to_chars(text.data(), text.data() + text.size(), value);
  return trouble == std::errc() ? std::string(text.data(), end) : std::string();
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string row;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i) row += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      row += cells[i];
      continue;
    }
    row += '"';
    for (const char c : cells[i]) row += c == '"' ? std::string("\"\"") : std::string(1, c);
    row += '"';
  }
  return row + "\n";
}

std::string brightway_csv(std::span<const ExportSubject> subjects) {
  std::string text = csv_row({"Database", kDatabase}) + "\n";
  for (const ExportSubject& subject : subjects) {
    const Scenario scenario = exported_scenario(subject.assessment);
    const std::string place = scenario.grid.place.empty() ? "GLO" : scenario.grid.place;
    text += inference(subject, scenario, place) + use_of_device(subject, scenario, place);
  }
  return text;
}

double electricity_u_MJ(const UseParameters& use) {
  if (use.electricity_formula.empty()) return 0;
  const auto electricity = [&](const ExportParameter* moved, double by) {
    std::map<std::string, double> values;
    const NamedValues known = [&](const std::string& name) {
      const auto found = values.find(name);
      return found == values.end() ? std::nullopt : std::optional(found->second);
    };
    for (const ExportParameter& p : use.parameters)
      values[p.name] = p.formula.empty() ? p.value + (&p == moved ? by : 0) : evaluated(p.formula, known).value_or(p.value);
    return evaluated(use.electricity_formula, known).value_or(use.electricity_MJ);
  };
  double variance = 0;
  for (const ExportParameter& p : use.parameters) {
    Input alone;
    alone.value = p.value;
    alone.spread = p.spread.spread;
    alone.u = p.spread.sd;
    alone.gsd = p.spread.gsd;
    alone.low = p.spread.low;
    alone.high = p.spread.high;
    const double u = alone.standard_uncertainty();
    if (!p.formula.empty() || !(u > 0)) continue;
    const double step = u / 64;  // a slope: a whole u could carry an efficiency past zero
    const double slope = (electricity(&p, step) - electricity(&p, -step)) / (2 * step);
    variance += slope * u * slope * u;
  }
  return std::sqrt(variance);
}

}  // namespace jr::lca
