// The MLPerf Tiny link when the board is silent, late, restarts, floods or refuses: one sentence
// each. Never sleeps; limits that have to strike are short, all others generous.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/dut_peer.hpp"

using namespace jr::test;

TEST_CASE("a silent board makes the handshake name the port, the baud rate and what to check") {
  DutPeer peer([](const std::string&) { return std::string(); });
  const auto message = dut_error(dut_on(peer)->handshake(milliseconds(100)), jr::Trouble::timeout);
  for (const char* part : {"115200", "silent", "power", "TX and RX", "energy"})
    CHECK(dut_says(message, part));
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

TEST_CASE("a wait that is given up ends long before its limit and says that it was") {
  std::atomic<bool> enough{};
  DutPeer peer([&](const std::string& command) {
    if (!command.starts_with("infer")) return dut_reference_reply(command);
    enough = true;
    return std::string();
  });
  auto options = dut_quick();
  options.limits.give_up = [&] { return enough.load(); };
  const auto dut = dut_on(peer, options);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(dut_says(dut_error(dut->infer(5, 0, kPlenty), jr::Trouble::interrupted), "given up"));
  dut_error(dut->handshake(kPlenty), jr::Trouble::interrupted);
  CHECK(std::chrono::steady_clock::now() - begun < kPlenty);
}

TEST_CASE("commands that could crash or overrun a board are never sent") {
  DutPeer peer(dut_reference_reply);
  const auto dut = dut_on(peer);
  for (const std::string& bad : {std::string(), std::string("   "), std::string("name%"),
                                 std::string("name\r\n"), std::string(80, 'a')})
    dut_error(dut->ask(bad, kPlenty), jr::Trouble::usage);
  dut_error(dut->infer(0, 0, kPlenty), jr::Trouble::usage);
  dut_error(dut->load({}), jr::Trouble::usage);
  CHECK(peer.commands().empty());
}

TEST_CASE(
    "a time-out names command and limit, and the late answer is not taken for the next command's") {
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
  std::atomic<DutPeer*> board{};
  DutPeer peer([&](const std::string& command) {
    const std::string reply = dut_reference_reply(command);
    if (command == "name" && owed.empty()) {
      while (!board.load()->another_waits())
        std::this_thread::yield();  // the second name of an impatient host
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
    if (command == "flood")
      while (lines.size() < 4000) lines += "noise\r\n";
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
  CHECK(
      dut_says(dut_error(dut->infer(5, 0, kPlenty), jr::Trouble::refused), "restarted by itself"));
}

TEST_CASE("a port that goes away is a hang-up, not a time-out") {
  std::atomic<DutPeer*> board{};
  DutPeer peer([&](const std::string& command) {
    if (command.starts_with("infer")) board.load()->hang_up();
    return command.starts_with("infer") ? std::string() : dut_reference_reply(command);
  });
  board = &peer;
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  CHECK(dut_says(dut_error(dut->infer(5, 0, kPlenty), jr::Trouble::hang_up),
                 "lost during 'infer 5 0'"));
}

TEST_CASE("a reply that lost its essential line, or half its results, is malformed") {
  for (const std::string reply :
       {"m-results-[0.1]\r\nm-ready\r\n", "m-infer-done\r\nm-results-[0.1,\r\nm-ready\r\n"}) {
    DutPeer peer([&](const std::string& command) {
      return command.starts_with("infer") ? reply : dut_reference_reply(command);
    });
    dut_error(dut_on(peer)->infer(1, 0, kPlenty), jr::Trouble::malformed);
  }
}
