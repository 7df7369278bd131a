// The touch that sends a board's USB bridge or its program into the boot loader: the port opened and
// closed at a speed that nothing talks at, 1200 baud by custom. Never sends a byte.
#pragma once

#include <chrono>
#include <string>

#include "rig/core/result.hpp"

namespace jr {

struct TouchTiming {
  /// A bridge has to see the speed before the port is closed again.
  std::chrono::milliseconds hold{100};
  /// Boards that leave the bus do so within half a second of the touch.
  std::chrono::milliseconds vanish{500};
  std::chrono::milliseconds reappear{10'000};
};

/// Opens `path` at `baud`, drops DTR (a pseudo-terminal has none) and closes. A board with its own USB
/// then leaves the bus and comes back: waits until the port is there again. A port that never vanished
/// belongs to a bridge, and is ready. Errors: those of opening a port; timeout when it does not return,
/// with the advice to name it by /dev/serial/by-id, since its number may have changed.
Result<void> touch_port(const std::string& path, int baud, const TouchTiming& timing = {});

}  // namespace jr
