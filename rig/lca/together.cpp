// One list of factors over all scenarios; each draw moves a factor once, wherever it acts.
// Differences are taken draw by draw: nothing is linearised.
#include "rig/lca/together.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "rig/energy/draws.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

/// What is drawn once for all scenarios that it acts in.
struct JointFactor {
  std::optional<Input> original;                 ///< own distribution; absent: a source key
  Source shape;                                  ///< of a key
  std::vector<std::pair<Input*, double>> moved;  ///< by a key: input and u; else the inputs that it is, u unused
  std::vector<std::size_t> scenarios;            ///< that it acts in, ascending
};

/// What makes two inputs one: the error of the world is the same if nothing tells them apart.
std::string identity_of(const Input& input) {
  std::string text = input.name + "\n" + input.unit + "\n" + input.citation.id + "\n" + input.citation.text + "\n" + name_of(input.spread);
  for (const double part : {input.value, input.u, input.gsd, input.low, input.high}) {
    std::array<char, 40> digits;
    std::snprintf(digits.data(), digits.size(), "\n%.17g", part);
    text += digits.data();
  }
  return text;
}

class Joint {
 public:
  explicit Joint(const std::vector<Scenario>& scenarios) : scenarios_(scenarios) {
    for (std::size_t s = 0; s < scenarios_.size(); ++s)
      for (Input* input : inputs_of(scenarios_[s])) {
        if (!input->uncertain()) continue;
        if (input->spread == Spread::measured)
          take_measured(*input, s);
        else
          act(factor_named(identity_of(*input), [&](JointFactor& factor) { factor.original = *input; }), input, 0, s);
      }
  }

  void draw(Draws& dice) {
    for (auto& [input, value] : measured_) input->value = value;
    for (JointFactor& factor : factors_) {
      if (factor.original) {
        const double value = drawn(dice, *factor.original);
        for (auto& [input, u] : factor.moved) input->value = value;
      } else {
        const double x = jr::drawn(dice, factor.shape, true);
        for (auto& [input, u] : factor.moved) input->value += u * x;
      }
    }
  }

  const std::vector<Scenario>& scenarios() const { return scenarios_; }
  std::size_t shared() const {
    return static_cast<std::size_t>(std::count_if(factors_.begin(), factors_.end(), [](const JointFactor& f) { return f.scenarios.size() > 1; }));
  }

 private:
  template <class Begin>
  JointFactor& factor_named(const std::string& key, Begin&& begin) {
    const auto [known, is_new] = places_.try_emplace(key, factors_.size());
    if (is_new) begin(factors_.emplace_back());
    return factors_[known->second];
  }

  void take_measured(Input& input, std::size_t scenario) {
    measured_.emplace_back(&input, input.value);
    for (const Source& source : input.sources) {
      const std::string key = source.key.empty() ? "own\n" + std::to_string(scenario) + "\n" + input.name : "key\n" + source.key;
      act(factor_named(key, [&](JointFactor& factor) { factor.shape = source; }), &input, source.u_J, scenario);
    }
  }

  static void act(JointFactor& factor, Input* input, double u, std::size_t scenario) {
    factor.moved.emplace_back(input, u);
    if (factor.scenarios.empty() || factor.scenarios.back() != scenario) factor.scenarios.push_back(scenario);
  }

  std::vector<Scenario> scenarios_;
  std::vector<JointFactor> factors_;
  std::map<std::string, std::size_t> places_;
  std::vector<std::pair<Input*, double>> measured_;
};

constexpr std::size_t kMetrics = 5;
using Metrics = std::array<double, kMetrics>;  // total, use, per year, per inference, per inference for use

Metrics metrics_of(const Scenario& scenario) {
  const Figures figures = figures_of(scenario);
  const double inferences = inferences_of(scenario).value_or(0);
  const double total = figures.total_kg, use = figures[Row::use];
  return {total, use, total * kSecondsPerYear / scenario.lifetime.value, inferences > 0 ? total / inferences : 0, inferences > 0 ? use / inferences : 0};
}

Span span_of(double value, std::vector<double>& values) {
  const auto nth = [&](double p) {
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::lround(p * static_cast<double>(values.size() - 1)));
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  const double low = nth(0.025);
  return {value, low, nth(0.975)};
}

