// From the windows of a run to the numbers it states: energy per inference, net of idle, power, time.
// A pure function of what is stored, so that a recomputation gives the same bits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/core/window.hpp"
#include "rig/energy/interval.hpp"
#include "rig/energy/model.hpp"

namespace jr {

/// A window and its exact sums. `lost_limit`: by how much the lost count may be wrong.
struct Piece {
  Window window;
  Moments moments;
  std::uint64_t lost_limit{};
};

/// One `infer` with what stands around it. The guard follows the window at once and holds the charge
/// that the bypass capacitor still owes; `settled` is the piece of equal length behind it, the level
/// the board has come to. Idle before and after are this window's own, never shared.
struct WindowGroup {
  Piece infer, guard, settled, idle_before, idle_after;
  std::optional<Piece> sleep;  ///< samples of the idle pieces with the SLEEP line high
};

/// A quantity in joule, watt or second with its interval. Without a spec card nothing but the value
/// is stated (`stated` false).
struct Statement {
  double value{};
  bool stated{};
  Interval interval;
  double u_common{}, u_independent{};  ///< standard; for display only, correlation is in `energy`
  Energy energy;                       ///< value (in the statement's unit) and its sources
};

struct WindowResult {
  double duration_s{}, energy_J{}, charge_C{}, mean_current_A{}, net_energy_J{};
  std::uint64_t inferences{}, range_switches{}, lost_samples{};
};

struct BudgetTerm {
  std::string term, kind, distribution, unit;  ///< kind "A" or "B"; unit of the input
  double u_J{};             ///< standard uncertainty it causes in the energy per inference
  double input_u{};         ///< standard uncertainty of the input, in `unit`
  double sensitivity{};     ///< joule per unit of the input
  double contribution_percent{};
  double degrees_of_freedom{};
  bool correlated{};        ///< shared with other runs that name the same source
};

struct EnergySummary {
  std::vector<WindowResult> windows;
  Statement mean, median, marginal;      ///< joule per inference
  Statement idle_power, latency;         ///< watt, second
  std::optional<Statement> sleep_power;  ///< watt
  std::vector<BudgetTerm> budget;        ///< of `mean`, largest first
  double n_effective{};
};

/// Requires at least one group with inferences > 0. With one window there is no repeatability and
/// the interval says so by having none of it.
EnergySummary summarise(const EnergyModel& model, const std::vector<WindowGroup>& groups);

/// Energy of the inferences of one window: the window, plus what its guard holds above the level
/// that follows it. The doubt of that correction is even over +-100 % of it (`settle:BENCH`).
Energy settled_energy(const EnergyModel& model, const WindowGroup& group);

}  // namespace jr
