// A stored run in a scenario: what every lca command does before it assesses, compares or writes.
// Decides nothing: the scenario and the evaluation do.
#pragma once

#include <string>

#include "rig/core/result.hpp"
#include "rig/lca/measured_use.hpp"
#include "rig/lca/scenario_file.hpp"
#include "rig/store/store.hpp"

namespace jr::cli {

inline constexpr const char* kDefaultScenario = "default";

struct LcaSubject {
  lca::Scenario scenario;    ///< with the run's figures in it
  lca::Scenario as_written;  ///< as the file has it; `check` refuses it when only a run can fill it
  lca::MeasuredRun run;
};
/// `scenario` empty: the default one. Errors: of the scenario's file, of the run's evaluation, of their meeting.
Result<LcaSubject> lca_subject(const Store& store, const std::string& run, const std::string& scenario, const lca::Overrides& overrides);

/// Assessed, with the scenario's own use stage beside it where it has one.
Result<lca::Assessment> assessed(LcaSubject subject, std::uint64_t draws);

}  // namespace jr::cli
