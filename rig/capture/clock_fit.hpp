// The instrument's clock against the host's: host time <-> sample, piecewise around gaps.
// Never corrects for the transport's least latency: one-way arrivals cannot see it.
#pragma once

#include <cstdint>
#include <vector>

#include "rig/capture/loss_analysis.hpp"

namespace jr {

/// Host times are CLOCK_MONOTONIC_RAW, whose own error is not in here.
struct ClockFit {
  double skew_ppm{};  ///< true period = nominal * (1 + 1e-6 skew); positive: the instrument is slow
  double u_ppm{};     ///< standard uncertainty; the published limit / sqrt 3 when nothing is known yet

  double index_at(std::int64_t host_ns) const;    ///< time index: received samples plus all gaps before
  double ordinal_at(std::int64_t host_ns) const;  ///< received samples, a fraction between two of them
  std::int64_t host_ns_at(double ordinal) const;  ///< the earliest that a sample could have been here

  /// Samples between two gaps.
  struct Piece {
    std::uint64_t first_ordinal{};
    std::uint64_t lost_before{};
    double offset_s{};  ///< host time of index 0 after `origin_ns`, as this piece sees it
  };
  std::vector<Piece> pieces;  ///< ascending, never empty
  std::int64_t origin_ns{};
  double period_s{};  ///< the true one
};

/// Fits one skew to all of the stream; a gap of doubtful length starts a new offset.
ClockFit fit_clock(const LossAnalysis& analysis, StreamClock clock);

}  // namespace jr
