// Means over windows in their order; every doubt is carried by key and joined once, at the end.
// Never drops a window by its value: what is excluded was excluded before, by a rule.
#include "rig/energy/summary.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace jr {
namespace {

/// Standard error of the median over that of the mean for normal scatter and few windows.
constexpr double kMedianOverMean = 1.20;

double duration_of(const EnergyModel& model, const Moments& moments) {
  return static_cast<double>(moments.samples() + moments.lost) * model.period_s;
}

/// Mean power while idle around one window, as energy per second with its sources.
Energy idle_power_of(const EnergyModel& model, const WindowGroup& group) {
  Moments idle = group.idle_before.moments;
  idle += group.idle_after.moments;
  const double duration = duration_of(model, idle);
  if (duration <= 0) return {};
  return (1.0 / duration) * energy_of(model, idle);
}

struct Scatter { double mean{}, standard_error{}, degrees_of_freedom{INFINITY}; };

Scatter scatter_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Scatter scatter{std::accumulate(values.begin(), values.end(), 0.0) / n, 0, INFINITY};
  if (values.size() < 2) return scatter;
  double squares = 0;
  for (const double v : values) squares += (v - scatter.mean) * (v - scatter.mean);
  scatter.standard_error = std::sqrt(squares / (n - 1) / n);
  scatter.degrees_of_freedom = n - 1;
  return scatter;
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

Energy mean_of(const std::vector<Energy>& energies) {
  Energy sum;
  for (const Energy& energy : energies) sum = sum + energy;
  return (1.0 / static_cast<double>(energies.size())) * sum;
}

std::vector<double> values_of(const std::vector<Energy>& energies) {
  std::vector<double> values;
  for (const Energy& energy : energies) values.push_back(energy.value.value);
  return values;
}

bool is_independent(const Source& source) {
  return source.key.starts_with("repeatability") || source.key.starts_with("gaps");
}

Statement state(const EnergyModel& model, Energy energy) {
  Statement statement;
  statement.value = energy.value.value;
  statement.stated = model.card.has_value();
  if (statement.stated) statement.interval = coverage_interval(energy.sources);
  double common = 0, independent = 0;
  for (const Source& source : (Energy{} + energy).sources)
    (is_independent(source) ? independent : common) += source.u_J * source.u_J;
  statement.u_common = std::sqrt(common);
  statement.u_independent = std::sqrt(independent);
  statement.energy = std::move(energy);
  return statement;
}

Energy with_repeatability(Energy mean, const std::vector<double>& values, double factor = 1.0) {
  const Scatter scatter = scatter_of(values);
  if (values.size() > 1)
    mean.sources.push_back({"repeatability", factor * scatter.standard_error,
                            scatter.degrees_of_freedom, Distribution::student});
  return mean;
}

/// Latency between a line and the current in the same word: moves both edges the same way.
void add_edge_doubt(const EnergyModel& model, Energy& energy, double active_W, double idle_W,
                    double inferences) {
  if (!model.card) return;
  energy.sources.push_back({"lines:" + model.instrument,
                            (active_W - idle_W) * model.card->line_latency_s.standard() / inferences,
                            INFINITY, model.card->line_latency_s.distribution});
}

/// A lost sample may have been anything between nothing and twice the mean: even over +-100 %.
void add_gap_doubt(const EnergyModel& model, Energy& energy,
                   const std::vector<WindowGroup>& groups) {
  if (!model.card) return;
  double doubt_J = 0;
  for (const WindowGroup& group : groups) {
    const Moments& m = group.infer.moments;
    const double per_sample =
        energy_of(model, m).value.value / static_cast<double>(m.samples() + m.lost);
    const auto missing =
        static_cast<double>(samples_without_current(model, m) + group.infer.lost_limit);
    doubt_J += missing * per_sample / static_cast<double>(group.infer.window.events);
  }
  if (doubt_J == 0) return;
  Limit limit;
  limit.half_width = doubt_J / static_cast<double>(groups.size());
  energy.sources.push_back({"gaps", limit.standard(), INFINITY, Distribution::rectangular});
}

std::string term_of(const std::string& key) {
  const std::string kind = key.substr(0, key.find(':'));
  const std::string last = key.substr(key.rfind(':') + 1);
  if (kind == "gain" || kind == "offset") return kind + ", range " + last;
  if (kind == "clock") return "time base";
  if (kind == "lines") return "edges";
  if (kind == "lead") return "lead resistance";
  if (kind == "settle") return "settle guard";
  return kind;
}

std::vector<BudgetTerm> budget_of(const EnergyModel& model, const Energy& energy) {
  const Energy merged = Energy{} + energy;
  const double u = merged.standard_uncertainty().value;
  std::vector<BudgetTerm> terms;
  for (const Source& source : merged.sources) {
    const InputDoubt input = input_doubt(model, source.key);
    const bool type_A = source.distribution == Distribution::student;
    BudgetTerm term{term_of(source.key), type_A ? "A" : "B", name_of(source.distribution),
                    input.u > 0 ? input.unit : "J"};
    term.u_J = std::abs(source.u_J);
    term.input_u = input.u > 0 ? input.u : term.u_J;
    term.sensitivity = input.u > 0 ? source.u_J / input.u : 1.0;
    term.contribution_percent = u > 0 ? 100 * source.u_J * source.u_J / (u * u) : 0;
    term.degrees_of_freedom = source.degrees_of_freedom;
    term.correlated = !is_independent(source);
    terms.push_back(std::move(term));
  }
  std::stable_sort(terms.begin(), terms.end(),
                   [](const BudgetTerm& a, const BudgetTerm& b) { return a.u_J > b.u_J; });
  return terms;
}

/// Window length over its inferences; its scatter, and the time base.
Statement latency_of(const EnergyModel& model, const std::vector<WindowGroup>& groups) {
  std::vector<double> values;
  for (const WindowGroup& group : groups)
    values.push_back(duration_of(model, group.infer.moments) /
                     static_cast<double>(group.infer.window.events));
  Energy latency{{scatter_of(values).mean}, {}};
  if (model.card)
    latency.sources.push_back({"clock:" + model.instrument,
                               latency.value.value * model.card->time_base.standard(), INFINITY,
                               model.card->time_base.distribution});
  return state(model, with_repeatability(std::move(latency), values));
}

std::optional<Statement> sleep_power_of(const EnergyModel& model,
                                        const std::vector<WindowGroup>& groups) {
  std::vector<Energy> powers;
  for (const WindowGroup& group : groups) {
    if (!group.sleep || group.sleep->moments.samples() == 0) continue;
    const double duration = duration_of(model, group.sleep->moments);
    powers.push_back((1.0 / duration) * energy_of(model, group.sleep->moments));
  }
  if (powers.empty()) return std::nullopt;
  return state(model, with_repeatability(mean_of(powers), values_of(powers)));
}

WindowResult window_result(const EnergyModel& model, const WindowGroup& group,
                           const Energy& settled, const Energy& net) {
  const Integral bare = integrate(model, group.infer.moments);
  WindowResult result;
  result.duration_s = bare.duration_s;
  result.energy_J = settled.value.value;
  result.net_energy_J = net.value.value;
  result.charge_C = bare.charge_C;
  result.mean_current_A =
      bare.charge_C / (static_cast<double>(group.infer.moments.samples()) * model.period_s);
  result.inferences = group.infer.window.events;
  result.range_switches = group.infer.moments.switches;
  result.lost_samples = group.infer.moments.lost;
  return result;
}

}  // namespace

