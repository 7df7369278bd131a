// Sources to intervals and to lines of a budget. The key says what a doubt is; this file gives it words and a unit.
#include "rig/energy/statement.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace jr {
namespace {

/// What a kind of key is called, and the unit of the input behind it ("" : the quantity itself).
struct Kind {
  const char* prefix;
  const char* term;
  bool per_range;
};

constexpr Kind kKinds[] = {
    {"voltage:", "voltage", false},
    {"clock:", "time base", false},
    {"lead:", "lead resistance", false},
    {"misfit:", "non-linearity", true},
    {"offset-drift:", "offset drift", true},
    {"offset-tempco:", "offset over temperature", true},
    {"offset-temperature:", "offset, temperature unknown", true},
    {"tempco:", "gain over temperature", false},
    {"temperature:", "gain, temperature unknown", false},
    {"drift:", "gain drift", false},
    {"lines:", "edges", false},
    {"debounce:", "debounce of the lines", false},
    {"leakage:", "pin leakage", false},
    {"settle:", "settle guard", false},
    {"switches:", "range switching", false},
    {"baseline:", "idle shared by neighbours", false},
    {"gaps:", "lost samples", false},
    {"noise:", "noise", false},
    {"segments:", "edges found in the current", false},
    {"grid:", "edges on the sample grid", false},
    {"quantisation:", "quantisation without dither", false},
    {"aliasing:", "pulses between samples", false},
    {"repeatability:", "repeatability", false},
};

std::string term_of(const EnergyModel& model, const std::string& key) {
  if (model.accuracy)
    for (const CoefficientDoubt& doubt : model.accuracy->coefficients)
      if (doubt.key == key) return doubt.term;
  for (const Kind& kind : kKinds)
    if (key.starts_with(kind.prefix))
      return kind.per_range ? std::string(kind.term) + ", range " + key.substr(key.rfind(':') + 1) : kind.term;
  return key.substr(0, key.find(':'));
}

struct Input {
  double u{};
  const char* unit{""};
};

/// Gain and offset are stated as what they are; a correlated part of a fit is in its own standard deviations.
Input coefficient_input(const EnergyModel& model, const CoefficientDoubt& doubt) {
  if (doubt.shifts.size() == 1) {
    const CoefficientShift& shift = doubt.shifts.front();
    if (shift.b_A_per_code == 0 && shift.q_A_per_code2 == 0) return {std::abs(shift.a_A), "A"};
    if (shift.range < model.ranges.size() && doubt.key.starts_with("gain:"))
      return {std::abs(shift.b_A_per_code / model.ranges[shift.range].b_A_per_code), "1"};
  }
  return {1, "standard deviations"};
}

Input input_of(const EnergyModel& model, const std::string& key) {
  if (!model.accuracy) return {};
  const Accuracy& accuracy = *model.accuracy;
  for (const CoefficientDoubt& doubt : accuracy.coefficients)
    if (doubt.key == key) return coefficient_input(model, doubt);
  if (key.starts_with("voltage:"))
    return {model.u_supply_V > 0 ? model.u_supply_V : accuracy.voltage_V.standard, "V"};
  if (key.starts_with("clock:")) return {model.u_clock > 0 ? model.u_clock : accuracy.time_base.standard, "1"};
  if (key.starts_with("lines:")) return {accuracy.line_latency_s.standard, "s"};
  if (key.starts_with("leakage:")) return {accuracy.line_leakage_A.standard, "A"};
  if (key.starts_with("lead:")) return {model.u_lead_ohm, "ohm"};
  if (key.starts_with("drift:")) return {accuracy.gain_drift.standard, "1"};
  if (key.starts_with("temperature:")) return {model.ambient.u_K, "K"};
  if (key.starts_with("tempco:")) return {accuracy.gain_tempco_per_K.standard, "1/K"};
  return {};
}

bool both_stated(const Statement& a, const Statement& b) { return a.stated && b.stated; }

/// Equal keys joined; the interval when every part of it is known.
Statement stated(Energy energy, bool known) {
  Statement statement;
  statement.value = energy.value.value;
  statement.stated = known;
  statement.energy = Energy{} + energy;
  statement.energy.value = energy.value;
  if (known) statement.interval = coverage_interval(statement.energy.sources);
  return statement;
}

}  // namespace

Statement state(const EnergyModel& model, Energy energy) {
  const bool known = model.accuracy && std::all_of(energy.sources.begin(), energy.sources.end(),
                                                   [](const Source& s) { return std::isfinite(s.u_J); });
  if (!known) energy.sources.clear();
  Statement statement = stated(std::move(energy), known);
  double common = 0, independent = 0;
  for (const Source& source : statement.energy.sources)
    (is_independent(model, source) ? independent : common) += source.u_J * source.u_J;
  statement.u_common = std::sqrt(common);
  statement.u_independent = std::sqrt(independent);
  return statement;
}

bool is_independent(const EnergyModel& model, const Source& source) {
  return source.key.empty() || (!model.run.empty() && source.key.find(":" + model.run) != std::string::npos);
}

std::vector<BudgetTerm> budget_of(const EnergyModel& model, const Energy& energy) {
  const Energy merged = Energy{} + energy;
  const double u = merged.standard_uncertainty().value;
  std::vector<BudgetTerm> terms;
  for (const Source& source : merged.sources) {
    const Input input = input_of(model, source.key);
    const bool type_A = source.distribution == Distribution::student;
    BudgetTerm term{term_of(model, source.key), type_A ? "A" : "B", name_of(source.distribution),
                    input.u > 0 ? input.unit : "J", source.key};
    term.u_J = std::abs(source.u_J);
    term.input_u = input.u > 0 ? input.u : term.u_J;
    term.sensitivity = input.u > 0 ? source.u_J / input.u : 1.0;
    term.contribution_percent = u > 0 ? 100 * source.u_J * source.u_J / (u * u) : 0;
    term.degrees_of_freedom = source.degrees_of_freedom;
    term.correlated = !is_independent(model, source);
    terms.push_back(std::move(term));
  }
  std::stable_sort(terms.begin(), terms.end(),
                   [](const BudgetTerm& a, const BudgetTerm& b) { return a.u_J > b.u_J; });
  return terms;
}

Statement difference_of(const Statement& a, const Statement& b) {
  return stated(a.energy - b.energy, both_stated(a, b));
}

Statement sum_of(const std::vector<Statement>& parts) {
  Energy sum;
  bool known = true;
  for (const Statement& part : parts) {
    sum = sum + part.energy;
    known = known && part.stated;
  }
  return stated(std::move(sum), known);
}

Statement propagated(double value, const std::vector<Argument>& arguments) {
  Energy sum;
  bool known = true;
  for (const Argument& argument : arguments) {
    sum = sum + argument.derivative * argument.of.energy;
    known = known && argument.of.stated;
  }
  sum.value = {value};
  return stated(std::move(sum), known);
}

Statement ratio_of(const Statement& a, const Statement& b) {
  if (b.value == 0) throw std::invalid_argument("ratio_of: the denominator is zero");
  const double quotient = a.value / b.value;
  Energy relative = (1.0 / b.value) * (a.energy - quotient * b.energy);
  relative.value = {quotient};
  return stated(std::move(relative), both_stated(a, b));
}

}  // namespace jr
