// What is exported: an assessment, and what its run's record says of how the figures came to be.
// Holds sentences and names, never a figure that the assessment does not have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rig/lca/assessment.hpp"

namespace jr::lca {

/// An exported process makes so many: one inference is a figure with seven zeros.
inline constexpr double kInferencesExported = 1e6;

/// The documentation of a run, a paragraph each.
struct RunRecord {
  std::string identity;    ///< names this record among all records of all rigs: host, bench, run, start
  std::int64_t started_ms{};  ///< wall clock, UTC
  std::string technology;  ///< board, firmware with its hash, supply
  std::string sampling;    ///< windows, inferences, rate
  std::string treatment;   ///< calibration and budget
  std::string collection;  ///< program, bench, grade
};

struct ExportSubject {
  Assessment assessment;
  std::optional<RunRecord> record;  ///< there when `assessment.run` is
};

/// "SIMULATED: ", "SUSPECT: ", both or nothing: stands before the name of everything that rests on such a run.
std::string warning_of(const Assessment& assessment);
/// One sentence that says so; empty without need.
std::string warning_sentence(const Assessment& assessment);
/// Name of the run's figure ("inference, MODEL on BOARD, measured (sim-1)") and of the device's use ("use of a device, TITLE, ...").
std::string inference_name(const Assessment& assessment);
std::string use_name(const Assessment& assessment);

/// The scenario as far as its doubts may be exported: those of a run that states no uncertainty, and endless ones, are left
/// out, and the input's name says so.
Scenario exported_scenario(const Assessment& assessment);
/// Energy of one inference as measured, J, total; absent without a run.
const Input* inference_energy(const Scenario& scenario, const Assessment& assessment);

/// "2026-01-15T09:30:00Z" and "2026-01-15".
std::string utc_moment(std::int64_t utc_ms);
std::string utc_date(std::int64_t utc_ms);

/// Everything that a scenario computes with, one line each: what makes two use stages of one run two data sets.
std::string content_of(const Scenario& scenario);

}  // namespace jr::lca
