// Host time and stream time meet here: the reply comes by the link, the edges come later by the monitor.
#include "rig/run/window_taker.hpp"

#include "rig/core/host_clock.hpp"
#include "rig/run/segment_cutter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace jr {
namespace {

using namespace std::chrono_literals;

constexpr double kStreamPatience_s = 10;
constexpr double kEdgePatience_s = 3.0;
constexpr double kPilotPatience_s = 120;
constexpr double kMostLatency_s = 0.1;  // from the instrument to us
constexpr double kReplyPatience_s = 10;  // on top of one and a half times what is expected

}  // namespace

Result<void> wait_for_sample(const Recorder& recorder, std::uint64_t ordinal, double patience_s,
                             const std::string& where, const std::atomic<bool>* interrupted) {
  const auto deadline = std::chrono::steady_clock::now() + in_ms(patience_s);
  while (true) {
    if (recorder.wait([&](const CaptureState& s) { return s.received >= ordinal; }, 200ms)) return {};
    if (const auto state = recorder.state(); state.ended) return Failure(*state.ended);
    if (interrupted && *interrupted) return fail(Trouble::interrupted, "Interrupted.");
    if (std::chrono::steady_clock::now() > deadline)
      return fail(Trouble::timeout, "The monitor on " + where +
                                        " sends fewer samples than its rate promises: unplug it, plug "
                                        "it in again, avoid hubs.");
  }
}

WindowTaker::WindowTaker(Store& store, std::string run, int stream, Recorder& recorder, Dut& dut,
                         const Bench& bench, CutRule rule, std::vector<RangePolynomial> ranges, std::string where,
                         const std::atomic<bool>* interrupted)
    : store_(store), run_(std::move(run)), stream_(stream), recorder_(recorder), dut_(dut), wiring_(bench.wiring),
      baud_(bench.link.baud), supply_{bench.monitor.supply_V}, ranges_(std::move(ranges)),
      rule_(rule), where_(std::move(where)), interrupted_(interrupted),
      quiet_since_(sample_now()) {}

/// The sample that is being taken now, or a little later: the clock fit cannot see a constant latency.
std::uint64_t WindowTaker::sample_now() const {
  return std::max(recorder_.state().received, recorder_.ordinal_at(host_now_ns()) + samples(kMostLatency_s));
}

std::uint64_t WindowTaker::samples(double seconds) const {
  return static_cast<std::uint64_t>(std::ceil(seconds / rule_.period_s));
}

Result<void> WindowTaker::wait_for_quiet() {
  return wait_for(quiet_since_ + samples(rule_.idle_s) + 1, rule_.idle_s + kStreamPatience_s);
}

Result<double> WindowTaker::pilot(std::uint32_t warmups) {
  if (wiring_.by_segments && warmups > 0) {  // in the current a warm-up looks like the inference behind it
    if (auto warm = dut_.infer(warmups, 0, in_ms(kPilotPatience_s)); !warm) return Failure(warm.error());
    quiet_since_ = sample_now();
    warmups = 0;
  }
  auto cut = mark_and_cut({}, warmups);
  if (!cut) return Failure(cut.error());
  if (!cut->invalid.empty())
    return fail(Trouble::malformed, (wiring_.by_segments ? std::string("The pilot inference could not be seen in the current: ")
                                                         : "The pilot inference could not be seen on the monitor's line D" +
                                                               std::to_string(wiring_.mark_line) + ": ") + cut->invalid);
  latency_s_ = static_cast<double>(cut->infer.end - cut->infer.start) * rule_.period_s;
  return latency_s_;
}

Result<double> WindowTaker::probe(const WindowOrder& order) {
  auto cut = mark_and_cut(order, 0);
  if (!cut) return Failure(cut.error());
  const bool unseen = cut->infer.end == cut->infer.start;
  if (!unseen && !cut->invalid.empty()) return fail(Trouble::malformed, cut->invalid);
  return static_cast<double>(cut->infer.end - cut->infer.start) * rule_.period_s;
}

Result<std::string> WindowTaker::take(int group, int attempt, const WindowOrder& order) {
  auto cut = mark_and_cut(order, 0);
  if (!cut) return Failure(cut.error());
  if (cut->invalid.empty()) check_loss(*cut);
  if (auto stored = store_pieces(group, attempt, *cut); !stored) return Failure(stored.error());
  return cut->invalid;
}

