// The thread that empties a PPK2's port and hands its samples on in blocks.
// Never writes to the device.
#pragma once

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "drivers/monitors/monitor.hpp"
#include "drivers/monitors/ppk2_decoder.hpp"
#include "drivers/transport/serial.hpp"

namespace jr {

/// Owned by the thread that owns the port; `start` and `stop` are called there. Only the sink runs on the
/// reader's own thread.
class Ppk2Reader {
 public:
  Ppk2Reader(SerialPort& port, std::chrono::milliseconds silence) : port_(port), silence_(silence) {}
  ~Ppk2Reader() { stop(); }
  Ppk2Reader(const Ppk2Reader&) = delete;
  Ppk2Reader& operator=(const Ppk2Reader&) = delete;

  bool running() const { return thread_.joinable(); }  ///< until stop(), even if the stream has ended
  Result<void> start(SampleSink& sink);
  void stop();  ///< joins; idempotent

 private:
  enum class Next { wait, pause, end };
  void run(SampleSink& sink);
  Next empty_port(SampleSink& sink, Ppk2Decoder& decoder);
  bool stop_asked_within(std::chrono::milliseconds time) const;

  SerialPort& port_;
  std::chrono::milliseconds silence_;
  std::vector<std::byte> buffer_;
  std::thread thread_;
  int stop_event_{-1};
};

}  // namespace jr
