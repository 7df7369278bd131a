// Draws of a scenario: every uncertain input by its own distribution, measured ones by their shared keys.
// Nothing is allocated between the first draw and the last.
#include "rig/lca/monte_carlo.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "rig/energy/draws.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

/// What is drawn: an input's own value, or a source that one or more measured inputs share.
struct Factor {
  std::string name, source;
  Input* input{};                                ///< own distribution
  Source shape;                                  ///< of a key
  std::vector<std::pair<Input*, double>> moved;  ///< by a key: input and u
  double nominal{};                              ///< the input's; 0 for a key
  double x{}, sum{}, square{}, product{};        ///< running sums against the total
};

std::vector<Factor> factors_of(const std::vector<Input*>& inputs) {
  std::vector<Factor> factors;
  std::map<std::string, std::size_t> keys;
  for (Input* input : inputs) {
    if (!input->uncertain()) continue;
    if (input->spread != Spread::measured) {
      factors.push_back({input->name, input->citation.id, input, {}, {}, input->value});
      continue;
    }
    for (const Source& source : input->sources) {
      const std::string key = source.key.empty() ? input->name : source.key;
      const auto [known, is_new] = keys.try_emplace(key, factors.size());
      if (is_new) factors.push_back({"measured: " + key, "", nullptr, source, {}, 0});
      factors[known->second].moved.emplace_back(input, source.u_J);
    }
  }
  return factors;
}

/// Distribution of one result over the draws.
class Collected {
 public:
  explicit Collected(std::size_t draws) { values_.reserve(draws); }
  void add(double value) { values_.push_back(value); }

  Distributed summary() {
    std::sort(values_.begin(), values_.end());
    Distributed d;
    const auto n = static_cast<double>(values_.size());
    for (const double value : values_) d.mean += value / n;
    for (const double value : values_) d.sd += (value - d.mean) * (value - d.mean) / (n - 1);
    d.sd = std::sqrt(d.sd);
    d.quantiles = {at(0.025), at(0.05), at(0.25), at(0.5), at(0.75), at(0.95), at(0.975)};
    return d;
  }

  /// The two ends of the middle 95 %, without sorting the rest.
  Simulation::Range range() {
    const auto nth = [&](double p) {
      const auto place = values_.begin() + static_cast<std::ptrdiff_t>(std::lround(p * static_cast<double>(values_.size() - 1)));
      std::nth_element(values_.begin(), place, values_.end());
      return *place;
    };
    const bool same = std::all_of(values_.begin(), values_.end(), [&](double value) { return value == values_.front(); });
    if (same) return {values_.front(), values_.front()};
    return {nth(0.025), nth(0.975)};
  }

  /// After summary(), which sorts.
  Histogram shape() const {
    Histogram h{at(0.0025), at(0.9975), {}};
    if (!(h.high > h.low) || !std::isfinite(h.high - h.low)) return h;
    h.share.assign(kSteps, 0);
    for (const double value : values_) {
      if (value < h.low || value > h.high) continue;
      const auto step = static_cast<std::size_t>((value - h.low) / (h.high - h.low) * kSteps);
      h.share[std::min(step, kSteps - 1)] += 1 / static_cast<double>(values_.size());
    }
    return h;
  }

  /// After summary().
  std::vector<BatteryCount> counts() const {
    std::vector<BatteryCount> list;
    for (const double value : values_) {
      if (list.empty() || list.back().batteries != value) list.push_back({value, 0});
      list.back().share += 1 / static_cast<double>(values_.size());
    }
    return list;
  }

 private:
  static constexpr std::size_t kSteps = 48;

  double at(double p) const {
    const double place = p * static_cast<double>(values_.size() - 1);
    const auto low = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(low);
    if (share == 0 || values_[low] == values_[low + 1]) return values_[low];
    return values_[low] + share * (values_[low + 1] - values_[low]);
  }
  std::vector<double> values_;
};

class Trial {
 public:
  explicit Trial(const Scenario& scenario) : scenario_(scenario), inputs_(inputs_of(scenario_)), factors_(factors_of(inputs_)) {
    for (Input* input : inputs_)
      if (input->spread == Spread::measured && input->uncertain()) measured_.emplace_back(input, input->value);
    for (const Factor& factor : factors_)
      if (factor.input) originals_.push_back(*factor.input);
    reference_kg_ = figures_of(scenario_).total_kg;
  }

  Figures draw(Draws& draws) {
    for (auto& [input, value] : measured_) input->value = value;
    std::size_t own = 0;
    for (Factor& factor : factors_) {
      if (factor.input) {
        factor.input->value = drawn(draws, originals_[own++]);
        factor.x = factor.input->value - factor.nominal;
      } else {
        factor.x = jr::drawn(draws, factor.shape, true);
        for (auto& [input, u] : factor.moved) input->value += u * factor.x;
      }
    }
    return figures_of(scenario_);
  }

