// Everything about a scenario in one value, in the order in which it depends on itself.
// Computes nothing of its own.
#include "rig/lca/assessment.hpp"

#include "rig/lca/insight.hpp"

namespace jr::lca {

Result<Assessment> assess(Scenario scenario, std::optional<MeasuredRun> run, std::uint64_t draws) {
  if (auto settled = settle_grid(scenario); !settled) return Failure(settled.error());
  auto life = life_cycle(scenario);
  if (!life) return Failure(life.error());
  Assessment a;
  a.life_cycle = std::move(*life);
  a.simulation = simulate(scenario, draws);
  a.insight = insight_of(scenario, a.life_cycle.figures);
  a.levers = levers_of(scenario, a.life_cycle.figures);
  a.publication = publication_of(scenario, a.life_cycle, run);
  a.scenario = std::move(scenario);
  a.run = std::move(run);
  return a;
}

}  // namespace jr::lca
