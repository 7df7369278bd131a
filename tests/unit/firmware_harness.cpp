// The firmware's serial grammar on a board that records every answer and every edge.
// Never needs an emulator: the same C, compiled for the host.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "firmware/app/harness.h"
#include "firmware/app/phases.h"
#include "firmware/boards/board.h"
#include "firmware/models/model.h"
#include "firmware/runtime/kernels.h"

namespace {

// What the harness did to the board, in order.
struct Recorder {
  std::string said;
  std::vector<std::string>
      steps;  // "rise", "fall", "delay N"; "say" once for each run of characters
  bool mark = false;
};
Recorder board;

std::string ask(const std::string& bytes) {
  board = Recorder{};
  for (const char c : bytes) harness_feed(c);
  return board.said;
}

const std::string ready = "m-ready\r\n";

std::string hex(int count, int value) {
  static const char* digits = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += digits[value >> 4 & 15];
    text += digits[value & 15];
  }
  return text;
}

void load_all(int value) {
  REQUIRE(ask("db load 160%") == "m-[Expecting 160 bytes]\r\n" + ready);
  for (int i = 0; i < 4; ++i) REQUIRE(ask("db " + hex(32, value) + "%") == ready);
  REQUIRE(ask("db " + hex(32, value) + "%") == "m-load-done\r\n" + ready);
}

}  // namespace

extern "C" {
void board_init() {}
void board_putc(char c) {
  CHECK_FALSE(board.mark);  // no serial activity inside MARK
  board.said += c;
  if (board.steps.empty() || board.steps.back() != "say") board.steps.emplace_back("say");
}
int board_getc() { return -1; }
void board_mark(bool level) {
  CHECK(board.mark != level);
  board.mark = level;
  board.steps.emplace_back(level ? "rise" : "fall");
}
void board_delay_us(std::uint16_t us) { board.steps.push_back("delay " + std::to_string(us)); }
void board_sleep_until_rx() {}
void board_idle_ms(std::uint16_t ms) { board.steps.push_back("idle " + std::to_string(ms)); }
std::uint32_t board_time_us() { return 0; }
const char* board_name() { return "recorder"; }
}

TEST_CASE("the boot lines are the mode, one timestamp pulse, m-init-done and m-ready") {
  board = Recorder{};
  harness_start();
  CHECK(board.said == "m-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n");
  CHECK(board.steps == std::vector<std::string>{"say", "rise", "delay 100", "fall", "say"});
}

TEST_CASE("every command without input answers as the reference does") {
  CHECK(ask("name%") == "m-name-dut-[JouleRig recorder]\r\n" + ready);
  CHECK(ask("profile%") ==
        "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[tiny01]\r\n" + ready);
  CHECK(ask("timestamp%") == ready);
  CHECK(ask("  name   ignored  words  and more and more%") ==
        "m-name-dut-[JouleRig recorder]\r\n" + ready);
  CHECK(ask("nam%") == "e-[Unknown command: nam]\r\n" + ready);
  CHECK(ask("NAME%") == "e-[Unknown command: NAME]\r\n" + ready);
  CHECK(ask("help%").ends_with("\r\n" + ready));
}

TEST_CASE("an empty command and stray line ends are harmless") {
  CHECK(ask("%") == ready);
  CHECK(ask("   %") == ready);
  CHECK(ask("\r\n\r\nname\r\n%") == "m-name-dut-[JouleRig recorder]\r\n" + ready);
  CHECK(ask(std::string("na\0me%", 6)) == "m-name-dut-[JouleRig recorder]\r\n" + ready);
}

TEST_CASE(
    "a command of 80 characters is taken, one of 81 is refused whole, and the next is not harmed") {
  CHECK(ask("name" + std::string(76, ' ') + "%") == "m-name-dut-[JouleRig recorder]\r\n" + ready);
  CHECK(ask("name" + std::string(77, ' ') + "%") ==
        "e-[Command is longer than 80 characters]\r\n" + ready);
  CHECK(ask("name%") == "m-name-dut-[JouleRig recorder]\r\n" + ready);
}

