/* The flash of an STM32F405 on plain memory: sectors, erasing to ones, programming to zeros.
 * Never a register; the same C runs natively in the tests. */
#ifndef JR_BOARDS_MPS2_AN386_BOOT_FLASH_H
#define JR_BOARDS_MPS2_AN386_BOOT_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { flash_sectors = 12, flash_bytes = 1024 * 1024, flash_no_worn_cell = -1 };

/** First byte of a sector, 0..flash_sectors: 4 x 16 KiB, 64 KiB, 7 x 128 KiB (ST RM0090, table of
 *  the flash module's organisation). `flash_sectors` gives the end of the last one. */
uint32_t flash_sector_start(uint16_t sector);

/** All ones from the sector's start to its end. */
void flash_erase(uint8_t* flash, uint16_t sector);

/** Programs `count` bytes at `offset`: a one can become a zero, a zero stays. The byte at
 *  `worn_cell`, when there is one, loses all its ones as soon as it loses any. */
void flash_program(uint8_t* flash, uint32_t offset, const uint8_t* bytes, uint16_t count,
                   int32_t worn_cell);

#ifdef __cplusplus
}
#endif
#endif
