// A use stage as parameters and formulas, so that what its inputs share is still shared where it is computed again.
// Never takes two figures of one instrument for independent: a source key that several inputs name is a parameter of its own.
#pragma once

#include <string>
#include <vector>

#include "rig/lca/export_spread.hpp"
#include "rig/lca/life_cycle.hpp"

namespace jr::lca {

/// One parameter: an input with its spread, or what a formula makes of others.
struct ExportParameter {
  std::string name;         ///< letters, digits, underscores
  std::string description;  ///< what it is, and its unit in brackets
  double value{};
  StatedSpread spread;      ///< of an input
  std::string formula;      ///< empty: an input
};

/// The electricity that one device takes out of a socket over its life.
struct UseParameters {
  std::vector<ExportParameter> parameters;  ///< each formula names only what stands before it
  std::string electricity_formula;          ///< in MJ; empty: none flows (primary cells, harvesters)
  double electricity_MJ{};                  ///< what it gives at the named values
};

/// Writes E, f, t, P_sleep, the efficiencies and the lifetime of a scenario as parameters. A measured input becomes
/// x = x_own + sum u_k s_k, with s_k standard normal and shared by all inputs that name the key k: the covariance is
/// J' Sigma J, as in average_power(). What a converter does to each state, and the battery's self-discharge, are figures of
/// this scenario and do not follow the parameters. Requires a scenario that `check` accepts, with its figures.
UseParameters use_parameters(const Scenario& scenario, const Figures& figures);

/// Shortest decimal digits that give the same double back, never with an exponent: not every formula language has one.
std::string plain_digits(double value);

}  // namespace jr::lca
