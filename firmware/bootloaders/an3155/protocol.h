/* The serial boot loader protocol of STM32 parts (ST application note AN3155): bytes in, bytes out.
 * Never touches a register: what it can do to a part goes through the functions it is given. */
#ifndef JR_BOOTLOADERS_AN3155_PROTOCOL_H
#define JR_BOOTLOADERS_AN3155_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  an3155_sync = 0x7F,
  an3155_ack = 0x79,
  an3155_nack = 0x1F,
  an3155_most_sectors = 128, /**< more would need a longer frame */
  an3155_most_bytes = 256    /**< of one Read or Write Memory */
};

/** The part behind the protocol. Every function gets `context`; addresses are the part's own. */
typedef struct {
  void* context;
  uint16_t chip_id;
  uint16_t sectors; /**< 1..an3155_most_sectors, numbered from 0 */
  void (*send)(void* context, uint8_t byte);
  /** `count` bytes from `address` on, or NULL unless all of them may be read. */
  const uint8_t* (*read)(void* context, uint32_t address, uint16_t count);
  bool (*writable)(void* context, uint32_t address, uint16_t count);
  /** Only for a place that `writable` has allowed; what it does not manage shows when read back. */
  void (*program)(void* context, uint32_t address, const uint8_t* bytes, uint16_t count);
  void (*erase)(void* context, uint16_t sector);
  bool (*startable)(void* context, uint32_t address); /**< a program's vectors are there */
  void (*start)(void* context, uint32_t address);     /**< does not return on a real part */
} an3155_part;

typedef enum {
  an3155_unsynced,   /**< nothing but 0x7F is answered */
  an3155_command,    /**< the next byte is a command, or 0x7F again */
  an3155_complement, /**< and this one its complement */
  an3155_address,
  an3155_body
} an3155_stage;

typedef struct {
  const an3155_part* part;
  an3155_stage stage;
  uint8_t command;
  uint32_t address;
  uint16_t length; /**< bytes of the current frame so far */
  uint8_t frame[2 + 2 * an3155_most_sectors + 1];
} an3155_loader;

void an3155_init(an3155_loader* loader, const an3155_part* part);

/** Takes one byte and sends whatever it completes. A frame that is refused (NACK) is forgotten, and
 *  0x7F where a command may begin is always acknowledged, so a host finds its way back in. A frame
 *  that was cut off waits for its rest: there is no time-out here, nor in the application note. */
void an3155_receive(an3155_loader* loader, uint8_t byte);

#ifdef __cplusplus
}
#endif
#endif
