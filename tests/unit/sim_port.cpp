// The virtual PPK2 behind its pty: back-pressure, hang-up, rebirth, stale bytes.
// Time is handed in, so nothing here waits.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "fixtures/sim/load.hpp"
#include "fixtures/sim/monitors/ppk2_port.hpp"

using namespace jr::sim;

namespace {

/// One instrument at 5 mA on a port in a directory of its own.
struct Rig {
  std::string directory = made();
  std::string link = directory + "/ppk2";
  LoadAlone load{SteadyLoad{5e-3}};
  VirtualPpk2 instrument{{}, load};
  Ppk2Port port;
  explicit Rig(OnFull on_full = OnFull::hold) : port(instrument, link, on_full) {
    REQUIRE(port.plug(0));
  }
  ~Rig() {
    port.unplug(0);
    ::rmdir(directory.c_str());
  }
  static std::string made() {
    char name[] = "/tmp/jr-sim-port-XXXXXX";
    return ::mkdtemp(name);
  }
  void at(double now_s) { port.service(now_s, now_s); }
};

struct Host {
  int fd;
  explicit Host(const std::string& path)
      : fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK)) {}
  ~Host() { ::close(fd); }
  void send(std::initializer_list<int> octets) {
    for (const int octet : octets) {
      const char byte = static_cast<char>(octet);
      REQUIRE(::write(fd, &byte, 1) == 1);
    }
  }
  std::string read() {
    std::string all;
    char bytes[4096];
    for (ssize_t n; (n = ::read(fd, bytes, sizeof bytes)) > 0;)
      all.append(bytes, static_cast<std::size_t>(n));
    return all;
  }
};

}  // namespace

TEST_CASE("bytes pass the port unchanged, whatever the host has set on its terminal") {
  Rig rig;
  Host host(rig.link);
  host.send({0x19});
  rig.at(0.001);
  CHECK(host.read() == rig.instrument.metadata());
}

TEST_CASE("the stream comes in pieces of 10 ms") {
  Rig rig;
  Host host(rig.link);
  host.send({0x06});
  rig.at(1.0);
  rig.at(1.009);
  CHECK(host.read().empty());
  rig.at(1.0105);
  CHECK(host.read().size() == 4000);
  rig.at(1.015);
  CHECK(host.read().empty());
  rig.at(1.0205);
  CHECK(host.read().size() == 4000);
}

TEST_CASE("an instrument that holds loses nothing when the host reads late") {
  Rig rig;
  Host host(rig.link);
  host.send({0x06});
  rig.at(0);
  rig.at(2.0);  // 200,000 samples, 800 kB: far more than a pty takes
  std::string all = host.read();
  CHECK(all.size() < 20000);
  for (int tries = 0; tries < 10000 && all.size() < 800000; ++tries) {
    rig.at(2.0);
    all += host.read();
  }
  REQUIRE(all.size() >= 799000);
  const auto counter = [&](std::size_t i) {
    return static_cast<unsigned char>(all[4 * i + 2]) >> 2;
  };
  for (std::size_t i = 1; i < all.size() / 4; ++i) REQUIRE(counter(i) == (counter(i - 1) + 1) % 64);
  CHECK(rig.instrument.samples_lost() == 0);
}

TEST_CASE("an instrument that drops loses whole samples, and its counter tells") {
  Rig rig(OnFull::drop);
  Host host(rig.link);
  host.send({0x06});
  rig.at(0);
  for (int ms = 10; ms <= 500; ms += 10) rig.at(ms * 1e-3 + 0.0005);
  CHECK(rig.instrument.samples_lost() > 30000);
  std::string all = host.read();
  rig.at(0.5106);
  all += host.read();
  rig.at(0.5207);
  all += host.read();
  CHECK(all.size() % 4 == 0);
  CHECK(all.size() / 4 == rig.instrument.samples_sent());
}

TEST_CASE("STOP ends the stream, however much time the host has let pass") {
  Rig rig;
  Host host(rig.link);
  host.send({0x06});
  rig.at(0);
  rig.at(1);
  host.send({0x07});
  std::size_t in_flight = 0;
  for (double now = 1; now < 2; now += 0.01) {
    rig.at(now);
    in_flight += host.read().size();
  }
  CHECK(in_flight < 20000);
  CHECK_FALSE(rig.instrument.streaming());
}

TEST_CASE("a client that comes back after a dirty exit finds stale stream bytes") {
  Rig rig;
  {
    Host host(rig.link);
    host.send({0x06});
    rig.at(0);
  }
  rig.at(1);
  Host again(rig.link);
  CHECK(again.read().size() >= 4000);
}

TEST_CASE("unplug hangs up and takes the name away; replug gives the name to a new, idle device") {
  Rig rig;
  Host host(rig.link);
  host.send({0x0C, 1, 0x06});
  rig.at(0);
  REQUIRE(rig.instrument.output_on());
  rig.port.unplug(0.5);
  pollfd waiting{.fd = host.fd, .events = POLLIN, .revents = 0};
  CHECK(::poll(&waiting, 1, 0) == 1);
  CHECK((waiting.revents & POLLHUP) != 0);
  CHECK(::access(rig.link.c_str(), F_OK) != 0);
  CHECK_FALSE(rig.instrument.output_on());
  REQUIRE(rig.port.plug(1));
  Host again(rig.link);
  rig.at(1.1);
  CHECK(again.read().empty());
  again.send({0x19});
  rig.at(1.2);
  CHECK(again.read() == rig.instrument.metadata());
}

TEST_CASE("RESET closes the port and brings it back under the same name about a second later") {
  Rig rig;
  Host host(rig.link);
  host.send({0x20});
  rig.at(10);
  CHECK_FALSE(rig.port.plugged());
  CHECK(::access(rig.link.c_str(), F_OK) != 0);
  rig.at(10.5);
  CHECK_FALSE(rig.port.plugged());
  rig.at(11.5);
  REQUIRE(rig.port.plugged());
  Host again(rig.link);
  again.send({0x19});
  rig.at(11.6);
  CHECK(again.read() == rig.instrument.metadata());
}

TEST_CASE("an exclusive hold of a killed client does not keep the next one out") {
  Rig rig;
  {
    Host host(rig.link);
    REQUIRE(::ioctl(host.fd, TIOCEXCL) == 0);
  }
  rig.at(1);
  Host next(rig.link);
  int exclusive = 1;
  REQUIRE(::ioctl(next.fd, TIOCGEXCL, &exclusive) == 0);
  CHECK(exclusive == 0);
}

TEST_CASE("a file that is no link is never replaced by a port") {
  Rig rig;
  const std::string precious = rig.directory + "/precious";
  std::fclose(std::fopen(precious.c_str(), "w"));
  const auto refused = Pty::at_link(precious);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("is not a symbolic link") != std::string::npos);
  ::unlink(precious.c_str());
}
