// From the currents around one `infer` to its pieces, for a bench that has no MARK wire.
// Pure; a window that is not beyond doubt comes back with the reason why it does not count.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rig/core/range_polynomial.hpp"
#include "rig/core/window.hpp"
#include "rig/run/window_cutter.hpp"

namespace jr {

/// What the host knows about one `infer`, and what the monitor saw around it.
struct SegmentTrace {
  std::span<const double> current_A;  ///< received samples without a gap, from an idle before
                                      ///< `asked` until well behind the reply
  std::uint64_t first{};              ///< ordinal of the first of them
  std::uint64_t asked{};              ///< as in InferTrace
  std::uint64_t replied{};            ///< sample of the moment the reply had come, by the clock fit
  std::uint64_t inferences{};
  double asked_to_reply_s{};  ///< host time between command and its m-ready
  /// The longest time that the board is busy with its serial line directly before or behind the
  /// inferences, on either side: characters times 10 over the baud rate.
  double talk_s{};
};

/// How the window came about; decides what its energy includes.
enum class SegmentCutWay {
  block,  ///< from the first edge to the last; talk at its ends is inside, and in the edges' doubt
  periods,  ///< whole periods from within the block, fewer than were asked for: no edge, no talk
  train     ///< from the first inference to the last, the rests between them included
};

struct SegmentCut {
  CutWindow cut;  ///< every piece found_by segment; `infer.events` is what it holds
  SegmentCutWay way{};
  std::vector<Window> inferences;  ///< each by itself, where that could be told; else empty
  double least_snr{};              ///< step over noise of the faintest edge
};

/// Finds the inferences of one `infer`. Idle, guard and settled pieces as cut_window() lays them,
/// with `talk_s` more distance from the window. `cut.infer.edge_u_samples` holds noise, slow steps
/// and talk, not the grid. Invalid, with the reason: what segment() refuses, a window outside the
/// conversation.
SegmentCut cut_by_segments(const SegmentTrace& trace, const CutRule& rule);

/// Amperes of samples of one stretch; a sample of an illegal range repeats the one before it (0 A
/// at the beginning). For finding edges only: energy comes from moments. Requires equal sizes.
std::vector<double> currents_of(std::span<const std::uint16_t> codes,
                                std::span<const std::uint8_t> ranges,
                                std::span<const RangePolynomial> polynomials, Volt supply);

}  // namespace jr
