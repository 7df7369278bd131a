// Losses that no counter saw: steps in the lateness of arrivals that stay.
// Pure. Never takes a pause of the host for a loss: after a pause the lateness comes back down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rig/capture/arrival.hpp"

namespace jr {

/// Lateness rose for good between the arrivals `first_after - 1` and `last_after`.
struct Step {
  std::size_t first_after{};  ///< the last arrival before it is surely before the loss
  std::size_t last_after{};   ///< this one is surely after it
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
