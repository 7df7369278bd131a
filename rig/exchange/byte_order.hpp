// Numbers out of bytes and into them, in the order that a format states.
// Never reads past what it is given: the caller has counted.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace jr {

static_assert(std::endian::native == std::endian::little, "a big-endian host needs a byte swap here");

/// Requires offset + sizeof(T) <= bytes.size().
template <class T>
T little_endian(std::span<const std::byte> bytes, std::size_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

inline std::uint16_t big_endian_16(std::span<const std::byte> bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[offset]) << 8 |
                                    std::to_integer<unsigned>(bytes[offset + 1]));
}

/// Writes `value` at `into`, which has room for it.
template <class T>
void put_little_endian(std::byte* into, T value) {
  std::memcpy(into, &value, sizeof value);
}

inline void put_big_endian_16(std::byte* into, std::uint16_t value) {
  into[0] = static_cast<std::byte>(value >> 8);
  into[1] = static_cast<std::byte>(value & 0xFF);
}

}  // namespace jr
