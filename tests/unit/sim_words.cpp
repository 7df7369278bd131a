// The virtual bench's words: quantities, traces, [world] of a bench file, the scripted firmware's
// grammar. Never starts a process.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "fixtures/sim/boards/dut_grammar.hpp"
#include "fixtures/sim/load.hpp"
#include "fixtures/sim/quantity.hpp"
#include "fixtures/sim/world_file.hpp"

using namespace jr::sim;

namespace {

/// A file that is gone with its test.
class Scratch {
 public:
  explicit Scratch(const std::string& text) {
    char name[] = "/tmp/jr-sim-words-XXXXXX";
    const int fd = ::mkstemp(name);
    path_ = name;
    ::close(fd);
    std::ofstream(path_) << text;
  }
  ~Scratch() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const std::string kWorld = "[world]\nboard = \"scripted\"\n[world.power]\nactive = 0.01\n";

std::string complaint_about(const std::string& text) {
  const Scratch file(text);
  const auto world = read_world_file(file.path());
  if (world) return "accepted";
  CHECK(world.error().trouble == jr::Trouble::usage);
  return world.error().message.substr(world.error().message.find(file.path()) + file.path().size());
}

struct Recorder : DutHardware {
  std::string said;
  std::vector<std::string> done;
  void say(const std::string& text) override {
    said += text;
    done.push_back("say");
  }
  void mark(bool level) override { done.push_back(level ? "mark" : "unmark"); }
  void run(double seconds) override { done.push_back("run " + std::to_string(seconds)); }
  void idle(double seconds) override { done.push_back("idle " + std::to_string(seconds)); }
};

struct Talk {
  Recorder hardware;
  DutGrammar dut;
  explicit Talk(DutScript script = {}) : dut(std::move(script), hardware) {}
  std::string ask(const std::string& bytes) {
    hardware.said.clear();
    hardware.done.clear();
    for (const char c : bytes) dut.feed(c);
    return hardware.said;
  }
};

}  // namespace

TEST_CASE("quantities take an SI prefix and their own unit, and nothing else") {
  CHECK(quantity("5mA", "A").value() == 5e-3);
  CHECK(quantity("200uA", "A").value() == 200e-6);
  CHECK(quantity("200µA", "A").value() == 200e-6);
  CHECK(quantity("10ms", "s").value() == 10e-3);
  CHECK(quantity("2.5", "V").value() == 2.5);
  CHECK(quantity("2.5 V", "V").value() == 2.5);
  CHECK(quantity("3k", "ohm").value() == 3000);
  CHECK(quantity("-1nA", "A").value() == -1e-9);
  for (const char* bad : {"", "mA", "5mV", "5m A A", "5x", "nan", "inf", "1e999"}) {
    const auto refused = quantity(bad, "A");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("2.5mA") != std::string::npos);
  }
}

TEST_CASE("a loss is COUNT@SAMPLE") {
  const auto loss = count_at("64@200000");
  REQUIRE(loss);
  CHECK(loss->count == 64);
  CHECK(loss->at == 200000);
  for (const char* bad : {"", "64", "@3", "64@", "x@3", "64@3s", "-1@3"})
    CHECK_FALSE(count_at(bad));
}

TEST_CASE("a trace holds each current until the next line and the last one for ever") {
  const Scratch file("t_s,i_A\n# a comment\n0.0, 1e-3\n0.5,2e-3\n");
  const auto trace = read_trace(file.path());
  REQUIRE(trace);
  const Load load = *trace;
  CHECK(probe(load, 0.0).current_A == 1e-3);
  CHECK(probe(load, 0.4999).current_A == 1e-3);
  CHECK(probe(load, 0.5).current_A == 2e-3);
  CHECK(probe(load, 1e6).current_A == 2e-3);
  CHECK(probe(load, -1).current_A == 0);
}

TEST_CASE("a trace that goes back in time or is no table is refused with its line") {
  const Scratch back("0,1\n1,1\n0.5,1\n"), words("0,1\nhello\n"), empty("# nothing\n");
  CHECK(read_trace(back.path()).error().message.find(":3: time goes back") != std::string::npos);
  CHECK(read_trace(words.path()).error().message.find(":2: ") != std::string::npos);
  CHECK_FALSE(read_trace(empty.path()));
  CHECK_FALSE(read_trace("/nowhere/trace.csv"));
}

