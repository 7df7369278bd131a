// A scenario's use stage from a measured run: what was measured takes the place of what was assumed.
// Never subtracts the base from an energy: only totals come in here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/core/energy.hpp"
#include "rig/lca/assessment.hpp"

namespace jr::lca {

/// Windows of one kind: what one event takes in total, and for how long.
struct MeasuredEvent {
  std::string label;               ///< of the windows: "infer", "transmit"
  Energy energy;                   ///< J, total, with its sources
  Energy duration;                 ///< s, sources in s
  std::optional<Passage> passage;  ///< the trace through the scenario's converter
};

struct MeasuredUse {
  MeasuredRun run;
  std::vector<MeasuredEvent> events;      ///< "infer" among them
  std::optional<Energy> sleep, idle;      ///< W, sources in W
  std::optional<Passage> sleep_passage, idle_passage;
};

/// Events with `from_run` (or else the one named "inference") get the run's figures; a scenario that knows only a mean power
/// gets an inference at `rate`, or at one a second, which is noted as an assumption. Sleep power: by hand, else the run's
/// sleep, else the scenario's, else the run's idle power; which one is noted. The peak current goes to the battery's cut-off
/// unless the file has one. Errors (usage): a label that the run has no windows of; no power between inferences.
Result<Scenario> with_measured(Scenario scenario, MeasuredUse& measured, const std::optional<Input>& rate,
                               const std::optional<Input>& sleep_by_hand);

}  // namespace jr::lca
