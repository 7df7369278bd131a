/* The boot loader of the MPS2 board: a program from flash when BOOT0 is low, else AN3155 on UART 0.
 * Never runs a timer and never gives up waiting: emulated time may run ahead of the host's. */
#include <stddef.h>

#include "firmware/boards/mps2-an386/boot/flash.h"
#include "firmware/boards/mps2-an386/registers.h"
#include "firmware/bootloaders/an3155/protocol.h"

/* What a host sees at 0x08000000 is the start of the PSRAM; the last words of the PSRAM stand for
 * what is no memory on a real part: the level of the BOOT0 pin, and a cell to be found worn out. */
#define FLASH ((uint8_t*)0x21000000u)
#define BOOT0 JR_REGISTER(0x21FFFFFCu)
#define WORN_CELL JR_REGISTER(0x21FFFFF8u)
#define FLASH_ADDRESS 0x08000000u
#define PROGRAM_RAM 0x20000000u
#define PROGRAM_RAM_END 0x20030000u
#define BOOT0_HIGH 0x424F4F54u
#define WORN_CELL_TAG 0xA5000000u
#define WORN_CELL_TAG_MASK 0xFF000000u

enum { chip_id_stm32f405 = 0x413 };

static bool inside(uint32_t address, uint32_t count) {
  return address >= FLASH_ADDRESS && count <= flash_bytes &&
         address - FLASH_ADDRESS <= flash_bytes - count;
}

static int32_t worn_cell(void) {
  const uint32_t word = WORN_CELL;
  if ((word & WORN_CELL_TAG_MASK) != WORN_CELL_TAG) return flash_no_worn_cell;
  return (int32_t)(word & ~WORN_CELL_TAG_MASK);
}

static void part_send(void* context, uint8_t byte) {
  (void)context;
  uart_send(byte);
}

static const uint8_t* part_read(void* context, uint32_t address, uint16_t count) {
  (void)context;
  return inside(address, count) ? FLASH + (address - FLASH_ADDRESS) : NULL;
}

/* A real part also lets its RAM be written, for code that a host wants to start there; no such code
 * was built for this memory map, so it is refused. */
static bool part_writable(void* context, uint32_t address, uint16_t count) {
  (void)context;
  return inside(address, count);
}

static void part_program(void* context, uint32_t address, const uint8_t* bytes, uint16_t count) {
  (void)context;
  flash_program(FLASH, address - FLASH_ADDRESS, bytes, count, worn_cell());
}

static void part_erase(void* context, uint16_t sector) {
  (void)context;
  flash_erase(FLASH, sector);
}

/* Not erased, not wild: a stack in the program's RAM, and a Thumb reset vector that lies in flash.
 */
static bool plausible(const uint32_t* vectors) {
  const uint32_t stack = vectors[0], reset = vectors[1];
  return stack > PROGRAM_RAM && stack <= PROGRAM_RAM_END && stack % 4u == 0u && reset % 2u == 1u &&
         reset > (uint32_t)(uintptr_t)FLASH && reset < (uint32_t)(uintptr_t)FLASH + flash_bytes;
}

static const uint32_t* vectors_at(uint32_t address) {
  return (const uint32_t*)(uintptr_t)(FLASH + (address - FLASH_ADDRESS));
}

/* A vector table of 48 words must lie on a multiple of 256 bytes. */
static bool part_startable(void* context, uint32_t address) {
  (void)context;
  return inside(address, 256) && address % 256u == 0u && plausible(vectors_at(address));
}

/* As after a reset, but for the vectors: the program finds no interrupt enabled and no byte
 * waiting. */
static void part_start(void* context, uint32_t address) {
  (void)context;
  const uint32_t* const vectors = vectors_at(address);
  const uint32_t stack = vectors[0], reset = vectors[1];
  while ((UART_STATE & uart_tx_full) != 0u) {
  }
  UART_CTRL = 0;
  UART_INTCLEAR = uart_rx_irq;
  NVIC_DISABLE = uart_rx_interrupt;
  NVIC_UNPEND = uart_rx_interrupt;
  SCB_VTOR = (uint32_t)(uintptr_t)vectors;
  __asm volatile(
      "dsb\n\t"
      "msr msp, %0\n\t"
      "isb\n\t"
      "cpsie i\n\t"
      "bx %1"
      :
      : "r"(stack), "r"(reset)
      : "memory");
  __builtin_unreachable();
}

static const an3155_part part = {.context = NULL,
                                 .chip_id = chip_id_stm32f405,
                                 .sectors = flash_sectors,
                                 .send = part_send,
                                 .read = part_read,
                                 .writable = part_writable,
                                 .program = part_program,
                                 .erase = part_erase,
                                 .startable = part_startable,
                                 .start = part_start};

/* Interrupts stay masked: a byte only has to end the wait. */
static uint8_t receive(void) {
  while ((UART_STATE & uart_rx_full) == 0u) {
    sleep_until_pending();
    NVIC_UNPEND = uart_rx_interrupt; /* before the line falls: what comes later must pend anew */
    UART_INTCLEAR = uart_rx_irq;
  }
  return (uint8_t)UART_DATA;
}

int main(void) {
  static an3155_loader loader;
  interrupts_off();
  pins_low();
  if (BOOT0 != BOOT0_HIGH && part_startable(NULL, FLASH_ADDRESS)) part_start(NULL, FLASH_ADDRESS);
  UART_BAUDDIV = uart_divider;
  UART_CTRL = uart_tx_on | uart_rx_on | uart_rx_irq_on;
  NVIC_ENABLE = uart_rx_interrupt;
  an3155_init(&loader, &part);
  for (;;) an3155_receive(&loader, receive());
}
