/* What the program and the boot loader of an MPS2 board with AN386 (Cortex-M4F) use of its
 * registers. Never a peripheral that neither of them touches. Sources: Arm DAI 0386 (AN386), Arm
 * DDI 0479 (Cortex-M System Design Kit), Arm DDI 0403 (ARMv7-M). */
#ifndef JR_BOARDS_MPS2_AN386_REGISTERS_H
#define JR_BOARDS_MPS2_AN386_REGISTERS_H

#include <stdint.h>

#define JR_REGISTER(address) (*(volatile uint32_t*)(address))

#define UART_DATA JR_REGISTER(0x40004000u)
#define UART_STATE JR_REGISTER(0x40004004u)
#define UART_CTRL JR_REGISTER(0x40004008u)
#define UART_INTCLEAR JR_REGISTER(0x4000400Cu)
#define UART_BAUDDIV JR_REGISTER(0x40004010u)

/* GPIO 0, pin 0 is MARK; GPIO 1, pin 0 is SLEEP. Setting and clearing the output enable are two
 * addresses, so whoever watches the bus tells a rise from a fall without the value; outside, a
 * pull-down resistor and the output register's one make a level of it. */
#define MARK_OUT JR_REGISTER(0x40010004u)
#define MARK_RISE JR_REGISTER(0x40010010u)
#define MARK_FALL JR_REGISTER(0x40010014u)
#define SLEEP_OUT JR_REGISTER(0x40011004u)
#define SLEEP_RISE JR_REGISTER(0x40011010u)
#define SLEEP_FALL JR_REGISTER(0x40011014u)

/* APB timer 0: counts down at 25 MHz. */
#define TIMER0_CTRL JR_REGISTER(0x40000000u)
#define TIMER0_VALUE JR_REGISTER(0x40000004u)
#define TIMER0_INTCLEAR JR_REGISTER(0x4000000Cu)

#define SYSTICK_CTRL JR_REGISTER(0xE000E010u)
#define SYSTICK_LOAD JR_REGISTER(0xE000E014u)
#define SYSTICK_VALUE JR_REGISTER(0xE000E018u)
#define NVIC_ENABLE JR_REGISTER(0xE000E100u)
#define NVIC_DISABLE JR_REGISTER(0xE000E180u)
#define NVIC_UNPEND JR_REGISTER(0xE000E280u)
#define SCB_ICSR JR_REGISTER(0xE000ED04u)
#define SCB_VTOR JR_REGISTER(0xE000ED08u)

enum {
  uart_tx_full = 1 << 0, /* of UART_STATE */
  uart_rx_full = 1 << 1,
  uart_tx_on = 1 << 0, /* of UART_CTRL */
  uart_rx_on = 1 << 1,
  uart_rx_irq_on = 1 << 3,
  uart_rx_irq = 1 << 1,        /* of UART_INTCLEAR */
  uart_divider = 217,          /* 25 MHz / 217 = 115,207 baud */
  uart_rx_interrupt = 1 << 0,  /* number 0 of the NVIC */
  timer0_on = 1 << 0 | 1 << 3, /* of TIMER0_CTRL: counting, interrupt */
  timer0_interrupt = 1 << 8    /* number 8 of the NVIC */
};

static inline void interrupts_off(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void interrupts_on(void) { __asm volatile("cpsie i" ::: "memory"); }

/** The core stops until an interrupt is pending, masked or not, and wakes with SLEEP low again.
 *  Call it with interrupts off: then nothing can slip in between the caller's test and the stop. */
static inline void sleep_until_pending(void) {
  SLEEP_RISE = 1;
  __asm volatile("dsb\n\twfi" ::: "memory");
  SLEEP_FALL = 1;
}

static inline void pins_low(void) {
  MARK_FALL = 1;
  SLEEP_FALL = 1;
  MARK_OUT = 1;
  SLEEP_OUT = 1;
}

static inline void uart_send(uint8_t byte) {
  while ((UART_STATE & uart_tx_full) != 0u) {
  }
  UART_DATA = byte;
}

#endif
