// A budget of uncertainty as bars: in text for a terminal, as SVG for a page.
#pragma once

#include <string>

#include "rig/energy/summary.hpp"

namespace jr {

/// Every term with its distribution, standard u, degrees of freedom, share and a bar. One line a term.
std::string budget_text(const Statement& statement, const std::vector<BudgetTerm>& budget);

/// Bars of the standard uncertainties, largest first, and the combined one below.
std::string budget_svg(const std::string& title, const Statement& statement, const std::vector<BudgetTerm>& budget);

}  // namespace jr
