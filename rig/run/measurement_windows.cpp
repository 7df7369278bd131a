// A run's windows: taken, tried again, mended for and replaced, each attempt on the record.
// Never judges a window by its energy.
#include <algorithm>
#include <chrono>

#include "rig/core/host_clock.hpp"
#include "rig/run/evaluation.hpp"
#include "rig/run/measurement.hpp"

namespace jr {
namespace {

using namespace std::chrono_literals;

constexpr auto kSymptom = 4s;  // longer than a monitor takes to be called silent

}  // namespace

/// What stands behind `seen`: a monitor that went away takes the board's supply with it, and the board's
/// silence is then only what shows first.
Error Measurement::cause_of(const Error& seen) {
  if (is_interrupted()) return {Trouble::interrupted, "Interrupted."};
  const bool given_up = seen.trouble == Trouble::interrupted;  // by us, for the stream had ended
  if (!recorder_ || !(given_up || may_pass(seen.trouble))) return seen;
  const std::uint64_t received = recorder_->state().received;
  recorder_->wait([&](const CaptureState& state) { return state.received > received; }, kSymptom);
  if (const auto state = recorder_->state(); state.ended) return *state.ended;
  return seen;
}

/// True when the board went on by itself while the monitor was away: its power does not go through a switch
/// of the monitor's, and it answers without having started anew.
bool Measurement::board_kept_running() {
  return !session_.monitor_switches_power() && dut_ && dut_->profile().has_value();
}

/// From whatever state to a board that is booted, warm, and watched.
Result<void> Measurement::mend(std::string& mended) {
  if (!recorder_ || recorder_->state().ended) {
    progress_.step("waiting for the monitor to come back");
    if (auto ended = end_stream(); !ended) return ended;
    if (auto back = session_.reopen_monitor(plan_.reconnect_s, request_.interrupted); !back) return back;
    mended = "the monitor was opened again, ";
    if (auto capturing = start_capture(); !capturing) return capturing;
  }
  if (board_kept_running()) {
    mended += "the board had kept running";
  } else {
    dut_.reset();
    if (auto booted = boot(); !booted) return booted;
    mended += session_.monitor_switches_power() ? "the board was power-cycled" : "the board was started anew";
  }
  return warm_up();
}

Result<std::string> Measurement::attempt_window(int group, int attempt, const WindowOrder& order,
                                                std::string& mended) {
  if (!taker_)
    if (auto fit = mend(mended); !fit) return Failure(fit.error());
  return taker_->take(group, attempt, order);
}

Result<void> Measurement::note_attempt(const AttemptRow& row) {
  if (!row.valid)
    progress_.note("Window " + std::to_string(row.group) + ", attempt " + std::to_string(row.attempt) +
                   " does not count: " + row.reason);
  if (auto saved = save_conversation(); !saved) return saved;
  return store_.note_attempt(run_, row);
}

/// True when it came to count. An error is one that no further attempt can mend, or that outlasted them.
Result<bool> Measurement::window(int group, const WindowOrder& order) {
  orders_[group] = order;
  std::optional<Error> first;
  for (int tries = 0; tries <= plan_.retries; ++tries) {
    if (is_interrupted()) return fail(Trouble::interrupted, "Interrupted.");
    const int attempt = ++attempts_made_[group];
    AttemptRow row{group, attempt, stream_, wall_now_ms(), false, "", ""};
    auto trouble = attempt_window(group, attempt, order, row.mended);
    row.stream = stream_;
    row.valid = trouble && trouble->empty();
    const std::optional<Error> cause =
        trouble ? std::nullopt : std::optional<Error>(cause_of(trouble.error()));
    if (cause && cause->trouble == Trouble::unsupported) return Failure(*cause);  // no attempt at anything
    row.reason = cause ? cause->message : *trouble;
    if (auto noted = note_attempt(row); !noted) return Failure(noted.error());
    if (row.valid) {
      counted_[group] = row;
      return true;
    }
    if (!cause) continue;
    if (!may_pass(cause->trouble)) return Failure(*cause);
    if (!first) first = cause;
    taker_.reset();
  }
  if (first) return Failure(*first);
  return false;
}

Result<void> Measurement::windows() {
  int valid = 0;
  for (int group = 1; group <= plan_.windows; ++group) {
    progress_.step("window " + std::to_string(group) + " of " + std::to_string(plan_.windows) + ", " +
                   std::to_string(inferences_) + " inferences");
    progress_.fraction(0.25 + 0.65 * (group - 1) / plan_.windows);
    auto counts = window(group, {WindowLabel::infer, inferences_, 0});
    if (!counts) return Failure(counts.error());
    valid += *counts ? 1 : 0;
    if (valid + plan_.windows - group < kLeastWindows) return {};  // the evaluation says why
  }
  progress_.fraction(0.9);
  if (auto beside = phase_and_sham_windows(); !beside) return beside;
  progress_.fraction(1);
  return replace_what_was_lost();
}

/// Groups whose window counted when it was taken, and does not by what is known of the stream now: a loss
/// that the instrument's counter does not show is told by the host's clock, seconds later.
Result<std::vector<int>> Measurement::lost_since() {
  std::vector<int> lost;
  if (!recorder_) return lost;
  if (auto kept = store_.set_gaps(run_, stream_, recorder_->gaps()); !kept) return Failure(kept.error());
  const auto now = evaluate(store_, run_);
  if (!now) return Failure(now.error());
  for (auto& [group, row] : counted_) {
    const auto counts = [&, group = group](const WindowRow& window) { return window.group == group; };
    const auto marks = [&](const MarkedGroup& other) { return counts(other.marked); };
    if (std::any_of(now->inferences.begin(), now->inferences.end(), counts) ||
        std::any_of(now->phases.begin(), now->phases.end(), marks) ||
        std::any_of(now->shams.begin(), now->shams.end(), marks))
      continue;
    row.valid = false;
    row.reason = "Samples of the window were lost, more than 0.1 %, as the host's clock told later: another "
                 "cable or USB port, no hub.";
    if (auto noted = note_attempt(row); !noted) return Failure(noted.error());
    lost.push_back(group);
  }
  for (const int group : lost) counted_.erase(group);
  return lost;
}

Result<void> Measurement::replace_what_was_lost() {
  for (int round = 0; round < plan_.retries; ++round) {
    const auto lost = lost_since();
    if (!lost) return Failure(lost.error());
    if (lost->empty()) return {};
    for (const int group : *lost) {
      progress_.step("window " + std::to_string(group) + " again");
      const WindowOrder order = orders_[group];
      auto counts = order.label == WindowLabel::infer ? window(group, order) : beside(group, order);
      if (!counts) return Failure(counts.error());
    }
  }
  return {};
}

}  // namespace jr
