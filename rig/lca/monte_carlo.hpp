// A scenario drawn many times: quantiles, and which input the spread comes from.
// Never takes two figures of one instrument for independent: measured inputs are drawn by source key.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "rig/lca/life_cycle.hpp"

namespace jr::lca {

struct Quantiles { double p2_5{}, p5{}, p25{}, p50{}, p75{}, p95{}, p97_5{}; };

struct Distributed {
  double mean{}, sd{};
  Quantiles quantiles;
};

/// Share of the variance of the total: squared linear (Pearson) correlation of the drawn factor with it, divided by the sum
/// over all factors. A factor is an input, or a source key that several measured inputs share.
struct Contribution {
  std::string factor;       ///< the input's name, or "measured: KEY"
  std::string source;       ///< id of its citation; empty for keys
  double percent{};
  double correlation{};     ///< signed
  double low_kg{}, high_kg{};  ///< total with this factor alone at its 5 % and 95 % quantile: a tornado's bar
};

/// How often results fell into equal steps from `low` to `high`; outside are 0.25 % on either side, which no step has.
struct Histogram {
  double low{}, high{};
  std::vector<double> share;  ///< of all draws; empty: all draws gave the same, or it is not finite
};

/// Share of the draws that took so many batteries.
struct BatteryCount { double batteries{}, share{}; };

struct Simulation {
  std::uint64_t draws{}, seed{};
  Distributed total_kg, use_kg, batteries, battery_life_s, average_power_W;
  struct Range { double p2_5{}, p97_5{}; };
  std::array<Range, kRows> stages{};          ///< kg
  Range per_year_kg, per_inference_kg, per_inference_use_kg;  ///< the last two 0 without an event
  Histogram total_shape, battery_life_shape;  ///< kg, s
  std::vector<BatteryCount> battery_counts;   ///< ascending; empty when batteries are counted in fractions
  std::vector<Contribution> contributions;  ///< largest first; those of at least 0.05 %
  double correlation_sum{};                 ///< of squared correlations before normalising; far from 1: not additive
  std::uint64_t too_busy{};                 ///< draws with sum f t > 1, taken as 1
};

inline constexpr std::uint64_t kDraws = 100'000, kSeed = 20'231'101;

/// The same scenario, draws and seed give the same bits. Requires a scenario that `check` accepts, draws >= 100.
Simulation simulate(const Scenario& scenario, std::uint64_t draws = kDraws, std::uint64_t seed = kSeed);

}  // namespace jr::lca
