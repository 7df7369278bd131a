// The PPK2 driver against a tiny device on a pseudo-terminal: dirty starts, supply, streaming, hang-up.
#include "drivers/monitors/ppk2.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "tests/unit/ppk2_example.hpp"
#include "tests/unit/ppk2_wire.hpp"
#include "tests/unit/serial_pty.hpp"

using namespace jr;
using namespace jr::test;
using std::chrono::milliseconds;

namespace {

constexpr auto kGenerous = std::chrono::seconds{30};

/// Limits so short that no test waits long for what never comes, except where a loaded machine answers.
Ppk2Timing quick() {
  Ppk2Timing timing;
  timing.quiet = milliseconds{30};
  timing.first_byte = timing.next_byte = milliseconds{300};
  timing.vanish = milliseconds{200};
  timing.reappear = milliseconds{200};
  return timing;
}

/// A device in a thread: takes commands apart by their published lengths, streams in pieces of 200 samples.
class Device {
 public:
  explicit Device(std::string reply = kPpk2Reply, bool streaming = false)
      : reply_(std::move(reply)), streaming_(streaming), thread_([this](std::stop_token s) { serve(s); }) {}

  const std::string& path() const { return pty_.path(); }
  void hang_up() {
    thread_.request_stop();
    thread_.join();
    pty_.close_master();
  }
  void mute(bool on) { muted_ = on; }
  void ignore_stop() { obedient_ = false; }
  std::vector<std::string> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  bool has_seen(const std::string& command) const {
    const auto all = commands();
    return std::find(all.begin(), all.end(), command) != all.end();
  }
  /// Has seen it, or sees it within a generous time.
  bool will_see(const std::string& command) const {
    const auto deadline = std::chrono::steady_clock::now() + kGenerous;
    while (!has_seen(command) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return has_seen(command);
  }

 private:
  void serve(const std::stop_token& stop) {
    std::string bytes;
    while (!stop.stop_requested()) {
      for (const std::byte b : pty_.read(64, 1)) bytes += static_cast<char>(b);
      while (!bytes.empty()) {
        const char op = bytes[0];
        const std::size_t length = op == 0x0D ? 3 : op == 0x0C || op == 0x11 ? 2 : 1;
        if (bytes.size() < length) break;
        obey(bytes.substr(0, length), stop);
        bytes.erase(0, length);
      }
      if (streaming_ && !muted_) emit(200, stop);
    }
  }
  void obey(const std::string& command, const std::stop_token& stop) {
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(command);
    }
    if (command[0] == 0x06) streaming_ = true;
    if (command[0] == 0x07 && obedient_) streaming_ = false;
    if (command[0] == 0x19) pty_.write(std::as_bytes(std::span(reply_)), stop);
  }
  void emit(std::uint64_t n, const std::stop_token& stop) {
    pty_.write(stream_of(next_, next_ + n), stop);
    next_ += n;
  }

  Pty pty_;
  std::string reply_;
  std::atomic<bool> streaming_, muted_{}, obedient_{true};
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::uint64_t next_{};
  std::jthread thread_;
};

class Collector final : public SampleSink {
 public:
  void take(SampleBlock block) override {
    const std::lock_guard lock(mutex_);
    gapless_ = gapless_ && block.first_ordinal == samples_ && block.breaks.empty();
    ordered_ = ordered_ && block.host_arrival_ns >= last_ns_;
    last_ns_ = block.host_arrival_ns;
    samples_ += block.size();
    changed_.notify_all();
  }
  void ended(Error why) override {
    const std::lock_guard lock(mutex_);
    CHECK_FALSE(error_);
    error_ = std::move(why);
    changed_.notify_all();
  }
  bool wait(const std::function<bool(const Collector&)>& until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kGenerous, [&] { return until(*this); });
  }
  bool wait_for(std::uint64_t n) { return wait([n](const Collector& c) { return c.samples_ >= n; }); }

  std::uint64_t samples_{};
  std::int64_t last_ns_{};
  bool gapless_{true}, ordered_{true};
  std::optional<Error> error_;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

MonitorRequest source(const std::string& port, double volts = 3.3, double highest = 0) {
  MonitorRequest request;
  request.port = port;
  request.supply = {volts};
  request.highest = {highest};
  return request;
}

}  // namespace

TEST_CASE("the driver is in the table under its kind") {
  const MonitorDriver* driver = find_monitor_driver("ppk2");
  REQUIRE(driver != nullptr);
  CHECK(std::string(driver->kind) == "ppk2");
  CHECK(find_monitor_driver("ppk3") == nullptr);
}

