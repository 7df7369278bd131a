// The one order of events: the file, the run through its supply chain, the run's figures in the scenario's place.
#include "rig/cli/lca_subject.hpp"

#include "rig/cli/lca_options.hpp"
#include "rig/cli/lca_run.hpp"
#include "rig/core/version.hpp"
#include "rig/run/setup.hpp"

namespace jr::cli {

Result<LcaSubject> lca_subject(const Store& store, const std::string& run, const std::string& scenario, const lca::Overrides& overrides) {
  auto written = lca::load_scenario(scenario.empty() ? kDefaultScenario : scenario, scenario_folders(), overrides);
  if (!written) return Failure(written.error());
  auto use = measured_use(store, run, written->use.supply);
  if (!use) return Failure(use.error());
  auto filled = lca::with_measured(*written, *use, overrides.rate, overrides.sleep_power);
  if (!filled) return Failure(filled.error());
  return LcaSubject{std::move(*filled), std::move(*written), std::move(use->run)};
}

Result<lca::Assessment> assessed(LcaSubject subject, std::uint64_t draws) {
  auto assessment = lca::assess(std::move(subject.scenario), std::move(subject.run), draws);
  if (!assessment) return assessment;
  if (lca::check(subject.as_written)) assessment->as_in_scenario = lca::figures_of(subject.as_written);
  assessment->tool_version = tool_version();
  return assessment;
}

}  // namespace jr::cli
