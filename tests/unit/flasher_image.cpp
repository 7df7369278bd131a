// Firmware images: whole ones pass, every truncated or damaged one is refused before a tool runs.
// Never needs a flash tool.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "drivers/flashers/flash_image.hpp"

namespace {

std::string flasher_record(unsigned address, const std::vector<int>& bytes, int type = 0) {
  char text[16];
  unsigned sum = static_cast<unsigned>(bytes.size()) + (address >> 8) + (address & 255U) +
                 static_cast<unsigned>(type);
  std::snprintf(text, sizeof text, ":%02zX%04X%02X", bytes.size(), address,
                static_cast<unsigned>(type));
  std::string record = text;
  for (const int byte : bytes) {
    std::snprintf(text, sizeof text, "%02X", static_cast<unsigned>(byte));
    record += text;
    sum += static_cast<unsigned>(byte);
  }
  std::snprintf(text, sizeof text, "%02X", (256U - (sum & 255U)) & 255U);
  return record + text + "\n";
}

const std::string kFlasherHex = flasher_record(0, {0x0C, 0x94, 0x34, 0x00}) +
                                flasher_record(4, {0x0C, 0x94, 0x3E, 0x00}) + ":00000001FF\n";

std::string flasher_elf() {
  std::string bytes(
      "\x7f"
      "ELF\x01\x01\x01",
      7);
  bytes.resize(200, '\0');
  bytes[32] = 120;  // section table at 120, two entries of 40 bytes: ends with the file
  bytes[46] = 40;
  bytes[48] = 2;
  return bytes;
}

std::string flasher_uf2(int blocks) {
  std::string bytes;
  for (int i = 0; i < blocks; ++i) {
    std::string block("UF2\n\x57\x51\x5D\x9E", 8);
    block.resize(512, '\0');
    block[20] = static_cast<char>(i);
    block[24] = static_cast<char>(blocks);
    block.replace(508, 4, std::string("\x30\x6F\xB1\x0A", 4));
    bytes += block;
  }
  return bytes;
}

bool flasher_refuses(std::string_view bytes, const std::string& name) {
  const auto format = jr::check_image_bytes(bytes, name);
  return !format && format.error().trouble == jr::Trouble::malformed &&
         format.error().message.find(name) != std::string::npos;
}

}  // namespace

TEST_CASE("whole images of each format are recognised by what they hold") {
  CHECK(jr::check_image_bytes(kFlasherHex, "a.hex") == jr::ImageFormat::intel_hex);
  CHECK(jr::check_image_bytes(kFlasherHex, "a") == jr::ImageFormat::intel_hex);
  CHECK(jr::check_image_bytes(flasher_elf(), "a.elf") == jr::ImageFormat::elf);
  CHECK(jr::check_image_bytes(flasher_elf(), "a") == jr::ImageFormat::elf);
  CHECK(jr::check_image_bytes(flasher_uf2(3), "a.uf2") == jr::ImageFormat::uf2);
  CHECK(jr::check_image_bytes("\x01\x02\x03", "a.bin") == jr::ImageFormat::raw);
  CHECK(jr::check_image_bytes(":)", "a.bin") == jr::ImageFormat::raw);
}

TEST_CASE("an Intel HEX image cut at any byte before its end is refused") {
  for (std::size_t length = 0; length + 1 < kFlasherHex.size(); ++length)
    CHECK_MESSAGE(flasher_refuses(kFlasherHex.substr(0, length), "cut.hex"), length);
}

TEST_CASE("an Intel HEX image with any one digit changed is refused") {
  for (std::size_t at = 0; at < kFlasherHex.size(); ++at) {
    std::string damaged = kFlasherHex;
    if (damaged[at] == '\n') continue;
    damaged[at] = damaged[at] == '1' ? '2' : '1';
    CHECK_MESSAGE(flasher_refuses(damaged, "damaged.hex"), at);
  }
}

TEST_CASE(
    "a HEX image without a program, with a stranger's records or with text after its end is "
    "refused") {
  CHECK(flasher_refuses(":00000001FF\n", "none.hex"));
  CHECK(flasher_refuses(flasher_record(0, {1, 2}, 6) + ":00000001FF\n", "type.hex"));
  CHECK(flasher_refuses(kFlasherHex + flasher_record(8, {1}), "after.hex"));
  CHECK(flasher_refuses("S1130000285F245F2212226A000424290008237C2A\n", "motorola.hex"));
  CHECK(jr::check_image_bytes(kFlasherHex + "\r\n\n", "space.hex").has_value());
}

