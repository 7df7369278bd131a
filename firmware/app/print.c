/* Printing by hand: printf would cost an AVR 1.5 kB of flash and a format parser.
 * Never touches hardware but through board_putc. */
#include "firmware/app/print.h"

#include "firmware/boards/board.h"
#include "firmware/runtime/constants.h"

void print_char(char c) { board_putc(c); }

void print_text(const char* text) {
  for (char c; (c = jr_const_char(text)) != '\0'; ++text) board_putc(c);
}

void print_string(const char* string) {
  while (*string != '\0') board_putc(*string++);
}

void print_end(void) { print_text(JR_TEXT("\r\n")); }

void print_line(const char* text) {
  print_text(text);
  print_end();
}

void print_decimal(uint32_t number) {
  char digits[10];
  uint8_t count = 0;
  do {
    digits[count++] = (char)('0' + (char)(number % 10u));
    number /= 10u;
  } while (number != 0u);
  while (count != 0u) board_putc(digits[--count]);
}

static char hex_digit(uint8_t nibble) {
  return (char)(nibble < 10u ? '0' + nibble : 'a' - 10 + nibble);
}

void print_hex(uint8_t byte) {
  board_putc(hex_digit((uint8_t)(byte >> 4)));
  board_putc(hex_digit((uint8_t)(byte & 15u)));
}
