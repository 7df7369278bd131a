/* Erasing and programming as the memory cells do it, without their time.
 * Never refuses: an address is checked before it comes here. */
#include "firmware/boards/mps2-an386/boot/flash.h"

enum { kib = 1024 };

uint32_t flash_sector_start(uint16_t sector) {
  if (sector <= 4u) return sector * 16u * kib;
  return (sector - 4u) * 128u * kib;
}

void flash_erase(uint8_t* flash, uint16_t sector) {
  const uint32_t end = flash_sector_start((uint16_t)(sector + 1u));
  for (uint32_t at = flash_sector_start(sector); at < end; ++at) flash[at] = 0xFF;
}

void flash_program(uint8_t* flash, uint32_t offset, const uint8_t* bytes, uint16_t count,
                   int32_t worn_cell) {
  for (uint16_t i = 0; i < count; ++i) {
    uint8_t* const cell = flash + offset + i;
    const uint8_t left = *cell & bytes[i];
    const bool worn = worn_cell >= 0 && offset + i == (uint32_t)worn_cell;
    *cell = worn && left != *cell ? 0u : left;
  }
}
