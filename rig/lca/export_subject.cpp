// Names, warnings and dates that all formats share.
// A simulated or suspect run says so in each name, since names are what survives an import.
#include "rig/lca/export_subject.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>

#include "rig/lca/export_parameters.hpp"

namespace jr::lca {

std::string warning_of(const Assessment& a) { return std::string(a.simulated() ? "SIMULATED: " : "") + (a.suspect() ? "SUSPECT: " : ""); }

std::string warning_sentence(const Assessment& a) {
  std::string text;
  if (a.simulated()) text += "SIMULATED: run " + a.run->run + " is of a virtual bench, and no board took this energy. ";
  if (a.suspect()) text += "SUSPECT: run " + a.run->run + (a.run->suspect_reason.empty() ? " is marked so. " : ": " + a.run->suspect_reason + ". ");
  if (!text.empty()) text.pop_back();
  return text;
}

std::string inference_name(const Assessment& a) {
  const auto known = [](const std::string& text, const char* otherwise) { return text.empty() ? std::string(otherwise) : text; };
  return warning_of(a) + "inference, " + known(a.run->model, "unnamed model") + " on " + known(a.run->board, "unnamed board") + ", measured (" + a.run->run + ")";
}

std::string use_name(const Assessment& a) {
  const std::string title = a.scenario.title.empty() ? a.scenario.name : a.scenario.title;
  return warning_of(a) + "use of one device, " + title + (a.run ? " (" + a.run->run + ")" : "");
}

Scenario exported_scenario(const Assessment& a) {
  Scenario scenario = a.scenario;
  const bool stated = !a.run || a.run->U_stated;
  for (Input* input : inputs_of(scenario)) {
    if (input->spread != Spread::measured || (stated && std::isfinite(input->standard_uncertainty()))) continue;
    input->spread = Spread::fixed;
    input->sources.clear();
    input->name += " (its uncertainty is not stated)";
  }
  return scenario;
}

const Input* inference_energy(const Scenario& scenario, const Assessment& a) {
  if (!a.run) return nullptr;
  for (const Event& event : scenario.use.events)
    if (event.from_run == "infer" || (event.from_run.empty() && event.name == "inference")) return &event.energy.joules();
  return nullptr;
}

std::string utc_date(std::int64_t utc_ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds(utc_ms)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(moment)};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text;
}

std::string utc_moment(std::int64_t utc_ms) {
  const std::chrono::milliseconds all(utc_ms);
  const auto within = std::chrono::floor<std::chrono::seconds>(all) - std::chrono::floor<std::chrono::days>(all);
  const auto seconds = within.count();
  char text[40];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return utc_date(utc_ms) + text;
}

std::string content_of(const Scenario& scenario) {
  std::string text = scenario.name + "\n" + scenario.title + "\n" + scenario.grid.place + "\n" + name_of(scenario.use.supply.feeding) + "\n";
  for (const Input* input : inputs_of(scenario)) {
    text += input->name + "|" + input->unit + "|" + plain_digits(input->value) + "|" + name_of(input->spread);
    for (const double figure : {input->u, input->gsd, input->low, input->high, input->standard_uncertainty()}) text += "|" + plain_digits(figure);
    text += "|" + input->citation.text + "\n";
  }
  return text;
}

}  // namespace jr::lca
