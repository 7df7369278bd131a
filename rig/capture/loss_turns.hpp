// How many whole turns of a counter lie between two stretches of arrivals, by likelihood.
// Pure. Never sees the counter itself: only lateness before and after.
#pragma once

#include <cstdint>

#include "rig/capture/arrival.hpp"

namespace jr {

struct TurnsQuestion {
  Arrivals before, after;
  Lateness lateness;           ///< its skew is not used
  double least_skew{}, most_skew{};  ///< the true one is between them
  double lost_otherwise{};     ///< samples known to be missing between the two, without the turns
  std::uint32_t period{};      ///< samples a turn
  double near{};               ///< a first idea of the number of turns
};

struct Turns {
  double most_likely{};     ///< a whole number, never below 0
  double doubt{};           ///< numbers this far from it are not to be excluded (0: none is)
  double nats_over_none{};  ///< by how much it is likelier than no turn at all
};

/// One line under all arrivals of both stretches for each number of turns, skew free within its reach;
/// lateness above the line is held to be Pareto-like, so that stalls weigh little.
Turns count_turns(const TurnsQuestion& question);

}  // namespace jr
