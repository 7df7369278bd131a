/* Boot lines, command buffer, every command but `db`; grammar: mlcommons/tiny, benchmark/api, and
 * two commands of our own, `phase` and `sham`. Never sends or receives while something is being
 * measured. */
#include "firmware/app/harness.h"

#include <stdbool.h>
#include <stdint.h>

#include "firmware/app/input_buffer.h"
#include "firmware/app/phases.h"
#include "firmware/app/print.h"
#include "firmware/app/words.h"
#include "firmware/boards/board.h"
#include "firmware/models/model.h"
#include "firmware/runtime/constants.h"

#ifndef JR_ENERGY_MODE
#error "JR_ENERGY_MODE must be 1 (MARK pin around the work) or 0 (m-lap-us from a timer)"
#endif

enum { command_bytes = 80, sync_pulse_us = 100, longest_sham_ms = 30000 };

typedef void (*work)(void);

static char command[command_bytes + 1];
static uint8_t command_length;
static bool command_too_long;
static uint16_t sham_ms;

static void print_lap(uint32_t us) {
  print_text(JR_TEXT("m-lap-us-"));
  print_decimal(us);
  print_end();
}

static void timestamp(void) {
  if (JR_ENERGY_MODE) {
    /* Longer than the 50 us below which hosts take an edge for a bounce. */
    board_mark(true);
    board_delay_us(sync_pulse_us);
    board_mark(false);
  } else {
    print_lap(board_time_us());
  }
}

static void results(void) {
  print_text(JR_TEXT("m-results-["));
  for (uint8_t i = 0; i < model_outputs(); ++i) {
    const uint16_t thousandths = phase_score(i);
    if (i != 0u) print_char(',');
    print_text(JR_TEXT("0."));
    print_char((char)('0' + thousandths / 100u));
    print_char((char)('0' + thousandths / 10u % 10u));
    print_char((char)('0' + thousandths % 10u));
  }
  print_line(JR_TEXT("]"));
}

static void inference(void) {
  phase_pre();
  phase_invoke();
  phase_post();
}

static void idle(void) { board_idle_ms(sham_ms); }

/* Through a pointer, so that an inference and each of its phases cost the loop the same. */
static void repeat(work once, int32_t times) {
  while (times-- > 0) once();
}

/* The first lap is printed after the second is taken, so that no character is sent in between. */
static void measured(work once, int32_t times) {
  if (JR_ENERGY_MODE) {
    board_mark(true);
    repeat(once, times);
    board_mark(false);
  } else {
    const uint32_t begin_us = board_time_us();
    repeat(once, times);
    const uint32_t end_us = board_time_us();
    print_lap(begin_us);
    print_lap(end_us);
  }
}

static void print_count(const char* text, int32_t count) {
  print_text(text);
  print_decimal((uint32_t)count);
  print_end();
}

static void infer(char* const* words, unsigned char count) {
  const int32_t inferences = count > 0u ? words_number(words[0]) : 1;
  const int32_t warmups = count > 1u ? words_number(words[1]) : 10;
  if (inferences <= 0) {
    print_line(JR_TEXT("e-[Inference iterations must be >0]"));
    return;
  }
  if (warmups < 0) {
    print_line(JR_TEXT("e-[Inference warmup must be >=0]"));
    return;
  }
  print_count(JR_TEXT("m-warmup-start-"), warmups);
  repeat(inference, warmups);
  print_line(JR_TEXT("m-warmup-done"));
  print_count(JR_TEXT("m-infer-start-"), inferences);
  measured(inference, inferences);
  print_line(JR_TEXT("m-infer-done"));
  results();
}

static work phase_named(const char* word) {
  if (words_equal(word, JR_TEXT("pre"))) return phase_pre;
  if (words_equal(word, JR_TEXT("invoke"))) return phase_invoke;
  if (words_equal(word, JR_TEXT("post"))) return phase_post;
  return 0;
}

/* Each phase finds the bytes that it finds in an inference: the input is there before the model
 * runs alone, and what follows the model works on the last output. */