TEST_CASE("an opened PPK2 knows itself and has been told voltage and mode, but not switched on") {
  Device device;
  const auto ppk2 = open_ppk2(source(device.path()), quick());
  REQUIRE_MESSAGE(ppk2, ppk2.error().message);
  CHECK((*ppk2)->identity().kind == "ppk2");
  CHECK((*ppk2)->identity().hardware == "9173");
  CHECK((*ppk2)->identity().metadata == kPpk2Reply);
  CHECK((*ppk2)->clock().period_s == 1e-5);
  CHECK((*ppk2)->polynomials().size() == 5);
  REQUIRE(dynamic_cast<Supply*>(ppk2->get())->off());  // the last of the commands: the others have come too
  REQUIRE(device.will_see(std::string("\x0C\x00", 2)));
  CHECK(device.has_seen("\x11\x02"));
  CHECK(device.has_seen("\x0D\x0C\xE4"));
  CHECK_FALSE(device.has_seen("\x0C\x01"));
}

TEST_CASE("a device that was left streaming is brought to order") {
  Device device(kPpk2Reply, true);
  const auto ppk2 = open_ppk2(source(device.path()), quick());
  REQUIRE_MESSAGE(ppk2, ppk2.error().message);
  CHECK((*ppk2)->identity().metadata == kPpk2Reply);
}

