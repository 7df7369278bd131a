// CRC-32C: the published check value, and the same from instruction and tables.
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "rig/store/chunk.hpp"

using namespace jr::chunk;

TEST_CASE("the CRC-32C of the digits 1 to 9 is E3069283, by tables too, and over pieces") {
  const char text[] = "123456789";
  const auto bytes = std::as_bytes(std::span(text, 9));
  CHECK(crc32c(0, bytes) == 0xE3069283u);
  CHECK(crc32c_by_tables(0, bytes) == 0xE3069283u);
  for (std::size_t cut = 0; cut <= 9; ++cut) CHECK(crc32c(crc32c(0, bytes.first(cut)), bytes.subspan(cut)) == 0xE3069283u);
}

TEST_CASE("thirty-two zeros and thirty-two ones have the sums that RFC 3720 prints") {
  CHECK(crc32c(0, std::vector<std::byte>(32)) == 0x8A9136AAu);
  CHECK(crc32c(0, std::vector<std::byte>(32, std::byte{0xFF})) == 0x62A8AB43u);
}

TEST_CASE("instruction and tables give the same sum for any bytes at any address") {
  std::mt19937 random(1);
  std::vector<std::byte> bytes(1000);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  for (std::size_t n = 0; n < 300; ++n) {
    const auto piece = std::span(bytes).subspan(n % 17, n);
    REQUIRE(crc32c(static_cast<std::uint32_t>(n), piece) == crc32c_by_tables(static_cast<std::uint32_t>(n), piece));
  }
}
