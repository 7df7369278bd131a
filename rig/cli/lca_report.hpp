// A life cycle as a page for a thesis: what was computed, from which figures, with which doubt, and whom to cite.
// Never hides that a run is simulated or suspect, never shows a figure without its unit.
#pragma once

#include "rig/core/result.hpp"
#include "rig/lca/assessment.hpp"
#include "rig/report/report_page.hpp"

namespace jr::cli {

ReportPage lca_report(const lca::Assessment& assessment);

/// What is wrong with a file for the report of so many runs, told before they are looked at; nothing when none is given.
Result<void> check_lca_output(const std::string& file, bool force, std::size_t runs);
/// Errors: usage (it is there, and no `force`), storage.
Result<void> write_report(const ReportPage& page, const std::string& file, bool force);

/// Sections of it (lca_report_use.cpp): mean power and what it is made of, battery and harvest, grid.
ReportSection measurement_section(const lca::Assessment& assessment);
ReportSection use_section(const lca::Assessment& assessment);
ReportSection battery_section(const lca::Assessment& assessment);
ReportSection grid_section(const lca::Assessment& assessment);

}  // namespace jr::cli
