// How far the host's raw clock is from SI seconds, as far as the kernel's own time keeping knows.
// Only reads the kernel's clock; never sets, slews or steps it.
#pragma once

#include <cstdint>
#include <string>

#include "rig/core/energy.hpp"
#include "rig/core/result.hpp"

struct timex;

namespace jr {

/// CLOCK_MONOTONIC_RAW and the kernel's disciplined clock at one moment, and what the kernel says
/// of the latter.
struct HostClockReading {
  std::int64_t raw_ns{};    ///< CLOCK_MONOTONIC_RAW, in the middle of the reading
  std::int64_t utc_ns{};    ///< CLOCK_REALTIME
  double u_pairing_s{};     ///< standard, between the two
  double correction_ppm{};  ///< rate that the kernel adds to the raw clock: `tick` and `freq`
  double u_time_s{};  ///< standard, of utc_ns: the estimated error, else the maximum over sqrt 3
  double loop_s{};    ///< time over which the kernel's own loop averages; 0: another program
                      ///< sets the rate, and does not say how well it knows it
  bool synchronised{};
};

/// The meaning of what adjtimex(2) filled in. `state` is its return value; the raw clock was read
/// before and after the call. Units as in adjtimex(2): freq in 2^-16 ppm, tick in us per 1/100 s.
HostClockReading host_clock_reading(const timex& kernel, int state, std::int64_t raw_before_ns,
                                    std::int64_t raw_after_ns);

/// Asks the kernel. Error (refused): it does not answer, as in some sandboxes.
Result<HostClockReading> read_host_clock();

/// Multiply an interval of CLOCK_MONOTONIC_RAW by 1 + 1e-6 correction_ppm to have SI seconds.
struct HostDiscipline {
  double correction_ppm{};
  double u_ppm{};               ///< standard
  Distribution distribution{};  ///< rectangular where it is the assumed limit, normal otherwise
  bool synchronised{};
  std::string source;  ///< one sentence for the budget and the record
};

/// What is assumed of a host that nothing disciplines: crystals of computers are sold with +-50 ppm
/// and age and warm up by about as much again. Half width, rectangular.
inline constexpr double kAssumedHostLimit_ppm = 100;

/// From a reading before and one after a measurement; the longer between them the better. The
/// better of two ways: raw and disciplined time that passed between the readings (a step of the
/// clock forbids it), or the kernel's rate, known to its time error over the averaging time of its
/// loop. Neither better than the assumed limit: the kernel's rate with that limit. Not synchronised
/// in both: 0 with it.
HostDiscipline host_discipline(const HostClockReading& before, const HostClockReading& after);

/// For a host whose kernel does not answer.
HostDiscipline undisciplined_host(const std::string& why);

}  // namespace jr
