/* ATmega2560, 16 MHz: MARK on PB5 (Arduino pin 11), SLEEP on PB6 (pin 12), port 0 at 115200 8N1.
 * Never touches PB7, the LED that the boot loader blinks. */
#include "firmware/boards/board.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <util/delay_basic.h>

#include "firmware/runtime/constants.h"

#define MARK_PIN (1 << PB5)
#define SLEEP_PIN (1 << PB6)

enum {
  /* 16 MHz / (8 * (16 + 1)) = 117,647 baud, +2.1 %; without double speed it would be -3.5 %. The
   * USB bridge of the board is an ATmega16U2 at 16 MHz with the same divider, so both ends agree
   * exactly. */
  baud_divider = 16,
  ring_bytes = 128,       /* a power of two, more than the longest command */
  ticks_per_us_shift = 2, /* prescaler 64: 4 us a tick, an overflow each 262 ms */
  shortest_nap_ms = 16,   /* of the watchdog's oscillator, 128 kHz: 2048 cycles */
  longest_nap_log2 = 9    /* 16 ms * 2^9: 1024 K cycles */
};

static volatile uint8_t ring[ring_bytes];
static volatile uint8_t ring_head; /* written by the interrupt only */
static volatile uint8_t ring_tail; /* written by board_getc only */
static bool sent_anything;
static volatile bool nap_is_over;

ISR(USART0_RX_vect) {
  const uint8_t byte = UDR0;
  const uint8_t next = (uint8_t)((ring_head + 1u) % ring_bytes);
  if (next != ring_tail) { /* full: the newest byte is lost, the grammar's m-ready shows it */
    ring[ring_head] = byte;
    ring_head = next;
  }
}

ISR(WDT_vect) { nap_is_over = true; }

#if !JR_ENERGY_MODE
static volatile uint16_t overflows;
ISR(TIMER1_OVF_vect) { ++overflows; }
#endif

void board_init(void) {
  PORTB &= (uint8_t) ~(MARK_PIN | SLEEP_PIN);
  DDRB |= MARK_PIN | SLEEP_PIN;
  ACSR =
      1
      << ACD; /* what is not used draws no current: comparator, ADC, buses, timers, ports 1 to 3 */
  PRR0 = (1 << PRTWI) | (1 << PRTIM2) | (1 << PRTIM0) | (1 << PRSPI) | (1 << PRADC) |
         (JR_ENERGY_MODE ? 1 << PRTIM1 : 0);
  PRR1 = (1 << PRTIM5) | (1 << PRTIM4) | (1 << PRTIM3) | (1 << PRUSART3) | (1 << PRUSART2) |
         (1 << PRUSART1);
  UCSR0A = 1 << U2X0;
  UBRR0 = baud_divider;
  UCSR0C = (1 << UCSZ01) | (1 << UCSZ00);
  while ((UCSR0A & (1 << RXC0)) != 0) (void)UDR0; /* what a boot loader left is no command */
  UCSR0B = (1 << RXCIE0) | (1 << RXEN0) | (1 << TXEN0);
#if !JR_ENERGY_MODE
  TCCR1A = 0;
  TCNT1 = 0;
  TIFR1 = 1 << TOV1;
  TIMSK1 = 1 << TOIE1;
  TCCR1B = (1 << CS11) | (1 << CS10);
#endif
  sei();
}

void board_putc(char c) {
  while (!(UCSR0A & (1 << UDRE0))) {
  }
  /* TXC is cleared by writing a one, right after the byte and with nothing in between: a byte that
   * was still on its way cannot set it any more, and this byte cannot have set it yet (86 us). */
  const uint8_t status = SREG;
  cli();
  UDR0 = (uint8_t)c;
  UCSR0A = (1 << TXC0) | (1 << U2X0);
  SREG = status;
  sent_anything = true;
}

static void drain(void) {
  if (!sent_anything) return;
  while (!(UCSR0A & (1 << TXC0))) {
  }
}

int board_getc(void) {
  if (ring_tail == ring_head) return -1;
  const uint8_t byte = ring[ring_tail];
  ring_tail = (uint8_t)((ring_tail + 1u) % ring_bytes);
  return byte;
}

void board_mark(bool level) {
  if (level) {
    drain();
    cli();
    PORTB |= MARK_PIN;
  } else {
    PORTB &= (uint8_t)~MARK_PIN;
    sei();
  }
}

void board_delay_us(uint16_t us) {
  while (us-- != 0u) _delay_loop_2(4); /* 4 cycles a turn: 16 cycles, plus the loop around it */
}

/* Call it with interrupts off; they are on afterwards. */
static void sleep_until_interrupt(void) {
  PORTB |= SLEEP_PIN;
  SMCR = 1 << SE; /* SM2..0 = 0: idle, from which the serial port can wake the core */
  sei(); /* takes effect after the next instruction, so a byte cannot slip in before SLEEP */
  sleep_cpu();
  SMCR = 0;
  PORTB &= (uint8_t)~SLEEP_PIN;
}

void board_sleep_until_rx(void) {
  cli();
  if (ring_tail == ring_head) sleep_until_interrupt();
  sei();
}

/* A new prescaler is taken within four cycles of the first write, so both values are ready before.
 */
static void set_watchdog(uint8_t mode) {
  wdt_reset();
  WDTCSR = (1 << WDCE) | (1 << WDE);
  WDTCSR = mode;
}

static void nap(uint8_t log2) {
  cli();
  nap_is_over = false;
  set_watchdog((uint8_t)((1 << WDIE) | (log2 & 7u) | ((log2 & 8u) != 0u ? 1 << WDP3 : 0)));
  while (!nap_is_over) {
    sleep_until_interrupt();
    cli();
  }
  set_watchdog(0);
  sei();
}

/* The watchdog's interrupt: it runs from an oscillator of its own, while a timer would need the I/O
 * clock that is off for it as long as the core waits for a byte. That oscillator is good to a
 * tenth, and the last nap is a whole one. */
void board_idle_ms(uint16_t ms) {
  uint8_t log2 = longest_nap_log2;
  uint16_t nap_ms = (uint16_t)(shortest_nap_ms << longest_nap_log2);
  while (ms != 0u) {
    for (; log2 != 0u && nap_ms > ms; --log2) nap_ms >>= 1;
    nap(log2);
    ms = ms > nap_ms ? (uint16_t)(ms - nap_ms) : 0u;
  }
}

uint32_t board_time_us(void) {
#if JR_ENERGY_MODE
  return 0;
#else
  const uint8_t status = SREG;
  cli();
  uint16_t ticks = TCNT1;
  uint16_t high = overflows;
  if ((TIFR1 & (1 << TOV1)) != 0) { /* wrapped, and its interrupt is waiting */
    ticks = TCNT1;
    ++high;
  }
  SREG = status;
  return (((uint32_t)high << 16) | ticks) << ticks_per_us_shift;
#endif
}

const char* board_name(void) { return JR_TEXT("ATmega2560"); }
