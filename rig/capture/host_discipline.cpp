// Believes the kernel's estimate of its own error, and never better than a tenth of a millisecond.
// Never takes an error of zero for perfection: some daemons do not state one.
#include "rig/capture/host_discipline.hpp"

#include <sys/timex.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

#include "rig/core/host_clock.hpp"

namespace jr {
namespace {

constexpr double kLeastTimeError_s = 1e-4;
constexpr double kLeastRateError_ppm = 0.1;  // crystals wander by as much within minutes
constexpr double kMostSlew_ppm = 20;  // a clock that is pulled harder was stepped or not in step
/// The loop's time constant is 2^(constant + 2) s: SHIFT_PLL is 2 in the kernel's time keeping.
constexpr int kLoopShift = 2;

struct Way {
  double correction_ppm{}, u_ppm{std::numeric_limits<double>::infinity()};
  std::string source;
};

std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

Way by_rate(const HostClockReading& before, const HostClockReading& after) {
  Way way;
  way.correction_ppm = 0.5 * (before.correction_ppm + after.correction_ppm);
  const double loop_s = std::min(before.loop_s, after.loop_s);
  if (loop_s <= 0) return way;
  const double moved_ppm = std::abs(after.correction_ppm - before.correction_ppm) / std::sqrt(12.0);
  const double time_ppm =
      std::numbers::sqrt2 * std::max(before.u_time_s, after.u_time_s) / loop_s * 1e6;
  way.u_ppm = std::hypot(kLeastRateError_ppm, moved_ppm, time_ppm);
  way.source = "The host's clock is synchronised; its rate is the kernel's, averaged over " +
               rounded(loop_s) + " s.";
  return way;
}

Way by_elapsed_time(const HostClockReading& before, const HostClockReading& after) {
  Way way;
  const double raw_s = static_cast<double>(after.raw_ns - before.raw_ns) * 1e-9;
  if (!(raw_s > 0)) return way;
  // The difference first: seconds since 1970 in nanoseconds would not fit a double's digits.
  const double gained_s =
      static_cast<double>((after.utc_ns - before.utc_ns) - (after.raw_ns - before.raw_ns)) * 1e-9;
  const double u_s = std::hypot(std::hypot(before.u_time_s, after.u_time_s), before.u_pairing_s,
                                after.u_pairing_s);
  const double correction_ppm = gained_s / raw_s * 1e6, u_ppm = u_s / raw_s * 1e6;
  const double rate_ppm = 0.5 * (before.correction_ppm + after.correction_ppm);
  if (std::abs(correction_ppm - rate_ppm) > kMostSlew_ppm + 3 * u_ppm) return way;
  return {correction_ppm, std::hypot(u_ppm, kLeastRateError_ppm),
          "The host's clock is synchronised; its rate is what it gained on the raw clock in " +
              rounded(raw_s) + " s."};
}

}  // namespace

HostClockReading host_clock_reading(const timex& kernel, int state, std::int64_t raw_before_ns,
                                    std::int64_t raw_after_ns) {
  HostClockReading reading;
  reading.raw_ns = raw_before_ns + (raw_after_ns - raw_before_ns) / 2;
  const std::int64_t fraction_ns =
      std::int64_t{kernel.time.tv_usec} * (kernel.status & STA_NANO ? 1 : 1000);
  reading.utc_ns = std::int64_t{kernel.time.tv_sec} * 1'000'000'000 + fraction_ns;
  reading.u_pairing_s = static_cast<double>(raw_after_ns - raw_before_ns) * 1e-9 / std::sqrt(12.0);
  reading.correction_ppm = static_cast<double>(kernel.freq) / 65536.0 +
                           (static_cast<double>(kernel.tick) - 10'000.0) * 100.0;
  const double estimated_s = static_cast<double>(kernel.esterror) * 1e-6;
  const double highest_s = static_cast<double>(kernel.maxerror) * 1e-6;
  reading.u_time_s =
      std::max(kLeastTimeError_s, estimated_s > 0 ? estimated_s : highest_s / std::sqrt(3.0));
  if (kernel.status & STA_PLL)
    reading.loop_s =
        std::ldexp(1.0, static_cast<int>(std::clamp<long>(kernel.constant, 0, 20)) + kLoopShift);
  reading.synchronised = state != TIME_ERROR && !(kernel.status & (STA_UNSYNC | STA_CLOCKERR));
  return reading;
}

Result<HostClockReading> read_host_clock() {
  timex kernel{};
  kernel.modes = 0;  // read only
  const std::int64_t before = host_now_ns();
  const int state = adjtimex(&kernel);
  const std::int64_t after = host_now_ns();
  if (state < 0)
    return fail(
        Trouble::refused,
        "The kernel does not tell how its clock is kept (adjtimex): run outside the sandbox, or "
        "live with the assumed limit of the host's clock.");
  return host_clock_reading(kernel, state, before, after);
}

HostDiscipline undisciplined_host(const std::string& why) {
  return {0, kAssumedHostLimit_ppm / std::sqrt(3.0), Distribution::rectangular, false,
          why + " The host's raw clock is assumed to be within " + rounded(kAssumedHostLimit_ppm) +
              " ppm of true seconds."};
}

HostDiscipline host_discipline(const HostClockReading& before, const HostClockReading& after) {
  if (!before.synchronised || !after.synchronised)
    return undisciplined_host("Nothing synchronises the host's clock.");
  const Way rate = by_rate(before, after), elapsed = by_elapsed_time(before, after);
  const Way& better = elapsed.u_ppm < rate.u_ppm ? elapsed : rate;
  const double assumed_ppm = kAssumedHostLimit_ppm / std::sqrt(3.0);
  if (better.u_ppm < assumed_ppm)
    return {better.correction_ppm, better.u_ppm, Distribution::normal, true, better.source};
  return {
      rate.correction_ppm, assumed_ppm, Distribution::rectangular, true,
      "The host's clock is synchronised, but not well enough to tell its rate in so short a time: "
      "the kernel's rate, assumed to be within " +
          rounded(kAssumedHostLimit_ppm) + " ppm."};
}

}  // namespace jr
