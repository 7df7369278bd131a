// Loading an input over the MLPerf Tiny link: chunks, confirmation, refusals, read-back.
// Never sleeps; the board is a small state machine on a pseudo-terminal.
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/unit/dut_peer.hpp"

namespace {

constexpr std::chrono::milliseconds kLoadLimit{30'000};

enum class LoadFault { none, too_big, done_early, done_never, other_size, refuses_third, corrupts };

// The buffer of a board, as the reference firmware keeps it.
struct LoadBoard {
  LoadFault fault{LoadFault::none};
  std::size_t expected{};
  std::vector<std::uint8_t> held;
  std::vector<std::string> commands;

  std::string answer(const std::string& command) {
    commands.push_back(command);
    if (command == "name") return "m-name-dut-[L]\r\nm-ready\r\n";
    if (command.starts_with("db load "))
      return announce(std::strtoul(command.c_str() + 8, nullptr, 10));
    if (command == "db print") return print();
    if (command.starts_with("db ")) return take(command.substr(3));
    return "e-[Unknown command: " + command + "]\r\nm-ready\r\n";
  }
  std::string announce(std::size_t size) {
    if (fault == LoadFault::too_big) return "Supplied buffer size exceeds maximum\nm-ready\r\n";
    expected = fault == LoadFault::other_size ? size - 1 : size;
    held.clear();
    return "m-[Expecting " + std::to_string(expected) + " bytes]\r\nm-ready\r\n";
  }
  std::string take(const std::string& hex) {
    if (fault == LoadFault::refuses_third && commands.size() == 5)
      return "e-[Not hex]\r\nm-ready\r\n";
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
      held.push_back(
          static_cast<std::uint8_t>(std::strtoul(hex.substr(at, 2).c_str(), nullptr, 16)));
    if (fault == LoadFault::corrupts) held.back() ^= 1;
    const bool complete = fault == LoadFault::done_early ||
                          (held.size() >= expected && fault != LoadFault::done_never);
    return complete ? "m-load-done\r\nm-ready\r\n" : "m-ready\r\n";
  }
  std::string print() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (i % 8 == 0) text += i == 0 ? "m-buffer" : "\r\nm-buffer";
      text += {'-', kDigits[held[i] >> 4], kDigits[held[i] & 15U]};
    }
    return text + "\r\n\r\nm-ready\r\n";
  }
};

class LoadPeer {
 public:
  explicit LoadPeer(LoadFault fault)
      : board_{.fault = fault, .expected = 0, .held = {}, .commands = {}} {}
  const LoadBoard& end() {  // after this the board is ours to look at
    peer_.end();
    return board_;
  }
  const std::string& path() const { return peer_.path(); }

 private:
  LoadBoard board_;
  jr::test::DutPeer peer_{[this](const std::string& command) { return board_.answer(command); }};
};

std::vector<std::uint8_t> load_input(std::size_t size) {
  std::vector<std::uint8_t> input(size);
  for (std::size_t i = 0; i < size; ++i) input[i] = static_cast<std::uint8_t>(i * 37 + 5);
  return input;
}

jr::Result<void> load_onto(const LoadPeer& peer, std::size_t size, int chunk = 30,
                           bool verify = false) {
  auto port = jr::open_serial(peer.path(), 9600);
  REQUIRE_MESSAGE(port.has_value(), (port ? "" : port.error().message));
  jr::MlperfTinyOptions options;
  options.command = kLoadLimit;
  options.limits.resync = kLoadLimit;
  options.bytes_per_db = chunk;
  options.verify_load = verify;
  return jr::mlperf_tiny_on(std::move(*port), 9600, {}, options)->load(load_input(size));
}

}  // namespace

TEST_CASE(
    "an input arrives whole whatever its size against the chunk, in commands of at most 64 bytes") {
  for (const std::size_t size : {1U, 29U, 30U, 31U, 60U, 490U}) {
    LoadPeer peer(LoadFault::none);
    const auto loaded = load_onto(peer, size, 30, true);
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message);
    const LoadBoard& board = peer.end();
    CHECK(board.held == load_input(size));
    for (const auto& command : board.commands) CHECK(command.size() + 1 <= 64);
  }
}

TEST_CASE("the chunk is configurable up to what an 80-byte command buffer takes") {
  LoadPeer peer(LoadFault::none);
  REQUIRE(load_onto(peer, 100, 1000).has_value());
  const LoadBoard& board = peer.end();
  CHECK(board.held == load_input(100));
  for (const auto& command : board.commands) CHECK(command.size() < 80);
}

TEST_CASE("the refusal without a prefix ends the download before the first byte of it") {
  LoadPeer peer(LoadFault::too_big);
  const auto loaded = load_onto(peer, 400);
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().trouble == jr::Trouble::refused);
  CHECK(loaded.error().message.find("Supplied buffer size") != std::string::npos);
  CHECK(peer.end().commands.back() == "db load 400");
}

TEST_CASE("nothing is sent after a refused chunk") {
  LoadPeer peer(LoadFault::refuses_third);
  const auto loaded = load_onto(peer, 400);
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().message.find("e-[Not hex]") != std::string::npos);
  CHECK(peer.end().commands.size() == 5);  // name, db load, three chunks
}

TEST_CASE("a board that miscounts the input is caught, early, late or by another size") {
  for (const LoadFault fault :
       {LoadFault::done_early, LoadFault::done_never, LoadFault::other_size}) {
    LoadPeer peer(fault);
    const auto loaded = load_onto(peer, 100);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().trouble == jr::Trouble::malformed);
  }
}

TEST_CASE("a read-back finds a byte that arrived wrong") {
  LoadPeer peer(LoadFault::corrupts);
  const auto loaded = load_onto(peer, 100, 30, true);
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().message.find("another input") != std::string::npos);
}
