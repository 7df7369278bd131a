// The pictures of a life cycle: stages as bars, what the spread comes from, how results are distributed.
// Never computes; the figures are the assessment's.
#pragma once

#include <string>

#include "rig/lca/assessment.hpp"

namespace jr::cli {

/// SVG texts; empty when there is nothing to draw.
std::string stages_svg(const lca::Assessment& assessment);
std::string tornado_svg(const lca::Assessment& assessment);       ///< the largest contributions to the variance
std::string total_svg(const lca::Assessment& assessment);         ///< distribution of the total, kg
std::string battery_life_svg(const lca::Assessment& assessment);  ///< distribution of a battery's life

}  // namespace jr::cli
