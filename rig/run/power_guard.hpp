// A small process beside one that has a supply switched on: if that one dies, however it dies, the guard
// switches the supply off. Never does anything while its charge lives.
#pragma once

#include <sys/types.h>

#include "rig/core/result.hpp"

namespace jr {

/// Owned by the process that is guarded. The guard is `joulerig power-guard` in a session of its own, so
/// that neither Ctrl-C nor the end of a terminal reaches it; it holds no lock and no device until it has
/// to act. What it acts on are the notes of left_on_by_the_dead(); if it is killed too, the next start of
/// joulerig does the same.
class PowerGuard {
 public:
  /// not_found when the joulerig program is not there.
  static Result<PowerGuard> start();
  PowerGuard(PowerGuard&& other) noexcept;
  PowerGuard& operator=(PowerGuard&& other) noexcept;
  ~PowerGuard();  ///< dismisses it and waits for its end

 private:
  PowerGuard() = default;
  pid_t pid_{-1};
  int leash_{-1};  // write end of the pipe that it listens to
};

/// The guard's own side: reads standard input to its end. A dismissal ends it; an end of file without one
/// means that the guarded process `charge` died: whatever it left on is switched off within `patience_s`.
int guard_power(pid_t charge, double patience_s);

}  // namespace jr