TEST_CASE("a misspelt key of [world] is refused with its line and the nearest known key") {
  CHECK(complaint_about(kWorld) == "accepted");
  CHECK(complaint_about("[world]\nbord = \"scripted\"\n") ==
        ":2: [world] does not know the key 'bord'; the nearest known one is 'board'.");
  CHECK(complaint_about("[world]\nboard='x'\n\n[world.monitor]\nkind='ppk2'\nnoise_lsp = 1\n") ==
        ":6: [world.monitor] does not know the key 'noise_lsp'; the nearest known one is "
        "'noise_lsb'.");
  CHECK(complaint_about("[world]\nboard='x'\n[world.power]\nactve=1\n") ==
        ":4: [world.power] does not know the key 'actve'; the nearest known one is 'active'.");
}

TEST_CASE("a value of [world] that cannot be is refused with its line and what it has to be") {
  CHECK(complaint_about(kWorld + "sleep = -1\n")
            .find(":5: [world.power] sleep has to be a number from 0") == 0);
  CHECK(
      complaint_about("[world]\nseed = 1.5\n").find(":2: [world] seed has to be a whole number") ==
      0);
  CHECK(complaint_about("[world]\nboard='x'\n[world.monitor]\nkind='js220'\n")
            .find("has to be \"ppk2\"") != std::string::npos);
  CHECK(complaint_about("[world]\nboard='x'\n[world.monitor]\nlose=['9']\n").find("COUNT@SAMPLE") !=
        std::string::npos);
  CHECK(complaint_about("[world]\nboard = 'x'\n").find("lacks 'power'") != std::string::npos);
  CHECK(complaint_about("[bench]\n").find("has no [world]") != std::string::npos);
  CHECK(complaint_about("[world\n").find(":1: ") == 0);
}

TEST_CASE("options of a board become its command line") {
  const Scratch file(
      "[world]\nboard = \"scripted\"\n[world.board_options]\ninference_s = 0.02\nmute = true\n"
      "extra_edge = false\ndies_after = 3\nmodel_name = \"vww01\"\n[world.power]\nactive = 0.01\n");
  const auto world = read_world_file(file.path());
  REQUIRE(world);
  CHECK(world->board_options == std::vector<std::string>{"--dies-after", "3", "--inference-s",
                                                         "0.02", "--model-name", "vww01",
                                                         "--mute"});
}

TEST_CASE("the bench files of this repository describe a world") {
  for (const char* name : {"sim", "sim-avr", "scripted"}) {
    const auto world =
        read_world_file(std::string(JOULERIG_SOURCE_DIR) + "/fixtures/benches/" + name + ".toml");
    REQUIRE_MESSAGE(world, (world ? "" : world.error().message));
    CHECK(world->power.active > world->power.sleep);
    CHECK(world->limits.gain == 0.2);
  }
}

TEST_CASE("the scripted firmware boots and answers in the grammar of the public harness") {
  Talk talk;
  talk.dut.boot();
  CHECK(talk.hardware.said == "m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n");
  CHECK(talk.ask("name%") == "m-name-dut-[JOULERIG-SCRIPTED]\r\nm-ready\r\n");
  CHECK(talk.ask("profile%") ==
        "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\nm-ready\r\n");
  CHECK(talk.ask("timestamp%") == "m-ready\r\n");
  CHECK(talk.ask("nonsense 1%") == "e-[Unknown command: nonsense]\r\nm-ready\r\n");
  CHECK(talk.ask("%") == "e-[Unknown command: ]\r\nm-ready\r\n");
  CHECK(talk.ask("results%").starts_with("m-results-["));
}

TEST_CASE("a database is loaded byte by byte over any number of lines") {
  Talk talk;
  CHECK(talk.ask("db load 10%") == "m-[Expecting 10 bytes]\r\nm-ready\r\n");
  CHECK(talk.ask("db 0001020304050607%") == "m-ready\r\n");
  CHECK(talk.ask("db 08fF77%") == "m-load-done\r\nm-ready\r\n");
  CHECK(talk.ask("db print%") ==
        "m-buffer-00-01-02-03-04-05-06-07\r\nm-buffer-08-ff\r\n\r\nm-ready\r\n");
  CHECK(talk.ask("db 123%").starts_with("e-["));
  CHECK(talk.ask("db zz%").starts_with("e-["));
  CHECK(talk.ask("db load 0%").starts_with("e-["));
  CHECK(talk.ask("db load 99999%").ends_with("input buffer\nm-ready\r\n"));
}

