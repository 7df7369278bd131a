// What the gaps of a stream take out of a window, once all gaps are known.
// Never decides whether the window still counts.
#pragma once

#include <cstdint>
#include <vector>

#include "rig/core/gap.hpp"
#include "rig/core/window.hpp"

namespace jr {

/// Samples lost inside, and by how much that may be wrong.
struct WindowLoss { std::uint64_t lost{}, limit{}; };

/// A gap whose place is known only to a bracket that holds an edge counts where it most likely lies, and is
/// doubted whole.
WindowLoss loss_in(const Window& window, const std::vector<Gap>& gaps);

}  // namespace jr
