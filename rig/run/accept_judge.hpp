// From what was measured on a bench to a verdict on each claim. Pure functions, one a claim.
// Never opens, waits or prints; the limits live here and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/flashers/flash_image.hpp"
#include "drivers/monitors/monitor.hpp"
#include "rig/run/claim.hpp"

namespace jr {

// ---- the monitor and its supply (accept_judge_monitor.cpp) ----

/// `metadata_sha256`: of the device's own description; empty when it gave none.
Claim judge_identity(const MonitorIdentity& identity, const std::string& metadata_sha256,
                     bool simulated);

Claim judge_voltage(double set_V, double lowest_V, double highest_V);

/// A voltage that must be refused was asked for. `written_bytes`: what this process had written to
/// any file meanwhile, where the kernel counts it.
struct Refusal {
  double asked_V{};
  bool refused{};
  std::optional<std::uint64_t> written_bytes;
};
Claim judge_refusal(const std::vector<Refusal>& refusals);

/// `measurable_A`: the most that the monitor measures, 0 when its spec card does not say.
Claim judge_trip(double trip_A, double measurable_A);

/// A stretch of stream. A `broken` stream ended by itself, and says why.
struct StreamSight {
  double asked_s{}, came_s{};
  std::uint64_t received{}, lost{}, breaks{};
  std::string broken;
};
Claim judge_stream(const std::string& id, const StreamSight& sight);

/// `u_ppm`: standard uncertainty of the skew, from how the arrivals scatter. A rate is outside only
/// when it is so beyond three of these; when they are as wide as the limit nothing can be said.
struct ClockSight {
  double seconds{}, skew_ppm{}, u_ppm{}, limit_ppm{};
};
Claim judge_clock(const ClockSight& sight);

/// `limit_A`: the offset that the spec card allows in the range that was active.
struct OffsetSight {
  double mean_A{}, deviation_A{};
  std::optional<double> limit_A;
};
Claim judge_offset(const OffsetSight& sight);

/// The first second after switching on; `highest_A` is the highest mean over 1 ms once settled.
struct SwitchOnSight {
  double inrush_A{}, settled_after_s{}, highest_A{}, trip_A{};
};
Claim judge_switch_on(const SwitchOnSight& sight);

/// `noticed_s`: from the last sample to the error; nothing when it never came.
Claim judge_pull(std::optional<double> noticed_s, const std::string& said);

Claim judge_off(bool switched_off, double left_A, double limit_A);

// ---- the board (accept_judge_board.cpp) ----

Claim judge_size(const ImageExtent& extent, std::int64_t flash_bytes);
/// `other`, `own`: does the board answer 'timestamp' with a lap line when it runs that image?
Claim judge_other_image(bool other_gives_laps, bool own_gives_laps);
Claim judge_link_reset(bool restarts, std::optional<double> boot_s, bool answers,
                       double boot_wait_s);
Claim judge_power_reset(bool restarted, std::optional<double> boot_s, double boot_wait_s);

/// Pulses on MARK's line, one a command; the edges of every line while they were asked for.
struct PulseSight {
  int asked{};
  std::vector<int> edges;        ///< on MARK's line, a number a command
  std::vector<int> lines_moved;  ///< other lines that moved as MARK should have
  int mark_line{};
};
Claim judge_pulses(const std::string& id, const PulseSight& sight, int least_asked);
Claim judge_width(double shortest_s, double sure_s, double period_s);

/// What remains without power; shares are of the time in which a line was high.
struct DeadSight {
  double current_A{}, limit_A{};
  double mark_high{};
  std::optional<bool> answers;            ///< nothing when it could not be asked
  std::optional<double> other_current_A;  ///< with the link in its other state
};
Claim judge_dead(const std::string& id, const DeadSight& sight);
Claim judge_light(bool lit);
Claim judge_usb(double with_A, double without_A, double limit_A);

// ---- windows (accept_judge_windows.cpp) ----

struct SleepSight {
  double idle_high{}, window_high{};
};
Claim judge_sleep(const SleepSight& sight);

/// Idle power before each window, and the mean power in it. `asleep`: was SLEEP high meanwhile;
/// nothing when no line says so.
struct PowerSight {
  std::vector<double> idle_W, active_W;
};
Claim judge_idle(const PowerSight& sight, std::optional<bool> asleep);

/// Energy per inference of each window.
Claim judge_repeats(const std::vector<double>& energy_J);

/// `loss_J`, `u_J`: what the leads take of one inference's `energy_J`, and what their doubt costs
/// it.
struct LeadSight {
  double lead_ohm{}, u_lead_ohm{}, energy_J{}, loss_J{}, u_J{};
};
Claim judge_lead(const LeadSight& sight);

}  // namespace jr
