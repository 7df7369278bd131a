/* Words and numbers of a command line.
 * Never looks past the terminating zero. */
#ifndef JR_APP_WORDS_H
#define JR_APP_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/** Cuts `line` at its spaces (runs count as one) into at most `most` words; returns how many. */
unsigned char words_split(char* line, char** words, unsigned char most);

/** `word` equals `text`, which is a JR_TEXT. */
bool words_equal(const char* word, const char* text);

/** A decimal number of 0 to 2147483647, with nothing else in the word; otherwise -1. */
int32_t words_number(const char* word);

#endif
