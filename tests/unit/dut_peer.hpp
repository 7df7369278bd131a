// A scripted board on a pseudo-terminal for the tests of the DUT link, and small words they share.
// Never sleeps; answers each command that ends with '%' by what its script says.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "drivers/dut/mlperf_tiny.hpp"

namespace jr::test {

using std::chrono::milliseconds;
inline constexpr milliseconds kPlenty{30'000};

// A board: answers each command that ends with '%' by what the script says.
class DutPeer {
 public:
  using Script = std::function<std::string(const std::string&)>;

  explicit DutPeer(Script script) : script_(std::move(script)) {
    char name[256];
    REQUIRE(::openpty(&master_, &slave_, name, nullptr, nullptr) == 0);
    termios raw{};
    ::tcgetattr(slave_, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(slave_, TCSANOW, &raw);
    path_ = name;
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  ~DutPeer() {
    end();
    hang_up();
    ::close(stop_);
  }
  void end() {
    if (!thread_.joinable()) return;
    ::eventfd_write(stop_, 1);
    thread_.join();
  }
  void hang_up() {
    if (slave_ >= 0) ::close(std::exchange(slave_, -1));
    if (master_ >= 0) ::close(std::exchange(master_, -1));
  }
  void say(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = ::write(master_, text.data() + done, text.size() - done);
      if (n <= 0) return;
      done += static_cast<std::size_t>(n);
    }
  }
  // Waits until the link has (very likely: a pty delivers a little later) taken what was said.
  void until_read() {
    for (int waiting = 1; waiting > 0 && !stopped_;) {
      ::ioctl(slave_, FIONREAD, &waiting);
      std::this_thread::yield();
    }
  }
  // Waits until all of what was said lies in the port, for a link that does not read right now.
  void until_delivered(int bytes) {
    for (int there = 0; there < bytes;) {
      ::ioctl(slave_, FIONREAD, &there);
      std::this_thread::yield();
    }
  }
  const std::string& path() const { return path_; }
  std::vector<std::string> commands() {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  bool another_waits() {  // a further command has arrived and was not read yet
    pollfd ready{master_, POLLIN, 0};
    return ::poll(&ready, 1, 0) > 0;
  }

 private:
  void serve() {
    std::string pending;
    for (;;) {
      pollfd watched[2] = {{master_, POLLIN, 0}, {stop_, POLLIN, 0}};
      if (::poll(watched, 2, -1) < 0) continue;
      if (watched[1].revents != 0) return void(stopped_ = true);
      char c;  // one at a time: another_waits() then knows about the rest
      if (::read(master_, &c, 1) != 1) return;
      if (c != '%') {
        pending += c;
        continue;
      }
      {
        const std::lock_guard lock(mutex_);
        commands_.push_back(pending);
      }
      say(script_(std::exchange(pending, {})));
    }
  }

  Script script_;
  int master_{-1}, slave_{-1}, stop_{-1};
  std::string path_;
  std::atomic<bool> stopped_{};
  std::mutex mutex_;
  std::vector<std::string> commands_;
  std::thread thread_;
};

// What the reference firmware answers.
inline std::string dut_reference_reply(const std::string& command) {
  if (command == "name") return "m-name-dut-[ACME]\r\nm-ready\r\n";
  if (command == "profile")
    return "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\nm-ready\r\n";
  if (command == "results") return "m-results-[0.007,0.993]\r\nm-ready\r\n";
  if (command.starts_with("infer "))
    return "m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-infer-done\r\n"
           "m-results-[0.007,0.993]\r\nm-ready\r\n";
  return "e-[Unknown command: " + command + "]\r\nm-ready\r\n";
}

inline jr::MlperfTinyOptions dut_quick() {
  jr::MlperfTinyOptions options;
  options.command = kPlenty;
  options.limits.boot_wait = milliseconds(20);
  options.limits.resync = kPlenty;
  options.limits.after_refusal = kPlenty;
  return options;
}

inline std::unique_ptr<jr::Dut> dut_on(const DutPeer& peer,
                                       const jr::MlperfTinyOptions& options = dut_quick(),
                                       jr::DutLog log = {}) {
  auto port = jr::open_serial(peer.path(), 115200);
  REQUIRE_MESSAGE(port.has_value(), (port ? "" : port.error().message));
  return jr::mlperf_tiny_on(std::move(*port), 115200, std::move(log), options);
}

template <class T>
std::string dut_error(const jr::Result<T>& result, jr::Trouble trouble) {
  REQUIRE_FALSE(result.has_value());
  CHECK_MESSAGE(result.error().trouble == trouble, result.error().message);
  return result.error().message;
}

inline bool dut_says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline constexpr const char* kDutBoot = "m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n";

}  // namespace jr::test
