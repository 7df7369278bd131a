// Nordic Power Profiler Kit II: opening one, with its time limits in the open for tests.
// Never needed by the rig itself: it finds the driver in the table (monitor.hpp).
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "drivers/monitors/monitor.hpp"
#include "drivers/monitors/ppk2_metadata.hpp"
#include "drivers/transport/serial.hpp"

namespace jr {

/// How long the driver waits for what.
struct Ppk2Timing {
  using ms = std::chrono::milliseconds;
  ms quiet{100};         ///< silence that proves a stream has ended
  ms quiet_cap{2'000};   ///< how long to wait for that silence
  ms first_byte{2'000};  ///< metadata: no byte at all in this time ends the attempt
  ms next_byte{1'500};   ///< metadata: so long after the last byte nothing more is expected
  ms metadata{5'000};    ///< metadata: the whole of it
  int attempts{3};       ///< before the device is reset
  ms vanish{3'000};      ///< after a reset: until the port is gone
  ms reappear{6'000};    ///< ... and until it is back
  ms command{1'000};     ///< one command written
  ms silence{3'000};     ///< no sample in this time ends the stream (a virtual bench may pause 1.5 s)
};

/// An open port whose device has proven to be a PPK2 and is not streaming.
struct Ppk2Link {
  SerialPort port;
  Ppk2Metadata metadata;
};

/// Opens, locks and wakes the device whatever its last client left it in: stop, silence, metadata,
/// three times; then a reset and once more. Trouble::timeout or malformed when it is no PPK2.
Result<Ppk2Link> link_ppk2(const std::string& port, const Ppk2Timing& timing);

/// The whole of it: finds (when the request names no port), links, sets voltage and mode.
/// What it returns also is a Supply and a DigitalInputs.
Result<std::unique_ptr<Monitor>> open_ppk2(const MonitorRequest& request,
                                           const Ppk2Timing& timing = {});

}  // namespace jr
