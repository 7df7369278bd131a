// From arrivals and counter breaks to gaps: where the stream must be split, how far it jumped there.
// Pure; knows nothing of blocks, threads or clocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rig/capture/arrival.hpp"
#include "rig/core/gap.hpp"
#include "rig/core/sample_block.hpp"

namespace jr {

/// A place where samples are, or may be, missing.
struct Split {
  CounterBreak mark;            ///< unseen losses: missing 0 modulo the counter's period
  std::uint64_t place_limit{};  ///< the true place is within mark.ordinal +- this
  std::size_t first_after{};    ///< index of the first arrival after it
  bool unseen{};                ///< by any counter: found as a step of the arrivals
};

/// All that is known of a stream when it is looked at.
struct LossEvidence {
  Arrivals arrivals;                ///< ascending
  std::size_t thinned{};            ///< those before this one each stand for many; not searched again
  std::vector<Split> splits;        ///< known ones, ascending
  LatencyTail tail;                 ///< of the arrivals that were thinned out
  StreamClock clock;
  std::uint32_t counter_period{};   ///< of the instrument; 0 when it counts exactly
};

struct LossAnalysis {
  std::vector<Split> splits;         ///< the known ones and those found, ascending
  std::vector<Arrivals> segments;    ///< between the splits: one more than those
  std::vector<Gap> gaps;             ///< one a split, those of length 0 too
  Lateness lateness;
  LatencyTail tail;                  ///< of single arrivals
  LatencyTail floors;                ///< of the least late arrivals of half-seconds
  double u_skew{};
};

LossAnalysis analyse_losses(const LossEvidence& evidence);

}  // namespace jr
