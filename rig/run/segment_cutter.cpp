// The current says where, the conversation says how many; where both agree there is a window.
// Never divides a block by the count alone.
#include "rig/run/segment_cutter.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rig/energy/segmentation.hpp"

namespace jr {
namespace {

constexpr std::uint64_t kLeastPeriods = 3;  ///< of a window of whole periods, and one to drop

struct Grid {
  double period_s{};
  std::uint64_t samples(double seconds) const {
    return static_cast<std::uint64_t>(std::ceil(seconds / period_s));
  }
};

Window segment_piece(WindowLabel label, std::uint64_t start, std::uint64_t length) {
  return {label, FoundBy::segment, start, start + length, 0, 0};
}

/// What an edge's doubt is beyond that of any edge on a grid.
double beyond_grid(double u_samples) {
  return std::sqrt(std::max(0.0, u_samples * u_samples - 1.0 / 12));
}

Window window_from(const SegmentTrace& trace, const FoundEdge& start, const FoundEdge& end,
                   std::uint64_t events) {
  return {WindowLabel::infer,      FoundBy::segment, trace.first + start.first,
          trace.first + end.first, events,           beyond_grid(std::max(start.u, end.u))};
}

/// Whole periods at the beginning of a block within which talk may still go on; at least one.
std::uint64_t periods_of_talk(const Segmentation& block, std::uint64_t talk) {
  const double periods = static_cast<double>(talk) / block.period_samples;
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(periods)));
}

/// Fills window, way and inferences; returns why it cannot be.
std::string find(const SegmentTrace& trace, const Grid& grid, SegmentCut& result) {
  SegmentRule rule;
  const std::uint64_t talk = grid.samples(trace.talk_s);
  rule.idle_samples = trace.asked - std::min(trace.asked, trace.first + talk);
  rule.talk_samples = talk;
  rule.expected = trace.inferences;
  const auto counted = segment(trace.current_A, rule);
  rule.expected = 1;  // all of it as one, short wakings left out
  const bool is_apart = counted && counted->way == SegmentWay::gaps;
  const auto whole = is_apart ? counted : segment(trace.current_A, rule);
  if (!whole) return counted ? whole.error().message : counted.error().message;
  if (counted)
    for (const FoundWindow& w : counted->windows)
      result.inferences.push_back(window_from(trace, w.start, w.end, 1));

  if (counted && counted->way == SegmentWay::repetition &&
      trace.inferences >= kLeastPeriods + periods_of_talk(*counted, talk)) {
    // Whole periods hold the same energy wherever they begin; their length alone is in doubt.
    result.way = SegmentCutWay::periods;
    const std::uint64_t from = periods_of_talk(*counted, talk), to = trace.inferences - 1;
    result.cut.infer =
        window_from(trace, counted->windows[from].start, counted->windows[to].start, to - from);
    result.cut.infer.edge_u_samples =
        static_cast<double>(to - from) * counted->u_period_samples / std::sqrt(2.0);
  } else {
    result.way = is_apart && trace.inferences > 1 ? SegmentCutWay::train : SegmentCutWay::block;
    result.cut.infer = window_from(trace, whole->windows.front().start, whole->windows.back().end,
                                   trace.inferences);
    // Talk takes anything from nothing to its longest at both ends, and is not taken off: the root
    // mean square of what two such ends add, shared out to them.
    result.cut.infer.edge_u_samples = std::hypot(result.cut.infer.edge_u_samples,
                                                 static_cast<double>(talk) * std::sqrt(7.0 / 12));
  }
  result.least_snr = whole->snr;
  return "";
}

/// The first and the last sample at which the board was seen active.
struct Activity {
  std::uint64_t start{}, end{};
};
Activity activity_of(const SegmentCut& result) {
  Activity seen{result.cut.infer.start, result.cut.infer.end};
  for (const Window& w : result.inferences) {
    seen.start = std::min(seen.start, w.start);
    seen.end = std::max(seen.end, w.end);
  }
  return seen;
}

}  // namespace

SegmentCut cut_by_segments(const SegmentTrace& trace, const CutRule& rule) {
  const Grid grid{rule.period_s};
  const std::uint64_t idle = grid.samples(rule.idle_s), guard = grid.samples(rule.guard_s);
  const std::uint64_t talk = grid.samples(trace.talk_s);
  SegmentCut result;
  CutWindow& cut = result.cut;
  const std::uint64_t quiet = trace.asked - std::min(trace.asked, talk);
  cut.idle_before = segment_piece(WindowLabel::idle, quiet - std::min(quiet, idle), std::min(quiet, idle));
  cut.invalid = find(trace, grid, result);
  if (!cut.invalid.empty()) return result;

  const Activity seen = activity_of(result);
  // Behind whole periods comes more activity, which owes the capacitor nothing: no guard.
  const std::uint64_t owed = result.way == SegmentCutWay::periods ? 0 : guard;
  cut.guard = segment_piece(WindowLabel::guard, cut.infer.end, owed);
  cut.settled = segment_piece(WindowLabel::guard, cut.infer.end + owed, owed);
  const double active_s = static_cast<double>(seen.end - seen.start) * rule.period_s;
  const double reply_s = std::max(0.0, trace.asked_to_reply_s - active_s) + kReplyMargin_s;
  const std::uint64_t apart = std::max(2 * guard, grid.samples(reply_s)) + talk;
  cut.idle_after = segment_piece(WindowLabel::idle, seen.end + apart, idle);
  if (reply_s > kLatestReply_s)
    cut.invalid =
        "The reply came more than 5 s after the activity that was taken for the inferences.";
  else if (seen.start + talk < trace.asked)
    cut.invalid = "The board was active before it was asked: does it sleep between commands?";
  else if (seen.end > trace.replied + grid.samples(kReplyMargin_s) + talk)
    cut.invalid =
        "The board was active after it had replied: something else than the inferences runs on it.";
  return result;
}

std::vector<double> currents_of(std::span<const std::uint16_t> codes,
                                std::span<const std::uint8_t> ranges,
                                std::span<const RangePolynomial> polynomials, Volt supply) {
  if (codes.size() != ranges.size()) throw std::invalid_argument("currents_of: shapes differ");
  std::vector<double> currents;
  currents.reserve(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (ranges[i] < polynomials.size())
      currents.push_back(polynomials[ranges[i]].current(codes[i], supply).value);
    else
      currents.push_back(currents.empty() ? 0 : currents.back());
  }
  return currents;
}

}  // namespace jr