Result<std::string> WindowTaker::take_sleep(int group, double seconds) {
  constexpr std::uint64_t kPieces = 10;
  if (!wiring_.sleep_line) return std::string("the bench file names no line for SLEEP.");
  if (auto quiet = wait_for_quiet(); !quiet) return Failure(quiet.error());
  const std::uint64_t start = recorder_.state().received, each = samples(seconds / kPieces);
  if (auto came = wait_for(start + kPieces * each, seconds + kStreamPatience_s); !came) return Failure(came.error());
  const Window whole{WindowLabel::sleep, FoundBy::edges, start, start + kPieces * each, 0, 0};
  std::string invalid;
  if (!is_asleep(whole)) invalid = "the board did not sleep through it.";
  if (!recorder_.gaps_between(whole.start, whole.end).empty()) invalid = "samples were lost in it.";
  if (auto flushed = recorder_.flush(); !flushed) return Failure(flushed.error());
  for (std::uint64_t i = 0; i < kPieces; ++i) {
    const Window piece{WindowLabel::sleep, FoundBy::edges, start + i * each, start + (i + 1) * each, 0, 0};
    auto moments = store_.moments_between(run_, stream_, piece.start, piece.end);
    if (!moments) return Failure(moments.error());
    const WindowRow row{group, 1, piece, *moments, 0, invalid.empty(), invalid, stream_};
    if (auto stored = store_.add_window(run_, stream_, row); !stored) return Failure(stored.error());
  }
  return invalid;
}

Result<MarkReply> WindowTaker::ask(const WindowOrder& order, std::uint32_t warmups) {
  const auto times = static_cast<std::uint32_t>(order.events);
  const auto limit = [](double expected_s) { return in_ms(1.5 * expected_s + kReplyPatience_s); };
  switch (order.label) {
    case WindowLabel::preprocess: return dut_.phase(DutPhase::pre, times, limit(order.expected_s));
    case WindowLabel::invoke: return dut_.phase(DutPhase::invoke, times, limit(order.expected_s));
    case WindowLabel::postprocess: return dut_.phase(DutPhase::post, times, limit(order.expected_s));
    case WindowLabel::sham:
      return dut_.sham(static_cast<std::uint32_t>(std::lround(order.expected_s * 1e3)),
                       limit(order.expected_s));
    default: break;
  }
  const double expected_s = latency_s_ * static_cast<double>(times + warmups);
  const auto reply = dut_.infer(times, warmups, latency_s_ > 0 ? limit(expected_s) : in_ms(kPilotPatience_s));
  if (!reply) return Failure(reply.error());
  return MarkReply{reply->sent_ns, reply->replied_ns};
}

/// The stream lags the conversation: waits for both edges, or until they can no longer come, and for the
/// idle behind them.
Result<void> WindowTaker::wait_for_edges(InferTrace& trace, std::uint64_t from, std::uint64_t replied) {
  const auto line = static_cast<std::uint8_t>(wiring_.mark_line);
  const std::uint64_t latest = replied + samples(kEdgePatience_s);
  for (std::uint64_t next = replied; next <= latest; next += samples(kEdgeLook_s)) {
    if (auto came = wait_for(next, kStreamPatience_s); !came) return came;
    trace.mark = recorder_.edges(line, from);
    if (trace.mark.size() >= 2 && !trace.mark.back().level) break;
  }
  if (trace.mark.size() >= 2) {
    const CutWindow first = cut_window(trace, rule_);
    const std::uint64_t end = std::max(first.end(), replied);
    const double ahead_s = rule_.period_s * static_cast<double>(end - replied);
    if (auto idle = wait_for(end, ahead_s + rule_.idle_s + 15); !idle) return idle;
  }
  trace.mark = recorder_.edges(line, from);
  return {};
}

/// Without a wire: the current from the idle before the command until well behind the reply tells where the
/// work was.
Result<CutWindow> WindowTaker::cut_by_current(const InferTrace& trace, std::uint64_t replied) {
  constexpr double kTalkCharacters = 200;  // of one `infer` and its reply, on either side
  constexpr std::uint64_t kMostSamples = 20'000'000;
  const std::uint64_t margin = samples(rule_.idle_s), start = trace.asked - std::min(trace.asked, margin);
  const double talk_s = kTalkCharacters * 10 / baud_;
  replied += samples(kMostLatency_s);
  const std::uint64_t end = replied + margin + samples(rule_.guard_s) * 2 + samples(talk_s + 0.05);
  if (end - start > kMostSamples)
    return fail(Trouble::usage, "A window of " + std::to_string(end - start) + " samples is too long to be found in the "
                                "current: make [plan] window_s shorter, or wire MARK.");
  if (auto came = wait_for(end, rule_.idle_s + kStreamPatience_s); !came) return Failure(came.error());
  if (auto flushed = recorder_.flush(); !flushed) return Failure(flushed.error());
  const auto stretch = store_.samples_between(run_, stream_, start, end);
  if (!stretch) return Failure(stretch.error());
  const auto current_A = currents_of(stretch->codes, stretch->ranges, ranges_, supply_);
  SegmentTrace seen{current_A, start, trace.asked, replied, trace.inferences, trace.asked_to_reply_s, talk_s};
  CutWindow cut = cut_by_segments(seen, rule_).cut;
  if (cut.invalid.empty() && !recorder_.gaps_between(start, end).empty())
    cut.invalid = "Samples were lost around the window: where the board worked cannot be told from the current.";
  return cut;
}

