// The 1200-baud touch: as a rule, on a real pty, and through the world to a board process.
// Never needs a board that understands it: the stand-in writes down what it is told.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fixtures/sim/link.hpp"
#include "fixtures/sim/touch.hpp"
#include "fixtures/sim/world.hpp"

using namespace jr::sim;
using Lines = std::vector<std::string>;

namespace {

constexpr double kDeadline_s = 60;
const Lines kBoot{"boot 1", "reset"}, kRun{"boot 0"}, kNothing{};

struct Directory {
  std::string path = made();
  ~Directory() { std::filesystem::remove_all(path); }
  static std::string made() {
    char name[] = "/tmp/jr-sim-touch-XXXXXX";
    return ::mkdtemp(name);
  }
};

int open_at(const std::string& path, speed_t speed) {
  const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  termios settings{};
  ::tcgetattr(fd, &settings);
  ::cfmakeraw(&settings);
  ::cfsetspeed(&settings, speed);
  ::tcsetattr(fd, TCSANOW, &settings);
  return fd;
}

/// A link on a pty, its board's end a socket that nobody reads.
struct Port {
  Directory directory;
  std::string path = directory.path + "/link";
  Link link{path, 115200};
  BootTouch touch;
  std::array<int, 2> board{};
  Port() {
    REQUIRE(link.plug());
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, board.data()) == 0);
    REQUIRE(look().empty());
  }
  ~Port() {
    for (const int fd : board) ::close(fd);
  }
  Lines look() {
    link.service(0, board[1]);
    return touch.seen({link.opened(), link.last_baud(), link.host_speaks()});
  }
};

/// A bench whose board only writes down its control lines.
WorldFile listening(const std::string& directory, const std::string& touch) {
  const std::string program = directory + "/joulerig-board-listener";
  std::ofstream(program) << "#!/bin/sh\nexec cat <&4 >" << directory << "/told\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  WorldFile file;
  file.board = "listener";
  file.touch = touch;
  return file;
}

std::string told(const std::string& directory) {
  std::ifstream file(directory + "/told");
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  return all.substr(all.find('\n') + 1);  // the first line is the epoch
}

bool until_told(World& world, const std::string& directory, const std::string& lines) {
  const double end_s = world.world_s() + kDeadline_s;
  while (told(directory) != lines) {
    if (world.world_s() > end_s) return false;
    world.step();
  }
  return true;
}

}  // namespace

TEST_CASE("a session at 1200 baud raises BOOT0 and resets, the end of the next one lowers it") {
  BootTouch touch;
  CHECK(touch.seen({false, 38400, false}) == kNothing);
  CHECK(touch.seen({true, 1200, false}) == kNothing);
  CHECK(touch.seen({false, 1200, false}) == kBoot);
  CHECK(touch.seen({false, 1200, false}) == kNothing);
  CHECK(touch.seen({true, 1200, false}) == kNothing);  // opened, and not yet set to its own speed
  CHECK(touch.seen({true, 115200, false}) == kNothing);
  CHECK(touch.seen({false, 115200, false}) == kRun);
  CHECK(touch.seen({true, 115200, false}) == kNothing);
  CHECK(touch.seen({false, 115200, false}) == kNothing);
}

TEST_CASE("a session at another speed neither raises BOOT0 nor resets") {
  BootTouch touch;
  for (const int baud : {38400, 1201, 115200}) {
    CHECK(touch.seen({true, baud, false}) == kNothing);
    CHECK(touch.seen({false, baud, false}) == kNothing);
  }
}

TEST_CASE("a second touch resets once more, and BOOT0 stays high") {
  BootTouch touch;
  for (int round = 0; round < 2; ++round) {
    touch.seen({true, 1200, false});
    CHECK(touch.seen({false, 1200, false}) == kBoot);
  }
  touch.seen({true, 115200, false});
  CHECK(touch.seen({false, 115200, false}) == kRun);
}

TEST_CASE("a flash tool that puts back the touch's speed at its end has not touched again") {
  Port port;
  ::close(open_at(port.path, B1200));
  CHECK(port.look() == kBoot);
  const int tool = open_at(port.path, B115200);
  CHECK(port.look() == kNothing);
  REQUIRE(::write(tool, "\x7f", 1) == 1);
  CHECK(port.look() == kNothing);
  termios settings{};
  ::tcgetattr(tool, &settings);
  ::cfsetspeed(&settings, B1200);
  ::tcsetattr(tool, TCSANOW, &settings);
  ::close(tool);
  CHECK(port.look() == kRun);
  CHECK(port.look() == kNothing);
  const int again = open_at(port.path, B1200);
  CHECK(port.look() == kNothing);
  ::close(again);
  CHECK(port.look() == kBoot);
}

TEST_CASE("a touch so short that the port was never seen open is obeyed, and only once") {
  Port port;
  ::close(open_at(port.path, B1200));
  CHECK(port.look() == kBoot);
  CHECK(port.look() == kNothing);
  const int tool = open_at(port.path, B115200);
  CHECK(port.look() == kNothing);
  ::close(tool);
  CHECK(port.look() == kRun);
}

TEST_CASE(
    "the speed of a session that is over is known, even if it was set right before the close") {
  Port port;
  const int host = open_at(port.path, B115200);
  CHECK(port.look() == kNothing);
  ::close(open_at(port.path, B1200));
  ::close(host);
  CHECK(port.look() == kBoot);
}

TEST_CASE("the world tells the board of a touch where the bench file wants it") {
  Directory directory;
  auto world =
      World::start(listening(directory.path, "boot"),
                   {.seed = {}, .noise_lsb = {}, .ideal = {}, .board_directory = directory.path});
  REQUIRE(world);
  const auto session = [&](speed_t speed, const std::string& at_open, const std::string& after) {
    const int host = open_at((*world)->link_port(), speed);
    CHECK(until_told(**world, directory.path, at_open));
    ::close(host);
    CHECK(until_told(**world, directory.path, after));
  };
  session(B1200, "reset\n", "reset\nboot 1\nreset\n");
  session(B115200, "reset\nboot 1\nreset\nreset\n", "reset\nboot 1\nreset\nreset\nboot 0\n");
}

TEST_CASE("without the touch in its bench file the world knows of opened ports only") {
  Directory directory;
  auto world =
      World::start(listening(directory.path, "none"),
                   {.seed = {}, .noise_lsb = {}, .ideal = {}, .board_directory = directory.path});
  REQUIRE(world);
  ::close(open_at((*world)->link_port(), B1200));
  for (int looks = 0; looks < 5; ++looks) (*world)->step();
  const int host = open_at((*world)->link_port(), B1200);
  CHECK(until_told(**world, directory.path, "reset\n"));
  ::close(host);
  for (int looks = 0; looks < 5; ++looks) (*world)->step();
  ::close(open_at((*world)->link_port(), B115200));
  CHECK(told(directory.path).find("boot") == std::string::npos);
}
