// A quantity as it is stated: a value, its interval, and the list of doubts behind it.
// Never a number with a doubt that nobody gave: without an accuracy it is a value alone.
#pragma once

#include <string>
#include <vector>

#include "rig/energy/interval.hpp"
#include "rig/energy/model.hpp"

namespace jr {

/// A quantity in joule, watt, second or 1 with its interval.
struct Statement {
  double value{};
  bool stated{};                       ///< false: no accuracy is known, the interval is empty
  Interval interval;
  double u_common{}, u_independent{};  ///< standard; for display only, correlation is in `energy`
  Energy energy;                       ///< value (in the statement's unit) and its sources
};

/// `energy` with its interval at 95 %; not stated when the model has no accuracy, or when a figure that it
/// needs is one that nobody states (an endless doubt).
Statement state(const EnergyModel& model, Energy energy);

/// One line of a budget.
struct BudgetTerm {
  std::string term, kind, distribution, unit;  ///< kind "A" or "B"; unit of the input
  std::string key;          ///< what it is shared by
  double u_J{};             ///< standard uncertainty it causes in the quantity
  double input_u{};         ///< standard uncertainty of the input, in `unit`
  double sensitivity{};     ///< quantity per unit of the input
  double contribution_percent{};
  double degrees_of_freedom{};
  bool correlated{};        ///< shared with other runs that name the same source
};

/// Every source of `energy` as a line, largest first.
std::vector<BudgetTerm> budget_of(const EnergyModel& model, const Energy& energy);

/// True for sources that a run has to itself; all others may be met again in another run.
bool is_independent(const EnergyModel& model, const Source& source);

/// Quantities of the same or of different runs, joined by their keys.
Statement difference_of(const Statement& a, const Statement& b);
Statement sum_of(const std::vector<Statement>& parts);
/// One argument of a function of statements, and by how much the function changes with it.
struct Argument {
  const Statement& of;
  double derivative{};
};
/// A function of statements, to first order in their doubts: what two arguments share acts on it once, with the
/// sum of its signs. Not stated when one of the arguments is not.
Statement propagated(double value, const std::vector<Argument>& arguments);

/// a / b. Requires b.value != 0.
Statement ratio_of(const Statement& a, const Statement& b);

}  // namespace jr
