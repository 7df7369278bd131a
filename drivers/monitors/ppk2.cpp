// Driver of Nordic's Power Profiler Kit II: streams raw samples, feeds the board, reads eight lines.
// Never computes an ampere and never filters: codes go out as they came.
#include "drivers/monitors/ppk2.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <tuple>
#include <utility>

#include "drivers/monitors/ppk2_commands.hpp"
#include "drivers/monitors/ppk2_reader.hpp"

namespace jr {
namespace {

constexpr const char* kKind = "ppk2";
constexpr int kVendor = 0x1915, kProduct = 0xC00A;
constexpr double kLowest_V = 0.8, kHighest_V = 5.0;
constexpr StreamClock kClock{1e-5, 100.0};  // 100 kS/s; no published limit, so a crystal's worst

std::string in_volts(double volts) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f V", volts);
  return text.data();
}

double limit_of(const MonitorRequest& request) {
  return request.highest.value > 0 ? std::min(request.highest.value, kHighest_V) : kHighest_V;
}

/// Millivolts for the device, never more than `highest_V`, or a refusal before any byte is sent.
Result<std::uint16_t> millivolts(double volts, double highest_V) {
  if (!(volts >= kLowest_V && volts <= kHighest_V))  // also refuses NaN
    return fail(Trouble::refused, "a PPK2 supplies 0.800 V to 5.000 V, not " + in_volts(volts) +
                                      "; correct supply_V.");
  if (volts > highest_V + 1e-9)
    return fail(Trouble::refused, in_volts(volts) + " is above this board's limit of " +
                                      in_volts(highest_V) + "; correct supply_V or highest_V.");
  const double nearest = std::round(volts * 1000.0);
  return static_cast<std::uint16_t>(nearest > highest_V * 1000.0 + 1e-6 ? nearest - 1 : nearest);
}

class Ppk2 final : public Monitor, public Supply, public DigitalInputs {
 public:
  Ppk2(Ppk2Link link, MonitorIdentity identity, const MonitorRequest& request, const Ppk2Timing& timing)
      : port_(std::move(link.port)),
        metadata_(std::move(link.metadata)),
        identity_(std::move(identity)),
        timing_(timing),
        source_mode_(request.source_mode),
        highest_V_(limit_of(request)),
        reader_(port_, timing.silence) {}

  ~Ppk2() override { (void)stop(); }  // the board's power stays as it is: that is the rig's to decide

  const MonitorIdentity& identity() const override { return identity_; }
  StreamClock clock() const override { return kClock; }
  std::vector<RangePolynomial> polynomials() const override {
    const auto of_range = ppk2_polynomials(metadata_, !source_mode_);
    return {of_range.begin(), of_range.end()};
  }
  Result<void> start(SampleSink& sink) override;
  Result<void> stop() override;

  Result<void> set(Volt voltage) override;
  Result<void> on() override;
  Result<void> off() override { return send(ppk2::kPowerOff); }
  Volt highest() const override { return {highest_V_}; }

  int lines() const override { return 8; }
  /// One sample period of the slowest clock: a level that lasts so long meets at least one sample.
  Second sure_pulse() const override { return {kClock.period_s * (1 + kClock.limit_ppm * 1e-6)}; }

  Result<void> choose_mode(Volt supply);

 private:
  Result<void> send(std::span<const std::byte> command) {
    const std::lock_guard whole(sending_);  // off() may come from the reader's thread
    return port_.write(command, timing_.command);
  }

