// The boot loader protocol against a host that counts every byte, on a part of three sectors.
// Never needs an emulator, and never trusts a frame that the application note would refuse.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "firmware/bootloaders/an3155/protocol.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t base = 0x08000000, sector_bytes = 1024, sectors = 3;
constexpr std::uint32_t flash_end = base + sectors * sector_bytes;
const Bytes ack{an3155_ack}, nack{an3155_nack};

// A part whose memory may be read and written from `base` to `flash_end`, and started at `base`.
struct Part {
  Bytes memory = Bytes(sectors * sector_bytes, 0x00);
  Bytes sent;
  std::vector<std::uint16_t> erased;
  std::vector<std::uint32_t> started;
  an3155_part functions{};
  an3155_loader loader{};

  Part() {
    functions.context = this;
    functions.chip_id = 0x413;
    functions.sectors = sectors;
    functions.send = [](void* self, std::uint8_t byte) { of(self).sent.push_back(byte); };
    functions.read = [](void* self, std::uint32_t address, std::uint16_t count) {
      return inside(address, count) ? std::as_const(of(self).memory).data() + (address - base)
                                    : nullptr;
    };
    functions.writable = [](void*, std::uint32_t address, std::uint16_t count) {
      return inside(address, count);
    };
    functions.program = [](void* self, std::uint32_t address, const std::uint8_t* bytes,
                           std::uint16_t count) {
      REQUIRE(inside(address, count));
      std::copy_n(bytes, count, of(self).memory.begin() + (address - base));
    };
    functions.erase = [](void* self, std::uint16_t sector) {
      REQUIRE(sector < sectors);
      of(self).erased.push_back(sector);
    };
    functions.startable = [](void*, std::uint32_t address) { return address == base; };
    functions.start = [](void* self, std::uint32_t address) {
      CHECK(of(self).sent.back() == an3155_ack);  // the host has its answer before the jump
      of(self).started.push_back(address);
    };
    an3155_init(&loader, &functions);
  }
  Part(const Part&) = delete;

  static Part& of(void* self) { return *static_cast<Part*>(self); }
  static bool inside(std::uint32_t address, std::uint32_t count) {
    return address >= base && address < flash_end && count <= flash_end - address;
  }

  // What the loader sends in answer to these bytes.
  Bytes ask(const Bytes& bytes) {
    sent.clear();
    for (const std::uint8_t byte : bytes) an3155_receive(&loader, byte);
    return sent;
  }
  Bytes command(std::uint8_t code) { return ask({code, static_cast<std::uint8_t>(~code)}); }
  bool in_sync() {
    return ask({an3155_sync}) == ack && command(0x02) == Bytes{0x79, 1, 4, 0x13, 0x79};
  }
};

struct Synced : Part {
  Synced() { REQUIRE(ask({an3155_sync}) == ack); }
};

std::uint8_t check_byte(const Bytes& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), std::uint8_t{0},
                         [](std::uint8_t a, std::uint8_t b) { return std::uint8_t(a ^ b); });
}

Bytes checked(Bytes bytes) {
  bytes.push_back(check_byte(bytes));
  return bytes;
}

Bytes address_frame(std::uint32_t address) {
  return checked({std::uint8_t(address >> 24), std::uint8_t(address >> 16),
                  std::uint8_t(address >> 8), std::uint8_t(address)});
}

Bytes write_frame(const Bytes& content) {
  Bytes frame{std::uint8_t(content.size() - 1)};
  frame.insert(frame.end(), content.begin(), content.end());
  return checked(frame);
}

Bytes erase_frame(const std::vector<std::uint16_t>& numbers) {
  Bytes frame{std::uint8_t((numbers.size() - 1) >> 8), std::uint8_t(numbers.size() - 1)};
  for (const std::uint16_t n : numbers) {
    frame.push_back(std::uint8_t(n >> 8));
    frame.push_back(std::uint8_t(n));
  }
  return checked(frame);
}

Bytes counting(int count) {
  Bytes bytes(static_cast<std::size_t>(count));
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}

Bytes any_bytes(int most) {
  const int count = *rc::gen::inRange(0, most);
  return *rc::gen::container<Bytes>(static_cast<std::size_t>(count),
                                    rc::gen::arbitrary<std::uint8_t>());
}

}  // namespace

TEST_CASE(
    "before 0x7F nothing is answered, and 0x7F is acknowledged whenever a command may begin") {
  Part part;
  CHECK(part.ask({0x00, 0xFF, 0x79, 0x80}).empty());
  CHECK(part.ask({an3155_sync}) == ack);
  CHECK(part.ask({an3155_sync, an3155_sync}) == Bytes{0x79, 0x79});
  CHECK(part.in_sync());
}

