// Reads the host's clocks; nothing else in the house calls clock_gettime.
#include "rig/core/host_clock.hpp"

#include <cmath>
#include <ctime>

namespace jr {
namespace {

timespec read(clockid_t which) {
  timespec now{};
  clock_gettime(which, &now);
  return now;
}

}  // namespace

std::int64_t host_now_ns() {
  const timespec now = read(CLOCK_MONOTONIC_RAW);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t wall_now_ms() {
  const timespec now = read(CLOCK_REALTIME);
  return std::int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

std::string iso_utc(std::int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1000;
  std::tm when{};
  gmtime_r(&seconds, &when);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &when);
  return text;
}

std::chrono::milliseconds in_ms(double seconds) {
  return std::chrono::milliseconds(std::llround(seconds * 1e3));
}

}  // namespace jr
