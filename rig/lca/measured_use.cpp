// Fills a scenario's use stage from a run. Each decision that is taken here leaves a note.
// Never keeps an assumed figure where a measured one is at hand.
#include "rig/lca/measured_use.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace jr::lca {
namespace {

constexpr const char* kInference = "inference";

Citation citation_of(const MeasuredRun& run) {
  Citation citation;
  citation.id = run.run;
  citation.text = "Own measurement: JouleRig run " + run.run + " of " + run.date + ", " + run.board + ", " + run.model +
                  (run.simulated ? " (simulated bench)" : "") + (run.suspect ? " (suspect)" : "");
  citation.year = std::atoi(run.date.c_str());
  citation.licence = "own measurement";
  if (run.U_stated && !run.simulated && !run.suspect) citation.pedigree = {1, 2, 1, 1, 1};
  return citation;
}

const MeasuredEvent* labelled(const MeasuredUse& measured, const std::string& label) {
  const auto found = std::find_if(measured.events.begin(), measured.events.end(), [&](const MeasuredEvent& e) { return e.label == label; });
  return found == measured.events.end() ? nullptr : &*found;
}

Result<void> fill(Event& event, const MeasuredUse& measured, const std::string& label, const Citation& citation) {
  const MeasuredEvent* source = labelled(measured, label);
  if (!source) {
    std::string known;
    for (const MeasuredEvent& one : measured.events) known += (known.empty() ? "" : ", ") + one.label;
    return fail(Trouble::usage, "Run " + measured.run.run + " has no windows '" + label + "' for the event '" + event.name +
                                    "' (it has " + known + "): measure them, or write energy and duration into the scenario.");
  }
  event.energy = TotalEnergy(jr::lca::measured("energy of " + event.name, source->energy, "J", citation));
  event.duration = jr::lca::measured("duration of " + event.name, source->duration, "s", citation);
  event.passage = source->passage;
  return {};
}

Rate assumed_rate(Scenario& scenario, const std::optional<Input>& rate) {
  if (rate) return {*rate, {}};
  const Citation assumption{"assumed-rate", "Assumed: one inference a second, since the scenario states no rate", 0, "", "", true, true};
  scenario.notes.push_back("One inference a second is assumed: the scenario states no rate (--rate sets it).");
  return {fixed("rate of inference", 1, "1/s", assumption), {}};
}

Result<void> fill_events(Scenario& scenario, const MeasuredUse& measured, const std::optional<Input>& rate, const Citation& citation) {
  bool any = false;
  for (Event& event : scenario.use.events) {
    const bool is_inference = event.name == kInference && event.from_run.empty();
    if (event.from_run.empty() && !is_inference) continue;
    if (auto filled = fill(event, measured, is_inference ? "infer" : event.from_run, citation); !filled) return filled;
    any = true;
  }
  if (any) return {};
  const Input unknown = fixed("", 0, "", citation);
  Event event{kInference, TotalEnergy(unknown), unknown, assumed_rate(scenario, rate), "infer", {}};
  if (auto filled = fill(event, measured, "infer", citation); !filled) return filled;
  scenario.use.events.insert(scenario.use.events.begin(), std::move(event));
  return {};
}

Result<void> fill_sleep(Scenario& scenario, MeasuredUse& measured, const std::optional<Input>& by_hand, const Citation& citation) {
  UseStage& use = scenario.use;
  MeasuredRun& run = measured.run;
  const auto usable = [](const std::optional<Energy>& power) { return power && std::isfinite(power->value.value); };
  if (by_hand) {
    use.sleep_power = by_hand;
    use.sleep_is = "by hand";
    use.sleep_passage.reset();
    run.U_sleep_W = 0;
  } else if (usable(measured.sleep)) {
    use.sleep_power = jr::lca::measured("sleep power", *measured.sleep, "W", citation);
    use.sleep_is = "sleep";
    use.sleep_passage = measured.sleep_passage;
  } else if (use.sleep_power) {
    use.sleep_is = "by hand";
    scenario.notes.push_back("The run measured no sleep: the sleep power is the scenario's.");
  } else if (usable(measured.idle)) {
    use.sleep_power = jr::lca::measured("idle power", *measured.idle, "W", citation);
    use.sleep_is = "idle";
    use.sleep_passage = measured.idle_passage;
    scenario.notes.push_back("The run measured no sleep: between inferences the device is taken to idle as it did in the run. A plan with "
                             "sleep_s, or --sleep-power, says what it takes asleep.");
  } else {
    return fail(Trouble::usage, "Run " + run.run + " knows neither sleep nor idle power: give the power between inferences, --sleep-power 5uW.");
  }
  run.sleep_is = use.sleep_is;
  run.sleep_power_W = use.sleep_power->value;
  if (use.sleep_power->value < 0) {
    scenario.notes.push_back("The measured power between inferences is below zero within its doubt: 0 is taken.");
    use.sleep_power->value = 0;
  }
  return {};
}

}  // namespace

Result<Scenario> with_measured(Scenario scenario, MeasuredUse& measured, const std::optional<Input>& rate,
                               const std::optional<Input>& sleep_by_hand) {
  const Citation citation = citation_of(measured.run);
  scenario.use.average_power.reset();
  if (auto filled = fill_events(scenario, measured, rate, citation); !filled) return Failure(filled.error());
  if (auto filled = fill_sleep(scenario, measured, sleep_by_hand, citation); !filled) return Failure(filled.error());
  if (scenario.battery && scenario.battery->cut_off && !scenario.battery->peak_current && measured.run.peak_current_A &&
      !scenario.battery->chemistry.rest.empty())
    scenario.battery->peak_current = fixed("peak current", *measured.run.peak_current_A, "A", citation);
  cite_all(scenario);
  return scenario;
}

}  // namespace jr::lca
