// A bench that this process holds: leases, the virtual world if there is one, the monitor, the supply.
// Nothing stays powered, locked or running when it goes away.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "drivers/dut/dut.hpp"
#include "drivers/flashers/flasher.hpp"
#include "drivers/monitors/monitor.hpp"
#include "rig/run/bench.hpp"
#include "rig/capture/trip_watch.hpp"
#include "rig/run/lease.hpp"
#include "rig/run/power_guard.hpp"
#include "rig/run/virtual_bench.hpp"

namespace jr {

class Session {
 public:
  /// Leases, world, monitor, voltage set (not switched on). Supplies that a dead process left on are
  /// switched off first. Errors: busy names the holder; not_found and permission name the port.
  static Result<std::unique_ptr<Session>> open(Bench bench, const WorldOptions& options,
                                               const std::string& purpose);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Result<void> power_on();    ///< leaves a note, and a guard that reads it should this process die
  Result<void> power_off();
  Result<void> power_cycle(std::chrono::milliseconds off_time);  ///< nothing without a supply
  Result<std::unique_ptr<Flasher>> flasher() const;
  Result<std::unique_ptr<Dut>> dut(DutLog log, DutGiveUp give_up = {}) const;

  /// The monitor's stream, with the board's trip current watched in between. `sink` outlives it.
  Result<void> start_stream(SampleSink& sink);
  void stop_stream();
  /// Opens the monitor again after it went away, trying until `patience_s` is over. What it fed is off
  /// afterwards, or counts as unknown: power_cycle() before trusting the board. Errors: timeout names the
  /// port; refused when another instrument came back in its place; interrupted.
  Result<void> reopen_monitor(double patience_s, const std::atomic<bool>* interrupted);
  int streams_started() const { return streams_started_; }

  const Bench& bench() const { return bench_; }
  Monitor& monitor() { return *monitor_; }  ///< not after reopen_monitor() has failed
  Supply* supply() { return supply_; }       ///< null when the monitor does not feed the board
  /// The board's power goes through a switch of the monitor: its supply, or the switch of an ampere meter.
  bool monitor_switches_power() const { return switch_ != nullptr; }
  VirtualBench* world() { return world_ ? &*world_ : nullptr; }
  const std::string& link_port() const { return link_port_; }
  /// Where it is now, or was when it went away.
  const std::string& monitor_port() const { return instrument_.port.empty() ? monitor_port_ : instrument_.port; }

 private:
  explicit Session(Bench bench) : bench_(std::move(bench)) {}
  Result<void> take_leases(const std::string& purpose);
  Result<void> resolve_ports(const WorldOptions& options);
  Result<void> open_monitor();
  Result<std::unique_ptr<Monitor>> open_instrument() const;
  Result<void> adopt(std::unique_ptr<Monitor> monitor);
  Result<void> cut_off();
  Result<void> check_world() const;
  std::string monitor_key() const;  ///< kind and serial, else port: what leases and notes name

  Bench bench_;
  std::optional<Lease> lease_;
  std::optional<VirtualBench> world_;
  std::unique_ptr<Monitor> monitor_;  // null while it is away
  MonitorIdentity instrument_;         // the one that this session began with
  std::string coefficients_;
  Supply* supply_{};  // null in ampere mode
  Supply* switch_{};  // null when the monitor cannot interrupt the board's power
  std::optional<PowerGuard> guard_;
  std::unique_ptr<TripWatch> trip_watch_;
  bool is_on_{};
  int streams_started_{};
  std::string monitor_port_, link_port_;
};

/// Switches off every supply that a process which no longer lives had switched on; returns one
/// sentence for each.
std::vector<std::string> switch_off_what_the_dead_left_on();

}  // namespace jr
