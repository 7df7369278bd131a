// One board with what feeds, measures, flashes and talks to it, as its bench file says.
// Never opens anything: a description, checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "rig/core/result.hpp"
#include "rig/run/ambient.hpp"
#include "rig/run/bench_health.hpp"

namespace jr {

struct BenchMonitor {
  std::string kind, port, serial;
  bool source_mode{true};
  double supply_V{};            ///< set in source mode, stated by the user in ampere mode
  std::string supply_kind;      ///< "set", "measured" or "assumed"
  double u_supply_V{};          ///< standard; 0: the spec card's limit
};

struct BenchLink { std::string port, serial; int baud{115200}; double boot_wait_s{5}; };

struct BenchFlash {
  std::string tool, part, programmer, port, serial;
  int baud{115200};
  int touch_baud{};  ///< the port is opened and closed at this speed before the tool runs; 0: no
  double limit_s{60};
  std::int64_t bytes{};  ///< of flash the board has for programs; 0: its file does not say
};

struct BenchWiring {
  bool by_segments{};  ///< no MARK wire: windows are found in the current
  int mark_line{-1};   ///< -1: there is none
  std::optional<int> sleep_line;
  double lead_ohm{}, u_lead_ohm{};
  double settle_guard_s{};         ///< as stated; else settle_guard_s() of the leads alone
  bool guard_is_stated{};
  std::optional<double> bypass_F;  ///< at the board
};

/// How long after a window the bypass capacitor's debt is collected: as the bench file says; else five times
/// R C, R being leads and `burden_ohm` (0 when the monitor is no series resistance), and at least 100 us;
/// else, C being unknown, 200 us.
double settle_guard_s(const BenchWiring& wiring, double burden_ohm);

struct Bench {
  std::string name, verbatim, board, mcu;
  std::filesystem::path file;
  BenchMonitor monitor;
  BenchLink link;
  BenchFlash flash;
  BenchWiring wiring;
  double lowest_V{}, highest_V{}, trip_A{};
  std::optional<double> ambient_C;
  double u_ambient_K{5.0};  ///< standard; how far the air may be from that, or from the calibration's when it is absent
  AmbientSource ambient;
  BenchHealth health;
  std::string firmware;  ///< default image, a file name below build/firmware or a path
  bool is_virtual{};     ///< it has a [world]: joulerig-sim stands in for the hardware
};

/// Reads a bench by name or path, together with its board's file. Every mistake in either is one
/// sentence with file, line and key; a supply above the board's limit is refused here already.
Result<Bench> load_bench(const std::string& name);

/// Trouble::usage when `volts` is outside what the bench's board stands, before anything is opened.
Result<void> check_supply(const Bench& bench, double volts);

/// What a run does: how many windows, how long, with how much idle around them.
struct Plan {
  std::string name, verbatim;
  int windows{5};
  double window_s{2};      ///< the number of inferences is chosen to fill it
  int least_inferences{1};
  int warmups{1};
  double idle_s{0.5};      ///< before and after each window
  int retries{2};          ///< of a window that was cut invalid or broken off
  int run_retries{1};      ///< of the whole run, when the rig failed
  double reconnect_s{10};  ///< how long an instrument that went away is waited for
  std::optional<double> limit_J;  ///< highest energy per inference that passes
  bool phases{};           ///< also windows of what is before, in and behind the model, each alone
  int phase_windows{3};    ///< of each phase, as long as the others
  int sham_windows{0};     ///< in which the board does nothing: what MARK itself costs
  double sham_s{0.3};
  double sleep_s{0};       ///< a long sleep of its own at the end, for its current; 0: none
  double pulse_s{0};       ///< the shortest pulses that the load draws its current in, by its design; 0: none known
  double pulse_every_s{0}; ///< how often they come; 0: not known
};
Result<Plan> load_plan(const std::string& name);

}  // namespace jr
