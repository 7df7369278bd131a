// Counting edges and adding lengths; the judgement is in the sentences.
#include "rig/run/window_cutter.hpp"

#include <algorithm>
#include <cmath>

namespace jr {
namespace {

Window edge_piece(WindowLabel label, std::uint64_t start, std::uint64_t length) {
  return {label, FoundBy::edges, start, start + length, 0, 0};
}

std::string edge_trouble(const std::vector<Edge>& mark, WindowLabel label) {
  if (mark.empty())
    return "MARK never moved: is its wire on the line that the bench file names?";
  if (mark.size() == 1)
    return mark[0].level ? "MARK rose and never fell." : "MARK fell without having risen.";
  if (mark.size() > 2)
    return std::to_string(mark.size()) + " edges of MARK in one " + name_of(label) + " where there must be exactly 2.";
  if (!mark[0].level) return "MARK fell before it rose: its level is inverted.";
  return "";
}

}  // namespace

CutWindow cut_window(const InferTrace& trace, const CutRule& rule) {
  const auto samples = [&](double seconds) {
    return static_cast<std::uint64_t>(std::ceil(seconds / rule.period_s));
  };
  CutWindow cut;
  const std::uint64_t idle = samples(rule.idle_s), guard = samples(rule.guard_s);
  cut.idle_before = edge_piece(WindowLabel::idle, trace.asked - std::min(trace.asked, idle),
                          std::min(trace.asked, idle));
  if (trace.shared_idle) cut.idle_before = *trace.shared_idle;
  cut.invalid = edge_trouble(trace.mark, trace.label);
  if (!cut.invalid.empty()) return cut;

  const std::uint64_t rise = trace.mark[0].ordinal, fall = trace.mark[1].ordinal;
  cut.infer = edge_piece(trace.label, rise, fall - rise);
  cut.infer.events = trace.inferences;
  cut.guard = edge_piece(WindowLabel::guard, fall, guard);
  cut.settled = edge_piece(WindowLabel::guard, fall + guard, guard);
  const double window_s = static_cast<double>(fall - rise) * rule.period_s;
  const double reply_s = std::max(0.0, trace.asked_to_reply_s - window_s) + kReplyMargin_s;
  const double warmups_s = static_cast<double>(trace.warmups) * window_s /
                           static_cast<double>(std::max<std::uint64_t>(1, trace.inferences));
  if (reply_s > kLatestReply_s + 1.5 * warmups_s) {
    cut.invalid = "The reply came more than 5 s after the window had to be over.";
    return cut;
  }
  cut.idle_after =
      edge_piece(WindowLabel::idle, fall + std::max(2 * guard, samples(reply_s)), idle);
  if (rise < trace.asked) cut.invalid = "MARK rose before the board was asked.";
  return cut;
}

}  // namespace jr
