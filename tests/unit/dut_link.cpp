// The whole MLPerf Tiny link over a pseudo-terminal, against a scripted peer thread.
// Never sleeps: the peer waits for commands, the link for lines, both with generous deadlines.
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
#include <vector>

#include "drivers/dut/mlperf_tiny.hpp"

namespace {

using std::chrono::milliseconds;
constexpr milliseconds kPlenty{30'000};

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
    ::eventfd_write(stop_, 1);
    thread_.join();
    hang_up();
    ::close(stop_);
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

// What the reference firmware answers; `more` may answer first.
std::string dut_reference_reply(const std::string& command) {
  if (command == "name") return "m-name-dut-[ACME]\r\nm-ready\r\n";
  if (command == "profile")
    return "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\nm-ready\r\n";
  if (command == "results") return "m-results-[0.007,0.993]\r\nm-ready\r\n";
  if (command.starts_with("infer "))
    return "m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-infer-done\r\n"
           "m-results-[0.007,0.993]\r\nm-ready\r\n";
  return "e-[Unknown command: " + command + "]\r\nm-ready\r\n";
}

jr::MlperfTinyOptions dut_quick() {
  jr::MlperfTinyOptions options;
  options.command = kPlenty;
  options.limits.boot_wait = milliseconds(20);
  options.limits.resync = kPlenty;
  options.limits.after_refusal = kPlenty;
  return options;
}

std::unique_ptr<jr::Dut> dut_on(const DutPeer& peer, const jr::MlperfTinyOptions& options = dut_quick(),
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

bool dut_says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kDutBoot = "m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n";

}  // namespace

TEST_CASE("a boot with line noise in front of it is understood and the noise is logged escaped") {
  DutPeer peer(dut_reference_reply);
  std::vector<std::string> log;
  auto options = dut_quick();
  options.limits.boot_wait = kPlenty;
  const auto dut = dut_on(peer, options, [&](const jr::DutLine& line) { log.push_back((line.sent ? ">" : "<") + line.text); });
  peer.say(std::string("\0\xff", 2) + "Initialized\r\n" + kDutBoot);
  const auto shaken = dut->handshake(kPlenty);
  REQUIRE_MESSAGE(shaken.has_value(), shaken.error().message);
  REQUIRE(log.size() >= 5);
  CHECK(log[0] == "<\\x00\\xffInitialized");
  CHECK(log[3] == "<m-ready");
  CHECK(log[4] == ">name%");
  const auto profile = dut->profile();
  REQUIRE(profile.has_value());
  CHECK(profile->name == "ACME");
  CHECK(profile->profile == "ULPMark for tinyML Firmware V0.0.1");
  CHECK(profile->model == "kws01");
}

TEST_CASE("a silent board makes the handshake name the port, the baud rate and what to check") {
  DutPeer peer([](const std::string&) { return std::string(); });
  const auto message = dut_error(dut_on(peer)->handshake(milliseconds(100)), jr::Trouble::timeout);
  for (const char* part : {"115200", "silent", "power", "TX and RX", "energy"}) CHECK(dut_says(message, part));
  CHECK(dut_says(message, peer.path()));
  for (const auto& command : peer.commands()) CHECK(command == "name");
}

TEST_CASE("a board that talks at another baud rate is told apart from a silent one") {
  DutPeer peer([](const std::string&) { return std::string("\x9d\x03\xf0zz\n"); });
  const auto message = dut_error(dut_on(peer)->handshake(milliseconds(200)), jr::Trouble::timeout);
  CHECK(dut_says(message, "talks, but"));
  CHECK(dut_says(message, "baud rate"));
  CHECK(dut_says(message, "\\x9d"));
}

TEST_CASE("a half command left in the board's buffer does not spoil the handshake") {
  for (const std::string left : {"infe", "db 00", "name", "x"}) {
    bool first = true;
    DutPeer peer([&](const std::string& command) {
      return dut_reference_reply(std::exchange(first, false) ? left + command : command);
    });
    const auto dut = dut_on(peer);
    const auto shaken = dut->handshake(kPlenty);
    REQUIRE_MESSAGE(shaken.has_value(), shaken.error().message);
    CHECK(dut->profile().has_value());
    for (const auto& command : peer.commands()) CHECK_FALSE(command.empty());
  }
}

TEST_CASE("unknown lines and an m-ready inside a line do not end or spoil a reply") {
  DutPeer peer([](const std::string& command) {
    if (command != "profile") return dut_reference_reply(command);
    return "debug: not m-ready yet\r\nm-ready?\r\n\r\n" + dut_reference_reply(command);
  });
  const auto profile = dut_on(peer)->profile();
  REQUIRE(profile.has_value());
  CHECK(profile->model == "kws01");
}

TEST_CASE("replies survive a cut at each of their bytes") {
  const std::string reply = dut_reference_reply("infer 2 1");
  DutPeer* board = nullptr;
  std::atomic<std::size_t> cut{0};
  DutPeer peer([&](const std::string& command) {
    if (!command.starts_with("infer")) return dut_reference_reply(command);
    board->say(reply.substr(0, cut));
    board->until_read();
    return reply.substr(cut);
  });
  board = &peer;
  const auto dut = dut_on(peer);
  for (cut = 0; cut < reply.size(); ++cut) {
    const auto inferred = dut->infer(2, 1, kPlenty);
    REQUIRE_MESSAGE(inferred.has_value(), inferred.error().message);
    CHECK(inferred->results == std::vector<double>{0.007, 0.993});
    CHECK(inferred->replied_ns > inferred->sent_ns);
  }
}

TEST_CASE("an IO manager's own m-ready does not end the board's reply") {
  DutPeer peer([](const std::string& command) {
    const std::string passed = command.starts_with("dut ") ? command.substr(4) : "?";
    std::string reply = "m-dut-passthrough(" + passed + ")\r\nm-ready\r\n", line;
    for (const char c : dut_reference_reply(passed)) {
      line += c;
      if (c == '\n') reply += "[dut]: " + std::exchange(line, {});
    }
    return reply;
  });
  auto options = dut_quick();
  options.limits.through_io_manager = true;
  const auto profile = dut_on(peer, options)->profile();
  REQUIRE_MESSAGE(profile.has_value(), profile.error().message);
  CHECK(profile->model == "kws01");
}

TEST_CASE("a board that echoes its commands is understood") {
  DutPeer peer([](const std::string& command) { return command + "%" + dut_reference_reply(command); });
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  const auto profile = dut->profile();
  REQUIRE_MESSAGE(profile.has_value(), profile.error().message);
  CHECK(profile->name == "ACME");
}

TEST_CASE("an e- line fails the step with the board's own words, and the next step works") {
  DutPeer peer([](const std::string& command) {
    if (command.starts_with("infer")) return std::string("e-[Cannot run: no input]\r\nm-ready\r\n");
    return dut_reference_reply(command);
  });
  const auto dut = dut_on(peer);
  const auto message = dut_error(dut->infer(5, 0, kPlenty), jr::Trouble::refused);
  CHECK(dut_says(message, "e-[Cannot run: no input]"));
  CHECK(dut_says(message, "infer 5 0"));
  CHECK(dut->results().has_value());
}

TEST_CASE("an e- line whose m-ready never comes is still a refusal and soon") {
  DutPeer peer([](const std::string& command) {
    return command == "fly" ? std::string("e-[no]\r\n") : dut_reference_reply(command);
  });
  auto options = dut_quick();
  options.limits.after_refusal = milliseconds(30);
  const auto dut = dut_on(peer, options);
  CHECK(dut_says(dut_error(dut->ask("fly", kPlenty), jr::Trouble::refused), "e-[no]"));
  CHECK(dut->profile().has_value());
}

TEST_CASE("commands that could crash or overrun a board are never sent") {
  DutPeer peer(dut_reference_reply);
  const auto dut = dut_on(peer);
  for (const std::string& bad : {std::string(), std::string("   "), std::string("name%"), std::string("name\r\n"),
                                 std::string(80, 'a')})
    dut_error(dut->ask(bad, kPlenty), jr::Trouble::usage);
  dut_error(dut->infer(0, 0, kPlenty), jr::Trouble::usage);
  dut_error(dut->load({}), jr::Trouble::usage);
  CHECK(peer.commands().empty());
}

TEST_CASE("a time-out names command and limit, and the late answer is not taken for the next command's") {
  std::atomic<bool> released{};
  DutPeer peer([&](const std::string& command) {
    if (!command.starts_with("infer 7")) return dut_reference_reply(command);
    while (!released) std::this_thread::yield();
    return std::string("m-infer-done\r\nm-results-[0.111]\r\nm-ready\r\n");
  });
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  const auto message = dut_error(dut->infer(7, 0, milliseconds(50)), jr::Trouble::timeout);
  CHECK(dut_says(message, "infer 7 0"));
  CHECK(dut_says(message, "50 ms"));
  released = true;
  const auto results = dut->results();
  REQUIRE_MESSAGE(results.has_value(), results.error().message);
  CHECK(*results == std::vector<double>{0.007, 0.993});
}

TEST_CASE("half a line that nobody asked for does not become part of the next reply") {
  DutPeer peer(dut_reference_reply);
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  const std::string unasked = "m-results-[0.5]\r\nm-rea";
  peer.say(unasked);
  peer.until_delivered(static_cast<int>(unasked.size()));
  const auto results = dut->results();
  REQUIRE_MESSAGE(results.has_value(), results.error().message);
  CHECK(*results == std::vector<double>{0.007, 0.993});
}

TEST_CASE("the message of a time-out quotes the line received last") {
  DutPeer peer([&](const std::string& command) {
    if (command.starts_with("infer")) return std::string("m-warmup-done\r\nm-infer-start-7\r\n");
    return dut_reference_reply(command);
  });
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  // Long enough that a loaded machine has seen the two lines; asked again until it has.
  std::string message;
  for (int tries = 0; tries < 20 && !dut_says(message, "m-infer-start-7"); ++tries)
    message = dut_error(dut->infer(7, 0, milliseconds(100)), jr::Trouble::timeout);
  CHECK(dut_says(message, "received last: 'm-infer-start-7'"));
}

TEST_CASE("a doubled answer to name that comes very late is not taken for a profile") {
  std::string owed;
  DutPeer* board = nullptr;
  DutPeer peer([&](const std::string& command) {
    const std::string reply = dut_reference_reply(command);
    if (command == "name" && owed.empty()) {
      while (!board->another_waits()) std::this_thread::yield();  // the second name of an impatient host
      owed = reply;
      return reply;
    }
    if (command == "name") return std::string();  // answered only when the next command comes
    return std::exchange(owed, "-") + reply;
  });
  board = &peer;
  auto options = dut_quick();
  options.limits.ask_again = milliseconds(20);
  options.limits.quiet = milliseconds(1);
  const auto dut = dut_on(peer, options);
  const auto results = dut->results();
  REQUIRE_MESSAGE(results.has_value(), results.error().message);
  CHECK(*results == std::vector<double>{0.007, 0.993});
}

TEST_CASE("a flood without line ends is cut off and reported") {
  DutPeer peer([](const std::string& command) {
    return command == "flood" ? std::string(6000, 'U') : dut_reference_reply(command);
  });
  const auto dut = dut_on(peer);
  const auto message = dut_error(dut->ask("flood", kPlenty), jr::Trouble::malformed);
  CHECK(dut_says(message, "4096 bytes without a line end"));
}

TEST_CASE("a reply of endless lines is cut off at the cap") {
  DutPeer peer([](const std::string& command) {
    std::string lines;
    if (command == "flood") while (lines.size() < 4000) lines += "noise\r\n";
    return command == "flood" ? lines : dut_reference_reply(command);
  });
  auto options = dut_quick();
  options.limits.reply_cap = 2000;
  const auto dut = dut_on(peer, options);
  CHECK(dut_says(dut_error(dut->ask("flood", kPlenty), jr::Trouble::malformed), "2000 bytes"));
}

TEST_CASE("a board that restarts in the middle of a command has not finished it") {
  DutPeer peer([](const std::string& command) {
    if (command.starts_with("infer")) return std::string("m-infer-start-5\r\n") + kDutBoot;
    return dut_reference_reply(command);
  });
  const auto dut = dut_on(peer);
  CHECK(dut_says(dut_error(dut->infer(5, 0, kPlenty), jr::Trouble::refused), "restarted"));
  CHECK(dut->profile().has_value());
}

TEST_CASE("a board that restarts between two commands is found out before the next one") {
  DutPeer peer(dut_reference_reply);
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  peer.say(kDutBoot);
  peer.until_delivered(static_cast<int>(std::string(kDutBoot).size()));
  CHECK(dut_says(dut_error(dut->infer(5, 0, kPlenty), jr::Trouble::refused), "restarted by itself"));
}

TEST_CASE("a port that goes away is a hang-up, not a time-out") {
  DutPeer* board = nullptr;
  DutPeer peer([&](const std::string& command) {
    if (command.starts_with("infer")) board->hang_up();
    return command.starts_with("infer") ? std::string() : dut_reference_reply(command);
  });
  board = &peer;
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  CHECK(dut_says(dut_error(dut->infer(5, 0, kPlenty), jr::Trouble::hang_up), "lost during 'infer 5 0'"));
}

TEST_CASE("lap stamps of a performance build come back modulo 2^32") {
  DutPeer peer([](const std::string& command) {
    if (!command.starts_with("infer")) return dut_reference_reply(command);
    return std::string("m-lap-us-4294967290\r\nm-lap-us-4294967306\r\nm-infer-done\r\nm-results-[1]\r\nm-ready\r\n");
  });
  const auto inferred = dut_on(peer)->infer(1, 0, kPlenty);
  REQUIRE(inferred.has_value());
  CHECK(inferred->lap_us == std::vector<std::uint32_t>{4294967290U, 10U});
}

TEST_CASE("a reply that lost its essential line, or half its results, is malformed") {
  for (const std::string reply : {"m-results-[0.1]\r\nm-ready\r\n", "m-infer-done\r\nm-results-[0.1,\r\nm-ready\r\n"}) {
    DutPeer peer([&](const std::string& command) {
      return command.starts_with("infer") ? reply : dut_reference_reply(command);
    });
    dut_error(dut_on(peer)->infer(1, 0, kPlenty), jr::Trouble::malformed);
  }
}
