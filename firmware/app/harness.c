/* Boot lines, command buffer, every command but `db`; grammar: mlcommons/tiny, benchmark/api.
 * Never sends or receives while inferences are being measured. */
#include "firmware/app/harness.h"

#include <stdbool.h>
#include <stdint.h>

#include "firmware/app/input_buffer.h"
#include "firmware/app/print.h"
#include "firmware/app/words.h"
#include "firmware/boards/board.h"
#include "firmware/models/model.h"
#include "firmware/runtime/constants.h"
#include "firmware/runtime/kernels.h"

#ifndef JR_ENERGY_MODE
#error "JR_ENERGY_MODE must be 1 (MARK pin around inferences) or 0 (m-lap-us from a timer)"
#endif

enum { command_bytes = 80, sync_pulse_us = 100 };

static char command[command_bytes + 1];
static uint8_t command_length;
static bool command_too_long;

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
    const uint16_t thousandths = jr_thousandths(model_output()[i]);
    if (i != 0u) print_char(',');
    print_text(JR_TEXT("0."));
    print_char((char)('0' + thousandths / 100u));
    print_char((char)('0' + thousandths / 10u % 10u));
    print_char((char)('0' + thousandths % 10u));
  }
  print_line(JR_TEXT("]"));
}

static void repeat(int32_t inferences) {
  while (inferences-- > 0) model_infer();
}

/* The first lap is printed after the second is taken, so that no character is sent in between. */
static void measured(int32_t inferences) {
  if (JR_ENERGY_MODE) {
    board_mark(true);
    repeat(inferences);
    board_mark(false);
  } else {
    const uint32_t begin_us = board_time_us();
    repeat(inferences);
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
  repeat(warmups);
  print_line(JR_TEXT("m-warmup-done"));
  print_count(JR_TEXT("m-infer-start-"), inferences);
  measured(inferences);
  print_line(JR_TEXT("m-infer-done"));
  results();
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
  else if (words_equal(verb, JR_TEXT("results")))
    results();
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