  std::mutex sending_;
  SerialPort port_;
  Ppk2Metadata metadata_;
  MonitorIdentity identity_;
  Ppk2Timing timing_;
  bool source_mode_;
  bool voltage_set_{};
  double highest_V_;
  Ppk2Reader reader_;
};

/// Voltage before mode and once more after it: entering source mode with the output on must not show the
/// board what an earlier client had set.
Result<void> Ppk2::choose_mode(Volt supply) {
  if (!source_mode_) return send(ppk2::kAmpereMode);
  if (supply.value == 0) return send(ppk2::kSourceMode);
  if (auto before = set(supply); !before) return before;
  if (auto chosen = send(ppk2::kSourceMode); !chosen) return chosen;
  return set(supply);
}

Result<void> Ppk2::set(Volt voltage) {
  if (!source_mode_)
    return fail(Trouble::refused, "the PPK2 at " + identity_.port + " is an ampere meter here and feeds "
                                  "nothing; set the board's own supply, or use mode = \"source\".");
  const auto level = millivolts(voltage.value, highest_V_);
  if (!level) return tl::unexpected(level.error());
  auto sent = send(ppk2::set_supply(*level));
  voltage_set_ = voltage_set_ || sent.has_value();
  return sent;
}

Result<void> Ppk2::on() {
  if (source_mode_ && !voltage_set_)
    return fail(Trouble::refused, "the PPK2 at " + identity_.port + " has been given no voltage yet, so "
                                  "its output stays off; set supply_V first.");
  return send(ppk2::kPowerOn);
}

Result<void> Ppk2::start(SampleSink& sink) {
  if (reader_.running())
    return fail(Trouble::refused, "the PPK2 at " + identity_.port + " is streaming already; stop it first.");
  port_.discard_input();
  if (auto begun = reader_.start(sink); !begun) return begun;
  auto sent = send(ppk2::kStart);
  if (!sent) reader_.stop();
  return sent;
}

Result<void> Ppk2::stop() {
  if (!reader_.running()) return {};
  const auto sent = send(ppk2::kStop);  // a device that has gone needs no stopping
  reader_.stop();
  if (!sent) return {};
  // What was on its way when the stop arrived must not be the start of the next stream.
  const auto deadline = std::chrono::steady_clock::now() + 5 * timing_.quiet;
  std::array<std::byte, 4096> rest{};
  while (std::chrono::steady_clock::now() < deadline) {
    const auto n = port_.read(rest, timing_.quiet / 2);
    if (!n || *n == 0) break;
  }
  return {};
}

bool is_ppk2(const SerialPortFound& port) { return port.vendor_id == kVendor && port.product_id == kProduct; }

/// One entry a device: since firmware 1.2.0 it has a second port, a shell, on a higher USB interface.
std::vector<SerialPortFound> data_ports() {
  std::vector<SerialPortFound> ports = list_serial_ports();
  std::erase_if(ports, [](const auto& port) { return !is_ppk2(port); });
  std::sort(ports.begin(), ports.end(), [](const auto& a, const auto& b) {
    return std::tie(a.serial, a.usb_interface, a.path) < std::tie(b.serial, b.usb_interface, b.path);
  });
  const auto same_device = [](const auto& a, const auto& b) { return !a.serial.empty() && a.serial == b.serial; };
  ports.erase(std::unique(ports.begin(), ports.end(), same_device), ports.end());
  return ports;
}

std::vector<FoundDevice> discover_ppk2() {
  std::vector<FoundDevice> devices;
  for (const SerialPortFound& port : data_ports())
    devices.push_back({kKind, port.path, port.serial, "Nordic Power Profiler Kit II", {}});
  return devices;
}

bool serial_fits(const std::string& wanted, const std::string& serial) {
  return wanted.empty() || (serial.size() >= wanted.size() &&
                            serial.compare(serial.size() - wanted.size(), wanted.size(), wanted) == 0) ||
         serial.rfind(wanted, 0) == 0;  // people know the eight digits that clients show
}

std::string named(const std::vector<SerialPortFound>& ports) {
  std::string all;
  for (const auto& port : ports) all += (all.empty() ? "" : ", ") + port.serial + " at " + port.path;
  return all;
}

Result<std::string> find_port(const MonitorRequest& request) {
  const std::vector<SerialPortFound> attached = data_ports();
  std::vector<SerialPortFound> fitting = attached;
  std::erase_if(fitting, [&](const auto& port) { return !serial_fits(request.serial, port.serial); });
  if (fitting.size() == 1) return fitting.front().path;
  const std::string which = request.serial.empty() ? "PPK2" : "PPK2 with serial number " + request.serial;
  if (fitting.empty())
    return fail(Trouble::not_found,
                "no " + which + " is attached" + (attached.empty() ? "" : ", but " + named(attached)) +
                    "; plug it in by its USB DATA/POWER socket and switch it on.");
  return fail(Trouble::usage, "more than one " + which + " is attached (" + named(fitting) + "); say which by serial.");
}

/// /dev/serial/by-id/… as the kernel's own name; a name that leads nowhere stays as it is.
std::string real_name(const std::string& path) {
  std::error_code trouble;
  const auto real = std::filesystem::canonical(path, trouble);
  return trouble ? path : real.string();
}

/// What USB says about `path`, before a byte is sent to a device that may be something else.
Result<std::string> usb_serial(const std::string& path, const std::string& wanted) {
  const std::vector<SerialPortFound> all = list_serial_ports();
  const auto port = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.path == path; });
  if (port == all.end() || port->vendor_id < 0) return std::string{};
  if (!is_ppk2(*port))
    return fail(Trouble::refused, path + " is \"" + port->description + "\", not a PPK2; choose another "
                                  "port (`joulerig discover`).");
  if (!serial_fits(wanted, port->serial))
    return fail(Trouble::refused, "the PPK2 at " + path + " has serial number " + port->serial + ", not " +
                                      wanted + "; correct port or serial.");
  return port->serial;
}

Result<void> check_supply(const MonitorRequest& request) {
  if (!request.source_mode || request.supply.value == 0) return {};
  const auto level = millivolts(request.supply.value, limit_of(request));
  if (!level) return tl::unexpected(level.error());
  return {};
}

Result<std::unique_ptr<Monitor>> open_with_default_timing(const MonitorRequest& request) {
  return open_ppk2(request);
}

const MonitorDriver kDriver{kKind, discover_ppk2, open_with_default_timing};
const MonitorRegistration kRegistration{kDriver};

}  // namespace

Result<std::unique_ptr<Monitor>> open_ppk2(const MonitorRequest& request, const Ppk2Timing& timing) {
  if (auto allowed = check_supply(request); !allowed) return tl::unexpected(allowed.error());
  const Result<std::string> path = request.port.empty() ? find_port(request) : request.port;
  if (!path) return tl::unexpected(path.error());
  const auto serial = usb_serial(real_name(*path), request.serial);
  if (!serial) return tl::unexpected(serial.error());
  auto link = link_ppk2(*path, timing);
  if (!link) return tl::unexpected(link.error());

  MonitorIdentity identity{kKind, *serial, std::to_string(link->metadata.hardware), "", *path,
                           link->metadata.text};
  auto device = std::make_unique<Ppk2>(std::move(*link), std::move(identity), request, timing);
  if (auto chosen = device->choose_mode(request.supply); !chosen) return tl::unexpected(chosen.error());
  return Result<std::unique_ptr<Monitor>>(std::move(device));
}

}  // namespace jr