TEST_CASE("samples arrive in order and complete while the supply is switched") {
  Device device;
  const auto opened = open_ppk2(source(device.path(), 3.3, 3.6), quick());
  REQUIRE_MESSAGE(opened, opened.error().message);
  Monitor& ppk2 = **opened;
  Supply& supply = *dynamic_cast<Supply*>(opened->get());
  Collector sink;
  REQUIRE(ppk2.start(sink));
  CHECK_FALSE(ppk2.start(sink));
  REQUIRE(sink.wait_for(2'000));
  REQUIRE(supply.on());
  REQUIRE(supply.set({2.5}));
  REQUIRE(supply.off());
  REQUIRE(sink.wait_for(20'000));
  REQUIRE(ppk2.stop());
  REQUIRE(ppk2.stop());
  CHECK(sink.gapless_);
  CHECK(sink.ordered_);
  CHECK_FALSE(sink.error_);
  CHECK(device.will_see("\x0C\x01"));
  CHECK(device.will_see("\x0D\x09\xC4"));
  CHECK(device.will_see(std::string("\x0C\x00", 2)));
}

TEST_CASE("a second start counts from zero again and sees nothing of the first stream") {
  Device device;
  const auto ppk2 = open_ppk2(source(device.path()), quick());
  REQUIRE_MESSAGE(ppk2, ppk2.error().message);
  for (int round = 0; round < 3; ++round) {
    Collector sink;
    REQUIRE((*ppk2)->start(sink));
    REQUIRE(sink.wait_for(3'000));
    REQUIRE((*ppk2)->stop());
    CHECK(sink.gapless_);
  }
}

TEST_CASE("an unplugged PPK2 ends the stream with a hang-up, everything before it delivered") {
  Device device;
  const auto ppk2 = open_ppk2(source(device.path()), quick());
  REQUIRE_MESSAGE(ppk2, ppk2.error().message);
  Collector sink;
  REQUIRE((*ppk2)->start(sink));
  REQUIRE(sink.wait_for(5'000));
  device.hang_up();
  REQUIRE(sink.wait([](const Collector& c) { return c.error_.has_value(); }));
  CHECK(sink.error_->trouble == Trouble::hang_up);
  CHECK(sink.samples_ >= 5'000);
  CHECK(sink.ordered_);  // the samples that the decoder had held back have a time too
  const auto off = dynamic_cast<Supply*>(ppk2->get())->off();
  REQUIRE_FALSE(off);
  CHECK(off.error().trouble == Trouble::hang_up);
  CHECK((*ppk2)->stop());
}

TEST_CASE("a PPK2 that falls silent ends the stream") {
  Device device;
  Ppk2Timing timing = quick();
  timing.silence = milliseconds{500};
  const auto ppk2 = open_ppk2(source(device.path()), timing);
  REQUIRE_MESSAGE(ppk2, ppk2.error().message);
  Collector sink;
  REQUIRE((*ppk2)->start(sink));
  REQUIRE(sink.wait_for(1'000));
  device.mute(true);
  REQUIRE(sink.wait([](const Collector& c) { return c.error_.has_value(); }));
  CHECK(sink.error_->trouble == Trouble::timeout);
}

TEST_CASE("a device that says something else is not taken for a PPK2") {
  Device device("m-ready\r\n");
  const auto ppk2 = open_ppk2(source(device.path()), quick());
  REQUIRE_FALSE(ppk2);
  CHECK(ppk2.error().trouble == Trouble::malformed);
  CHECK_MESSAGE(ppk2.error().message.find("m-ready") != std::string::npos, ppk2.error().message);
}

TEST_CASE("a device that streams whatever it is told is given up in time") {
  Device device(std::string("\x07\x07", 2), true);
  device.ignore_stop();
  Ppk2Timing timing = quick();
  timing.quiet_cap = timing.metadata = milliseconds{100};
  const auto ppk2 = open_ppk2(source(device.path()), timing);
  REQUIRE_FALSE(ppk2);
  CHECK(ppk2.error().trouble == Trouble::malformed);
}

TEST_CASE("a device that says nothing is told apart from one that is not there") {
  Device device("");
  const auto ppk2 = open_ppk2(source(device.path()), quick());
  REQUIRE_FALSE(ppk2);
  CHECK(ppk2.error().trouble == Trouble::timeout);
  CHECK(device.has_seen("\x20"));  // it was given its chance by a reset
}

TEST_CASE("a stuck device is reset and found again under its link") {
  const auto link = std::filesystem::temp_directory_path() / ("jr-ppk2-" + std::to_string(getpid()));
  auto stuck = std::make_unique<Device>("");
  std::filesystem::remove(link);
  std::filesystem::create_symlink(stuck->path(), link);
  std::optional<Device> awake;
  std::jthread reboot([&] {
    stuck->will_see("\x20");
    awake.emplace();
    std::filesystem::remove(link);
    std::filesystem::create_symlink(awake->path(), link);
    stuck->hang_up();
  });
  Ppk2Timing timing = quick();
  timing.first_byte = milliseconds{100};
  timing.vanish = timing.reappear = milliseconds{10'000};
  timing.metadata = milliseconds{10'000};
  const auto ppk2 = open_ppk2(source(link.string()), timing);
  reboot.join();
  std::filesystem::remove(link);
  REQUIRE_MESSAGE(ppk2, ppk2.error().message);
}

TEST_CASE("a voltage above the board's limit is refused before the port is even looked at") {
  const auto ppk2 = open_ppk2(source("/nowhere", 3.4, 3.3), quick());
  REQUIRE_FALSE(ppk2);
  CHECK(ppk2.error().trouble == Trouble::refused);
  CHECK(ppk2.error().message.find("3.300 V") != std::string::npos);
}

TEST_CASE("set never sends a voltage above the limit, outside the device's span, or that is no number") {
  Device device;
  const auto opened = open_ppk2(source(device.path(), 3.0, 3.2996), quick());
  REQUIRE_MESSAGE(opened, opened.error().message);
  Supply& supply = *dynamic_cast<Supply*>(opened->get());
  CHECK(supply.highest().value == 3.2996);
  for (const double volts : {3.3, 5.0, 5.1, 0.79, -1.0, 0.0, std::numeric_limits<double>::quiet_NaN()}) {
    const auto refused = supply.set({volts});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().trouble == Trouble::refused);
  }
  REQUIRE(supply.set({3.2996}));  // goes out as 3299 mV: rounding does not cross the limit
  REQUIRE(device.will_see("\x0D\x0C\xE3"));
  CHECK_FALSE(device.has_seen("\x0D\x0C\xE4"));
}

TEST_CASE("the output is not switched on before a voltage has been set") {
  Device device;
  const auto opened = open_ppk2(source(device.path(), 0.0), quick());
  REQUIRE_MESSAGE(opened, opened.error().message);
  Supply& supply = *dynamic_cast<Supply*>(opened->get());
  const auto on = supply.on();
  REQUIRE_FALSE(on);
  CHECK(on.error().trouble == Trouble::refused);
  REQUIRE(supply.set({1.8}));
  CHECK(supply.on());
}

TEST_CASE("in ampere mode no voltage is sent and the burden is the range's resistance") {
  Device device;
  MonitorRequest request = source(device.path());
  request.source_mode = false;
  const auto opened = open_ppk2(request, quick());
  REQUIRE_MESSAGE(opened, opened.error().message);
  CHECK((*opened)->polynomials()[0].burden_ohm == 1003.3506);
  Supply& supply = *dynamic_cast<Supply*>(opened->get());
  CHECK_FALSE(supply.set({3.3}));
  REQUIRE(supply.on());
  REQUIRE(device.will_see("\x0C\x01"));
  for (const auto& command : device.commands()) CHECK(command[0] != 0x0D);
  CHECK(device.has_seen("\x11\x01"));
}

TEST_CASE("a PPK2 that is already open is busy for the second") {
  Device device;
  const auto first = open_ppk2(source(device.path()), quick());
  REQUIRE_MESSAGE(first, first.error().message);
  const auto second = open_ppk2(source(device.path()), quick());
  REQUIRE_FALSE(second);
  CHECK(second.error().trouble == Trouble::busy);
}

TEST_CASE("without a port and without any PPK2 the sentence says what to plug in") {
  MonitorRequest request;
  request.serial = "0123456789";
  const auto none = open_ppk2(request, quick());
  REQUIRE_FALSE(none);
  CHECK(none.error().trouble == Trouble::not_found);
}
