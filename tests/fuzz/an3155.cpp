// libFuzzer target: any bytes into the boot loader's protocol machine, on a part of twelve sectors.
// Checks that memory stays within the part, that answers are bounded, and that 0x7F leads back in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "firmware/boards/mps2-an386/boot/flash.h"
#include "firmware/bootloaders/an3155/protocol.h"

namespace {

constexpr std::uint32_t kBase = 0x08000000;

struct Part {
  std::vector<std::uint8_t> flash = std::vector<std::uint8_t>(flash_bytes, 0xFF);
  std::size_t sent = 0;
  std::uint8_t last = 0;
};

Part& of(void* self) { return *static_cast<Part*>(self); }

bool inside(std::uint32_t address, std::uint32_t count) {
  return address >= kBase && count <= flash_bytes && address - kBase <= flash_bytes - count;
}

an3155_part functions(Part& part) {
  an3155_part f{};
  f.context = &part;
  f.chip_id = 0x413;
  f.sectors = flash_sectors;
  f.send = [](void* self, std::uint8_t byte) {
    ++of(self).sent;
    of(self).last = byte;
  };
  f.read = [](void* self, std::uint32_t address, std::uint16_t count) -> const std::uint8_t* {
    return inside(address, count) ? of(self).flash.data() + (address - kBase) : nullptr;
  };
  f.writable = [](void*, std::uint32_t address, std::uint16_t count) {
    return inside(address, count);
  };
  f.program = [](void* self, std::uint32_t address, const std::uint8_t* bytes,
                 std::uint16_t count) {
    if (!inside(address, count) || count > an3155_most_bytes) std::abort();
    flash_program(of(self).flash.data(), address - kBase, bytes, count, flash_no_worn_cell);
  };
  f.erase = [](void* self, std::uint16_t sector) {
    if (sector >= flash_sectors) std::abort();
    of(self).flash[flash_sector_start(sector)] = 0xFF;  // all of it would be too slow to fuzz
  };
  f.startable = [](void*, std::uint32_t address) { return address == kBase; };
  f.start = [](void*, std::uint32_t address) {
    if (address != kBase) std::abort();
  };
  return f;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static Part part;
  const an3155_part f = functions(part);
  an3155_loader loader;
  an3155_init(&loader, &f);
  an3155_receive(&loader, an3155_sync);
  for (const std::uint8_t byte : std::span(bytes, size)) {
    part.sent = 0;
    an3155_receive(&loader, byte);
    if (part.sent > 1 + an3155_most_bytes) std::abort();
    if (loader.length >= sizeof loader.frame) std::abort();  // a full frame has been dealt with
  }
  for (std::size_t i = 0; i < 8 + sizeof loader.frame; ++i) an3155_receive(&loader, an3155_sync);
  if (loader.stage != an3155_command || part.last != an3155_ack) std::abort();
  return 0;
}
