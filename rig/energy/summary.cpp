// Means over windows in their order; every doubt is carried by key and joined once, at the end.
// Never drops a window by its value: what is excluded was excluded before, by a rule.
#include "rig/energy/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "rig/energy/estimators.hpp"

namespace jr {
namespace {

std::vector<double> values_of(const std::vector<Energy>& energies) {
  std::vector<double> values;
  for (const Energy& energy : energies) values.push_back(energy.value.value);
  return values;
}

/// Idle pieces, each once.
std::vector<Piece> idle_pieces(const EnergyModel& model, const std::vector<WindowGroup>& groups) {
  std::vector<Piece> pieces;
  const auto add = [&](const Piece& piece) {
    if (duration_of(model, piece.moments) > 0) pieces.push_back(piece);
  };
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == 0 || !share_idle(groups[i - 1], groups[i])) add(groups[i].idle_before);
    add(groups[i].idle_after);
  }
  return pieces;
}

std::vector<Energy> powers_of(const EnergyModel& model, const std::vector<Piece>& pieces) {
  std::vector<Energy> powers;
  for (const Piece& piece : pieces)
    powers.push_back((1.0 / duration_of(model, piece.moments)) * energy_of(model, piece.moments));
  return powers;
}

/// Neighbours that share an idle piece are correlated: their scatter alone is too small. With half of each
/// window's baseline from either side, the mean's variance grows by 2 m (T s_b / 2)^2 / (N (N - 1)) for m
/// shared pieces (for all shared this makes the idle part s_b^2 (N - 1/2) / N^2).
void add_shared_baseline(const EnergyModel& model, const std::vector<WindowGroup>& groups, Energy& net) {
  const auto n = static_cast<double>(groups.size());
  if (groups.size() < 2) return;
  double shared = 0, duration_s = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i > 0 && share_idle(groups[i - 1], groups[i])) ++shared;
    duration_s += duration_of(model, groups[i].infer.moments) / static_cast<double>(groups[i].infer.window.events) / n;
  }
  const std::vector<double> powers = values_of(powers_of(model, idle_pieces(model, groups)));
  if (shared == 0 || powers.size() < 2) return;
  const Scatter scatter = scatter_of(powers);
  const double s_b = scatter.standard_error * std::sqrt(static_cast<double>(powers.size()));
  // The nets' own scatter and this one are two looks at the same idle pieces: with a third of the degrees of
  // freedom here, both together have no more than the windows.
  net.sources.push_back({"baseline:" + model.run, 0.5 * duration_s * s_b * std::sqrt(2 * shared / (n * (n - 1))),
                         std::max(1.0, scatter.degrees_of_freedom / 3), Distribution::student});
}

std::vector<Energy> per_event(const EnergyModel& model, const std::vector<WindowGroup>& groups,
                              Energy (*energy)(const EnergyModel&, const WindowGroup&)) {
  std::vector<Energy> energies;
  for (const WindowGroup& group : groups) {
    if (group.infer.window.events < 1) throw std::invalid_argument("summarise: a window without inferences");
    energies.push_back((1.0 / static_cast<double>(group.infer.window.events)) * energy(model, group));
  }
  return energies;
}

/// Window length over its inferences; its scatter, and the time base.
Statement latency_of(const EnergyModel& model, const std::vector<WindowGroup>& groups) {
  std::vector<double> values;
  for (const WindowGroup& group : groups)
    values.push_back(duration_of(model, group.infer.moments) /
                     static_cast<double>(group.infer.window.events));
  Energy latency{{std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size())}, {}};
  if (model.accuracy) {
    const ScalarDoubt clock = clock_doubt(model);
    latency.sources.push_back(
        {clock_key(model), latency.value.value * clock.standard, clock.degrees_of_freedom, clock.distribution});
  }
  double edge_s = 0;
  for (const WindowGroup& group : groups)
    edge_s += std::numbers::sqrt2 * group.infer.window.edge_u_samples * model.true_period_s() /
              static_cast<double>(group.infer.window.events) / static_cast<double>(groups.size());
  if (model.accuracy && edge_s > 0)
    latency.sources.push_back({"segments:" + model.run, edge_s, INFINITY, Distribution::normal});
  add_repeatability(model, "latency", values, 1, latency);
  return state(model, std::move(latency));
}

std::optional<Statement> sleep_power_of(const EnergyModel& model,
                                        const std::vector<WindowGroup>& groups) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& sleep = groups[i].sleep;
    if (!sleep || sleep->moments.samples() == 0) continue;
    if (pieces.empty() || pieces.back().window.start != sleep->window.start) pieces.push_back(*sleep);
  }
  if (pieces.empty()) return std::nullopt;
  return mean_power(model, pieces, "sleep");
}

WindowResult window_result(const EnergyModel& model, const WindowGroup& group) {
  const Integral bare = integrate(model, group.infer.moments);
  WindowResult result;
  result.duration_s = bare.duration_s;
  result.energy_J = settled_energy(model, group).value.value;
  result.net_energy_J = net_energy(model, group).value.value;
  result.charge_C = bare.charge_C;
  result.mean_current_A =
      bare.charge_C / (static_cast<double>(group.infer.moments.samples()) * model.period_s);
  result.inferences = group.infer.window.events;
  result.range_switches = group.infer.moments.switches;
  result.lost_samples = group.infer.moments.lost;
  return result;
}

