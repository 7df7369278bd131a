// Whether a process that holds something still lives.
// Never trusts a pid alone: it may be another's by now.
#pragma once

#include <cstdint>

namespace jr {

/// Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat); 0: no such process,
/// or one that has ended and only waits to be reaped.
std::int64_t start_of_process(std::int64_t pid);

}  // namespace jr
