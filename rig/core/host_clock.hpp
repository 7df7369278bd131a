// The host's steady clock (CLOCK_MONOTONIC_RAW): no slewing, no steps, no wall time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace jr {

std::int64_t host_now_ns();   ///< CLOCK_MONOTONIC_RAW
std::int64_t wall_now_ms();   ///< CLOCK_REALTIME, for labels only
std::string iso_utc(std::int64_t wall_ms);  ///< "2026-11-23T04:30:00Z"
std::chrono::milliseconds in_ms(double seconds);  ///< rounded, as the waits of the house take it

}  // namespace jr
