// From the edges of one command (`infer`, `phase`, `sham`) to its pieces: idle, window, guard, settled level, idle.
// Pure; a window that is not beyond doubt comes back with the reason why it does not count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/capture/recorder.hpp"
#include "rig/core/window.hpp"

namespace jr {

/// Seconds between two looks at whether an edge has come.
inline constexpr double kEdgeLook_s = 0.02;
/// Seconds by which a reply may be later than it seems, and behind which there is none.
inline constexpr double kReplyMargin_s = 0.005, kLatestReply_s = 5.0;

struct CutRule {
  double period_s{};
  double idle_s{};
  double guard_s{};
};

/// What the host knows about one command. `asked` is the sample of the moment the command had left,
/// by the clock fit (never later than the truth by more than the least latency of the stream).
struct InferTrace {
  std::uint64_t asked{};
  std::uint64_t inferences{};  ///< or whatever `label` counts
  double asked_to_reply_s{};  ///< host time between command and its m-ready
  std::vector<Edge> mark;     ///< every edge of MARK from `asked` on
  WindowLabel label{WindowLabel::infer};
  /// The idle piece behind the window before, when nothing was asked of the board since: it is this window's
  /// idle before, the same [start, end). Neighbours share a piece whole, or have no sample in common.
  std::optional<Window> shared_idle{};
  std::uint64_t warmups{};  ///< inferences before the rise: the reply may come so much later
};

struct CutWindow {
  Window idle_before, infer, guard, settled, idle_after;
  std::string invalid;  ///< empty: it counts
  std::uint64_t end() const { return idle_after.end; }  ///< samples that must have arrived
};

/// Exactly one rise and one fall, in this order. The idle after begins once the reply had surely been
/// sent: the reply's time beyond the window, and 5 ms.
CutWindow cut_window(const InferTrace& trace, const CutRule& rule);

}  // namespace jr
