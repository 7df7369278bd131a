// Windows as energies. Each doubt is named here once, with the sensitivity that belongs to it.
#include "rig/energy/window_energy.hpp"

#include "rig/energy/edges.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace jr {
namespace {

constexpr double kRectangle = std::numbers::sqrt3;  // half width over this is the standard deviation

double events_of(const WindowGroup& group) { return static_cast<double>(group.infer.window.events); }

/// A lost sample may have been anything between nothing and twice the mean: even over +-100 %.
double doubt_of_lost(const EnergyModel& model, const WindowGroup& group) {
  const Moments& m = group.infer.moments;
  const auto missing = static_cast<double>(samples_without_current(model, m) + group.infer.lost_limit);
  if (missing == 0) return 0;
  return missing * std::abs(energy_of(model, m).value.value) / static_cast<double>(m.samples() + m.lost);
}

/// A window of T seconds has floor or ceil of T / Ts samples, by its phase: sd Ts sqrt(f (1 - f)) for a known
/// fraction f. Nobody knows f, and over all of them the error is triangular, within one sample, sd Ts / sqrt(6).
double grid_doubt_s(const EnergyModel& model) { return model.true_period_s() / std::sqrt(6.0); }

/// What falls between two samples of a load that draws all it needs above idle in pulses of the stated width. From
/// window to window their phase to the grid is another, so that more than one window shows it by its scatter.
double doubt_of_pulses(const EnergyModel& model, const WindowGroup& group) {
  const Second width{model.pulse_s}, period{model.true_period_s()}, every{model.pulse_every_s};
  if (!(width.value > 0)) return 0;
  const double pulses = every.value > 0 ? std::max(1.0, duration_of(model, group.infer.moments) / every.value) : 1;
  const double share = aliasing_of_steady_pulses(width, period, static_cast<std::uint64_t>(pulses), every);
  return share * std::abs(net_energy(model, group).value.value) / events_of(group);
}

struct Averages {
  double active_W{}, idle_W{}, events{}, duration_s{}, lost_J{}, hidden_J{}, coarse_J{}, edge_s{};
};

/// Means over the groups; the energies lost and hidden are per event.
Averages averages_of(const EnergyModel& model, const std::vector<WindowGroup>& groups) {
  Averages sum;
  for (const WindowGroup& group : groups) {
    const double duration_s = duration_of(model, group.infer.moments);
    sum.active_W += settled_energy(model, group).value.value / duration_s;
    sum.idle_W += idle_power_of(model, group).value.value;
    sum.events += events_of(group);
    sum.duration_s += duration_s / events_of(group);
    sum.lost_J += doubt_of_lost(model, group) / events_of(group);
    sum.hidden_J += hidden_by_switches(model, group.infer.moments) / events_of(group);
    sum.coarse_J += coarseness_of(model, group.infer.moments) / events_of(group);
    // Two edges, each as doubtful as the other; what of it is not alike in all windows is in their scatter too.
    sum.edge_s += std::numbers::sqrt2 * group.infer.window.edge_u_samples * model.true_period_s();
  }
  const double share = 1.0 / static_cast<double>(groups.size());
  return {sum.active_W * share, sum.idle_W * share, sum.events * share, sum.duration_s * share,
          sum.lost_J * share, sum.hidden_J * share, sum.coarse_J * share, sum.edge_s * share};
}

}  // namespace

double coarseness_of(const EnergyModel& model, const Moments& moments) {
  double charge_C = 0;
  for (std::size_t r = 0; r < std::min(kMaxRanges, model.ranges.size()); ++r) {
    const RangeMoments& row = moments.ranges[r];
    if (row.n < 2) continue;
    const double mean_code = static_cast<double>(row.sum) / static_cast<double>(row.n);
    charge_C += quantisation_bias(code_sd(row), mean_code, model.ranges[r]).half_width.value *
                static_cast<double>(row.n) * model.true_period_s();
  }
  return model.supply.value * charge_C;
}

double duration_of(const EnergyModel& model, const Moments& moments) {
  return static_cast<double>(moments.samples() + moments.lost) * model.true_period_s();
}

