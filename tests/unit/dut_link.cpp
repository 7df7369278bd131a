// The MLPerf Tiny link over a pseudo-terminal: what has to work with every board that keeps the
// grammar. Never sleeps: the peer waits for commands, the link for lines, both with generous
// deadlines.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/dut_peer.hpp"

using namespace jr::test;

TEST_CASE("a boot with line noise in front of it is understood and the noise is logged escaped") {
  DutPeer peer(dut_reference_reply);
  std::vector<std::string> log;
  auto options = dut_quick();
  options.limits.boot_wait = kPlenty;
  const auto dut = dut_on(peer, options, [&](const jr::DutLine& line) {
    log.push_back((line.sent ? ">" : "<") + line.text);
  });
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
  std::atomic<DutPeer*> board{};
  std::atomic<std::size_t> cut{0};
  DutPeer peer([&](const std::string& command) {
    if (!command.starts_with("infer")) return dut_reference_reply(command);
    board.load()->say(reply.substr(0, cut));
    board.load()->until_read();
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
  DutPeer peer(
      [](const std::string& command) { return command + "%" + dut_reference_reply(command); });
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  const auto profile = dut->profile();
  REQUIRE_MESSAGE(profile.has_value(), profile.error().message);
  CHECK(profile->name == "ACME");
}

TEST_CASE("lap stamps of a performance build come back modulo 2^32") {
  DutPeer peer([](const std::string& command) {
    if (!command.starts_with("infer")) return dut_reference_reply(command);
    return std::string(
        "m-lap-us-4294967290\r\nm-lap-us-4294967306\r\nm-infer-done\r\nm-results-[1]\r\nm-"
        "ready\r\n");
  });
  const auto inferred = dut_on(peer)->infer(1, 0, kPlenty);
  REQUIRE(inferred.has_value());
  CHECK(inferred->lap_us == std::vector<std::uint32_t>{4294967290U, 10U});
}

TEST_CASE("a phase and a sham are asked for by name, and their times are those of the exchange") {
  DutPeer peer([](const std::string& command) {
    if (command.starts_with("phase "))
      return std::string("m-phase-x-start-1\r\nm-phase-done\r\nm-ready\r\n");
    if (command.starts_with("sham "))
      return std::string("m-sham-start-1\r\nm-sham-done\r\nm-ready\r\n");
    return dut_reference_reply(command);
  });
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  for (const auto phase : {jr::DutPhase::pre, jr::DutPhase::invoke, jr::DutPhase::post}) {
    const auto reply = dut->phase(phase, 17, kPlenty);
    REQUIRE_MESSAGE(reply.has_value(), reply.error().message);
    CHECK(reply->replied_ns > reply->sent_ns);
    CHECK(peer.commands().back() == std::string("phase ") + jr::name_of(phase) + " 17");
  }
  CHECK(dut->sham(300, kPlenty).has_value());
  CHECK(peer.commands().back() == "sham 300");
}

TEST_CASE("a firmware of the public grammar alone supports neither phases nor shams, and goes on") {
  DutPeer peer(dut_reference_reply);
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  CHECK(dut_says(dut_error(dut->phase(jr::DutPhase::pre, 1, kPlenty), jr::Trouble::unsupported),
                 "phase pre 1"));
  CHECK(dut_says(dut_error(dut->sham(300, kPlenty), jr::Trouble::unsupported), "Unknown command"));
  CHECK(dut->infer(1, 0, kPlenty).has_value());
}

TEST_CASE(
    "a refusal that is no unknown command stays one, and a reply without its last line is odd") {
  DutPeer peer([](const std::string& command) {
    if (command == "phase invoke 1")
      return std::string("e-[Phase iterations must be >0]\r\nm-ready\r\n");
    if (command == "phase invoke 2") return std::string("m-phase-invoke-start-2\r\nm-ready\r\n");
    return dut_reference_reply(command);
  });
  const auto dut = dut_on(peer);
  REQUIRE(dut->handshake(kPlenty).has_value());
  dut_error(dut->phase(jr::DutPhase::invoke, 1, kPlenty), jr::Trouble::refused);
  CHECK(dut_says(dut_error(dut->phase(jr::DutPhase::invoke, 2, kPlenty), jr::Trouble::malformed),
                 "oddly"));
}