TEST_CASE("infer marks exactly the inferences: one rise and one fall, nothing sent between them") {
  load_all(0);
  const std::string answer = ask("infer 3 2%");
  CHECK(answer.starts_with(
      "m-warmup-start-2\r\nm-warmup-done\r\nm-infer-start-3\r\nm-infer-done\r\nm-results-[0."));
  CHECK(board.steps == std::vector<std::string>{"say", "rise", "fall", "say"});
  CHECK(ask("infer%").starts_with("m-warmup-start-10\r\nm-warmup-done\r\nm-infer-start-1\r\n"));
  const std::string results = ask("results%");
  CHECK(answer.ends_with(results));
}

TEST_CASE("an inference is its three phases: loaded bytes in, input read, highest score found") {
  load_all(0x11);
  std::fill_n(model_input(), model_input_bytes(), std::uint8_t{0x77});
  phase_pre();
  CHECK(std::equal(model_loaded(), model_loaded() + model_input_bytes(), model_input()));
  phase_invoke();
  phase_post();
  for (std::uint8_t i = 0; i < model_outputs(); ++i) {
    CHECK(phase_score(i) == jr_thousandths(model_output()[i]));
    CHECK(phase_score(i) <= phase_score(phase_top()));
  }
  CHECK(phase_score(200) == 0);
  const std::string alone = ask("results%");
  CHECK(ask("infer 2 0%").ends_with(alone));
}

TEST_CASE("a phase alone is marked as inferences are, and the same results follow it") {
  load_all(0x22);
  const std::string answer = ask("infer 1 0%");
  for (const std::string name : {"pre", "invoke", "post"}) {
    CHECK(ask("phase " + name + " 3%") ==
          "m-phase-" + name + "-start-3\r\nm-phase-done\r\n" + ready);
    CHECK(board.steps == std::vector<std::string>{"say", "rise", "fall", "say"});
    CHECK(answer.ends_with(ask("results%")));
  }
  CHECK(ask("phase invoke%").starts_with("m-phase-invoke-start-1\r\n"));
}

TEST_CASE(
    "each phase alone runs as often as it is told to, and nothing else of an inference does") {
  load_all(0x33);
  ask("infer 1 0%");
  std::fill_n(model_loaded(), model_input_bytes(), std::uint8_t{0x44});
  std::fill_n(model_input(), model_input_bytes(), std::uint8_t{0x55});
  phase_post();  // works on the output that is there
  CHECK(model_input()[0] == 0x55);
  phase_invoke();  // on the input that is there
  CHECK(model_input()[0] == 0x55);
  phase_pre();
  CHECK(model_input()[0] == 0x44);
}

TEST_CASE("phase refuses what is no phase or no count and marks nothing") {
  for (const char* wrong : {"phase%", "phase all 3%", "phase prep 3%", "phase 3%"})
    CHECK(ask(wrong) == "e-[Command 'phase' requires pre, invoke or post]\r\n" + ready);
  for (const char* wrong : {"phase pre 0%", "phase post -2%", "phase invoke x%"})
    CHECK(ask(wrong) == "e-[Phase iterations must be >0]\r\n" + ready);
  CHECK(board.steps == std::vector<std::string>{"say"});
}

TEST_CASE("a sham window is marked as inferences are, and the core idles in it for its time") {
  CHECK(ask("sham 300%") == "m-sham-start-300\r\nm-sham-done\r\n" + ready);
  CHECK(board.steps == std::vector<std::string>{"say", "rise", "idle 300", "fall", "say"});
  CHECK(ask("sham 30000%").starts_with("m-sham-start-30000\r\n"));
  for (const char* wrong : {"sham%", "sham 0%", "sham -1%", "sham 30001%", "sham x%"})
    CHECK(ask(wrong) == "e-[Command 'sham' requires 1 to 30000 ms]\r\n" + ready);
  CHECK(board.steps == std::vector<std::string>{"say"});
}