Energy settled_energy(const EnergyModel& model, const WindowGroup& group) {
  const Energy window = energy_of(model, group.infer.moments);
  const double guard_s = duration_of(model, group.guard.moments);
  const double settled_s = duration_of(model, group.settled.moments);
  if (guard_s <= 0 || settled_s <= 0) return window;
  const Energy owed = energy_of(model, group.guard.moments) -
                      (guard_s / settled_s) * energy_of(model, group.settled.moments);
  Energy settled = window + owed;
  if (model.accuracy) add_rectangle(settled, "settle:" + model.bench, std::abs(owed.value.value));
  return settled;
}

Energy idle_power_of(const EnergyModel& model, const WindowGroup& group) {
  Moments idle = group.idle_before.moments;
  idle += group.idle_after.moments;
  const double duration = duration_of(model, idle);
  if (duration <= 0) return {};
  return (1.0 / duration) * energy_of(model, idle);
}

Energy net_energy(const EnergyModel& model, const WindowGroup& group) {
  return settled_energy(model, group) -
         duration_of(model, group.infer.moments) * idle_power_of(model, group);
}

bool share_idle(const WindowGroup& group, const WindowGroup& next) {
  const Window &a = group.idle_after.window, &b = next.idle_before.window;
  return a.end > a.start && a.start == b.start && a.end == b.end &&
         group.idle_after.moments == next.idle_before.moments;
}

void add_rectangle(Energy& energy, const std::string& key, double half_width_J) {
  if (half_width_J > 0)
    energy.sources.push_back({key, half_width_J / kRectangle, INFINITY, Distribution::rectangular});
}

Energy mean_of(const std::vector<Energy>& energies) {
  Energy sum;
  for (const Energy& energy : energies) sum = sum + energy;
  return (1.0 / static_cast<double>(energies.size())) * sum;
}

void add_window_doubts(const EnergyModel& model, const std::vector<WindowGroup>& groups, bool net, Energy& mean) {
  if (!model.accuracy || groups.empty()) return;
  const Accuracy& accuracy = *model.accuracy;
  const Averages average = averages_of(model, groups);
  // One latency moves both edges alike: the window loses active at its start and wins idle at its end.
  const double step_W = average.active_W - average.idle_W;
  if (accuracy.line_latency_s.standard > 0)
    mean.sources.push_back({"lines:" + model.instrument, step_W * accuracy.line_latency_s.standard / average.events,
                            accuracy.line_latency_s.degrees_of_freedom, accuracy.line_latency_s.distribution});
  add_rectangle(mean, "debounce:" + model.instrument, std::abs(step_W) * accuracy.debounce_s / average.events);
  if (accuracy.line_leakage_A.standard > 0)
    mean.sources.push_back({"leakage:" + model.instrument,
                            model.supply.value * average.duration_s * accuracy.line_leakage_A.standard,
                            accuracy.line_leakage_A.degrees_of_freedom, accuracy.line_leakage_A.distribution});
  const double edge_W = net ? step_W : average.active_W;
  if (average.edge_s > 0)
    mean.sources.push_back({"segments:" + model.run, edge_W * average.edge_s / average.events, INFINITY, Distribution::normal});
  add_rectangle(mean, "quantisation:" + model.instrument, average.coarse_J);
  add_rectangle(mean, "gaps:" + model.run, average.lost_J);
  // The same transient comes back in every window, so this is not divided by their number.
  add_rectangle(mean, "switches:" + model.instrument, average.hidden_J);
  if (groups.size() > 1) return;
  const WindowGroup& only = groups.front();
  const double noise_J = noise_of(model, only.infer.moments) / events_of(only);
  if (noise_J > 0) mean.sources.push_back({"noise:" + model.run, noise_J, INFINITY, Distribution::normal});
  if (const double pulses_J = doubt_of_pulses(model, only); pulses_J > 0)
    mean.sources.push_back({"aliasing:" + model.run, pulses_J, INFINITY, Distribution::normal});
  mean.sources.push_back({"grid:" + model.run, std::abs(edge_W) * grid_doubt_s(model) / average.events, INFINITY,
                          Distribution::triangular});
}

}  // namespace jr
