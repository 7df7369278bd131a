// A life cycle for a terminal: the report, in eighty columns.
// Text only: every number is the assessment's.
#pragma once

#include <string>

#include "rig/lca/assessment.hpp"

namespace jr::cli {

std::string lca_page(const lca::Assessment& assessment);

}  // namespace jr::cli
