/* Text and numbers to the serial line, from program memory where they live there.
 * Never buffers: what is printed is on its way when the function returns. */
#ifndef JR_APP_PRINT_H
#define JR_APP_PRINT_H

#include <stdint.h>

void print_char(char c);
void print_text(const char* text);     /**< JR_TEXT */
void print_string(const char* string); /**< in RAM */
void print_line(const char* text);     /**< JR_TEXT and CR LF */
void print_end(void);                  /**< CR LF */
void print_decimal(uint32_t number);
void print_hex(uint8_t byte); /**< two lower-case digits */

#endif
