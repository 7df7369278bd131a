// Serial ports on pseudo-terminals: opening, exclusion, transparency, hang-up, error sentences.
#include "drivers/transport/serial.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/serial_pty.hpp"

using namespace jr;
using jr::test::Pty;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kGenerous{20'000};

std::vector<std::byte> all_bytes() {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::byte>(i));
  return bytes;
}

std::vector<std::byte> read_exactly(SerialPort& port, std::size_t n) {
  std::vector<std::byte> got;
  std::array<std::byte, 100> piece{};
  while (got.size() < n) {
    const auto r = port.read(piece, kGenerous);
    REQUIRE(r);
    REQUIRE(*r > 0);
    got.insert(got.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*r));
  }
  return got;
}

}  // namespace

TEST_CASE("256 distinct bytes pass unchanged both ways") {
  Pty pty;
  auto port = open_serial(pty.path(), 115200);
  REQUIRE(port);
  const auto bytes = all_bytes();
  REQUIRE(port->write(bytes, kGenerous));
  CHECK(pty.read_exactly(256) == bytes);
  pty.write(bytes);
  CHECK(read_exactly(*port, 256) == bytes);
}

TEST_CASE("a read with nothing there returns zero when its time is up") {
  Pty pty;
  auto port = open_serial(pty.path(), 9600);
  REQUIRE(port);
  std::array<std::byte, 8> into{};
  const auto r = port->read(into, milliseconds{1});
  REQUIRE(r);
  CHECK(*r == 0);
}

