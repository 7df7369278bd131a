// Every input of a scenario in one list: what Monte Carlo draws, pages print and exports write.
// An input that is missing here would be silently certain; the unit test counts them.
#include <algorithm>
#include <cmath>

#include "rig/lca/life_cycle.hpp"

namespace jr::lca {
namespace {

/// The same walk for changing and for looking.
template <class ScenarioT, class InputPointer>
class Walk {
 public:
  std::vector<InputPointer> of(ScenarioT& s) {
    take(s.lifetime);
    take(s.training.impact);
    for (auto& block : s.blocks) {
      take(block.impact);
      take(block.end_of_life);
    }
    if (s.battery) battery(*s.battery);
    if (s.harvest) {
      take(s.harvest->capacitance);
      take(s.harvest->full_V);
      take(s.harvest->empty_V);
      take(s.harvest->efficiency);
    }
    use(s.use);
    take(s.grid.intensity);
    take(s.grid.td_loss);
    take(s.end_of_life);
    if (s.truncation) take(s.truncation->factor);
    if (s.offset) take(s.offset->avoided);
    if (s.sending) {
      take(s.sending->send_energy);
      take(s.sending->send_duration);
      take(s.sending->reported_share);
      take(s.sending->report_energy);
      take(s.sending->remote_per_event);
    }
    return std::move(inputs_);
  }

 private:
  template <class T>
  void take(T& input) {
    if constexpr (requires { input.has_value(); }) {
      if (input) inputs_.push_back(&*input);
    } else {
      inputs_.push_back(&input);
    }
  }

  template <class B>
  void battery(B& b) {
    take(b.capacity);
    take(b.temperature);
    take(b.ageing);
    take(b.cut_off);
    take(b.peak_current);
    take(b.rate_reference);
    take(b.embodied);
    take(b.share_of_block);
    take(b.transport);
    take(b.end_of_life);
    take(b.chemistry.nominal_V);
    take(b.chemistry.self_discharge);
    take(b.chemistry.doubling_K);
    take(b.chemistry.shelf_life);
    take(b.chemistry.calendar_life);
    take(b.chemistry.cycle_life);
    take(b.chemistry.peukert);
  }

  template <class U>
  void use(U& u) {
    take(u.average_power);
    take(u.sleep_power);
    for (auto& event : u.events) {
      take(event.energy.joules());
      take(event.duration);
      take(event.rate.per_s);
    }
    take(u.on_share);
    take(u.off_power);
    take(u.supply.fixed_efficiency);
    take(u.supply.mains_efficiency);
    take(u.supply.mains_no_load);
    take(u.supply.discharge_efficiency);
    take(u.supply.charge_efficiency);
    take(u.supply.charger_efficiency);
    take(u.supply.charger_no_load);
    take(u.supply.plugged_share);
  }

  std::vector<InputPointer> inputs_;
};

}  // namespace

std::vector<Input*> inputs_of(Scenario& scenario) { return Walk<Scenario, Input*>().of(scenario); }
void cite_all(Scenario& scenario) {
  scenario.citations.clear();
  const auto take = [&](const Citation& citation) {
    const bool known = std::any_of(scenario.citations.begin(), scenario.citations.end(),
                                   [&](const Citation& c) { return c.id == citation.id && c.text == citation.text; });
    if (!citation.id.empty() && !known) scenario.citations.push_back(citation);
  };
  for (const Input* input : inputs_of(scenario))
    if (std::isfinite(input->value)) take(input->citation);  // what a run has yet to fill in has no source
  if (scenario.battery && scenario.battery->cut_off && !scenario.battery->chemistry.rest.empty()) take(scenario.battery->chemistry.rest_citation);
  if (scenario.harvest) take(scenario.harvest->power_citation);
}

std::vector<const Input*> inputs_of(const Scenario& scenario) { return Walk<const Scenario, const Input*>().of(scenario); }

}  // namespace jr::lca