TEST_CASE("infer refuses what is not a count and marks nothing") {
  for (const char* wrong : {"infer 0%", "infer -1%", "infer x%", "infer 2147483648%", "infer 1x%",
                            "infer 99999999999999999999%"})
    CHECK(ask(wrong) == "e-[Inference iterations must be >0]\r\n" + ready);
  for (const char* wrong : {"infer 1 -1%", "infer 1 x%"})
    CHECK(ask(wrong) == "e-[Inference warmup must be >=0]\r\n" + ready);
  CHECK(board.steps == std::vector<std::string>{"say"});
}

TEST_CASE("db refuses with the reference's texts") {
  load_all(0);
  CHECK(ask("db%") == "e-[Command 'db' requires a subcommand]\r\n" + ready);
  CHECK(ask("db load%") == "e-[Command 'db load' requires the # of bytes]\r\n" + ready);
  for (const char* wrong : {"db load 0%", "db load -4%", "db load x%"})
    CHECK(ask(wrong) == "e-[Command 'db load' must be >0 bytes]\r\n" + ready);
  CHECK(ask("db load 99999%") == "Supplied buffer size 99999 exceeds maximum of 160\n" + ready);
  CHECK(ask("db 00%") == "e-[No 'db load' is waiting for bytes]\r\n" + ready);
  CHECK(ask("db 123%") == "e-[Insufficent number of hex digits]\r\n" + ready);
  CHECK(ask("db load 2%") == "m-[Expecting 2 bytes]\r\n" + ready);
  CHECK(ask("db 0g%") == "e-[Invalid hex digit '0g']\r\n" + ready);
}

TEST_CASE("a refused db load changes neither the bytes nor the count of a load under way") {
  load_all(0x11);
  CHECK(ask("db load 4%") == "m-[Expecting 4 bytes]\r\n" + ready);
  CHECK(ask("db aabb%") == ready);
  ask("db load 99999%");
  ask("db load 0%");
  ask("db 0g%");
  CHECK(ask("db ccdd%") == "m-load-done\r\n" + ready);
  CHECK(ask("db print%") == "m-buffer-aa-bb-cc-dd\r\n\r\n" + ready);
}

TEST_CASE("bytes past the announced size are dropped, and the byte behind them stays") {
  load_all(0x55);
  CHECK(ask("db load 3%") == "m-[Expecting 3 bytes]\r\n" + ready);
  CHECK(ask("db 0102030405zz%") ==
        "m-load-done\r\n" + ready);  // the rest of the line is not looked at
  CHECK(model_loaded()[2] == 3);
  CHECK(model_loaded()[3] == 0x55);
  CHECK(ask("db 06%") == "e-[No 'db load' is waiting for bytes]\r\n" + ready);
  CHECK(model_loaded()[3] == 0x55);
}

TEST_CASE("db print shows eight bytes a row, and an empty line only after a short row") {
  ask("db load 8%");
  ask("db 0001020304050607%");
  CHECK(ask("db print%") == "m-buffer-00-01-02-03-04-05-06-07\r\n" + ready);
  ask("db load 9%");
  ask("db 0001020304050607FF%");
  CHECK(ask("db print%") == "m-buffer-00-01-02-03-04-05-06-07\r\nm-buffer-ff\r\n\r\n" + ready);
}

TEST_CASE("whatever bytes come, each percent sign is answered by exactly one m-ready") {
  CHECK(rc::check([] {
    const auto noise = *rc::gen::container<std::string>(
        rc::gen::oneOf(rc::gen::arbitrary<char>(),
                       rc::gen::elementOf(std::string("%% db load infer 0123456789abcdef"))));
    // An endless `infer 99999999` is legal and would take for ever here.
    for (const char* endless : {"infer", "phase"})
      if (noise.find(endless) != std::string::npos) return;
    ask("%");  // end what an earlier case left
    const std::string answer = ask(noise + "%");
    std::size_t answers = 0, commands = 1;
    for (std::size_t at = answer.find(ready); at != std::string::npos;
         at = answer.find(ready, at + 1))
      ++answers;
    for (const char c : noise) commands += c == '%';
    RC_ASSERT(answers == commands);
    RC_ASSERT(answer.ends_with(ready));
  }));
}
