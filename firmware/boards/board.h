/* What the harness asks of a board; each folder beside this file is one board's answer.
 * Never knows a model or a command. */
#ifndef JR_BOARDS_BOARD_H
#define JR_BOARDS_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void board_init(void);   /**< clock, pins (MARK and SLEEP low), serial line, interrupts on */
void board_putc(char c); /**< waits for room, never for the far end */
int board_getc(void);    /**< the oldest received byte, or -1 */

/** MARK is a level. true: waits until the last bit has left the serial pin, masks every interrupt,
 * then raises the pin; false: lowers it, then unmasks. Nothing but the caller's code runs in
 * between. */
void board_mark(bool level);

void board_delay_us(uint16_t us); /**< at least that long */

/** Idles the core, SLEEP pin high, until an interrupt; returns at once when a byte is already
 * waiting. May return without one. */
void board_sleep_until_rx(void);

/** Idles the core for about so many milliseconds in the state of board_sleep_until_rx, SLEEP pin
 * high but for the moments in which an interrupt is served. The timer that ends it runs only then.
 * Interrupts are on afterwards, whatever they were before. */
void board_idle_ms(uint16_t ms);

/** Microseconds since board_init, modulo 2^32; 0 in an image built for energy, where no timer runs.
 */
uint32_t board_time_us(void);

const char* board_name(void); /**< JR_TEXT */

#ifdef __cplusplus
}
#endif
#endif