TEST_CASE("ELF and UF2 images that end too early are refused") {
  const std::string elf = flasher_elf(), uf2 = flasher_uf2(3);
  for (std::size_t length = 4; length < elf.size(); ++length)
    CHECK_MESSAGE(flasher_refuses(elf.substr(0, length), "cut.elf"), length);
  for (const std::size_t length : {512U, 1000U, 1024U, 1535U})
    CHECK(flasher_refuses(uf2.substr(0, length), "cut.uf2"));
  std::string damaged = uf2;
  damaged[1023] = 0;
  CHECK(flasher_refuses(damaged, "damaged.uf2"));
}

TEST_CASE("a file that only its name makes firmware is refused") {
  CHECK(flasher_refuses("", "empty.bin"));
  CHECK(flasher_refuses(std::string(4096, '\xff'), "blank.bin"));
  CHECK(flasher_refuses(std::string(4096, '\0'), "zero.bin"));
  CHECK(flasher_refuses("<!DOCTYPE html><title>404</title>", "page.bin"));
  CHECK(flasher_refuses("hello", "text.elf"));
  CHECK(flasher_refuses("hello", "text.uf2"));
}

TEST_CASE("an image that is not there is told apart from a broken one") {
  const auto absent = jr::check_image("/no/such/image.hex");
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().trouble == jr::Trouble::not_found);
  CHECK(jr::check_image("/tmp").error().trouble == jr::Trouble::not_found);
}

namespace {

jr::ImageExtent flasher_extent(const std::string& bytes, const std::string& name) {
  return jr::extent_of_image_bytes(bytes, name).value();
}

/// An ELF with one loaded segment of `size` bytes at `address` and one that is only zeroed memory.
std::string flasher_elf_at(std::uint32_t address, std::uint32_t size) {
  std::string bytes(
      "\x7f"
      "ELF\x01\x01\x01",
      7);
  bytes.resize(52 + 2 * 32, '\0');
  const auto put = [&](std::size_t at, std::uint32_t value, int width) {
    for (int i = 0; i < width; ++i)
      bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * i) & 0xFF);
  };
  put(28, 52, 4);  // program headers begin here
  put(42, 32, 2);  // each has so many bytes
  put(44, 2, 2);
  for (const std::size_t at : {52U, 84U}) put(at, 1, 4);  // both are to be loaded
  put(52 + 12, address, 4);
  put(52 + 16, size, 4);
  put(84 + 12, 0x20000000, 4);  // .bss: no bytes in the file
  return bytes;
}

}  // namespace

TEST_CASE("the highest address of a HEX image counts its segments and its upper address halves") {
  CHECK(flasher_extent(kFlasherHex, "a.hex").begin == 0);
  CHECK(flasher_extent(kFlasherHex, "a.hex").end == 8);
  const std::string upper = flasher_record(0, {0x08, 0x01}, 4) +
                            flasher_record(0x1000, {1, 2, 3, 4}) + ":00000001FF\n";
  CHECK(flasher_extent(upper, "a.hex").begin == 0x08011000);
  CHECK(flasher_extent(upper, "a.hex").end == 0x08011004);
  const std::string segment =
      flasher_record(0, {0x30, 0x00}, 2) + flasher_record(0x10, {1, 2}) + ":00000001FF\r\n";
  CHECK(flasher_extent(segment, "a.hex").end == 0x30012);
}

TEST_CASE("an ELF image lies where its segments are loaded, zeroed memory left out") {
  const auto extent = flasher_extent(flasher_elf_at(0x08000000, 0x1234), "a.elf");
  CHECK(extent.begin == 0x08000000);
  CHECK(extent.end == 0x08001234);
}

TEST_CASE("the flash that an image needs is counted from the flash's origin, not from its first byte") {
  CHECK(jr::flash_needed({0, 100}) == 100);
  CHECK(jr::flash_needed({0x27000, 0x28000}) == 0x28000);  // behind a soft device
  CHECK(jr::flash_needed({0x08008000, 0x08010000}) == 0x10000);
  CHECK(flasher_extent("\x01\x02\x03", "a.bin").end == 3);
  CHECK_FALSE(jr::extent_of_image("/no/such/image.hex").has_value());
}
