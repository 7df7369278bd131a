// What a result means: how much use matters, and what would change it.
// Not for anyone but assessment.cpp; the results are in assessment.hpp.
#pragma once

#include "rig/lca/assessment.hpp"

namespace jr::lca {

Insight insight_of(const Scenario& scenario, const Figures& figures);
std::vector<Lever> levers_of(const Scenario& scenario, const Figures& figures);
Publication publication_of(const Scenario& scenario, const LifeCycle& life, const std::optional<MeasuredRun>& run);

}  // namespace jr::lca