TEST_CASE("an infer warms up, marks exactly its inferences and is silent meanwhile") {
  Talk talk({.inference_s = 0.5});
  const std::string reply = talk.ask("infer 3 2%");
  CHECK(reply.starts_with(
      "m-warmup-start-2\r\nm-warmup-done\r\nm-infer-start-3\r\nm-infer-done\r\nm-results-["));
  CHECK(reply.ends_with("]\r\nm-ready\r\n"));
  CHECK(talk.hardware.done == std::vector<std::string>{"run 0.000100", "say", "run 1.000000", "say",
                                                       "say", "mark", "run 1.500000", "unmark",
                                                       "say", "say", "say"});
  CHECK(
      talk.ask("infer%").starts_with("m-warmup-start-10\r\nm-warmup-done\r\nm-infer-start-1\r\n"));
  CHECK(talk.ask("infer 0%").starts_with("e-["));
  CHECK(talk.ask("infer 1 -1%").starts_with("e-["));
}

TEST_CASE("the phases of a scripted inference add up to it, and each is marked alone") {
  Talk talk({.inference_s = 0.5});
  CHECK(talk.ask("phase pre 100%") == "m-phase-pre-start-100\r\nm-phase-done\r\nm-ready\r\n");
  CHECK(talk.hardware.done == std::vector<std::string>{"run 0.000100", "say", "mark",
                                                       "run 1.000000", "unmark", "say", "say"});
  talk.ask("phase post 100%");
  CHECK(talk.hardware.done[3] == "run 0.500000");
  talk.ask("phase invoke 100%");
  CHECK(talk.hardware.done[3] == "run 48.500000");
  Talk other({.inference_s = 0.5, .pre_s = 0.1, .post_s = 0});
  other.ask("phase invoke%");
  CHECK(other.hardware.done[3] == "run 0.400000");
  for (const char* wrong : {"phase%", "phase all 1%", "phase pre 0%", "phase pre x%"})
    CHECK(talk.ask(wrong).starts_with("e-["));
}

TEST_CASE("a scripted sham idles inside MARK, and a foreign firmware knows neither it nor phases") {
  Talk talk;
  CHECK(talk.ask("sham 250%") == "m-sham-start-250\r\nm-sham-done\r\nm-ready\r\n");
  CHECK(talk.hardware.done == std::vector<std::string>{"run 0.000100", "say", "mark",
                                                       "idle 0.250000", "unmark", "say", "say"});
  CHECK(talk.ask("sham 0%").starts_with("e-["));
  Talk foreign({.foreign = true});
  CHECK(foreign.ask("sham 250%") == "e-[Unknown command: sham]\r\nm-ready\r\n");
  CHECK(foreign.ask("phase pre 1%") == "e-[Unknown command: phase]\r\nm-ready\r\n");
  CHECK(Talk({.phase_error = "e-[no]"}).ask("phase pre 1%") == "e-[no]\r\nm-ready\r\n");
}

TEST_CASE("the scripted faults show as they are meant to") {
  CHECK(Talk({.mute = true}).ask("name%").empty());
  CHECK(Talk({.reply_error = "e-[tensor arena too small]"}).ask("infer 1 0%") ==
        "e-[tensor arena too small]\r\nm-ready\r\n");
  CHECK(Talk({.wrong_prompt = true}).ask("name%") == "m-name-dut-[JOULERIG-SCRIPTED]\r\n");
  Talk tired({.dies_after = 1});
  CHECK_FALSE(tired.ask("name%").empty());
  CHECK(tired.ask("name%").empty());
  Talk spurious({.extra_edge = true});
  spurious.ask("infer 1 0%");
  CHECK(std::count(spurious.hardware.done.begin(), spurious.hardware.done.end(), "mark") == 2);
  Talk browns({.resets_in_infer = true});
  CHECK(browns.ask("infer 1 0%")
            .ends_with("m-infer-start-1\r\nm-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n"));
}

TEST_CASE(
    "a bench file names its fault script, and a wrong name is refused before anything starts") {
  const std::string rest = kWorld.substr(kWorld.find("[world.power]"));
  const auto with = [&](const std::string& faults) {
    return "[world]\nboard = \"scripted\"\nbrown_out_V = 2.7\nfaults = \"" + faults + "\"\n" + rest;
  };
  const Scratch file(with("loss-in-window"));
  const auto world = read_world_file(file.path());
  REQUIRE_MESSAGE(world, (world ? "" : world.error().message));
  CHECK(world->faults.name == "loss-in-window");
  CHECK(world->faults.events.size() == 1);
  CHECK(world->brown_out_V == 2.7);
  const Scratch wrong(with("loss-in-widow"));
  const auto refused = read_world_file(wrong.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().trouble == jr::Trouble::usage);
  CHECK(refused.error().message.find("no fault script 'loss-in-widow'") != std::string::npos);
}
