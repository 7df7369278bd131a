// From the windows of a run to the numbers it states: energy per inference, net of idle, power, time.
// A pure function of what is stored, so that a recomputation gives the same bits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/energy/statement.hpp"
#include "rig/energy/window_energy.hpp"

namespace jr {

struct WindowResult {
  double duration_s{}, energy_J{}, charge_C{}, mean_current_A{}, net_energy_J{};
  std::uint64_t inferences{}, range_switches{}, lost_samples{};
};

/// How the windows scatter, and what that says about their number. Joule per inference.
struct Spread {
  std::string method;        ///< "independent windows", "batch means"
  bool insufficient{};       ///< too few windows for their correlation, or for something rare that some of them met
  std::string caution;       ///< why, and what to do, as a sentence; empty: there is nothing to say
  double n_effective{};
  double standard_error_J{}; ///< of the mean, from the scatter alone; stated even where U is not
  double p5_J{}, p95_J{};
  double cleaned_mean_J{};   ///< without the outliers; never the result
  std::size_t outliers{};    ///< counted, not excluded
  std::size_t raised{};      ///< windows that something rare seems to have raised; see RobustView
};

struct EnergySummary {
  std::vector<WindowResult> windows;
  Statement mean, median, marginal;      ///< joule per inference
  Statement idle_power, latency;         ///< watt, second
  bool idle_known{true};                 ///< false: nothing is known of the idle; marginal and idle_power are empty
  std::optional<Statement> sleep_power;  ///< watt
  std::vector<BudgetTerm> budget;        ///< of `mean`, largest first
  Spread spread;                         ///< of the windows' energies per inference
};

/// Requires at least one group with inferences > 0. With one window there is no repeatability; its noise
/// and its edges on the sample grid are in the budget instead.
EnergySummary summarise(const EnergyModel& model, const std::vector<WindowGroup>& groups);

/// How values per inference scatter. Requires at least one.
Spread spread_of_windows(const std::vector<double>& values);

/// Adds what the windows' own scatter says about their mean, or `factor` times that about something else of theirs.
/// Scoped to the run and the quantity: no other result shares it.
void add_repeatability(const EnergyModel& model, const std::string& quantity, const std::vector<double>& values,
                       double factor, Energy& mean);

/// Mean energy of one event over windows that need not be inferences (a phase, a sham), with every doubt.
Statement mean_energy(const EnergyModel& model, const std::vector<WindowGroup>& groups, const std::string& quantity);
/// The same above idle.
Statement mean_net_energy(const EnergyModel& model, const std::vector<WindowGroup>& groups, const std::string& quantity);
/// Mean power over pieces, with their scatter; `quantity` names it among the run's own sources.
/// Requires a piece, each with samples.
Statement mean_power(const EnergyModel& model, const std::vector<Piece>& pieces, const std::string& quantity);

}  // namespace jr
