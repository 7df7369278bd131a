// Several scenarios drawn together, so that what they share cancels in their differences: an instrument, a casing, a lifetime.
// Never takes two figures for one that only have the same name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/lca/life_cycle.hpp"
#include "rig/lca/monte_carlo.hpp"

namespace jr::lca {

/// A value at the named inputs, and where 95 % of the draws lie.
struct Span {
  double value{}, p2_5{}, p97_5{};
  bool holds_zero() const { return p2_5 <= 0 && p97_5 >= 0; }
};

/// kg CO2-eq.
struct Units {
  Span total_kg, use_kg, per_year_kg;
  std::optional<Span> per_inference_kg, per_inference_use_kg;  ///< absent without an event
};

struct Together {
  std::uint64_t draws{}, seed{};
  std::vector<Units> each;         ///< as many as scenarios
  std::vector<Units> minus_first;  ///< each minus the first of them, draw by draw; the first is zero
  std::size_t shared{};            ///< factors that more than one of them depends on
};

inline constexpr std::size_t kMostTogether = 12;

/// Two inputs are one factor if name, source and distribution are the same, two measured ones as far as they name the same
/// source keys. Requires scenarios that `check` accepts, 1 to kMostTogether of them, draws >= 100. Same bits for the same call.
Together draw_together(const std::vector<Scenario>& scenarios, std::uint64_t draws = kDraws, std::uint64_t seed = kSeed);

/// How much of its own change it takes to change the total by 1 %.
struct OnePercent {
  std::string what;                  ///< "energy of inference", "casing"
  std::optional<double> by_percent;  ///< signed, to first order; absent: nothing that it does changes the total
};
/// Of the figures that a designer holds in hand, those that exist: energy, sleep power, rate, grid, battery, blocks, lifetime.
std::vector<OnePercent> one_percent_of(const Scenario& scenario);

}  // namespace jr::lca
