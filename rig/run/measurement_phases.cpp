// The windows beside the inferences: each phase of one alone, and shams; what they cannot do
// becomes a note. Never costs a run that has its inferences: only a person, the disk or a tripped
// supply ends it here.
#include <algorithm>
#include <array>
#include <cmath>

#include "rig/run/measurement.hpp"

namespace jr {
namespace {

constexpr std::array kPhases{WindowLabel::preprocess, WindowLabel::invoke,
                             WindowLabel::postprocess};
constexpr double kMostTimes = 1e9;     // what a firmware's 32-bit counter takes, with room
constexpr double kUnseenFactor = 100;  // more of what was too short to be seen at all
constexpr double kSeen_s = 0.01;       // long enough to foretell a window from

bool ends_the_run(Trouble trouble) {
  return trouble == Trouble::interrupted || trouble == Trouble::storage ||
         trouble == Trouble::tripped;
}

}  // namespace

/// A note for the person and the record; an error only where no run may go on.
Result<void> Measurement::leave_out(const std::string& what, const Error& why) {
  if (ends_the_run(why.trouble)) return Failure(why);
  const std::string note = "Without " + what + ": " + why.message;
  progress_.note(note);
  setup_.notes.push_back(note);
  return {};
}

/// How often a phase has to be repeated to fill a window; nothing when that is more often than a
/// board counts. It takes no longer than the inference that it is part of, so it is first asked for
/// as often as a window has inferences, and more often from there on.
Result<std::optional<WindowOrder>> Measurement::learn_phase(WindowLabel label) {
  WindowOrder order{label, inferences_, latency_s_ * static_cast<double>(inferences_)};
  if (label == WindowLabel::invoke) return order;  // nearly the whole inference
  double seen_s = 0;
  while (true) {
    auto probed = taker_->probe(order);
    if (!probed) return Failure(probed.error());
    seen_s = *probed;
    if (seen_s >= std::min(kSeen_s, 0.5 * plan_.window_s)) break;
    order.events = static_cast<std::uint64_t>(static_cast<double>(order.events) * kUnseenFactor);
    order.expected_s = kUnseenFactor * kSeen_s;
    if (static_cast<double>(order.events) > kMostTimes) return std::nullopt;
  }
  const double each_s = seen_s / static_cast<double>(order.events);
  order.events =
      static_cast<std::uint64_t>(std::clamp(std::ceil(plan_.window_s / each_s), 1.0, kMostTimes));
  order.expected_s = each_s * static_cast<double>(order.events);
  return order;
}

/// Orders for the phases that can be taken.
Result<std::vector<WindowOrder>> Measurement::learn_phases() {
  std::vector<WindowOrder> orders;
  for (const WindowLabel label : kPhases) {
    const std::string what = "the phase " + std::string(name_of(label));
    progress_.step("learning how long " + what + " takes");
    for (int tries = 0; tries <= plan_.retries; ++tries) {
      std::string mended;
      const auto fit = taker_ ? Result<void>() : mend(mended);
      const auto order =
          fit ? learn_phase(label) : Result<std::optional<WindowOrder>>(Failure(fit.error()));
      if (order && *order) orders.push_back(**order);
      if (order && *order) break;
      const Error why = order ? Error{Trouble::refused,
                                      "MARK is high for less than a monitor sees, however "
                                      "often the firmware repeats it."}
                              : cause_of(order.error());
      if (why.trouble == Trouble::unsupported) {
        if (auto left = leave_out("the phases", why); !left) return Failure(left.error());
        return orders;
      }
      const bool again = !order && may_pass(why.trouble) && tries < plan_.retries;
      if (!order) taker_.reset();  // mended when it is next asked for something
      if (again) continue;
      if (auto left = leave_out(what, why); !left) return Failure(left.error());
      break;
    }
  }
  return orders;
}

/// True when another of its kind may be tried.
Result<bool> Measurement::beside(int group, const WindowOrder& order) {
  auto counts = window(group, order);
  if (counts && *counts) return true;
  const Error why =
      counts ? Error{Trouble::malformed, "none of its attempts counts."} : counts.error();
  if (!counts && why.trouble != Trouble::unsupported) taker_.reset();  // mended before the next
  const std::string what = "window " + std::to_string(group) + " (" + name_of(order.label) + ")";
  if (auto left = leave_out(what, why); !left) return Failure(left.error());
  return counts.has_value();
}

Result<void> Measurement::phase_and_sham_windows() {
  int group = plan_.windows;
  if (session_.bench().wiring.by_segments && (plan_.phases || plan_.sham_windows > 0)) {
    if (auto left = leave_out("phases and shams", {Trouble::unsupported, "they need a MARK wire, and this bench finds its windows in the current."}); !left)
      return left;
    return plan_.sleep_s > 0 ? sleep_window(++group) : Result<void>();
  }
  if (plan_.phases) {
    auto orders = learn_phases();
    if (!orders) return Failure(orders.error());
    // In turn, so that what drifts meets all of them.
    for (int round = 0; round < plan_.phase_windows; ++round)
      for (auto order = orders->begin(); order != orders->end();) {
        progress_.step("window " + std::to_string(++group) + ", " + name_of(order->label) +
                       " alone, " + std::to_string(order->events) + " times");
        const auto more = beside(group, *order);
        if (!more) return Failure(more.error());
        order = *more ? order + 1 : orders->erase(order);
      }
  }
  for (int sham = 1; sham <= plan_.sham_windows; ++sham) {
    // Every second one half as long: what a sham's ends cost is in both, and the difference is the board's own time.
    const double sham_s = sham % 2 ? plan_.sham_s : std::round(plan_.sham_s * 500) / 1000;
    progress_.step("sham window " + std::to_string(sham) + " of " +
                   std::to_string(plan_.sham_windows));
    const auto more = beside(++group, {WindowLabel::sham, 1, sham_s});
    if (!more) return Failure(more.error());
    if (!*more) break;
  }
  return plan_.sleep_s > 0 ? sleep_window(++group) : Result<void>();
}

Result<void> Measurement::sleep_window(int group) {
  progress_.step("letting the board sleep");
  if (!taker_) return leave_out("the long sleep", {Trouble::refused, "an earlier window left the board unfit for it."});
  const auto taken = taker_->take_sleep(group, plan_.sleep_s);
  if (!taken) {
    taker_.reset();
    return leave_out("the long sleep", cause_of(taken.error()));
  }
  return taken->empty() ? Result<void>() : leave_out("the long sleep", {Trouble::malformed, *taken});
}

}  // namespace jr
