// Fits the instrument's clock to the least late arrivals, gaps put back in.
// Never lets a gap of doubtful length join what lies on its two sides.
#include "rig/capture/clock_fit.hpp"

#include <algorithm>
#include <cmath>

namespace jr {
namespace {

/// Segments with their lost samples put back, joined where the gap between them is exact.
struct Joined {
  std::vector<std::vector<Arrival>> runs;
  std::vector<std::size_t> run_of_segment;
  std::vector<std::uint64_t> lost_before;  ///< of each segment
};

Joined join(const LossAnalysis& analysis) {
  Joined joined;
  joined.runs.emplace_back();
  std::uint64_t lost = 0;
  for (std::size_t s = 0; s < analysis.segments.size(); ++s) {
    if (s > 0) {
      lost += analysis.gaps[s - 1].length;
      if (analysis.gaps[s - 1].length_limit > 0) joined.runs.emplace_back();
    }
    for (Arrival arrival : analysis.segments[s]) {
      arrival.ordinal += lost;
      joined.runs.back().push_back(arrival);
    }
    joined.run_of_segment.push_back(joined.runs.size() - 1);
    joined.lost_before.push_back(lost);
  }
  return joined;
}

}  // namespace

ClockFit fit_clock(const LossAnalysis& analysis, StreamClock clock) {
  const Joined joined = join(analysis);
  std::vector<Arrivals> runs(joined.runs.begin(), joined.runs.end());
  Lateness lateness = analysis.lateness;
  const double limit = clock.limit_ppm * 1e-6;
  lateness.skew = common_skew(runs, lateness, limit);
  const double u = u_of_skew(runs, clock.period_s, analysis.tail, limit);
  if (u > 0.9 * limit / std::sqrt(3.0)) lateness.skew = 0;

  ClockFit fit;
  fit.skew_ppm = lateness.skew * 1e6;
  fit.u_ppm = u * 1e6;
  fit.origin_ns = lateness.origin_ns;
  fit.period_s = clock.period_s * (1 + lateness.skew);
  double offset_s = 0;  // of the newest run that had an arrival
  for (std::size_t s = 0; s < analysis.segments.size(); ++s) {
    const double late_s = least_late(runs[joined.run_of_segment[s]], lateness).late_s;
    if (std::isfinite(late_s)) offset_s = late_s;
    const std::uint64_t first = s == 0 ? 0 : analysis.gaps[s - 1].ordinal;
    fit.pieces.push_back({first, joined.lost_before[s], offset_s});
  }
  return fit;
}

double ClockFit::index_at(std::int64_t host_ns) const {
  const double elapsed_s = 1e-9 * static_cast<double>(host_ns - origin_ns);
  double index = (elapsed_s - pieces.front().offset_s) / period_s;
  for (const Piece& piece : pieces) {
    const double here = (elapsed_s - piece.offset_s) / period_s;
    if (here < static_cast<double>(piece.first_ordinal + piece.lost_before)) break;
    index = here;
  }
  return std::max(index, 0.0);
}

double ClockFit::ordinal_at(std::int64_t host_ns) const {
  const double index = index_at(host_ns);
  double ordinal = index;
  for (const Piece& piece : pieces) {
    const auto first = static_cast<double>(piece.first_ordinal);
    const double here = index - static_cast<double>(piece.lost_before);
    if (here < first) return std::min(ordinal, first);  // in the gap: nothing new has been received
    ordinal = here;
  }
  return ordinal;
}

std::int64_t ClockFit::host_ns_at(double ordinal) const {
  const auto after = std::upper_bound(pieces.begin() + 1, pieces.end(), ordinal, [](double o, const Piece& p) {
    return o < static_cast<double>(p.first_ordinal);
  });
  const Piece& piece = *(after - 1);
  const double index = ordinal + static_cast<double>(piece.lost_before);
  return origin_ns + std::llround((piece.offset_s + index * period_s) * 1e9);
}

}  // namespace jr
