/* Constants in program memory: one way to declare and read them on every kind of core.
 * Never copies a table into RAM. */
#ifndef JR_RUNTIME_CONSTANTS_H
#define JR_RUNTIME_CONSTANTS_H

#include <stdint.h>

#if defined(__AVR__)
#include <avr/pgmspace.h>
/* LPM reaches the lower 64 KiB only; the linker script asserts that every constant is there. */
#define JR_CONST PROGMEM
#define JR_TEXT(literal) PSTR(literal)
static inline int8_t jr_const_i8(const int8_t* p) { return (int8_t)pgm_read_byte(p); }
static inline int32_t jr_const_i32(const int32_t* p) { return (int32_t)pgm_read_dword(p); }
static inline char jr_const_char(const char* p) { return (char)pgm_read_byte(p); }
#else
#define JR_CONST
#define JR_TEXT(literal) (literal)
static inline int8_t jr_const_i8(const int8_t* p) { return *p; }
static inline int32_t jr_const_i32(const int32_t* p) { return *p; }
static inline char jr_const_char(const char* p) { return *p; }
#endif

#endif
