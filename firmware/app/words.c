/* Words and numbers of a command line, without the C library.
 * Never changes anything but the line it is given. */
#include "firmware/app/words.h"

#include <stddef.h>

#include "firmware/runtime/constants.h"

unsigned char words_split(char* line, char** words, unsigned char most) {
  unsigned char count = 0;
  bool inside = false;
  for (; *line != '\0'; ++line) {
    if (*line == ' ') {
      *line = '\0';
      inside = false;
    } else if (!inside) {
      if (count == most) break;
      words[count++] = line;
      inside = true;
    }
  }
  return count;
}

bool words_equal(const char* word, const char* text) {
  for (;; ++word, ++text) {
    const char expected = jr_const_char(text);
    if (*word != expected) return false;
    if (expected == '\0') return true;
  }
}

int32_t words_number(const char* word) {
  int32_t number = 0;
  if (*word == '\0') return -1;
  for (; *word != '\0'; ++word) {
    if (*word < '0' || *word > '9') return -1;
    const int32_t digit = *word - '0';
    if (number > (INT32_MAX - digit) / 10) return -1;
    number = number * 10 + digit;
  }
  return number;
}
