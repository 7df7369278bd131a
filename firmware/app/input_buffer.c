/* `db load N`, `db HH…`, `db print`; answers and errors as in mlcommons/tiny, benchmark/api.
 * Never accepts a byte that no `db load` has announced. */
#include "firmware/app/input_buffer.h"

#include <stdbool.h>
#include <stdint.h>

#include "firmware/app/print.h"
#include "firmware/app/words.h"
#include "firmware/models/model.h"
#include "firmware/runtime/constants.h"

static uint16_t announced; /* bytes of the last accepted `db load` */
static uint16_t received;

static void load(char* const* words, unsigned char count) {
  if (count < 2u) {
    print_line(JR_TEXT("e-[Command 'db load' requires the # of bytes]"));
    return;
  }
  const int32_t bytes = words_number(words[1]);
  if (bytes <= 0) {
    print_line(JR_TEXT("e-[Command 'db load' must be >0 bytes]"));
    return;
  }
  if (bytes > (int32_t)model_input_bytes()) {
    /* Without a prefix and with a line feed only: so does the reference, and hosts look for it. */
    print_text(JR_TEXT("Supplied buffer size "));
    print_decimal((uint32_t)bytes);
    print_text(JR_TEXT(" exceeds maximum of "));
    print_decimal(model_input_bytes());
    print_char('\n');
    return;
  }
  announced = (uint16_t)bytes;
  received = 0;
  print_text(JR_TEXT("m-[Expecting "));
  print_decimal(announced);
  print_line(JR_TEXT(" bytes]"));
}

static void print_rows(void) {
  const uint8_t* bytes = model_loaded();
  for (uint16_t i = 0; i < announced; ++i) {
    if (i % 8u == 0u) print_text(JR_TEXT("m-buffer-"));
    print_hex(bytes[i]);
    if (i % 8u == 7u || i + 1u == announced)
      print_end();
    else
      print_char('-');
  }
  if (announced % 8u != 0u) print_end();
}

static int8_t nibble(char c) {
  if (c >= '0' && c <= '9') return (int8_t)(c - '0');
  if (c >= 'a' && c <= 'f') return (int8_t)(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return (int8_t)(c - 'A' + 10);
  return -1;
}

/* The first pair of `count` that is not a byte; `count` when all are. */
static uint8_t first_bad_pair(const char* digits, uint8_t count) {
  uint8_t i = 0;
  while (i < count && nibble(digits[2 * i]) >= 0 && nibble(digits[2 * i + 1]) >= 0) ++i;
  return i;
}

static void take(const char* digits) {
  uint8_t length = 0; /* a command is at most 80 characters */
  while (digits[length] != '\0') ++length;
  if (length % 2u != 0u) {
    print_line(JR_TEXT("e-[Insufficent number of hex digits]")); /* the reference's own spelling */
    return;
  }
  if (received == announced) {
    print_line(JR_TEXT("e-[No 'db load' is waiting for bytes]"));
    return;
  }
  uint8_t pairs = length / 2u;
  if (pairs > announced - received) pairs = (uint8_t)(announced - received);
  const uint8_t bad = first_bad_pair(digits, pairs);
  if (bad != pairs) {
    print_text(JR_TEXT("e-[Invalid hex digit '"));
    print_char(digits[2 * bad]);
    print_char(digits[2 * bad + 1]);
    print_line(JR_TEXT("']"));
    return;
  }
  for (uint8_t i = 0; i < pairs; ++i, ++received)
    model_loaded()[received] = (uint8_t)(nibble(digits[2 * i]) * 16 + nibble(digits[2 * i + 1]));
  if (received == announced) print_line(JR_TEXT("m-load-done"));
}

void input_buffer_command(char* const* words, unsigned char count) {
  if (count == 0u)
    print_line(JR_TEXT("e-[Command 'db' requires a subcommand]"));
  else if (words_equal(words[0], JR_TEXT("load")))
    load(words, count);
  else if (words_equal(words[0], JR_TEXT("print")))
    print_rows();
  else
    take(words[0]);
}
