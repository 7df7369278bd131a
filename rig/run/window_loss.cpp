// A gap inside, at an edge, or beside.
#include "rig/run/window_loss.hpp"

namespace jr {

WindowLoss loss_in(const Window& window, const std::vector<Gap>& gaps) {
  WindowLoss loss;
  for (const Gap& gap : gaps) {
    const auto may_lie_at = [&](std::uint64_t edge) {
      return gap.ordinal <= edge + gap.place_limit && edge <= gap.ordinal + gap.place_limit;
    };
    const bool inside = gap.ordinal > window.start && gap.ordinal < window.end;
    const bool at_an_edge = may_lie_at(window.start) || may_lie_at(window.end);
    if (inside) loss.lost += gap.length;
    if (at_an_edge) loss.limit += gap.length + gap.length_limit;
    if (inside && !at_an_edge) loss.limit += gap.length_limit;
  }
  return loss;
}

}  // namespace jr
