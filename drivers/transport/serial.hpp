// A serial port as one file descriptor, whoever opened it: real ports through libserialport,
// pseudo-terminals through open(2). After opening there is one path for both.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

struct SerialPortFound {
  std::string path;          ///< /dev/ttyACM0
  std::string description, serial, manufacturer, product;
  int vendor_id{-1}, product_id{-1};  ///< USB ids, -1 when it is not USB
  int usb_interface{-1};     ///< number of the USB interface, -1 when unknown
};

/// Every port that libserialport lists. Never opens one.
std::vector<SerialPortFound> list_serial_ports();

/// Owns one open, locked (flock, and TIOCEXCL on real ports), close-on-exec, raw descriptor with VMIN=1
/// and no HUPCL.
/// Owned by one thread; `read` and `write` may be called from two different threads at once.
class SerialPort {
 public:
  SerialPort() = default;
  SerialPort(SerialPort&& other) noexcept;
  SerialPort& operator=(SerialPort&& other) noexcept;
  ~SerialPort();  ///< TIOCNXCL, unlock, close

  bool is_open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  const std::string& path() const { return path_; }

  /// Bytes that are there, waiting at most `limit` for the first; 0 when the time was up.
  /// Trouble::hang_up when the far end went away (POLLHUP, EIO or read() == 0).
  Result<std::size_t> read(std::span<std::byte> into, std::chrono::milliseconds limit);
  /// All bytes or an error; Trouble::timeout when the far end does not take them in time.
  Result<void> write(std::span<const std::byte> bytes, std::chrono::milliseconds limit);
  void discard_input();  ///< throws away what has arrived so far (tcflush)
  void close();

 private:
  friend Result<SerialPort> open_serial(const std::string& path, int baud);
  int fd_{-1};
  void* port_{};  ///< libserialport's handle, null for a pseudo-terminal
  std::string path_;
};

/// Opens `path` (links such as /dev/serial/by-id/… are resolved) 8N1 raw at `baud`.
/// Errors, each with a sentence that says what to do: not_found (lists the ports there are),
/// permission (names the group or the udev rule), busy (names the other process where /proc tells).
Result<SerialPort> open_serial(const std::string& path, int baud);

}  // namespace jr
