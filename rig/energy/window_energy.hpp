// What one window with its surroundings cost, and what a set of windows owes in doubts that all of them share.
// Never drops a window by its value: what is excluded was excluded before, by a rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/window.hpp"
#include "rig/energy/model.hpp"

namespace jr {

/// A window and its exact sums. `lost_limit`: by how much the lost count may be wrong.
struct Piece {
  Window window;
  Moments moments;
  std::uint64_t lost_limit{};
};

/// One marked window with what stands around it. The guard follows the window at once and holds the charge
/// that the bypass capacitor still owes; `settled` is the piece of equal length behind it, the level
/// the board has come to. The idle after one window may be the idle before the next: then both are the
/// same piece, [start, end) and all.
struct WindowGroup {
  Piece infer, guard, settled, idle_before, idle_after;
  std::optional<Piece> sleep;  ///< samples of the idle pieces with the SLEEP line high
};

double duration_of(const EnergyModel& model, const Moments& moments);  ///< lost samples included, s

/// Energy of one window: the window, plus what its guard holds above the level that follows it. The doubt
/// of that correction is even over +-100 % of it (`settle:BENCH`).
Energy settled_energy(const EnergyModel& model, const WindowGroup& group);

/// Mean power while idle around one window, as energy per second with its sources.
Energy idle_power_of(const EnergyModel& model, const WindowGroup& group);

/// Energy above idle: the same coefficients in both, so that what they share cancels.
Energy net_energy(const EnergyModel& model, const WindowGroup& group);

/// True when the idle after `group` is the very piece before `next`.
bool share_idle(const WindowGroup& group, const WindowGroup& next);

/// Where the codes of a range hardly move there is no dither: half a step may be missing in each of its samples, the
/// same in every window. In joule.
double coarseness_of(const EnergyModel& model, const Moments& moments);

/// Adds a source that is even over +-`half_width_J`; none where that is 0.
void add_rectangle(Energy& energy, const std::string& key, double half_width_J);

/// Mean of energies, source by source.
Energy mean_of(const std::vector<Energy>& energies);

/// Adds what the scatter of windows cannot show, to a mean over `groups` per event: the latency of the lines
/// and their leakage, lost samples, what range switches may hide; and for a single window, which has no
/// scatter, its noise and its edges on the sample grid. `net`: idle power was taken off.
void add_window_doubts(const EnergyModel& model, const std::vector<WindowGroup>& groups, bool net, Energy& mean);

}  // namespace jr
