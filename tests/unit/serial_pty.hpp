// A pseudo-terminal for tests: the master end, with the slave held open and raw.
// Never opens the slave through the code under test.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace jr::test {

class Pty {
 public:
  Pty() {
    termios raw{};
    cfmakeraw(&raw);
    raw.c_cflag |= CREAD | CS8;
    raw.c_cc[VMIN] = 1;
    std::array<char, 64> name{};
    if (openpty(&master_, &slave_, name.data(), &raw, nullptr) != 0) throw std::runtime_error("openpty");
    path_ = name.data();
    if (fcntl(master_, F_SETFL, O_NONBLOCK) != 0) throw std::runtime_error("fcntl");
  }
  ~Pty() { close_master(); if (slave_ >= 0) ::close(slave_); }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  const std::string& path() const { return path_; }
  int master() const { return master_; }

  /// The device is gone: as when it is unplugged.
  void close_master() { if (master_ >= 0) ::close(std::exchange(master_, -1)); }

  /// All of it, or what was taken until `stop`: a full terminal whose reader has gone blocks for ever.
  void write(std::span<const std::byte> bytes, const std::stop_token& stop = {}) const {
    while (!bytes.empty() && !stop.stop_requested()) {
      pollfd entry{master_, POLLOUT, 0};
      if (::poll(&entry, 1, 10) <= 0) continue;
      const ssize_t n = ::write(master_, bytes.data(), bytes.size());
      if (n < 0 && errno != EINTR && errno != EAGAIN) throw std::runtime_error("write to pty");
      if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }

  /// What has come within `limit_ms`, at most `most` bytes; empty when nothing did.
  std::vector<std::byte> read(std::size_t most, int limit_ms) const {
    pollfd entry{master_, POLLIN, 0};
    if (::poll(&entry, 1, limit_ms) <= 0) return {};
    std::vector<std::byte> bytes(most);
    const ssize_t n = ::read(master_, bytes.data(), most);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
  }

  std::vector<std::byte> read_exactly(std::size_t n) const {
    std::vector<std::byte> got;
    while (got.size() < n) {
      const auto piece = read(n - got.size(), 20'000);
      if (piece.empty()) throw std::runtime_error("nothing came");
      got.insert(got.end(), piece.begin(), piece.end());
    }
    return got;
  }

 private:
  int master_{-1}, slave_{-1};
  std::string path_;
};

}  // namespace jr::test