static void phase(char* const* words, unsigned char count) {
  const work once = count > 0u ? phase_named(words[0]) : 0;
  const int32_t times = count > 1u ? words_number(words[1]) : 1;
  if (!once) {
    print_line(JR_TEXT("e-[Command 'phase' requires pre, invoke or post]"));
    return;
  }
  if (times <= 0) {
    print_line(JR_TEXT("e-[Phase iterations must be >0]"));
    return;
  }
  phase_pre();
  print_text(JR_TEXT("m-phase-"));
  print_string(words[0]);
  print_count(JR_TEXT("-start-"), times);
  measured(once, times);
  print_line(JR_TEXT("m-phase-done"));
}

static void sham(char* const* words, unsigned char count) {
  const int32_t ms = count > 0u ? words_number(words[0]) : -1;
  if (ms <= 0 || ms > longest_sham_ms) {
    print_line(JR_TEXT("e-[Command 'sham' requires 1 to 30000 ms]"));
    return;
  }
  sham_ms = (uint16_t)ms;
  print_count(JR_TEXT("m-sham-start-"), ms);
  measured(idle, 1);
  print_line(JR_TEXT("m-sham-done"));
}

static void name(void) {
  print_text(JR_TEXT("m-name-dut-[JouleRig "));
  print_text(board_name());
  print_line(JR_TEXT("]"));
}

static void profile(void) {
  print_line(JR_TEXT("m-profile-[ULPMark for tinyML Firmware V0.0.1]"));
  print_text(JR_TEXT("m-model-["));
  print_text(model_name());
  print_line(JR_TEXT("]"));
}

static void help(void) {
  print_line(JR_TEXT("JouleRig harness, commands end with %\r\n"));
  print_line(JR_TEXT("name | profile    who this is, what it runs"));
  print_line(JR_TEXT("timestamp         one MARK pulse, or one lap line"));
  print_line(JR_TEXT("db load N         announce N input bytes"));
  print_line(JR_TEXT("db HH..           the next bytes, in hex"));
  print_line(JR_TEXT("db print          show the input"));
  print_line(JR_TEXT("infer [N [W]]     W warm-ups (10), then N measured (1)"));
  print_line(JR_TEXT("results           the last output"));
  print_line(JR_TEXT("phase P [N]       N times pre, invoke or post alone, measured"));
  print_line(JR_TEXT("sham MS           nothing at all, measured: the core idles"));
}

static void run(char* const* words, unsigned char count) {
  const char* verb = words[0];
  char* const* rest = words + 1;
  --count;
  if (words_equal(verb, JR_TEXT("name")))
    name();
  else if (words_equal(verb, JR_TEXT("profile")))
    profile();
  else if (words_equal(verb, JR_TEXT("timestamp")))
    timestamp();
  else if (words_equal(verb, JR_TEXT("db")))
    input_buffer_command(rest, count);
  else if (words_equal(verb, JR_TEXT("infer")))
    infer(rest, count);
  else if (words_equal(verb, JR_TEXT("results"))) {
    phase_post(); /* also before the first inference */
    results();
  } else if (words_equal(verb, JR_TEXT("phase")))
    phase(rest, count);
  else if (words_equal(verb, JR_TEXT("sham")))
    sham(rest, count);
  else if (words_equal(verb, JR_TEXT("help")))
    help();
  else {
    print_text(JR_TEXT("e-[Unknown command: "));
    print_string(verb);
    print_line(JR_TEXT("]"));
  }
}

static void command_complete(void) {
  char* words[4];
  command[command_length] = '\0';
  const unsigned char count = words_split(command, words, 4);
  if (command_too_long)
    print_line(JR_TEXT("e-[Command is longer than 80 characters]"));
  else if (count != 0u)
    run(words, count);
  print_line(JR_TEXT("m-ready"));
  command_length = 0;
  command_too_long = false;
}

void harness_feed(char c) {
  if (c == '%') {
    command_complete();
  } else if (c != '\r' && c != '\n' && c != '\0') { /* a terminal's line ends, a cable's breaks */
    if (command_length == command_bytes)
      command_too_long = true;
    else
      command[command_length++] = c;
  }
}

void harness_start(void) {
  print_line(JR_ENERGY_MODE ? JR_TEXT("m-timestamp-mode-energy")
                            : JR_TEXT("m-timestamp-mode-performance"));
  timestamp();
  print_line(JR_TEXT("m-init-done"));
  print_line(JR_TEXT("m-ready"));
}
