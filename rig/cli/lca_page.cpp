// Lays an assessment out in columns. Nothing is computed but widths.
// Never hides that a run is simulated or suspect: that is the first line.
#include "rig/cli/lca_page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "rig/cli/printing.hpp"
#include "rig/lca/unit.hpp"

namespace jr::cli {
namespace {

using namespace jr::lca;

constexpr int kBar = 40;
constexpr std::size_t kShown = 6;

std::string number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Eighths of a block, so that a small share is still to be seen.
std::string bar(double share) {
  static const char* const kEighths[] = {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
  const long eighths = share > 0 ? std::max(1L, std::lround(share * kBar * 8)) : 0;
  std::string text;
  for (long i = 0; i < eighths / 8; ++i) text += "\u2588";
  return text + kEighths[eighths % 8];
}

std::string heading(const Assessment& a) {
  const Scenario& s = a.scenario;
  std::string text;
  if (a.simulated()) text += "SIMULATED: run " + a.run->run + " is of a virtual bench; no board took this energy.\n";
  if (a.suspect()) text += "SUSPECT: run " + a.run->run + (a.run->suspect_reason.empty() ? "" : ": " + a.run->suspect_reason) + ".\n";
  text += s.title + " (scenario " + s.name + ")\n";
  text += "  functional unit  " + s.functional_unit + ", " + number("%.3g years", s.lifetime.value / kSecondsPerYear) + "\n";
  text += "  boundary         " + s.boundary + "\n  method           " + s.method + "\n";
  text += "  grid             " + number("%.4g g/kWh", 1000 * s.grid.intensity.value) + ", " + name_of(s.grid.boundary) +
          (s.grid.place.empty() ? "" : ", " + s.grid.place) + (s.grid.year ? " " + std::to_string(s.grid.year) : "") + "\n";
  if (!a.run) return text;
  const MeasuredRun& run = *a.run;
  const auto stated = [&](double value, double U, const char* unit) { return run.U_stated ? with_unit(value, U, unit) : with_unit(value, unit); };
  text += "  measured         run " + run.run + ", " + run.board + ", " + run.model + ": " + stated(run.energy_per_inference_J, run.U_energy_J, "J") +
          " in " + stated(run.latency_s, run.U_latency_s, "s") + " per inference\n";
  text += "  in between       " + with_unit(run.sleep_power_W, "W") + " (" + run.sleep_is + ")" +
          (run.peak_current_A ? ", peak " + with_unit(*run.peak_current_A, "A") : "") + "\n";
  return text;
}

std::string stages(const Figures& figures) {
  std::vector<std::vector<std::string>> rows{{"stage", "kg CO2-eq", "share", ""}};
  double largest = 0;
  for (const double kg : figures.kg) largest = std::max(largest, kg);
  for (std::size_t i = 0; i < kRows; ++i) {
    const double kg = figures.kg[i];
    if (kg == 0) continue;
    rows.push_back({words_of(static_cast<Row>(i)), number(kg < 0.01 ? "%.3g" : "%.3f", kg), number("%.1f %%", 100 * kg / figures.total_kg),
                    bar(largest > 0 ? kg / largest : 0)});
  }
  rows.push_back({"total", number("%.3f", figures.total_kg), "", ""});
  return table(rows);
}

std::string power_line(const Assessment& a) {
  const UsePower& power = a.life_cycle.figures.power;
  std::string text = "Mean power " + with_unit(power.average_W, 1.96 * a.life_cycle.average_power.standard_uncertainty().value, "W");
  if (a.scenario.use.functional()) text += ", busy " + number("%.3g %%", 100 * power.busy) + " of the time";
  if (a.scenario.use.supply.converter) {
    text += "; " + with_unit(power.source_W, "W") + " behind the regulator (" + a.scenario.use.supply.converter->words() + ", applied " +
            converter_applied(a.scenario.use) + ")";
  }
  return text + ".\n";
}

std::string what_matters(const Assessment& a) {
  std::string text;
  if (!a.levers.empty()) {
    std::vector<std::vector<std::string>> rows{{"what would matter", "changes the total by"}};
    for (std::size_t i = 0; i < std::min(kShown, a.levers.size()); ++i)
      rows.push_back({a.levers[i].what, number("%+.3g kg", a.levers[i].change_kg)});
    text += "\n" + table(rows);
  }
  if (a.simulation.contributions.empty()) return text;
  std::vector<std::vector<std::string>> rows{{"where the spread comes from", "of the variance", "total from", "to"}};
  for (std::size_t i = 0; i < std::min(kShown, a.simulation.contributions.size()); ++i) {
    const Contribution& c = a.simulation.contributions[i];
    rows.push_back({c.factor, number("%.1f %%", c.percent), number("%.3g kg", c.low_kg), number("%.3g kg", c.high_kg)});
  }
  return text + "\n" + table(rows);
}

std::string value_text(const Input& input) {
  if (input.unit == "s" && std::abs(input.value) >= 86400) return number("%.4g y", input.value / kSecondsPerYear);
  if (input.unit == "C") return number("%.4g mAh", input.value / 3.6);
  if (input.unit == "J" || input.unit == "W" || input.unit == "A" || input.unit == "s") return with_unit(input.value, input.unit);
  return number("%.4g", input.value) + (input.unit == "1" ? "" : " " + input.unit);
}

std::string spread_text(const Input& input) {
  switch (input.spread) {
    case Spread::fixed: return "";
    case Spread::lognormal: return "lognormal, gsd " + number("%.3g", input.gsd);
    case Spread::triangular:
    case Spread::uniform: {
      Input low = input, high = input;
      low.value = input.low;
      high.value = input.high;
      return std::string(name_of(input.spread)) + ", " + value_text(low) + " to " + value_text(high);
    }
    default: break;
  }
  Input u = input;
  u.value = input.standard_uncertainty();
  return std::string(name_of(input.spread)) + ", u " + value_text(u);
}

std::string assumptions(const Assessment& a) {
  std::vector<std::vector<std::string>> rows{{"input", "value", "distribution", "source"}};
  for (const Input* input : inputs_of(a.scenario)) {
    if (input->value == 0 && input->spread == Spread::fixed) continue;
    rows.push_back({input->name, value_text(*input), spread_text(*input),
                    input->citation.id + (input->citation.assumed ? " (assumed)" : input->citation.confirmed ? "" : " (not checked)")});
  }
  std::string text = "\n" + table(rows) + "\nSources\n";
  for (const Citation& c : a.scenario.citations)
    text += "  " + c.id + ": " + c.text + (c.year ? ", " + std::to_string(c.year) : "") + (c.licence.empty() ? "" : "; " + c.licence) + ".\n";
  return text;
}

std::string verdict(const Publication& p) {
  std::string text = std::string("\nMay be published: ") + (p.allowed ? "yes" : "no") + ", because\n";
  for (const std::string& reason : p.because) text += "  - " + reason + "\n";
  if (!p.caveats.empty()) text += "To be said beside it\n";
  for (const std::string& caveat : p.caveats) text += "  - " + caveat + "\n";
  return text;
}

}  // namespace

std::string lca_page(const Assessment& a) {
  std::string text = heading(a) + "\n" + stages(a.life_cycle.figures) + "\n" + power_line(a);
  for (const std::string& sentence : sentences_of(a))
    if (!sentence.starts_with("SIMULATED") && !sentence.starts_with("SUSPECT")) text += sentence + "\n";
  return text + what_matters(a) + assumptions(a) + verdict(a.publication);
}

}  // namespace jr::cli
