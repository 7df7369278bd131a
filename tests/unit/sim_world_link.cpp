// What a board process tells its world: never an event before a horizon, never that a pin fell twice.
// Never sleeps: times are told, not waited for.
#include "fixtures/sim/boards/world_link.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

using namespace jr::sim;

namespace {

constexpr std::int64_t kFar_ns = 1'000'000'000'000'000'000;  // 31 years after the machine was switched on

/// A link whose far end is ours.
struct FarEnd {
  FarEnd() {
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data());
    link.emplace(fds[0]);
  }
  ~FarEnd() {
    ::close(fds[0]);
    hang_up();
  }
  void hang_up() {
    if (fds[1] >= 0) ::close(fds[1]);
    fds[1] = -1;
  }
  jr::Result<void> say(const std::string& lines) {
    REQUIRE(::send(fds[1], lines.data(), lines.size(), 0) == static_cast<ssize_t>(lines.size()));
    return link->hear([this](const Order& order) { orders.push_back(order.kind); });
  }
  std::string told() {
    link->flush();
    std::array<char, 4096> text{};
    const ssize_t n = ::recv(fds[1], text.data(), text.size(), MSG_DONTWAIT);
    return n > 0 ? std::string(text.data(), static_cast<std::size_t>(n)) : "";
  }

  std::array<int, 2> fds{-1, -1};
  std::optional<WorldLink> link;
  std::vector<Order::Kind> orders;
};

/// One whose horizon is so far ahead that the wall decides nothing.
struct Begun : FarEnd {
  Begun() {
    REQUIRE(say("epoch 0\n"));
    link->reach(kFar_ns);
    told();
  }
};

}  // namespace

TEST_CASE("the first line is the epoch, and the board is off then") {
  FarEnd far;
  CHECK_FALSE(far.link->epoch_known());
  CHECK(far.say("epo"));
  CHECK_FALSE(far.link->epoch_known());
  CHECK(far.say("ch 0\npower on 3.3\nreset\n"));
  CHECK(far.link->epoch_known());
  CHECK(far.orders == std::vector{Order::Kind::power_on, Order::Kind::reset});
  const std::string told = far.told();
  CHECK(told.starts_with("E "));
  CHECK(told.ends_with(" state off\n"));
}

TEST_CASE("a line that means nothing is quoted") {
  FarEnd far;
  const auto before = far.say("reset\n");
  REQUIRE_FALSE(before);
  CHECK(before.error().message.find("'reset'") != std::string::npos);
  FarEnd other;
  const auto unknown = other.say("epoch 0\nreset\nexplode\n");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("'explode'") != std::string::npos);
  CHECK(other.orders == std::vector{Order::Kind::reset});
}

TEST_CASE("an event is never told for a time before the horizon") {
  Begun far;
  far.link->event(5, "state idle");
  far.link->event(kFar_ns + 7, "state active");
  far.link->event(kFar_ns, "state idle");
  CHECK(far.told() == "E 1000000000000000000 state idle\nE 1000000000000000007 state active\nE 1000000000000000007 state idle\n");
  CHECK(far.link->wall_event_time() == kFar_ns + 7);
}

TEST_CASE("pins that are high fall once when the supply goes") {
  Begun far;
  far.link->set_mark(kFar_ns, true);
  CHECK(far.link->mark());
  far.link->drop_pins(kFar_ns + 1);
  far.link->drop_pins(kFar_ns + 2);
  CHECK(far.told() == "E 1000000000000000000 pin MARK 1\nE 1000000000000000001 pin MARK 0\n");
  CHECK_FALSE(far.link->mark());
}

TEST_CASE("lateness is told inside MARK alone, from 100 ms on, and at most each 100 ms") {
  Begun far;
  constexpr std::int64_t ms = 1'000'000;
  far.link->late(kFar_ns, 200 * ms);
  CHECK(far.told() == "");
  far.link->set_mark(kFar_ns, true);
  far.told();
  far.link->late(kFar_ns, 99 * ms);
  far.link->late(kFar_ns + 1 * ms, 100 * ms);
  far.link->late(kFar_ns + 100 * ms, 199 * ms);
  far.link->late(kFar_ns + 101 * ms, 200 * ms);
  CHECK(far.told() == "L 100000000\nL 200000000\n");
}

TEST_CASE("a horizon waits until the one before it has gone and the epoch is known") {
  FarEnd far;
  CHECK_FALSE(far.link->horizon_due());
  Begun begun;
  CHECK(begun.link->horizon_due());
  begun.link->event(kFar_ns, "state idle");  // not sent yet
  CHECK_FALSE(begun.link->horizon_due());
  begun.told();
  begun.link->tell_horizon();
  CHECK(begun.told() == "H 1000000000000000000\n");
}

TEST_CASE("a world that is gone is a state to ask for") {
  Begun far;
  far.hang_up();
  CHECK(far.link->hear([](const Order&) {}));
  CHECK(far.link->closed());
}
