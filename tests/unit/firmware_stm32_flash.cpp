// The flash that the MPS2 boot loader shows its host: an STM32F405's sectors, ones and zeros.
// Never needs an emulator: the same C, compiled for the host.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <vector>

#include "firmware/boards/mps2-an386/boot/flash.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

void program(Bytes& flash, std::uint32_t offset, const Bytes& bytes,
             std::int32_t worn = flash_no_worn_cell) {
  flash_program(flash.data(), offset, bytes.data(), static_cast<std::uint16_t>(bytes.size()), worn);
}

}  // namespace

TEST_CASE("the sectors are four of 16 KiB, one of 64 KiB and seven of 128 KiB, without a hole") {
  const std::vector<std::uint32_t> kib{16, 16, 16, 16, 64, 128, 128, 128, 128, 128, 128, 128};
  REQUIRE(kib.size() == flash_sectors);
  std::uint32_t start = 0;
  for (std::uint16_t sector = 0; sector < flash_sectors; ++sector) {
    CHECK(flash_sector_start(sector) == start);
    start += kib[sector] * 1024;
  }
  CHECK(flash_sector_start(flash_sectors) == start);
  CHECK(start == flash_bytes);
}

TEST_CASE("erasing a sector sets all of it to ones and no byte beside it") {
  for (std::uint16_t sector = 0; sector < flash_sectors; ++sector) {
    Bytes flash(flash_bytes, 0x5A);
    flash_erase(flash.data(), sector);
    const std::uint32_t start = flash_sector_start(sector);
    const std::uint32_t end = flash_sector_start(static_cast<std::uint16_t>(sector + 1));
    std::uint32_t wrong = 0;
    for (std::uint32_t at = 0; at < flash_bytes; ++at)
      wrong += flash[at] != (at >= start && at < end ? 0xFF : 0x5A);
    CAPTURE(sector);
    CHECK(wrong == 0);
  }
}

TEST_CASE("programming clears bits and sets none, whatever was there") {
  CHECK(rc::check([] {
    const auto before = *rc::gen::container<Bytes>(64, rc::gen::arbitrary<std::uint8_t>());
    const auto bytes = *rc::gen::container<Bytes>(32, rc::gen::arbitrary<std::uint8_t>());
    const auto offset = *rc::gen::inRange<std::uint32_t>(0, 33);
    Bytes flash = before;
    program(flash, offset, bytes);
    for (std::uint32_t i = 0; i < flash.size(); ++i) {
      const bool inside = i >= offset && i < offset + bytes.size();
      RC_ASSERT(flash[i] == (inside ? before[i] & bytes[i - offset] : before[i]));
    }
  }));
}

TEST_CASE("a worn cell keeps its value or loses all its ones, and its neighbours are well") {
  Bytes flash(4, 0xFF);
  program(flash, 0, {0xFF, 0xFF, 0xFF, 0xFF}, 2);
  CHECK(flash == Bytes{0xFF, 0xFF, 0xFF, 0xFF});
  program(flash, 0, {0x7F, 0x7F, 0x7F, 0x7F}, 2);
  CHECK(flash == Bytes{0x7F, 0x7F, 0x00, 0x7F});
  program(flash, 1, {0x70}, 0);
  CHECK(flash == Bytes{0x7F, 0x70, 0x00, 0x7F});
}