/// Neighbours that share an idle piece are alike by their making, and add_shared_baseline() pays for that. Whether
/// the board itself remembers is therefore asked of the totals; only then are the nets taken for dependent.
void add_net_repeatability(const EnergyModel& model, const std::vector<WindowGroup>& groups,
                           const std::string& quantity, const std::vector<double>& nets, Energy& mean) {
  bool shared = false;
  for (std::size_t i = 1; i < groups.size(); ++i) shared = shared || share_idle(groups[i - 1], groups[i]);
  const auto independent = [&] {
    return scatter_of(values_of(per_event(model, groups, settled_energy))).method == ScatterMethod::independent;
  };
  if (!shared || !independent()) return add_repeatability(model, quantity, nets, 1, mean);
  const auto n = static_cast<double>(nets.size());
  const double middle = std::accumulate(nets.begin(), nets.end(), 0.0) / n;
  double squares = 0;
  for (const double net : nets) squares += (net - middle) * (net - middle);
  mean.sources.push_back({"repeatability:" + model.run + ":" + quantity, std::sqrt(squares / (n - 1) / n), n - 1,
                          Distribution::student});
}

/// Why the interval may be too narrow for these windows. A single one has no scatter, and its result does not use any.
std::string caution_of(std::size_t n, const Scatter& scatter, const RobustView& robust) {
  const std::string all = std::to_string(n) + " windows";
  if (n > 1 && scatter.insufficient) {
    char worth[32];
    std::snprintf(worth, sizeof worth, "%.1f", scatter.n_effective);
    return "The " + all + " resemble their neighbours and are worth " + worth +
           " independent ones: measure more or longer windows, or the interval may be too narrow.";
  }
  if (robust.raised == 0 || robust.raised >= kEnoughRaised) return "";
  return std::to_string(robust.raised) + " of " + all + (robust.raised == 1 ? " stands" : " stand") +
         " out above the rest; an interval that holds for something so rare needs about " + std::to_string(kEnoughRaised) +
         " of them: measure some " + std::to_string(n * kEnoughRaised / robust.raised) + " windows ([plan] windows).";
}

}  // namespace

Spread spread_of_windows(const std::vector<double>& values) {
  const Scatter scatter = scatter_of(values);
  const RobustView robust = robust_view(values);
  const std::string caution = caution_of(values.size(), scatter, robust);
  return {name_of(scatter.method), scatter.insufficient || !caution.empty(), caution, scatter.n_effective,
          scatter.standard_error, robust.p5, robust.p95, robust.cleaned_mean, robust.outliers, robust.raised};
}

void add_repeatability(const EnergyModel& model, const std::string& quantity, const std::vector<double>& values,
                       double factor, Energy& mean) {
  if (values.size() < 2) return;
  const Scatter scatter = scatter_of(values);
  mean.sources.push_back({"repeatability:" + model.run + ":" + quantity, factor * scatter.standard_error,
                          scatter.degrees_of_freedom, Distribution::student});
}

Statement mean_energy(const EnergyModel& model, const std::vector<WindowGroup>& groups, const std::string& quantity) {
  const std::vector<Energy> energies = per_event(model, groups, settled_energy);
  Energy mean = mean_of(energies);
  add_window_doubts(model, groups, false, mean);
  add_repeatability(model, quantity, values_of(energies), 1, mean);
  return state(model, std::move(mean));
}

Statement mean_net_energy(const EnergyModel& model, const std::vector<WindowGroup>& groups, const std::string& quantity) {
  const std::vector<Energy> energies = per_event(model, groups, net_energy);
  Energy mean = mean_of(energies);
  add_window_doubts(model, groups, true, mean);
  add_net_repeatability(model, groups, quantity, values_of(energies), mean);
  add_shared_baseline(model, groups, mean);
  return state(model, std::move(mean));
}

Statement mean_power(const EnergyModel& model, const std::vector<Piece>& pieces, const std::string& quantity) {
  const std::vector<Energy> powers = powers_of(model, pieces);
  Energy mean = mean_of(powers);
  add_repeatability(model, quantity, values_of(powers), 1, mean);
  return state(model, std::move(mean));
}

EnergySummary summarise(const EnergyModel& model, const std::vector<WindowGroup>& groups) {
  if (groups.empty()) throw std::invalid_argument("summarise: no window");
  EnergySummary summary;
  for (const WindowGroup& group : groups) summary.windows.push_back(window_result(model, group));
  const std::vector<Energy> totals = per_event(model, groups, settled_energy);
  const std::vector<double> per_inference = values_of(totals);
  summary.mean = mean_energy(model, groups, "total");
  summary.marginal = mean_net_energy(model, groups, "net");

  Energy median = mean_of(totals);
  add_window_doubts(model, groups, false, median);
  add_repeatability(model, "median", per_inference, median_over_mean(per_inference.size()), median);
  median.value = {median_of(per_inference)};
  summary.median = state(model, std::move(median));

  const std::vector<Piece> idles = idle_pieces(model, groups);
  summary.idle_power = idles.empty() ? state(model, {}) : mean_power(model, idles, "idle");
  summary.sleep_power = sleep_power_of(model, groups);
  summary.latency = latency_of(model, groups);
  summary.budget = budget_of(model, summary.mean.energy);
  summary.spread = spread_of_windows(per_inference);
  return summary;
}

}  // namespace jr