Units units_of(const std::array<Span, kMetrics>& spans, bool has_event) {
  Units units{spans[0], spans[1], spans[2], {}, {}};
  if (has_event) {
    units.per_inference_kg = spans[3];
    units.per_inference_use_kg = spans[4];
  }
  return units;
}

}  // namespace

Together draw_together(const std::vector<Scenario>& scenarios, std::uint64_t draws, std::uint64_t seed) {
  if (scenarios.empty() || scenarios.size() > kMostTogether || draws < 100)
    throw std::invalid_argument("draw_together: 1 to 12 scenarios and 100 draws at least");
  Together result{draws, seed, {}, {}, 0};
  const std::size_t count = scenarios.size(), n = static_cast<std::size_t>(draws);
  std::vector<std::array<std::vector<double>, kMetrics>> values(count);
  for (auto& one : values)
    for (auto& list : one) list.reserve(n);
  Joint joint(scenarios);
  Draws dice(seed);
  for (std::size_t i = 0; i < n; ++i) {
    joint.draw(dice);
    for (std::size_t s = 0; s < count; ++s) {
      const Metrics metrics = metrics_of(joint.scenarios()[s]);
      for (std::size_t m = 0; m < kMetrics; ++m) values[s][m].push_back(metrics[m]);
    }
  }
  const Metrics first = metrics_of(scenarios.front());
  std::vector<double> work(n);
  for (std::size_t s = 0; s < count; ++s) {
    const Metrics named = metrics_of(scenarios[s]);
    const bool has_event = scenarios[s].use.functional() != nullptr;
    std::array<Span, kMetrics> own, minus;
    for (std::size_t m = 0; m < kMetrics; ++m) {
      work = values[s][m];
      own[m] = span_of(named[m], work);
      for (std::size_t i = 0; i < n; ++i) work[i] = values[s][m][i] - values[0][m][i];
      minus[m] = span_of(named[m] - first[m], work);
    }
    result.each.push_back(units_of(own, has_event));
    result.minus_first.push_back(units_of(minus, has_event && scenarios.front().use.functional() != nullptr));
  }
  result.shared = joint.shared();
  return result;
}

std::vector<OnePercent> one_percent_of(const Scenario& scenario) {
  constexpr double kStep = 1e-3;  // small enough for first order, large enough for the last digits
  const double total = figures_of(scenario).total_kg;
  std::vector<OnePercent> list;
  const auto look = [&](const std::string& what, auto&& pick) {
    Scenario up = scenario, down = scenario;
    Input *above = pick(up), *below = pick(down);
    if (!above || above->value == 0 || !(total > 0)) return;
    above->value *= 1 + kStep;
    below->value *= 1 - kStep;
    const double change = (figures_of(up).total_kg - figures_of(down).total_kg) / (2 * kStep) / total;  // relative, for twice as much
    list.push_back({what, std::abs(change) > 1e-9 ? std::optional(1 / change) : std::nullopt});
  };
  const auto in = [](std::optional<Input>& input) { return input ? &*input : nullptr; };
  look("mean power", [&](Scenario& s) { return in(s.use.average_power); });
  for (std::size_t i = 0; i < scenario.use.events.size(); ++i) {
    look("energy of " + scenario.use.events[i].name, [&](Scenario& s) { return &s.use.events[i].energy.joules(); });
    look("rate of " + scenario.use.events[i].name, [&](Scenario& s) { return &s.use.events[i].rate.per_s; });
  }
  look("power in between", [&](Scenario& s) { return in(s.use.sleep_power); });
  look("grid intensity", [](Scenario& s) { return &s.grid.intensity; });
  if (scenario.battery) look("battery capacity", [](Scenario& s) { return &s.battery->capacity; });
  look("lifetime", [](Scenario& s) { return &s.lifetime; });
  look("ML training", [](Scenario& s) { return &s.training.impact; });
  for (std::size_t i = 0; i < scenario.blocks.size(); ++i)
    look(words_of(scenario.blocks[i].row), [&](Scenario& s) { return &s.blocks[i].impact; });
  std::stable_sort(list.begin(), list.end(), [](const OnePercent& a, const OnePercent& b) {
    if (a.by_percent.has_value() != b.by_percent.has_value()) return a.by_percent.has_value();
    return a.by_percent && std::abs(*a.by_percent) < std::abs(*b.by_percent);
  });
  return list;
}

}  // namespace jr::lca
