// The one descriptor path of every serial port: poll, read, write, close.
// Never calls libserialport's own read or wait: after a hang-up they report "nothing yet" for ever.
#include "drivers/transport/serial.hpp"

#include <libserialport.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace jr {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

Failure gone(const std::string& path) {
  return fail(Trouble::hang_up, path + " went away: the device was unplugged, reset or switched off; "
                                "check its cable and open it again.");
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

/// Waits for `events`; 0 when the time was up, otherwise what poll saw.
short wait_for(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    pollfd entry{fd, events, 0};
    const int n = ::poll(&entry, 1, milliseconds_until(deadline));
    if (n > 0) return entry.revents;
    if (n < 0 && errno != EINTR) return POLLERR;
    if (n == 0 && Clock::now() >= deadline) return 0;
  }
}

}  // namespace

SerialPort::SerialPort(SerialPort&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      port_(std::exchange(other.port_, nullptr)),
      path_(std::move(other.path_)) {}

SerialPort& SerialPort::operator=(SerialPort&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  port_ = std::exchange(other.port_, nullptr);
  path_ = std::move(other.path_);
  return *this;
}

SerialPort::~SerialPort() { close(); }

void SerialPort::close() {
  if (fd_ < 0) return;
  ioctl(fd_, TIOCNXCL);  // the lock goes with the last descriptor
  if (port_) {
    auto* port = static_cast<sp_port*>(std::exchange(port_, nullptr));
    sp_close(port);
    sp_free_port(port);
  } else {
    ::close(fd_);
  }
  fd_ = -1;
}

Result<std::size_t> SerialPort::read(std::span<std::byte> into, milliseconds limit) {
  if (fd_ < 0) return gone(path_.empty() ? "a port that is not open" : path_);
  const auto deadline = Clock::now() + limit;
  for (;;) {
    const short seen = wait_for(fd_, POLLIN, deadline);
    if (seen == 0) return std::size_t{0};
    const ssize_t n = ::read(fd_, into.data(), into.size());
    if (n > 0) return static_cast<std::size_t>(n);
    if (n == 0) return gone(path_);
    if (errno == EINTR) continue;
    // EAGAIN with POLLHUP set: nothing is left to read and nothing will come.
    if (errno != EAGAIN || (seen & (POLLHUP | POLLERR | POLLNVAL))) return gone(path_);
  }
}

Result<void> SerialPort::write(std::span<const std::byte> bytes, milliseconds limit) {
  if (fd_ < 0) return gone(path_.empty() ? "a port that is not open" : path_);
  const auto deadline = Clock::now() + limit;
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return gone(path_);
    const short seen = wait_for(fd_, POLLOUT, deadline);
    if (seen & (POLLHUP | POLLERR | POLLNVAL)) return gone(path_);
    if (seen == 0)
      return fail(Trouble::timeout, path_ + " did not take " + std::to_string(bytes.size()) +
                                        " bytes in " + std::to_string(limit.count()) +
                                        " ms; the device is stuck: switch it off and on.");
  }
  return {};
}

void SerialPort::discard_input() {
  if (fd_ >= 0) tcflush(fd_, TCIFLUSH);
}

}  // namespace jr
