// The whole virtual bench with the scripted board as a process: clock, link, truth, faults.
// Waits for events with generous deadlines, never for time to pass.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fixtures/sim/world.hpp"

using namespace jr::sim;

namespace {

constexpr double kDeadline_s = 60;  // a machine under load is slow, not wrong

WorldFile scripted(std::vector<std::string> board_options = {}) {
  WorldFile file;
  file.board = "scripted";
  file.board_options = std::move(board_options);
  file.limits = {.gain = 0.2, .offset_A = 200e-9, .clock_ppm = 50, .noise_lsb = 0.7};
  file.power = {
      .off = 0, .reset = 4e-3, .active = 6.2e-3, .idle = 2.1e-3, .sleep = 18e-6, .mark_pin = 0};
  return file;
}

int open_raw(const std::string& path, speed_t speed) {
  const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  termios settings{};
  ::tcgetattr(fd, &settings);
  ::cfmakeraw(&settings);
  ::cfsetspeed(&settings, speed);
  ::tcsetattr(fd, TCSANOW, &settings);
  return fd;
}

/// A host of its own: raw descriptors, the counter and the lines of the stream.
class Bench {
 public:
  explicit Bench(const WorldFile& file, WorldOptions options = {}) {
    options.board_directory = std::string(JOULERIG_BINARY_DIR) + "/bin";
    auto started = World::start(file, options);
    REQUIRE_MESSAGE(started, (started ? "" : started.error().message));
    world = std::move(*started);
    monitor = open_raw(world->monitor_port(), B115200);
  }
  ~Bench() {
    ::close(monitor);
    if (link >= 0) ::close(link);
  }
  bool until(const std::function<bool()>& done) {
    const double end_s = world->world_s() + kDeadline_s;
    while (!done()) {
      if (world->world_s() > end_s) return false;
      world->step();
      drain();
    }
    return true;
  }
  void command(std::initializer_list<int> octets) {
    std::string bytes;
    for (const int octet : octets) bytes += static_cast<char>(octet);
    REQUIRE(::write(monitor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void power_on() { command({0x11, 2, 0x0D, 0x0C, 0xE4, 0x0C, 1}); }
  void open_link(speed_t speed = B115200) {
    // Not before the world has read the supply's command: then the boot banner is seen.
    REQUIRE(until([&] { return world->status().output_on; }));
    link = open_raw(world->link_port(), speed);
  }
  void say(const std::string& text) {
    heard.clear();
    REQUIRE(::write(link, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  bool ready() const { return heard.find("m-ready\r\n") != std::string::npos; }
  bool ask(const std::string& text) {
    say(text);
    return until([&] { return ready(); });
  }
  /// The stream has passed this moment.
  bool stream_is_past(double world_s) {
    return until(
        [&] { return static_cast<double>(world->status().samples_sent) * 1e-5 > world_s + 0.05; });
  }
  void drain() {
    char bytes[4096];
    ssize_t n;
    while ((n = ::read(monitor, bytes, sizeof bytes)) > 0)
      stream.append(bytes, static_cast<std::size_t>(n));
    while (link >= 0 && (n = ::read(link, bytes, sizeof bytes)) > 0)
      heard.append(bytes, static_cast<std::size_t>(n));
  }
  /// Ordinals at which D0 changes.
  std::vector<std::size_t> edges() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 1; i < stream.size() / 4; ++i)
      if ((stream[4 * i + 3] & 1) != (stream[4 * i - 1] & 1)) out.push_back(i);
    return out;
  }

  std::unique_ptr<World> world;
  int monitor{-1}, link{-1};
  std::string stream, heard;
};

/// Boots, streams and runs `count` windows; returns when all their samples are there.
void measure(Bench& bench, int count, const std::string& infer,
             const std::function<void(int)>& before = {}) {
  bench.power_on();
  bench.open_link();
  REQUIRE(bench.until([&] { return bench.ready(); }));
  bench.command({0x06});
  const double started_s = bench.world->world_s();
  for (int i = 0; i < count; ++i) {
    if (before) before(i);
    REQUIRE(bench.ask(infer));
  }
  REQUIRE(bench.stream_is_past(bench.world->world_s() - started_s));
}

}  // namespace

TEST_CASE("windows in the stream, in the ledger and in the board's own time are the same windows") {
  Bench bench(scripted({"--inference-s", "0.01"}));
  measure(bench, 3, "infer 20 1%");
  const auto edges = bench.edges();
  const auto& windows = bench.world->ledger().windows();
  REQUIRE(windows.size() == 3);
  REQUIRE(edges.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) {
    const WindowTruth& w = windows[i];
    CHECK(w.end_ns - w.start_ns == 200'000'000);
    CHECK(w.first_ordinal == edges[2 * i]);
    CHECK(w.last_ordinal + 1 == edges[2 * i + 1]);
    CHECK(w.sampled_n == w.last_ordinal - w.first_ordinal + 1);
    CHECK(w.lost == 0);
    CHECK(w.energy_J == doctest::Approx(6.2e-3 * (3.3 - 0.15 * 6.2e-3) * 0.2).epsilon(1e-12));
  }
  CHECK(bench.world->ledger().idle_power_W() == doctest::Approx(18e-6 * 3.3).epsilon(1e-4));
  CHECK(bench.world->status().trouble.empty());
}

TEST_CASE("an ideal instrument's codes give the window's charge to within their own step") {
  Bench bench(scripted({"--inference-s", "0.01"}),
              {.seed = {}, .noise_lsb = {}, .ideal = true, .board_directory = {}});
  measure(bench, 1, "infer 20 0%");
  const WindowTruth& w = bench.world->ledger().windows().at(0);
  const double mean_A = w.current_A.value() / static_cast<double>(w.sampled_n);
  CHECK(std::fabs(mean_A - 6.2e-3) < 5e-6);
  CHECK(std::fabs(static_cast<double>(w.sampled_n) - 20000) <= 1);
}

TEST_CASE(
    "a board stopped for 1.5 s while idle makes a longer idle or an overrun, never a wrong "
    "window") {
  Bench bench(scripted({"--inference-s", "0.01"}));
  measure(bench, 3, "infer 20 0%", [&](int window) {
    if (window != 1) return;
    ::kill(bench.world->board_pid(), SIGSTOP);
    const double end_s = bench.world->world_s() + 1.5;
    REQUIRE(bench.until([&] { return bench.world->world_s() > end_s; }));
    ::kill(bench.world->board_pid(), SIGCONT);
  });
  for (const auto& w : bench.world->ledger().windows()) CHECK(w.end_ns - w.start_ns == 200'000'000);
  CHECK(bench.edges().size() == 6);
  CHECK(bench.world->status().overrun);
  CHECK(bench.world->status().samples_lost == 0);
}

TEST_CASE(
    "a board stopped inside MARK keeps the window's virtual length and reports that it was late") {
  Bench bench(scripted({"--inference-s", "0.05", "--late", "0.3"}));
  measure(bench, 2, "infer 4 0%");
  for (const auto& w : bench.world->ledger().windows()) CHECK(w.end_ns - w.start_ns == 200'000'000);
  CHECK(bench.world->status().late_in_mark_s >= 0.3);
}

TEST_CASE("a board more than a second late inside MARK overruns the world") {
  Bench bench(scripted({"--inference-s", "0.01", "--late", "1.2"}));
  measure(bench, 1, "infer 2 0%");
  CHECK(bench.world->status().overrun);
  CHECK(bench.world->ledger().windows().at(0).end_ns -
            bench.world->ledger().windows().at(0).start_ns ==
        20'000'000);
}

TEST_CASE("opening the link resets the board, and so does every opening after a close") {
  Bench bench(scripted());
  bench.power_on();
  bench.open_link();
  for (int round = 0; round < 3; ++round) {
    REQUIRE(bench.until([&] { return bench.ready(); }));
    CHECK(bench.heard.find("m-init-done") != std::string::npos);
    ::close(bench.link);
    bench.link = -1;
    for (int i = 0; i < 3; ++i) bench.world->step();  // the world notices
    bench.heard.clear();
    bench.link = open_raw(bench.world->link_port(), B115200);
  }
}

TEST_CASE("a wrong baud gives garbage both ways, the right one afterwards a conversation") {
  Bench bench(scripted());
  bench.power_on();
  bench.open_link(B9600);
  REQUIRE(bench.until([&] { return bench.heard.size() >= 20; }));
  CHECK(bench.heard.find("m-ready") == std::string::npos);
  termios settings{};
  ::tcgetattr(bench.link, &settings);
  ::cfsetspeed(&settings, B115200);
  ::tcsetattr(bench.link, TCSANOW, &settings);
  CHECK(bench.ask("name%"));
}

TEST_CASE("a board without supply says nothing and draws nothing") {
  Bench bench(scripted());
  bench.link = open_raw(bench.world->link_port(), B115200);
  bench.command({0x06});
  bench.say("name%");
  REQUIRE(bench.until([&] { return bench.stream.size() > 80000; }));
  CHECK(bench.heard.empty());
  CHECK(bench.world->ledger().windows().empty());
}

TEST_CASE("switching the supply off inside MARK ends the window there") {
  Bench bench(scripted({"--inference-s", "0.5"}));
  bench.power_on();
  bench.open_link();
  REQUIRE(bench.until([&] { return bench.ready(); }));
  bench.command({0x06});
  bench.say("infer 100 0%");
  REQUIRE(bench.until([&] { return !bench.world->ledger().windows().empty(); }));
  bench.command({0x0C, 0});
  REQUIRE(bench.until([&] { return !bench.world->ledger().windows().back().open; }));
  CHECK(bench.world->ledger().windows().size() == 1);
  bench.command({0x0C, 1});
  bench.heard.clear();
  CHECK(bench.until([&] { return bench.ready(); }));  // it boots again
}

TEST_CASE("a spurious edge, a missing one and an error are there when the script says so") {
  Bench spurious(scripted({"--inference-s", "0.01", "--extra-edge"}));
  measure(spurious, 1, "infer 4 0%");
  CHECK(spurious.edges().size() == 4);
  Bench blind(scripted({"--inference-s", "0.01", "--no-mark"}));
  measure(blind, 1, "infer 4 0%");
  CHECK(blind.edges().empty());
  Bench refusing(scripted({"--reply-error", "e-[no model]"}));
  measure(refusing, 1, "infer 4 0%");
  CHECK(refusing.heard == "e-[no model]\r\nm-ready\r\n");
}

TEST_CASE("a board process that dies is noticed and its silence overruns the world") {
  Bench bench(scripted());
  bench.power_on();
  bench.open_link();
  REQUIRE(bench.until([&] { return bench.ready(); }));
  bench.command({0x06});
  ::kill(bench.world->board_pid(), SIGKILL);
  REQUIRE(bench.until([&] { return !bench.world->status().board_alive; }));
  CHECK(bench.until([&] { return bench.world->status().overrun; }));
}

TEST_CASE("a board that is not there is named, with the program that is missing") {
  WorldFile file = scripted();
  file.board = "unobtainium";
  const auto refused = World::start(file, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("joulerig-board-unobtainium is missing") != std::string::npos);
}

TEST_CASE("samples lost by the script are lost in the stream and booked in the window") {
  WorldFile file = scripted({"--inference-s", "0.05"});
  Bench bench(file);
  bench.power_on();
  bench.open_link();
  REQUIRE(bench.until([&] { return bench.ready(); }));
  bench.command({0x06});
  const double started_s = bench.world->world_s();
  bench.say("infer 10 0%");
  REQUIRE(bench.until([&] {
    const auto& windows = bench.world->ledger().windows();
    return !windows.empty() && windows[0].sampled_n > 1000;
  }));
  bench.world->lose(64);
  REQUIRE(bench.until([&] { return bench.ready(); }));
  REQUIRE(bench.stream_is_past(bench.world->world_s() - started_s));
  const WindowTruth& w = bench.world->ledger().windows().at(0);
  CHECK(w.lost == 64);
  CHECK(std::fabs(static_cast<double>(w.sampled_n) - (50000 - 64)) <= 3);
  CHECK(w.last_ordinal - w.first_ordinal + 1 == w.sampled_n);
}

TEST_CASE("an event of a fault script strikes inside the window that it names") {
  WorldFile file = scripted({"--inference-s", "0.02"});
  FaultEvent loss;
  loss.moment = FaultMoment::mark;
  loss.nth = 2;
  loss.after_s = 0.1;
  loss.action.deed = FaultDeed::lose;
  loss.action.samples = 100;
  file.faults.events = {loss};
  Bench bench(file);
  measure(bench, 3, "infer 10 0%");
  const auto& windows = bench.world->ledger().windows();
  REQUIRE(windows.size() == 3);
  CHECK(windows[0].lost == 0);
  CHECK(windows[1].lost == 100);
  CHECK(windows[2].lost == 0);
  REQUIRE(bench.world->struck().size() == 1);
  CHECK(bench.world->struck()[0].t_s ==
        doctest::Approx(static_cast<double>(windows[1].start_ns) * 1e-9 + 0.1).epsilon(1e-9));
}

TEST_CASE("a board below its brown-out voltage starts again when the voltage is back") {
  WorldFile file = scripted({"--inference-s", "0.05"});
  file.brown_out_V = 2.7;
  FaultEvent droop;
  droop.moment = FaultMoment::mark;
  droop.after_s = 0.1;
  droop.action.deed = FaultDeed::droop;
  droop.action.volts_V = 1.0;
  droop.action.for_s = 0.3;
  file.faults.events = {droop};
  Bench bench(file);
  bench.power_on();
  bench.open_link();
  REQUIRE(bench.until([&] { return bench.ready(); }));
  bench.command({0x06});
  bench.say("infer 10 0%");
  REQUIRE(bench.until([&] { return bench.heard.find("m-init-done") != std::string::npos; }));
  CHECK(bench.heard.find("m-infer-done") == std::string::npos);
  const WindowTruth& w = bench.world->ledger().windows().at(0);
  CHECK_FALSE(w.open);
  CHECK(w.end_ns - w.start_ns == 100'000'000);
}
