// A charge is the energy of the same sums at the terminals of an ideal supply, over its voltage.
#include "rig/energy/trace_summary.hpp"

#include <algorithm>
#include <cmath>

#include "rig/energy/window_energy.hpp"

namespace jr {
namespace {

/// What the supply's voltage does to the charge: nothing, but through the instrument's own formula for the current.
void replace_voltage_source(const EnergyModel& model, const Moments& moments, double bill, Energy& charge) {
  const std::string key = voltage_key(model);
  std::erase_if(charge.sources, [&](const Source& source) { return source.key == key; });
  double per_volt = 0;
  for (std::size_t r = 0; r < std::min(kMaxRanges, model.ranges.size()); ++r)
    per_volt += model.ranges[r].s_A_per_V * static_cast<double>(moments.ranges[r].n) * model.true_period_s() * bill;
  if (per_volt == 0) return;
  const ScalarDoubt stated{model.u_supply_V, Distribution::normal, INFINITY, "the bench file"};
  const ScalarDoubt& doubt = model.u_supply_V > 0 ? stated : model.accuracy->voltage_V;
  if (doubt.standard != 0)
    charge.sources.push_back({key, per_volt * doubt.standard, doubt.degrees_of_freedom, doubt.distribution});
}

/// What a single piece of trace has to pay for beside its coefficients: lost samples, range switches, codes that hardly
/// move, noise. In joule; the window's own doubts without a wire.
void add_piece_doubts(const EnergyModel& ideal, const Moments& moments, std::uint64_t lost_limit, Energy& energy) {
  const auto missing = static_cast<double>(samples_without_current(ideal, moments) + lost_limit);
  const auto all = static_cast<double>(moments.samples() + moments.lost);
  add_rectangle(energy, "gaps:" + ideal.run, missing * std::abs(energy.value.value) / all);
  add_rectangle(energy, "switches:" + ideal.instrument, hidden_by_switches(ideal, moments));
  add_rectangle(energy, "quantisation:" + ideal.instrument, coarseness_of(ideal, moments));
  const double noise_J = noise_of(ideal, moments);
  if (noise_J > 0) energy.sources.push_back({"noise:" + ideal.run, noise_J, INFINITY, Distribution::normal});
}

EnergyModel without_series_resistance(EnergyModel model) {
  model.lead_ohm = model.u_lead_ohm = 0;
  model.burden_in_series = false;
  return model;
}

/// The energy per volt. Without a voltage the instrument's formula is what it is at 0 V, and a volt stands in.
Energy charge_with(const EnergyModel& model, const Moments& moments, const std::uint64_t* lost_limit) {
  const EnergyModel ideal = without_series_resistance(model);
  const double volts = ideal.supply.value;
  if (!(volts > 0)) return {{integrate(ideal, moments).charge_C * (1 + ideal.clock_correction)}, {}};
  Energy energy = energy_of(ideal, moments);
  if (ideal.accuracy && lost_limit) add_piece_doubts(ideal, moments, *lost_limit, energy);
  Energy charge = (1.0 / volts) * energy;
  const double received = integrate(ideal, moments).charge_C * (1 + ideal.clock_correction);
  const double bill = received != 0 ? charge.value.value / received : 1;
  if (ideal.accuracy) replace_voltage_source(ideal, moments, bill, charge);
  return charge;
}

}  // namespace

Energy charge_of(const EnergyModel& model, const Moments& moments) { return charge_with(model, moments, nullptr); }

TraceSummary summarise_trace(const EnergyModel& model, const Moments& moments, std::uint64_t lost_limit) {
  const double duration_s = duration_of(model, moments);
  const Energy charge = charge_with(model, moments, &lost_limit);
  Energy mean = (1.0 / duration_s) * charge;
  Energy duration{{duration_s}, {}};
  if (model.accuracy) {
    const std::string clock = clock_key(model);
    const ScalarDoubt doubt = clock_doubt(model);
    std::erase_if(mean.sources, [&](const Source& source) { return source.key == clock; });  // charge and time alike
    duration.sources.push_back({clock, duration_s * doubt.standard, doubt.degrees_of_freedom, doubt.distribution});
    if (lost_limit > 0)
      add_rectangle(duration, "gaps:" + model.run, static_cast<double>(lost_limit) * model.true_period_s());
  }
  const bool has_voltage = model.supply.value > 0;  // else the charge's sources are not known
  EnergyModel blind = model;
  blind.accuracy.reset();
  const EnergyModel& known = has_voltage ? model : blind;
  return {state(known, std::move(mean)), state(known, charge), state(model, std::move(duration))};
}

}  // namespace jr
