// What the rig asks of a power analyzer. Small capabilities: a device implements those it has.
// Nothing here knows a protocol, a file or a calibration fit.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/range_polynomial.hpp"
#include "rig/core/result.hpp"
#include "rig/core/sample_block.hpp"

namespace jr {

/// Where blocks go. Called on the monitor's reader thread only; must return within 10 ms.
class SampleSink {
 public:
  virtual ~SampleSink() = default;
  virtual void take(SampleBlock block) = 0;
  /// The stream ended by itself (hang-up, silence, malformed for good). Called at most once, last.
  virtual void ended(Error why) = 0;
};

struct MonitorIdentity {
  std::string kind, serial, hardware, firmware, port;
  std::string metadata;  ///< the device's own description, verbatim, for the record
};

/// One instrument that streams current. Owned by one thread; only the sink runs on another.
class Monitor {
 public:
  virtual ~Monitor() = default;
  virtual const MonitorIdentity& identity() const = 0;       ///< read when it was opened
  virtual StreamClock clock() const = 0;
  virtual std::vector<RangePolynomial> polynomials() const = 0;  ///< the device's own, one a range
  virtual Result<void> start(SampleSink& sink) = 0;  ///< sink outlives stop(); once at a time
  virtual Result<void> stop() = 0;                   ///< joins the reader; <= 1 s; idempotent
};

/// A monitor that also feeds the board.
class Supply {
 public:
  virtual ~Supply() = default;
  /// Refuses above `highest()` and outside the device's own span, before any byte is sent.
  virtual Result<void> set(Volt voltage) = 0;
  virtual Result<void> on() = 0;
  /// May be called from any thread, the reader's too: a protection must not wait for its turn.
  virtual Result<void> off() = 0;
  virtual Volt highest() const = 0;
};

/// Digital lines sampled in the same word as the current.
class DigitalInputs {
 public:
  virtual ~DigitalInputs() = default;
  virtual int lines() const = 0;
  virtual Second sure_pulse() const = 0;  ///< shortest level that is certain to be seen
};

/// How a person wants a device opened.
struct MonitorRequest {
  std::string port;                 ///< device path; by-id links are resolved
  std::string serial;               ///< empty: any
  bool source_mode{true};           ///< true: it feeds the board; false: ampere meter in series
  Volt supply{};                    ///< voltage to set (source) or to assume (ampere mode)
  Volt highest{};                   ///< the board's limit; 0: the device's own
};

struct FoundDevice {
  std::string kind, port, serial, description;
  std::string trouble;  ///< empty, or why it could not be used and what to do
};

/// One line of the table of drivers. Each driver's file defines one `const` entry; `drivers()`
/// collects them at link time (registry.cpp): there is no list to edit.
struct MonitorDriver {
  const char* kind;
  std::vector<FoundDevice> (*discover)();
  Result<std::unique_ptr<Monitor>> (*open)(const MonitorRequest&);
};

/// Puts a driver into the table; a namespace-scope `const MonitorRegistration` in its own file.
struct MonitorRegistration { explicit MonitorRegistration(const MonitorDriver& driver); };
const std::vector<const MonitorDriver*>& monitor_drivers();
const MonitorDriver* find_monitor_driver(const std::string& kind);

}  // namespace jr
