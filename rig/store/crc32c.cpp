// CRC-32C by the processor's own instruction where it has one, else eight bytes at a time by tables.
// Never another value for it: the polynomial is that of RFC 3720 (iSCSI).
#include <array>
#include <cstring>

#include "rig/store/chunk.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace jr::chunk {
namespace {

constexpr std::size_t kWord = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kWord>;

/// tables[k][b]: what byte b does to the sum when k more bytes follow it.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0x82F63B78u : 0u);
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < kWord; ++k)
    for (std::size_t byte = 0; byte < 256; ++byte)
      tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 0xFF];
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint64_t word_at(const std::byte* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

std::uint32_t by_tables(std::uint32_t crc, const std::byte* at, std::size_t n) {
  for (; n >= kWord; n -= kWord, at += kWord) {
    const std::uint64_t mixed = word_at(at) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < kWord; ++k) crc ^= kTables[kWord - 1 - k][mixed >> 8 * k & 0xFF];
  }
  for (; n > 0; --n, ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<std::uint32_t>(*at)) & 0xFF];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, const std::byte* at, std::size_t n) {
  std::uint64_t wide = crc;
  for (; n >= kWord; n -= kWord, at += kWord) wide = _mm_crc32_u64(wide, word_at(at));
  crc = static_cast<std::uint32_t>(wide);
  for (; n > 0; --n, ++at) crc = _mm_crc32_u8(crc, static_cast<std::uint8_t>(*at));
  return crc;
}
#elif defined(__ARM_FEATURE_CRC32)
std::uint32_t by_instruction(std::uint32_t crc, const std::byte* at, std::size_t n) {
  for (; n >= kWord; n -= kWord, at += kWord) crc = __crc32cd(crc, word_at(at));
  for (; n > 0; --n, ++at) crc = __crc32cb(crc, static_cast<std::uint8_t>(*at));
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c_by_tables(std::uint32_t crc, std::span<const std::byte> bytes) {
  return ~by_tables(~crc, bytes.data(), bytes.size());
}

std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~by_instruction(~crc, bytes.data(), bytes.size());
#elif defined(__ARM_FEATURE_CRC32)
  return ~by_instruction(~crc, bytes.data(), bytes.size());
#endif
  return crc32c_by_tables(crc, bytes);
}

}  // namespace jr::chunk
