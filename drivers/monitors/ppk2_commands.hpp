// The bytes a host sends to a PPK2 (as in Nordic's open-source application).
// Never a table of what the device answers: only 0x19 answers at all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace jr::ppk2 {

inline constexpr std::array kStart{std::byte{0x06}};
inline constexpr std::array kStop{std::byte{0x07}};
inline constexpr std::array kAskMetadata{std::byte{0x19}};
inline constexpr std::array kReset{std::byte{0x20}};
inline constexpr std::array kPowerOff{std::byte{0x0C}, std::byte{0}};
inline constexpr std::array kPowerOn{std::byte{0x0C}, std::byte{1}};
inline constexpr std::array kAmpereMode{std::byte{0x11}, std::byte{1}};
inline constexpr std::array kSourceMode{std::byte{0x11}, std::byte{2}};

/// Supply voltage, big-endian millivolt.
constexpr std::array<std::byte, 3> set_supply(std::uint16_t millivolt) {
  return {std::byte{0x0D}, static_cast<std::byte>(millivolt >> 8),
          static_cast<std::byte>(millivolt & 0xFF)};
}

}  // namespace jr::ppk2