Energy settled_energy(const EnergyModel& model, const WindowGroup& group) {
  const Energy window = energy_of(model, group.infer.moments);
  const double guard_s = duration_of(model, group.guard.moments);
  const double settled_s = duration_of(model, group.settled.moments);
  if (guard_s <= 0 || settled_s <= 0) return window;
  const Energy owed = energy_of(model, group.guard.moments) -
                      (guard_s / settled_s) * energy_of(model, group.settled.moments);
  Energy settled = window + owed;
  if (!model.card) return settled;
  Limit doubt;
  doubt.half_width = std::abs(owed.value.value);
  settled.sources.push_back(
      {"settle:" + model.bench, doubt.standard(), INFINITY, Distribution::rectangular});
  return settled;
}

EnergySummary summarise(const EnergyModel& model, const std::vector<WindowGroup>& groups) {
  if (groups.empty()) throw std::invalid_argument("summarise: no window");
  EnergySummary summary;
  std::vector<Energy> totals, nets, idles;
  double active_W = 0, inferences = 0;
  for (const WindowGroup& group : groups) {
    const auto events = static_cast<double>(group.infer.window.events);
    if (events < 1) throw std::invalid_argument("summarise: a window without inferences");
    const double duration = duration_of(model, group.infer.moments);
    const Energy settled = settled_energy(model, group);
    const Energy idle = idle_power_of(model, group);
    const Energy net = settled - duration * idle;
    totals.push_back((1.0 / events) * settled);
    nets.push_back((1.0 / events) * net);
    idles.push_back(idle);
    summary.windows.push_back(window_result(model, group, settled, net));
    active_W += settled.value.value / duration / static_cast<double>(groups.size());
    inferences += events / static_cast<double>(groups.size());
  }
  const std::vector<double> per_inference = values_of(totals);
  const Energy idle_mean = mean_of(idles);

  Energy systematic = mean_of(totals);
  add_edge_doubt(model, systematic, active_W, idle_mean.value.value, inferences);
  add_gap_doubt(model, systematic, groups);
  summary.mean = state(model, with_repeatability(systematic, per_inference));

  Energy median = with_repeatability(systematic, per_inference, kMedianOverMean);
  median.value = {median_of(per_inference)};
  summary.median = state(model, std::move(median));

  Energy net = mean_of(nets);
  add_edge_doubt(model, net, active_W, idle_mean.value.value, inferences);
  add_gap_doubt(model, net, groups);
  summary.marginal = state(model, with_repeatability(std::move(net), values_of(nets)));

  summary.idle_power = state(model, with_repeatability(idle_mean, values_of(idles)));
  summary.sleep_power = sleep_power_of(model, groups);
  summary.latency = latency_of(model, groups);
  summary.budget = budget_of(model, summary.mean.energy);
  summary.n_effective = static_cast<double>(groups.size());
  return summary;
}

}  // namespace jr
