// A life cycle for a terminal: stages as bars, battery, what would matter, assumptions with their sources.
// Text only: every number is the assessment's.
#pragma once

#include <string>

#include "rig/lca/assessment.hpp"

namespace jr::cli {

std::string lca_page(const lca::Assessment& assessment);

}  // namespace jr::cli
