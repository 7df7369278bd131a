// Losses that no counter saw: steps in the lateness of arrivals that stay.
// Pure. Never takes a pause of the host for a loss: after a pause the lateness comes back down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rig/capture/arrival.hpp"

namespace jr {

/// Lateness rose for good between two arrivals, given by their indices.
struct Step {
  std::size_t surely_before{};  ///< this one had arrived before the loss
  std::size_t first_after{};    ///< the two sides fit best when the second begins here
  std::size_t surely_after{};   ///< the loss had happened before this one arrived
};

struct StepSearch {
  Lateness lateness;
  bool skew_known{};                 ///< lateness.skew is good enough to look for steps with
  double least_skew{}, most_skew{};  ///< anyway it is between these
  std::uint32_t counter_period{};
};

/// Steps by a multiple of the counter's period within `arrivals`, ascending, that have enough stream on
/// both sides to be believed.
std::vector<Step> steps_in(Arrivals arrivals, const StepSearch& search);

}  // namespace jr