TEST_CASE("Get, Get Version and Get ID answer as an STM32F405 does, with the commands there are") {
  Synced part;
  CHECK(part.command(0x00) == Bytes{0x79, 7, 0x31, 0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x44, 0x79});
  CHECK(part.command(0x01) == Bytes{0x79, 0x31, 0, 0, 0x79});
  CHECK(part.command(0x02) == Bytes{0x79, 1, 0x04, 0x13, 0x79});
}

TEST_CASE("every command that Get does not list is refused, protection among them") {
  Synced part;
  const Bytes listed{0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x44};
  for (int code = 0; code < 256; ++code) {
    if (std::count(listed.begin(), listed.end(), code) != 0 || code == an3155_sync) continue;
    CAPTURE(code);
    CHECK(part.command(static_cast<std::uint8_t>(code)) == nack);
    CHECK(part.in_sync());
  }
}

TEST_CASE("a command whose complement is wrong is refused and forgotten") {
  Synced part;
  for (const std::uint8_t code : Bytes{0x00, 0x11, 0x21, 0x31, 0x44})
    for (int wrong = 0; wrong < 256; ++wrong) {
      if (wrong == (~code & 0xFF)) continue;
      CHECK(part.ask({code, static_cast<std::uint8_t>(wrong)}) == nack);
    }
  CHECK(part.in_sync());
}

TEST_CASE("memory is read back byte by byte, up to its last one") {
  Synced part;
  std::iota(part.memory.begin(), part.memory.end(), std::uint8_t{0});
  CHECK(part.command(0x11) == ack);
  CHECK(part.ask(address_frame(base + 5)) == ack);
  CHECK(part.ask({2, 0xFD}) == Bytes{0x79, 5, 6, 7});
  part.command(0x11);
  part.ask(address_frame(flash_end - 256));
  Bytes expected{0x79};
  expected.insert(expected.end(), part.memory.end() - 256, part.memory.end());
  CHECK(part.ask({0xFF, 0x00}) == expected);
  part.command(0x11);
  part.ask(address_frame(flash_end - 1));
  CHECK(part.ask({0, 0xFF}) == Bytes{0x79, part.memory.back()});
}

TEST_CASE("a read past the end, of no memory, or with a wrong check is refused") {
  Synced part;
  part.command(0x11);
  CHECK(part.ask(address_frame(flash_end - 1)) == ack);
  CHECK(part.ask({1, 0xFE}) == nack);
  CHECK(part.in_sync());
  part.command(0x11);
  CHECK(part.ask(address_frame(base)) == ack);
  CHECK(part.ask({1, 0xFF}) == nack);
  CHECK(part.in_sync());
  for (const std::uint32_t wrong : {0x20000000u, base - 1, flash_end, 0xFFFFFFFFu, 0u}) {
    CAPTURE(wrong);
    part.command(0x11);
    CHECK(part.ask(address_frame(wrong)) == nack);
    CHECK(part.in_sync());
  }
}

TEST_CASE("a write of up to 256 bytes is programmed and acknowledged once") {
  Synced part;
  for (const int count : {4, 8, 256}) {
    CAPTURE(count);
    const Bytes content = counting(count);
    CHECK(part.command(0x31) == ack);
    CHECK(part.ask(address_frame(flash_end - 256)) == ack);
    CHECK(part.ask(write_frame(content)) == ack);
    CHECK(std::equal(content.begin(), content.end(), part.memory.end() - 256));
  }
}

TEST_CASE("a write with a wrong check, in part words, off a word or past the end changes nothing") {
  Synced part;
  const Bytes before = part.memory;
  const auto write = [&part](std::uint32_t address, const Bytes& frame) {
    part.command(0x31);
    if (const Bytes answer = part.ask(address_frame(address)); answer != ack) return answer;
    return part.ask(frame);
  };
  Bytes wrong_check = write_frame(counting(4));
  wrong_check.back() ^= 1;
  CHECK(write(base, wrong_check) == nack);
  CHECK(part.in_sync());
  CHECK(write(base, write_frame(counting(3))) == nack);
  CHECK(part.in_sync());
  CHECK(write(base + 2, write_frame(counting(4))) == nack);
  CHECK(part.in_sync());
  CHECK(write(flash_end - 4, write_frame(counting(8))) == nack);
  CHECK(part.in_sync());
  CHECK(write(0x20003000, write_frame(counting(4))) == nack);
  CHECK(part.in_sync());
  CHECK(part.memory == before);
}

