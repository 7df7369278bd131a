/* Frames, their checks and the eight commands that the loader knows; every other one is refused.
 * Never acts on a frame before its last check has passed. */
#include "firmware/bootloaders/an3155/protocol.h"

#include <stddef.h>

enum {
  get = 0x00,
  get_version = 0x01,
  get_id = 0x02,
  read_memory = 0x11,
  go = 0x21,
  write_memory = 0x31,
  extended_erase = 0x44,
  protocol_version = 0x31, /* 3.1, as an STM32F405 says */
  special_erase = 0xFFF0,  /* from here on N is a code, not a count */
  mass_erase = 0xFFFF      /* FFFE and FFFD are single banks, which this part does not have */
};

static void send(const an3155_loader* l, uint8_t byte) { l->part->send(l->part->context, byte); }

static void expect(an3155_loader* l, an3155_stage stage) {
  l->stage = stage;
  l->length = 0;
}

static void refuse(an3155_loader* l) {
  expect(l, an3155_command);
  send(l, an3155_nack);
}

static void acknowledge(an3155_loader* l, an3155_stage next) {
  expect(l, next);
  send(l, an3155_ack);
}

static uint8_t exclusive_or(const uint8_t* bytes, uint16_t count) {
  uint8_t sum = 0;
  while (count-- != 0u) sum ^= *bytes++;
  return sum;
}

static void answer(an3155_loader* l, const uint8_t* bytes, uint8_t count) {
  acknowledge(l, an3155_command);
  send(l, (uint8_t)(count - 1u));
  for (uint8_t i = 0; i < count; ++i) send(l, bytes[i]);
  send(l, an3155_ack);
}

static void answer_version(an3155_loader* l) {
  acknowledge(l, an3155_command);
  send(l, protocol_version);
  send(l, 0); /* two option bytes that the note keeps for compatibility */
  send(l, 0);
  send(l, an3155_ack);
}

static void begin(an3155_loader* l) {
  static const uint8_t known[] = {protocol_version, get, get_version,  get_id,
                                  read_memory,      go,  write_memory, extended_erase};
  const uint8_t id[] = {(uint8_t)(l->part->chip_id >> 8), (uint8_t)l->part->chip_id};
  switch (l->command) {
    case get:
      answer(l, known, sizeof known);
      break;
    case get_version:
      answer_version(l);
      break;
    case get_id:
      answer(l, id, sizeof id);
      break;
    case read_memory:
    case go:
    case write_memory:
      acknowledge(l, an3155_address);
      break;
    case extended_erase:
      acknowledge(l, an3155_body);
      break;
    default: /* protection is not modelled: honest hosts see that it is missing */
      refuse(l);
  }
}

static bool address_allowed(const an3155_loader* l) {
  const an3155_part* part = l->part;
  switch (l->command) {
    case read_memory:
      return part->read(part->context, l->address, 1) != NULL;
    case write_memory: /* flash is written in words */
      return l->address % 4u == 0u && part->writable(part->context, l->address, 4);
    default:
      return part->startable(part->context, l->address);
  }
}

static void take_address(an3155_loader* l) {
  const uint8_t* f = l->frame;
  if (l->length < 5u) return;
  l->address = (uint32_t)f[0] << 24 | (uint32_t)f[1] << 16 | (uint32_t)f[2] << 8 | f[3];
  if (exclusive_or(f, 4) != f[4] || !address_allowed(l)) {
    refuse(l);
  } else if (l->command == go) {
    acknowledge(l, an3155_command);
    l->part->start(l->part->context, l->address);
  } else {
    acknowledge(l, an3155_body);
  }
}

static void take_read(an3155_loader* l) {
  if (l->length < 2u) return;
  const uint16_t count = (uint16_t)(l->frame[0] + 1u);
  const uint8_t* bytes = l->part->read(l->part->context, l->address, count);
  if ((l->frame[0] ^ l->frame[1]) != 0xFF || bytes == NULL) {
    refuse(l);
    return;
  }
  acknowledge(l, an3155_command);
  for (uint16_t i = 0; i < count; ++i) send(l, bytes[i]);
}

static void take_write(an3155_loader* l) {
  const uint16_t count = (uint16_t)(l->frame[0] + 1u);
  if (l->length < count + 2u) return;
  if (exclusive_or(l->frame, (uint16_t)(count + 1u)) != l->frame[count + 1u] || count % 4u != 0u ||
      !l->part->writable(l->part->context, l->address, count)) {
    refuse(l);
    return;
  }
  l->part->program(l->part->context, l->address, l->frame + 1, count);
  acknowledge(l, an3155_command);
}

static uint16_t sector(const an3155_loader* l, uint16_t index) {
  const uint8_t* f = l->frame + 2u + 2u * index;
  return (uint16_t)(f[0] << 8 | f[1]);
}

static void erase_all(an3155_loader* l) {
  for (uint16_t i = 0; i < l->part->sectors; ++i) l->part->erase(l->part->context, i);
}

static void take_erase(an3155_loader* l) {
  if (l->length < 2u) return;
  const uint16_t n = (uint16_t)(l->frame[0] << 8 | l->frame[1]);
  const bool special = n >= special_erase;
  if (!special && n >= l->part->sectors) {
    refuse(
        l); /* at once: waiting for up to 128 KiB of sector numbers would look like a dead part */
    return;
  }
  const uint16_t count = special ? 0u : (uint16_t)(n + 1u);
  const uint16_t check = (uint16_t)(2u + 2u * count);
  if (l->length <= check) return;
  bool right = exclusive_or(l->frame, check) == l->frame[check] && (!special || n == mass_erase);
  for (uint16_t i = 0; i < count; ++i) right = right && sector(l, i) < l->part->sectors;
  if (!right) {
    refuse(l);
    return;
  }
  if (special) erase_all(l);
  for (uint16_t i = 0; i < count; ++i) l->part->erase(l->part->context, sector(l, i));
  acknowledge(l, an3155_command);
}

static void take_body(an3155_loader* l) {
  if (l->command == read_memory)
    take_read(l);
  else if (l->command == write_memory)
    take_write(l);
  else
    take_erase(l);
}

static void take_command(an3155_loader* l, uint8_t byte) {
  if (byte == an3155_sync) {
    acknowledge(l, an3155_command);
  } else {
    l->command = byte;
    expect(l, an3155_complement);
  }
}

void an3155_init(an3155_loader* l, const an3155_part* part) {
  l->part = part;
  l->command = 0;
  l->address = 0;
  expect(l, an3155_unsynced);
}

void an3155_receive(an3155_loader* l, uint8_t byte) {
  switch (l->stage) {
    case an3155_unsynced:
      if (byte == an3155_sync) acknowledge(l, an3155_command);
      break;
    case an3155_command:
      take_command(l, byte);
      break;
    case an3155_complement:
      if ((byte ^ l->command) == 0xFF)
        begin(l);
      else
        refuse(l);
      break;
    case an3155_address:
      l->frame[l->length++] = byte;
      take_address(l);
      break;
    case an3155_body:
      l->frame[l->length++] = byte;
      take_body(l);
      break;
  }
}
