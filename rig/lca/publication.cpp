// May this be published? What speaks against it, what has to be said beside it, and whom to cite.
// Never says yes for figures that nobody has read at their source, or that no board produced.
#include <algorithm>
#include <set>

#include "rig/core/words.hpp"
#include "rig/lca/insight.hpp"

namespace jr::lca {
namespace {

constexpr double kDay_s = 86400;
constexpr int kOldGrid_years = 5;

bool scored(const Citation& citation) { return citation.pedigree[0] != 0; }

/// Names of the inputs that rest on a citation and change the result.
std::vector<std::string> resting_on(const Scenario& scenario, const Citation& citation) {
  std::vector<std::string> names;
  for (const Input* input : inputs_of(scenario))
    if (input->citation.id == citation.id && input->citation.text == citation.text && input->value != 0) names.push_back(input->name);
  return names;
}

void judge_run(const std::optional<MeasuredRun>& run, Publication& p, std::vector<std::string>& against) {
  if (!run) return;
  if (run->simulated) against.push_back("run " + run->run + " is simulated: no board took this energy");
  if (run->suspect) against.push_back("run " + run->run + " is suspect" + (run->suspect_reason.empty() ? "" : ": " + run->suspect_reason));
  if (!run->U_stated) against.push_back("run " + run->run + " states no uncertainty");
  if (run->sleep_is == "idle") p.caveats.push_back("Between inferences the device idles as measured; it was not measured asleep.");
}

void judge_sources(const Scenario& scenario, Publication& p, std::vector<std::string>& against) {
  for (const Citation& citation : scenario.citations) {
    const std::vector<std::string> inputs = resting_on(scenario, citation);
    if (inputs.empty()) continue;
    if (citation.assumed)
      p.caveats.push_back("Assumed, and to be stated as such: " + joined(inputs) + ".");
    else if (!citation.confirmed)
      against.push_back(joined(inputs) + (inputs.size() > 1 ? " rest" : " rests") + " on a source that nobody has checked (" + citation.id + ")");
    if (!citation.assumed && citation.licence.empty()) against.push_back("the licence of " + citation.id + " is not stated");
    if (!citation.assumed && !scored(citation)) p.caveats.push_back("No data quality scores for " + citation.id + ".");
  }
}

void judge_grid(const Scenario& scenario, Publication& p, std::vector<std::string>& against) {
  const GridSupply& grid = scenario.grid;
  const std::string year = grid.year ? std::to_string(grid.year) : "a year that is not stated";
  if (!scenario.use_years.empty() && grid.year) {
    const std::string years = std::to_string(scenario.use_years.front()) + " to " + std::to_string(scenario.use_years.back());
    p.caveats.push_back("The grid figure is of " + year + ", the device is used from " + years + ".");
    if (scenario.use_years.front() - grid.year > kOldGrid_years)
      against.push_back("the grid figure is of " + year + ", more than five years before the device is used");
  } else {
    p.caveats.push_back("The grid figure is of " + year + "; the years of use are not stated (use_years).");
  }
  p.caveats.push_back(std::string("The grid figure is ") + name_of(grid.boundary) + (grid.boundary == Boundary::direct
                          ? ": what is emitted before the power station is not in it." : ", like the rest of the sum."));
  for (const std::string& note : grid.notes) p.caveats.push_back(note);
}

}  // namespace

Publication publication_of(const Scenario& scenario, const LifeCycle& life, const std::optional<MeasuredRun>& run) {
  Publication p;
  std::vector<std::string> against;
  if (scenario.functional_unit.empty() || scenario.boundary.empty() || scenario.method.empty())
    against.push_back("functional unit, boundary or method is not stated");
  judge_run(run, p, against);
  judge_sources(scenario, p, against);
  judge_grid(scenario, p, against);
  if (const Event* event = scenario.use.functional(); event && life.harvested && event->rate.per_s.value * kDay_s > life.harvested->a_day)
    against.push_back("the scenario asks for more inferences a day than the harvest allows");
  if (scenario.use.supply.feeding == Feeding::primary && !scenario.battery)
    p.caveats.push_back("One set of primary cells is taken to last for life: no [battery] says otherwise.");
  if (scenario.battery) p.caveats.push_back(std::string("Batteries are counted as ") + name_of(scenario.battery->counting) + " numbers.");
  if (scenario.truncation) {
    std::vector<std::string> rows;
    for (const Row row : scenario.truncation->rows) rows.emplace_back(words_of(row));
    p.caveats.push_back("A truncation factor multiplies " + joined(rows) + ".");
  }
  for (const std::string& note : scenario.notes) p.caveats.push_back(note);
  p.allowed = against.empty() && life.figures.total_kg > 0;
  p.because = p.allowed ? std::vector<std::string>{"every figure names a source that was read, with its licence; functional unit, boundary and method are stated"}
                        : against;
  std::set<std::string> licences;
  for (const Citation& citation : scenario.citations) {
    if (!citation.assumed) p.cite.push_back(citation.text + (citation.year ? " (" + std::to_string(citation.year) + ")" : "") + ".");
    if (!citation.licence.empty() && licences.insert(citation.licence).second) p.licences.push_back(citation.licence);
  }
  return p;
}

}  // namespace jr::lca
