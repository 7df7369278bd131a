// Taking a bench and giving it back: in this order, and in reverse.
#include "rig/run/session.hpp"

#include <cmath>
#include <thread>

#include "rig/run/config.hpp"
#include "rig/run/setup.hpp"

namespace jr {
namespace {

using std::chrono::milliseconds;

constexpr const char* kVirtualMonitor = "sim:monitor";
constexpr const char* kVirtualLink = "sim:link";
constexpr auto kReopenEvery = std::chrono::milliseconds(250);

}  // namespace

std::vector<std::string> switch_off_what_the_dead_left_on() {
  std::vector<std::string> sentences;
  for (const LeftOn& note : left_on_by_the_dead()) {
    const MonitorDriver* driver = find_monitor_driver(note.kind);
    const auto lease = Lease::take({note.device}, "switching off what a dead process left on");
    if (!driver || !lease) continue;  // a living process has it in hand
    MonitorRequest request;
    // By its serial number where it has one: the port's name may belong to another device by now.
    request.serial = note.serial;
    if (note.serial.empty()) request.port = note.port;
    request.source_mode = note.source_mode;
    auto monitor = driver->open(request);
    auto* supply = monitor ? dynamic_cast<Supply*>(monitor->get()) : nullptr;
    if (supply && supply->off()) {
      forget_left_on(note.device);
      sentences.push_back("The supply of " + note.kind + " on " + (*monitor)->identity().port +
                          " had been left on by a process that died (" + note.run + "); it is off now.");
    } else if (!monitor && monitor.error().trouble == Trouble::not_found) {
      forget_left_on(note.device);  // the device is gone, and its power with it
    } else {
      sentences.push_back("The supply of " + note.kind + " on " + note.port + " may still be on since a process died (" +
                          note.run + "): switch it off by hand.");
    }
  }
  return sentences;
}

Result<std::unique_ptr<Session>> Session::open(Bench bench, const WorldOptions& options,
                                               const std::string& purpose) {
  std::unique_ptr<Session> session(new Session(std::move(bench)));
  if (auto ports = session->resolve_ports(options); !ports) return Failure(ports.error());
  if (auto leased = session->take_leases(purpose); !leased) return Failure(leased.error());
  if (auto opened = session->open_monitor(); !opened) return Failure(opened.error());
  return session;
}

Result<void> Session::resolve_ports(const WorldOptions& options) {
  monitor_port_ = bench_.monitor.port;
  link_port_ = bench_.link.port;
  if (!bench_.is_virtual) {
    if (monitor_port_ == kVirtualMonitor || link_port_ == kVirtualLink)
      return fail(Trouble::usage, bench_.file.string() + " names a virtual port but has no [world].");
    return {};
  }
  auto world = VirtualBench::start(bench_.file, options);
  if (!world) return Failure(world.error());
  world_ = std::move(*world);
  if (monitor_port_ == kVirtualMonitor) monitor_port_ = world_->monitor_port();
  if (link_port_ == kVirtualLink) link_port_ = world_->link_port();
  if (bench_.flash.port == kVirtualLink) bench_.flash.port = world_->link_port();
  return {};
}

std::string Session::monitor_key() const {
  return bench_.monitor.kind + ":" + (bench_.monitor.serial.empty() ? monitor_port_ : bench_.monitor.serial);
}

/// A virtual bench is private to its run: nobody else can know its ports.
Result<void> Session::take_leases(const std::string& purpose) {
  std::vector<std::string> keys;
  if (!world_ || monitor_port_ != world_->monitor_port()) keys.push_back(monitor_key());
  if (!world_ || link_port_ != world_->link_port())
    keys.push_back("link:" + (bench_.link.serial.empty() ? link_port_ : bench_.link.serial));
  auto lease = Lease::take(std::move(keys), bench_.name + ", " + purpose);
  if (!lease) return Failure(lease.error());
  lease_ = std::move(*lease);
  return {};
}

Result<std::unique_ptr<Monitor>> Session::open_instrument() const {
  const MonitorDriver* driver = find_monitor_driver(bench_.monitor.kind);
  if (!driver) {
    std::string known;
    for (const MonitorDriver* one : monitor_drivers()) known += (known.empty() ? "" : ", ") + std::string(one->kind);
    return fail(Trouble::usage, bench_.file.string() + ": there is no driver for the monitor '" + bench_.monitor.kind +
                                    "'; there is: " + known + ".");
  }
  MonitorRequest request;
  // One that came back after a pulled cable is known by its serial number: its port may have another name now, and
  // the old name another device.
  request.serial = instrument_.serial.empty() ? bench_.monitor.serial : instrument_.serial;
  if (instrument_.serial.empty()) request.port = monitor_port_;
  request.source_mode = bench_.monitor.source_mode;
  request.supply = {bench_.monitor.supply_V};
  request.highest = {bench_.highest_V};
  return driver->open(request);
}

Result<void> Session::adopt(std::unique_ptr<Monitor> monitor) {
  monitor_ = std::move(monitor);
  switch_ = dynamic_cast<Supply*>(monitor_.get());
  supply_ = bench_.monitor.source_mode ? switch_ : nullptr;
  if (supply_) return supply_->set({bench_.monitor.supply_V});
  return {};
}

Result<void> Session::open_monitor() {
  auto monitor = open_instrument();
  if (!monitor) return Failure(monitor.error());
  instrument_ = (*monitor)->identity();
  coefficients_ = to_json((*monitor)->polynomials());  // its metadata also tells its state, which changes
  return adopt(std::move(*monitor));
}

/// A virtual bench that died leaves names behind whose terminals soon belong to another one.
Result<void> Session::check_world() const {
  if (!world_ || world_->alive()) return {};
  return fail(Trouble::hang_up, "The virtual bench of " + bench_.name + " is gone: its process died; start the run again.");
}

Result<void> Session::reopen_monitor(double patience_s, const std::atomic<bool>* interrupted) {
  stop_stream();
  supply_ = switch_ = nullptr;
  monitor_.reset();  // frees the port's name: the instrument may want it again
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(patience_s);
  while (true) {
    if (auto there = check_world(); !there) return there;
    auto monitor = open_instrument();
    if (monitor) {
      const MonitorIdentity& now = (*monitor)->identity();
      if (now.serial != instrument_.serial || to_json((*monitor)->polynomials()) != coefficients_)
        return fail(Trouble::refused, "Another " + now.kind + " answers on " + now.port +
                                          " than the one that this run began with: plug the first one in again.");
      instrument_.port = now.port;
      return adopt(std::move(*monitor));
    }
    if (interrupted && *interrupted) return fail(Trouble::interrupted, "Interrupted.");
    if (std::chrono::steady_clock::now() > deadline)
      return fail(Trouble::timeout, "The " + instrument_.kind + " on " + monitor_port() + " went away and did not come back within " +
                                        std::to_string(std::lround(patience_s)) + " s; " + monitor.error().message);
    std::this_thread::sleep_for(kReopenEvery);
  }
}

Result<void> Session::cut_off() {
  if (!switch_) return fail(Trouble::refused, "this monitor cannot switch the board");
  return switch_->off();
}

Result<void> Session::start_stream(SampleSink& sink) {
  trip_watch_ = std::make_unique<TripWatch>(
      sink, TripRule{bench_.trip_A, monitor_->clock().period_s, {bench_.monitor.supply_V}, monitor_->polynomials()},
      [this] { return cut_off(); });
  ++streams_started_;
  return monitor_->start(*trip_watch_);
}

void Session::stop_stream() {
  if (monitor_) monitor_->stop();
  trip_watch_.reset();
}

Session::~Session() {
  stop_stream();
  if (is_on_) power_off();
}

Result<void> Session::power_on() {
  if (!switch_) return {};
  // The note comes first: a process that dies between the two leaves a note too many, never one too few.
  // A virtual bench dies with us, and its port's name is given to a stranger next: no note for it.
  if (!world_) {
    if (auto noted = note_left_on({monitor_key(), monitor_port_, bench_.monitor.kind, bench_.name, 0, "",
                                   bench_.monitor.source_mode, instrument_.serial});
        !noted)
      return noted;
    if (!guard_)
      if (auto guard = PowerGuard::start()) guard_.emplace(std::move(*guard));  // else the note has to do
  }
  is_on_ = true;
  return switch_->on();
}

Result<void> Session::power_off() {
  if (!switch_) return {};
  auto off = switch_->off();
  if (!off) return off;
  is_on_ = false;
  return world_ ? Result<void>{} : forget_left_on(monitor_key());
}

Result<void> Session::power_cycle(milliseconds off_time) {
  if (!switch_) return {};
  if (auto off = power_off(); !off) return off;
  std::this_thread::sleep_for(off_time);
  return power_on();
}

Result<std::unique_ptr<Flasher>> Session::flasher() const {
  if (auto there = check_world(); !there) return Failure(there.error());
  FlasherRequest request;
  request.tool = bench_.flash.tool;
  request.port = bench_.flash.port;
  request.part = bench_.flash.part;
  request.programmer = bench_.flash.programmer;
  request.serial = bench_.flash.serial;
  request.baud = bench_.flash.baud;
  request.touch_baud = bench_.flash.touch_baud;
  request.limit = milliseconds(static_cast<std::int64_t>(bench_.flash.limit_s * 1e3));
  return open_flasher(request, flash_templates_folder());
}

Result<std::unique_ptr<Dut>> Session::dut(DutLog log, DutGiveUp give_up) const {
  if (auto there = check_world(); !there) return Failure(there.error());
  return open_dut(link_port_, bench_.link.baud, std::move(log), std::move(give_up));
}

}  // namespace jr