Result<CutWindow> WindowTaker::mark_and_cut(const WindowOrder& order, std::uint32_t warmups) {
  if (auto quiet = wait_for_quiet(); !quiet) return Failure(quiet.error());
  const std::uint64_t from = recorder_.state().received;
  const auto shared_idle = std::exchange(idle_, std::nullopt);
  const auto reply = ask(order, warmups);
  if (const auto state = recorder_.state(); state.ended) return Failure(*state.ended);
  if (!reply) {
    quiet_since_ = sample_now();
    return Failure(reply.error());
  }
  const std::uint64_t asked = std::max(from, recorder_.ordinal_at(reply->sent_ns));
  InferTrace trace{asked, order.events, static_cast<double>(reply->replied_ns - reply->sent_ns) * 1e-9,
                   {}, order.label, shared_idle, warmups};
  const std::uint64_t replied = recorder_.ordinal_at(reply->replied_ns);
  CutWindow cut;
  if (wiring_.by_segments) {
    auto found = cut_by_current(trace, replied);
    if (!found) return found;
    cut = std::move(*found);
    if (shared_idle) cut.idle_before = *shared_idle;
  } else {
    if (auto came = wait_for_edges(trace, from, replied); !came) return Failure(came.error());
    cut = cut_window(trace, rule_);
  }
  if (cut.invalid.empty()) idle_ = cut.idle_after;
  quiet_since_ = cut.invalid.empty() ? cut.idle_after.start : sample_now();
  return cut;
}

Result<void> WindowTaker::fit_guard(const std::vector<RangePolynomial>& ranges, std::optional<double> bypass_F) {
  if (wiring_.guard_is_stated || !bypass_F || !idle_) return {};
  if (auto flushed = recorder_.flush(); !flushed) return flushed;
  const auto moments = store_.moments_between(run_, stream_, idle_->start, idle_->end);
  if (!moments) return Failure(moments.error());
  std::size_t most = 0;
  for (std::size_t r = 1; r < std::min(kMaxRanges, ranges.size()); ++r)
    if (moments->ranges[r].n > moments->ranges[most].n) most = r;
  BenchWiring known = wiring_;
  known.bypass_F = bypass_F;
  if (!ranges.empty()) rule_.guard_s = settle_guard_s(known, ranges[most].burden_ohm);
  return {};
}

void WindowTaker::check_loss(CutWindow& cut) const {
  std::uint64_t missing = 0;
  for (const Gap& gap : recorder_.gaps_between(cut.infer.start, cut.infer.end)) {
    missing += gap.length + gap.length_limit;
    const auto touches = [&](std::uint64_t edge) {
      return gap.ordinal <= edge + gap.place_limit && edge <= gap.ordinal + gap.place_limit;
    };
    if (touches(cut.infer.start) || touches(cut.infer.end))
      cut.invalid = "Samples were lost at an edge of the window.";
  }
  if (static_cast<double>(missing) > 0.001 * static_cast<double>(cut.infer.end - cut.infer.start))
    cut.invalid = std::to_string(missing) + " samples of the window were lost, more than 0.1 %: "
                  "another cable or USB port, no hub.";
}

bool WindowTaker::is_asleep(const Window& idle) const {
  const auto& line = wiring_.sleep_line;
  if (!line) return false;
  const auto edges = recorder_.edges(static_cast<std::uint8_t>(*line), 0);
  bool level = false;
  for (const Edge& edge : edges) {
    if (edge.ordinal >= idle.end) break;
    if (edge.ordinal > idle.start) return false;
    level = edge.level;
  }
  return level;
}

Result<void> WindowTaker::store_pieces(int group, int attempt, const CutWindow& cut) {
  if (auto flushed = recorder_.flush(); !flushed) return flushed;
  std::vector<Window> pieces{cut.infer, cut.guard, cut.settled, cut.idle_before, cut.idle_after};
  if (is_asleep(cut.idle_before)) {
    pieces.push_back(cut.idle_before);
    pieces.back().label = WindowLabel::sleep;
  }
  for (const Window& window : pieces) {
    if (window.end <= window.start) continue;
    auto moments = store_.moments_between(run_, stream_, window.start, window.end);
    if (!moments) return Failure(moments.error());
    const WindowRow row{group, attempt, window, *moments, 0, cut.invalid.empty(), cut.invalid, stream_};
    if (auto stored = store_.add_window(run_, stream_, row); !stored) return stored;
  }
  return {};
}

}  // namespace jr