TEST_CASE("an address with a wrong check is refused for every command that takes one") {
  for (const std::uint8_t code : Bytes{0x11, 0x21, 0x31}) {
    Synced part;
    CHECK(part.command(code) == ack);
    Bytes frame = address_frame(base);
    frame.back() ^= 0x40;
    CHECK(part.ask(frame) == nack);
    CHECK(part.in_sync());
    CHECK(part.started.empty());
  }
}

TEST_CASE("an erase of named sectors erases these, in their order") {
  Synced part;
  CHECK(part.command(0x44) == ack);
  CHECK(part.ask(erase_frame({2, 0})) == ack);
  CHECK(part.erased == std::vector<std::uint16_t>{2, 0});
  part.erased.clear();
  part.command(0x44);
  CHECK(part.ask(erase_frame({0, 1, 2})) == ack);
  CHECK(part.erased == std::vector<std::uint16_t>{0, 1, 2});
}

TEST_CASE("a mass erase erases every sector; single banks and reserved codes are refused") {
  Synced part;
  part.command(0x44);
  CHECK(part.ask({0xFF, 0xFF, 0x00}) == ack);
  CHECK(part.erased == std::vector<std::uint16_t>{0, 1, 2});
  part.erased.clear();
  for (int code = 0xF0; code < 0xFF; ++code) {
    const auto low = static_cast<std::uint8_t>(code);
    CAPTURE(code);
    part.command(0x44);
    CHECK(part.ask(checked({0xFF, low})) == nack);
    CHECK(part.in_sync());
  }
  part.command(0x44);
  CHECK(part.ask({0xFF, 0xFF, 0x01}) == nack);
  CHECK(part.in_sync());
  CHECK(part.erased.empty());
}

TEST_CASE("an erase with one sector that is not there, or a wrong check, erases none") {
  Synced part;
  part.command(0x44);
  CHECK(part.ask(erase_frame({0, sectors})) == nack);
  CHECK(part.in_sync());
  part.command(0x44);
  Bytes frame = erase_frame({0, 1});
  frame.back() ^= 0x10;
  CHECK(part.ask(frame) == nack);
  CHECK(part.in_sync());
  part.command(0x44);
  CHECK(part.ask({0x00, sectors}) ==
        nack);  // more sectors than there are: at once, not 131,000 bytes on
  CHECK(part.in_sync());
  CHECK(part.erased.empty());
}

TEST_CASE("Go starts a program that is there, after the answer, and refuses any other place") {
  Synced part;
  CHECK(part.command(0x21) == ack);
  CHECK(part.ask(address_frame(base + 4)) == nack);
  CHECK(part.started.empty());
  CHECK(part.in_sync());
  part.command(0x21);
  CHECK(part.ask(address_frame(base)) == ack);
  CHECK(part.started == std::vector<std::uint32_t>{base});
}

TEST_CASE("a host that repeats 0x7F gets back in after any bytes, cut frames included") {
  CHECK(rc::check([] {
    Synced part;
    const std::uint8_t code = *rc::gen::elementOf(Bytes{0x11, 0x21, 0x31, 0x44});
    part.command(code);
    if (*rc::gen::arbitrary<bool>() && code != 0x44) part.ask(address_frame(base));
    part.ask(any_bytes(300));
    part.ask(Bytes(5 + sizeof part.loader.frame + 2, an3155_sync));
    RC_ASSERT(part.in_sync());
  }));
}

TEST_CASE("whatever bytes come, nothing is written or started without a right frame") {
  CHECK(rc::check([] {
    Synced part;
    const Bytes before = part.memory;
    // Nothing here has a check of its own, so a frame that passes one is a coincidence of 1 in 256;
    // an address in flash with a right check on top never comes up by chance.
    part.ask(any_bytes(2000));
    RC_ASSERT(part.started.empty());
    RC_ASSERT(part.memory == before);
    RC_ASSERT(part.loader.length <= sizeof part.loader.frame);
  }));
}

TEST_CASE("a write frame with one byte changed behind its length is refused and programs nothing") {
  CHECK(rc::check([] {
    Synced part;
    part.command(0x31);
    part.ask(address_frame(base + 64));
    Bytes frame = write_frame(counting(16));
    const auto at =
        *rc::gen::inRange<std::size_t>(1, frame.size());  // not N: it moves the frame's end
    frame[at] ^= *rc::gen::inRange<std::uint8_t>(1, 255);
    RC_ASSERT(part.ask(frame) == nack);
    RC_ASSERT(part.memory == Bytes(part.memory.size(), 0x00));
    RC_ASSERT(part.in_sync());
  }));
}
