// P_avg = P_sleep (1 - sum f t) + sum f E, once as plain numbers and once with every doubt by its key.
// Pure arithmetic; refuses what cannot happen instead of clipping it.
#include "rig/lca/use_stage.hpp"

#include <algorithm>
#include <cmath>

#include "rig/core/words.hpp"

namespace jr::lca {
namespace {

/// Power at the source for a state that takes `power_W` at the measurement plane.
double at_source_W(const SupplyChain& supply, double power_W, const std::optional<Passage>& passage) {
  if (supply.fixed_efficiency) return power_W / supply.fixed_efficiency->value;
  if (!supply.converter) return power_W;
  if (passage && passage->output_J > 0) return power_W * passage->input_J / passage->output_J;
  return supply.converter->input_power_W(power_W / supply.converter->output_V());
}

struct Mean {
  double plane_W{}, source_W{}, busy{};
};

/// With the rates of one hour, or those of the whole day.
template <class RateOf>
Mean mean_power(const UseStage& use, RateOf&& rate_of) {
  if (use.average_power) {
    const double power = std::max(0.0, use.average_power->value);
    return {power, at_source_W(use.supply, power, {}), 0};
  }
  Mean mean;
  for (const Event& event : use.events) {
    const double rate = rate_of(event.rate), energy_J = event.energy.joules().value, duration_s = event.duration.value;
    mean.busy += rate * duration_s;
    mean.plane_W += rate * energy_J;
    mean.source_W += rate * duration_s * at_source_W(use.supply, energy_J / duration_s, event.passage);
  }
  const double asleep = std::max(0.0, 1 - mean.busy), sleep_W = use.sleep_power ? use.sleep_power->value : 0;
  mean.plane_W = std::max(0.0, mean.plane_W + asleep * sleep_W);
  mean.source_W = std::max(0.0, mean.source_W + asleep * at_source_W(use.supply, sleep_W, use.sleep_passage));
  return mean;
}

/// Any input as a value with sources; a spread of its own becomes a source that nothing else shares but itself.
Energy with_sources(const Input& input) {
  if (input.spread == Spread::measured) return {{input.value}, input.sources};
  Energy energy{{input.value}, {}};
  if (const double u = input.standard_uncertainty(); u > 0) energy.sources.push_back({"input:" + input.name, u});
  return energy;
}

Result<void> check_busy(const UseStage& use) {
  for (std::size_t hour = 0; hour < 24; ++hour) {
    double busy = 0;
    std::string terms;
    for (const Event& event : use.events) {
      const double share = event.rate.in_hour(hour) * event.duration.value;
      busy += share;
      terms += (terms.empty() ? "" : " + ") + event.name + " " + digits(event.rate.in_hour(hour)) + "/s x " +
               digits(event.duration.value) + " s";
    }
    if (busy > 1)
      return fail(Trouble::usage, "The device would have to do " + digits(busy) + " s of work each second in hour " +
                                      std::to_string(hour) + " of the day (" + terms + "): lower a rate or a duration.");
  }
  return {};
}

Result<void> check_event(const UseStage& use, const Event& event) {
  const Input& energy = event.energy.joules();
  if (!std::isfinite(energy.value))
    return fail(Trouble::usage, "The energy of '" + event.name + "' comes from a measured run (windows '" + event.from_run +
                                    "'): name one, joulerig lca RUN --scenario ..., or write energy and duration into the file.");
  if (!(event.duration.value > 0) || !std::isfinite(event.duration.value))
    return fail(Trouble::usage, "The duration of '" + event.name + "' is " + digits(event.duration.value) + " s: it must be above 0.");
  if (!(event.rate.per_s.value > 0))
    return fail(Trouble::usage, "The rate of '" + event.name + "' is " + digits(event.rate.per_s.value) +
                                    "/s: it must be above 0; an event that never happens is left out.");
  if (!(energy.value > 0))
    return fail(Trouble::usage, "The energy of '" + event.name + "' is " + digits(energy.value) + " J: it must be above 0.");
  if (!use.sleep_power) return {};
  const double base_J = use.sleep_power->value * event.duration.value;
  const double doubt_J = energy.standard_uncertainty() + use.sleep_power->standard_uncertainty() * event.duration.value;
  if (energy.value + 2 * doubt_J < base_J)
    return fail(Trouble::usage, "'" + event.name + "' takes " + digits(energy.value) + " J in " + digits(event.duration.value) +
                                    " s, less than sleeping would (" + digits(base_J) +
                                    " J): is it an energy above idle? Give it as marginal_energy with its idle_power.");
  return {};
}

}  // namespace

Result<TotalEnergy> total_of(const MarginalEnergy& marginal, const Input& idle_power, const Input& duration) {
  if (!(duration.value > 0) || !(idle_power.value >= 0))
    return fail(Trouble::usage, "'" + marginal.joules().name + "' above idle needs its idle power and a duration above 0.");
  Energy total = with_sources(marginal.joules()) + duration.value * with_sources(idle_power) +
                 idle_power.value * with_sources(duration);
  total.value = {marginal.joules().value + idle_power.value * duration.value};
  return TotalEnergy(measured(marginal.joules().name, total, "J", marginal.joules().citation));
}

const Event* UseStage::event(const std::string& name) const {
  const auto found = std::find_if(events.begin(), events.end(), [&](const Event& e) { return e.name == name; });
  return found == events.end() ? nullptr : &*found;
}

const Event* UseStage::functional() const {
  static const std::string kCounted = "inference";
  if (const Event* inference = event(kCounted)) return inference;
  return events.empty() ? nullptr : &events.front();
}

UsePower use_power(const UseStage& use) {
  const Mean mean = mean_power(use, [](const Rate& rate) { return rate.per_s.value; });
  UsePower power{mean.plane_W, mean.source_W, mean.source_W, mean.busy, mean.busy > 1};
  if (!use.on_share) return power;
  const double on = std::clamp(use.on_share->value, 0.0, 1.0);
  const double off_W = use.off_power && on < 1 ? at_source_W(use.supply, use.off_power->value, {}) : 0;
  power.lifetime_W = on * mean.source_W + (1 - on) * off_W;
  return power;
}

std::string converter_applied(const UseStage& use) {
  std::string by_sample, at_mean;
  const auto note = [&](const std::string& state, const std::optional<Passage>& passage) {
    std::string& list = passage && passage->sample_by_sample ? by_sample : at_mean;
    list += (list.empty() ? "" : ", ") + state;
  };
  if (use.sleep_power) note("sleep", use.sleep_passage);
  for (const Event& event : use.events) note(event.name, event.passage);
  if (by_sample.empty()) return "at the mean current of each state";
  if (at_mean.empty()) return "sample by sample";
  return by_sample + " sample by sample, " + at_mean + " at the mean current";
}

DayProfile hourly_power_W(const UseStage& use) {
  DayProfile profile{};
  for (std::size_t hour = 0; hour < 24; ++hour)
    profile[hour] = mean_power(use, [hour](const Rate& rate) { return rate.in_hour(hour); }).source_W;
  return profile;
}

double grid_energy_J(const SupplyChain& chain, double source_W, double self_discharge_W, double lifetime_s) {
  const auto or_one = [](const std::optional<Input>& input) { return input ? input->value : 1.0; };
  switch (chain.feeding) {
    case Feeding::mains: {
      const double no_load_W = chain.mains_no_load ? chain.mains_no_load->value : 0;
      return (source_W / or_one(chain.mains_efficiency) + no_load_W) * lifetime_s;
    }
    case Feeding::rechargeable: {
      const double stored_W = source_W / or_one(chain.discharge_efficiency) + self_discharge_W;
      const double no_load_W = chain.charger_no_load ? chain.charger_no_load->value * or_one(chain.plugged_share) : 0;
      return (stored_W / (or_one(chain.charge_efficiency) * or_one(chain.charger_efficiency)) + no_load_W) * lifetime_s;
    }
    case Feeding::primary:
    case Feeding::harvested: return 0;
  }
  return 0;
}

Energy average_power(const UseStage& use) {
  if (use.average_power) return with_sources(*use.average_power);
  const double sleep_W = use.sleep_power ? use.sleep_power->value : 0;
  Energy sum;
  double busy = 0;
  for (const Event& event : use.events) {
    const double rate = event.rate.per_s.value, above_sleep_J = event.energy.joules().value - sleep_W * event.duration.value;
    busy += rate * event.duration.value;
    sum = sum + rate * with_sources(event.energy.joules()) + (-rate * sleep_W) * with_sources(event.duration) +
          above_sleep_J * with_sources(event.rate.per_s);
  }
  if (use.sleep_power) sum = sum + (1 - busy) * with_sources(*use.sleep_power);
  sum.value = {use_power(use).average_W};
  return sum;
}

Result<void> check(const UseStage& use) {
  if (auto fine = check(use.supply); !fine) return fine;
  if (use.average_power && (use.sleep_power || !use.events.empty()))
    return fail(Trouble::usage, "[use] has an average power and parts of it: give one or the other.");
  if (!use.average_power && !use.sleep_power && use.events.empty())
    return fail(Trouble::usage, "[use] says nothing of the power: give average_power, or sleep_power and events.");
  for (const Event& event : use.events)
    if (!std::isfinite(event.energy.joules().value)) return check_event(use, event);
  if (use.average_power && !(use.average_power->value > 0))
    return fail(Trouble::usage, "The average power is " + digits(use.average_power->value) + " W: it must be above 0.");
  if (!use.average_power && !use.sleep_power)
    return fail(Trouble::usage, "Nothing is known of the power between events: give sleep_power (--sleep-power 5uW), or measure "
                                "it with a plan that has sleep_s.");
  if (use.on_share && !(use.on_share->value > 0 && use.on_share->value <= 1))
    return fail(Trouble::usage, "on_share is " + digits(use.on_share->value) + ": it must be above 0 and at most 1.");
  for (const Event& event : use.events)
    if (auto fine = check_event(use, event); !fine) return fine;
  return check_busy(use);
}

}  // namespace jr::lca