  const Scenario& scenario() const { return scenario_; }  ///< as it was drawn last

  void note(double total_kg) {
    const double y = total_kg - reference_kg_;
    sum_ += y;
    square_ += y * y;
    for (Factor& factor : factors_) {
      factor.sum += factor.x;
      factor.square += factor.x * factor.x;
      factor.product += factor.x * y;
    }
  }

  std::vector<Contribution> contributions(double draws, double& correlation_sum) {
    std::vector<Contribution> list;
    const double variance = square_ - sum_ * sum_ / draws;
    for (const Factor& factor : factors_) {
      const double own = factor.square - factor.sum * factor.sum / draws;
      const double shared = factor.product - factor.sum * sum_ / draws;
      const double r = own > 0 && variance > 0 ? shared / std::sqrt(own * variance) : 0;
      list.push_back({factor.name, factor.source, 100 * r * r, std::isfinite(r) ? r : 0, 0, 0});
      if (std::isfinite(r)) correlation_sum += r * r;
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (correlation_sum > 0) list[i].percent /= correlation_sum;
      if (list[i].percent >= kWorthSaying) bar(i, list[i]);
    }
    std::erase_if(list, [](const Contribution& c) { return !(c.percent >= kWorthSaying); });
    std::stable_sort(list.begin(), list.end(), [](const Contribution& a, const Contribution& b) { return a.percent > b.percent; });
    return list;
  }

 private:
  static constexpr double kWorthSaying = 0.05;  // per cent

  void reset() {
    for (auto& [input, value] : measured_) input->value = value;
    std::size_t own = 0;
    for (const Factor& factor : factors_)
      if (factor.input) factor.input->value = originals_[own++].value;
  }

  /// The total with one factor alone at the ends of its 90 %.
  void bar(std::size_t which, Contribution& contribution) {
    std::size_t own = 0;
    for (std::size_t i = 0; i < which; ++i) own += factors_[i].input != nullptr;
    const Factor& factor = factors_[which];
    for (const double p : {0.05, 0.95}) {
      reset();
      if (factor.input) factor.input->value = quantile(originals_[own], p);
      for (const auto& [input, u] : factor.moved) input->value += (p < 0.5 ? -1 : 1) * 1.6448536269514722 * u;
      (p < 0.5 ? contribution.low_kg : contribution.high_kg) = figures_of(scenario_).total_kg;
    }
    reset();
  }

  Scenario scenario_;
  std::vector<Input*> inputs_;
  std::vector<Factor> factors_;
  std::vector<Input> originals_;  ///< of the factors that are inputs, in their order
  std::vector<std::pair<Input*, double>> measured_;
  double reference_kg_{}, sum_{}, square_{};
};

}  // namespace

Simulation simulate(const Scenario& scenario, std::uint64_t draws, std::uint64_t seed) {
  if (draws < 100) throw std::invalid_argument("simulate: fewer than 100 draws say nothing");
  Simulation result;
  result.draws = draws;
  result.seed = seed;
  const auto count = static_cast<std::size_t>(draws);
  Collected total(count), use(count), batteries(count), life(count), power(count), year(count), inference(count), inference_use(count);
  std::vector<Collected> stages;
  for (std::size_t row = 0; row < kRows; ++row) stages.emplace_back(count);
  Trial trial(scenario);
  Draws dice(seed);
  for (std::size_t i = 0; i < count; ++i) {
    const Figures figures = trial.draw(dice);
    trial.note(figures.total_kg);
    total.add(figures.total_kg);
    use.add(figures[Row::use]);
    batteries.add(figures.battery.count);
    life.add(figures.battery.life_s);
    power.add(figures.power.average_W);
    const double inferences = inferences_of(trial.scenario()).value_or(0);
    year.add(figures.total_kg * kSecondsPerYear / trial.scenario().lifetime.value);
    inference.add(inferences > 0 ? figures.total_kg / inferences : 0);
    inference_use.add(inferences > 0 ? figures[Row::use] / inferences : 0);
    for (std::size_t row = 0; row < kRows; ++row) stages[row].add(figures.kg[row]);
    result.too_busy += figures.power.too_busy;
  }
  result.contributions = trial.contributions(static_cast<double>(draws), result.correlation_sum);
  result.total_kg = total.summary();
  result.use_kg = use.summary();
  result.batteries = batteries.summary();
  result.battery_life_s = life.summary();
  result.average_power_W = power.summary();
  result.per_year_kg = year.range();
  result.per_inference_kg = inference.range();
  result.per_inference_use_kg = inference_use.range();
  result.total_shape = total.shape();
  result.battery_life_shape = life.shape();
  if (scenario.battery && scenario.battery->counting == Counting::integer) result.battery_counts = batteries.counts();
  for (std::size_t row = 0; row < kRows; ++row) result.stages[row] = stages[row].range();
  return result;
}

}  // namespace jr::lca
