// The board's own clock against the trace: pairs of a time by the board and a place in the trace.
// Pure; never corrects for a latency that all pairs share, which does not touch a rate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "rig/core/result.hpp"

namespace jr {

/// One moment, told twice: by the board's timer and by its place in the trace.
struct ClockPair {
  double board_s{};
  double index{};  ///< time index: received samples plus all gaps before (ClockFit::index_at)
};

/// Multiply an interval of the board's clock by 1 + 1e-6 correction_ppm to have the trace's time,
/// that is samples times the period that was handed in. Positive: the board is slow.
struct BoardClock {
  double correction_ppm{};
  double u_ppm{};  ///< standard, of the fit alone: neither the trace's nor the host's own clock
  double degrees_of_freedom{std::numeric_limits<double>::infinity()};
  double residual_s{};  ///< root mean square of what the fit leaves
  std::size_t pairs{};
};

/// Edges of a pin that the board stamps: doubt to both sides. Least squares; the scatter of the
/// fit, or the doubts handed in where these are larger (then with infinite degrees of freedom).
/// `u_board_s`: standard, of a stamp (1 us steps: 0.29e-6); `u_index`: of a place (on the grid:
/// 0.29 samples). Errors (malformed): fewer than 2 pairs, or all at one time.
Result<BoardClock> fit_edge_pairs(std::span<const ClockPair> pairs, double period_s,
                                  double u_board_s, double u_index);

}  // namespace jr
