/* Arm MPS2 with AN386, a Cortex-M4F at 25 MHz: MARK, SLEEP and UART 0 at 115200 8N1; SysTick for
 * laps, timer 0 to end an idle of a given length. Neither runs while an energy image waits or
 * infers. */
#include "firmware/boards/board.h"

#include "firmware/boards/mps2-an386/registers.h"
#include "firmware/runtime/constants.h"

enum {
  ring_bytes = 128, /* a power of two, more than the longest command */
  /* A turn of the delay loop is two instructions. 63 a microsecond are enough for a core that runs
   * one each 16 ns, as in the emulator; at 25 MHz the same count takes longer, which is allowed. */
  turns_per_us = 32,
  character_us = 90, /* start, 8 bits, stop at 115200 baud: 86.8 us */
  ticks_per_us = 25,
  ticks_per_ms = 25000,
  us_per_wrap_log2 = 19, /* SysTick has 24 bits: 25 * 2^19 ticks are the longest whole power */
  systick_on = 1 << 0 | 1 << 1 | 1 << 2, /* counting, interrupt, processor clock */
  systick_pending = 1 << 26              /* of SCB_ICSR */
};

static volatile uint8_t ring[ring_bytes];
static volatile uint8_t ring_head; /* written by the interrupt only */
static volatile uint8_t ring_tail; /* written by board_getc only */

void jr_irq_0(void);
void jr_irq_0(void) {
  UART_INTCLEAR = uart_rx_irq; /* first: a byte that comes during the loop raises it anew */
  while ((UART_STATE & uart_rx_full) != 0u) {
    const uint8_t byte = (uint8_t)UART_DATA;
    const uint8_t next = (uint8_t)((ring_head + 1u) % ring_bytes);
    if (next != ring_tail) { /* full: the newest byte is lost, the grammar's m-ready shows it */
      ring[ring_head] = byte;
      ring_head = next;
    }
  }
}

static volatile bool idle_is_over;

void jr_irq_8(void);
void jr_irq_8(void) {
  TIMER0_CTRL = 0;
  TIMER0_INTCLEAR = 1;
  idle_is_over = true;
}

#if !JR_ENERGY_MODE
static volatile uint32_t wraps;
void jr_systick(void);
void jr_systick(void) { ++wraps; }
#endif

void board_init(void) {
  pins_low();
  UART_BAUDDIV = uart_divider;
  UART_CTRL = uart_tx_on | uart_rx_on | uart_rx_irq_on;
  while ((UART_STATE & uart_rx_full) != 0u) (void)UART_DATA; /* left over: no command */
  UART_INTCLEAR = uart_rx_irq;
  NVIC_UNPEND = uart_rx_interrupt;
  NVIC_ENABLE = uart_rx_interrupt | timer0_interrupt;
#if !JR_ENERGY_MODE
  SYSTICK_LOAD = ((uint32_t)ticks_per_us << us_per_wrap_log2) - 1u;
  SYSTICK_VALUE = 0;
  SYSTICK_CTRL = systick_on;
#endif
  interrupts_on();
}

void board_putc(char c) { uart_send((uint8_t)c); }

int board_getc(void) {
  if (ring_tail == ring_head) return -1;
  const uint8_t byte = ring[ring_tail];
  ring_tail = (uint8_t)((ring_tail + 1u) % ring_bytes);
  return byte;
}

void board_delay_us(uint16_t us) {
  uint32_t turns = (uint32_t)us * turns_per_us;
  if (turns == 0u) return;
  __asm volatile("1: subs %0, %0, #1\n\tbne 1b" : "+r"(turns)::"cc");
}

/* This UART tells when its buffer is empty, not when its shift register is: one character more. */
static void drain(void) {
  while ((UART_STATE & uart_tx_full) != 0u) {
  }
  board_delay_us(character_us);
}

void board_mark(bool level) {
  if (level) {
    drain();
    interrupts_off();
    MARK_RISE = 1;
  } else {
    MARK_FALL = 1;
    interrupts_on();
  }
}

void board_sleep_until_rx(void) {
  interrupts_off();
  if (ring_tail == ring_head) sleep_until_pending();
  interrupts_on();
}

void board_idle_ms(uint16_t ms) {
  idle_is_over = false;
  TIMER0_VALUE = (uint32_t)ms * ticks_per_ms;
  TIMER0_CTRL = timer0_on;
  interrupts_off();
  while (!idle_is_over) {
    sleep_until_pending();
    interrupts_on();
    interrupts_off();
  }
  interrupts_on();
}

uint32_t board_time_us(void) {
#if JR_ENERGY_MODE
  return 0;
#else
  interrupts_off();
  uint32_t left = SYSTICK_VALUE;
  uint32_t full = wraps;
  if ((SCB_ICSR & systick_pending) != 0u) { /* wrapped, and its interrupt is waiting */
    left = SYSTICK_VALUE;
    ++full;
  }
  interrupts_on();
  const uint32_t ticks = SYSTICK_LOAD - left;
  return (full << us_per_wrap_log2) + ticks / ticks_per_us;
#endif
}

const char* board_name(void) { return JR_TEXT("MPS2-AN386"); }
