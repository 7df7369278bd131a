// Finds repeated inferences in a current where no wire tells when they are.
// Pure; what it cannot tell for sure it refuses, with the reason and the cure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

struct SegmentRule {
  std::uint64_t expected{};    ///< inferences that were asked for; 0: not known
  std::size_t idle_samples{};  ///< of the beginning, in which the board idles for sure; 0: the
                               ///< lowest level is taken for idle
  std::size_t talk_samples{};  ///< activity of up to so many samples directly before the first or
                               ///< behind the last inference is none
  double least_snr{3};         ///< an edge whose step is less than this times the noise is refused
  double relative_u_at_most{0.01};  ///< an inference whose length is known worse is refused
  std::size_t neighbourhood{24};    ///< samples on either side of an edge that fix its levels
};

struct FoundEdge {
  std::uint64_t first{};  ///< index of the first sample behind the edge
  double at{};            ///< where it most likely is, in samples: half a sample before `first`
  double u{};    ///< standard uncertainty of `at` in samples: the grid's, noise's, slowness's
  double snr{};  ///< step over noise; 0 for a boundary that was counted off, not seen
};

struct FoundWindow {
  FoundEdge start, end;
  double likeness{};  ///< correlation with the mean of all; 1 for a single one
};

enum class SegmentWay {
  gaps,       ///< idle lies between them, each edge was seen
  repetition  ///< they follow one another at once; the first start, the last end and the period
              ///< were seen
};

struct Segmentation {
  SegmentWay way{};
  std::vector<FoundWindow> windows;  ///< in their order, never empty
  double snr{};                      ///< the lowest of all edges that were seen
  double period_samples{};           ///< mean from start to start; 0 for a single one
  double u_period_samples{};         ///< standard
  double surplus_samples{};  ///< repetition: activity beyond whole periods, part of no window
};

/// Finds the inferences in `current_A` (received samples, or averages of equally many; one stream,
/// no gap inside). In turn: levels by two means on a smoothed view; stretches above idle; an edge
/// each by least squares in its neighbourhood (of several steps the outermost); likeness with the
/// mean of all. A stretch that holds several is divided by its period, counted from its first edge.
/// Errors (malformed), with the reason: too little above the noise, cut off by the ends of the
/// trace, another number of stretches than asked for, stretches that are not alike, no or no single
/// period, too short to be known.
Result<Segmentation> segment(std::span<const double> current_A, const SegmentRule& rule);

}  // namespace jr