TEST_CASE("the descriptor is raw, close-on-exec, VMIN 1 and without HUPCL") {
  Pty pty;
  auto port = open_serial(pty.path(), 115200);
  REQUIRE(port);
  termios line{};
  REQUIRE(tcgetattr(port->descriptor(), &line) == 0);
  CHECK(line.c_cc[VMIN] == 1);
  CHECK(line.c_cc[VTIME] == 0);
  CHECK((line.c_cflag & HUPCL) == 0);
  CHECK((line.c_lflag & (ICANON | ECHO | ISIG)) == 0);
  CHECK((line.c_oflag & OPOST) == 0);
  CHECK((fcntl(port->descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a second opening in the same program is refused as busy until the first is closed") {
  Pty pty;
  auto first = open_serial(pty.path(), 115200);
  REQUIRE(first);
  const auto second = open_serial(pty.path(), 115200);
  REQUIRE_FALSE(second);
  CHECK(second.error().trouble == Trouble::busy);
  CHECK(second.error().message.find("this very program") != std::string::npos);
  first->close();
  CHECK(open_serial(pty.path(), 115200));
}

TEST_CASE("a port that another process holds is busy, and the sentence names its pid") {
  Pty pty;
  int ready[2];
  int done[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(done) == 0);
  const pid_t child = fork();
  if (child == 0) {
    ::close(done[1]);
    auto held = open_serial(pty.path(), 115200);
    const char answer = held ? 'y' : 'n';
    [[maybe_unused]] auto w = ::write(ready[1], &answer, 1);
    char wait;
    [[maybe_unused]] auto r = ::read(done[0], &wait, 1);  // until the parent closes its end
    _exit(0);
  }
  char answer = 0;
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  const auto port = open_serial(pty.path(), 115200);
  REQUIRE_FALSE(port);
  CHECK(port.error().trouble == Trouble::busy);
  CHECK(port.error().message.find(std::to_string(child)) != std::string::npos);
  for (const int fd : {done[1], done[0], ready[0], ready[1]}) ::close(fd);
  waitpid(child, nullptr, 0);
  CHECK(open_serial(pty.path(), 115200));
}

TEST_CASE("a link to a pseudo-terminal opens, and excludes its target") {
  Pty pty;
  const auto link = std::filesystem::temp_directory_path() / ("jr-link-" + std::to_string(getpid()));
  std::filesystem::remove(link);
  std::filesystem::create_symlink(pty.path(), link);
  auto port = open_serial(link.string(), 115200);
  REQUIRE(port);
  CHECK(port->path() == pty.path());
  CHECK(open_serial(pty.path(), 115200).error().trouble == Trouble::busy);
  std::filesystem::remove(link);
}

TEST_CASE("a far end that goes away is a hang-up for read and write, after its last bytes") {
  Pty pty;
  auto port = open_serial(pty.path(), 115200);
  REQUIRE(port);
  pty.close_master();
  std::array<std::byte, 8> into{};
  const auto r = port->read(into, kGenerous);
  REQUIRE_FALSE(r);
  CHECK(r.error().trouble == Trouble::hang_up);
  const auto w = port->write(into, kGenerous);
  REQUIRE_FALSE(w);
  CHECK(w.error().trouble == Trouble::hang_up);
}

TEST_CASE("a far end that takes nothing makes a write time out") {
  Pty pty;
  auto port = open_serial(pty.path(), 115200);
  REQUIRE(port);
  const std::vector<std::byte> much(1 << 20);
  const auto w = port->write(much, milliseconds{50});
  REQUIRE_FALSE(w);
  CHECK(w.error().trouble == Trouble::timeout);
}

TEST_CASE("discarded input is gone") {
  Pty pty;
  auto port = open_serial(pty.path(), 115200);
  REQUIRE(port);
  pty.write(all_bytes());
  read_exactly(*port, 1);  // it has arrived
  port->discard_input();
  std::array<std::byte, 8> into{};
  const auto r = port->read(into, milliseconds{0});
  REQUIRE(r);
  CHECK(*r == 0);
}

TEST_CASE("reading and writing at once from two threads loses nothing") {
  Pty pty;
  auto port = open_serial(pty.path(), 115200);
  REQUIRE(port);
  const auto bytes = all_bytes();
  std::jthread writer([&] {
    for (int i = 0; i < 200; ++i)
      if (!port->write(bytes, kGenerous)) return;
  });
  std::jthread far([&] {
    for (int i = 0; i < 200; ++i) {
      pty.read_exactly(256);
      pty.write(bytes);
    }
  });
  const auto got = read_exactly(*port, 200 * 256);
  CHECK(std::equal(bytes.begin(), bytes.end(), got.end() - 256));
}

TEST_CASE("a port that is not there is told, with the names of those that are") {
  const auto port = open_serial("/dev/ttyACM-none", 115200);
  REQUIRE_FALSE(port);
  CHECK(port.error().trouble == Trouble::not_found);
  CHECK(port.error().message.find("/dev/ttyACM-none") != std::string::npos);
}

TEST_CASE("a plain file is not taken for a serial port") {
  const auto port = open_serial("/etc/hostname", 115200);
  REQUIRE_FALSE(port);
  CHECK(port.error().trouble == Trouble::not_found);
}

TEST_CASE("a port this user may not open names the group to join") {
  Pty pty;
  REQUIRE(chmod(pty.path().c_str(), 0) == 0);
  int answer[2];
  REQUIRE(pipe(answer) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(1);
    const auto port = open_serial(pty.path(), 115200);
    const std::string told = port ? "opened" : port.error().message;
    const bool right = !port && port.error().trouble == Trouble::permission;
    [[maybe_unused]] auto w = ::write(answer[1], told.data(), told.size());
    _exit(right ? 0 : 2);
  }
  ::close(answer[1]);
  std::array<char, 1000> text{};
  const auto n = ::read(answer[0], text.data(), text.size());
  const std::string told(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  ::close(answer[0]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK_MESSAGE(told.find("usermod -aG") != std::string::npos, told);
  CHECK(told.find("udev") != std::string::npos);
}

TEST_CASE("a program that was killed leaves its pseudo-terminal open for the next one") {
  Pty pty;
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    auto held = open_serial(pty.path(), 115200);
    [[maybe_unused]] auto w = ::write(ready[1], "y", 1);
    for (;;) pause();
  }
  char answer = 0;
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(open_serial(pty.path(), 115200));
}
