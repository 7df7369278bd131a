// Thirty-two digits of one width to and from a string of bits: digit k lies at bit k * width, lowest bit first.
// Never branches on a digit; each width is straight code of its own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace jr::chunk {

inline constexpr std::size_t kDigits = 32;
inline constexpr unsigned kWidestDigit = 16;

/// What a string of bits may touch beside the 4 * width bytes that it fills.
inline constexpr std::size_t kDigitBytes = kDigits * kWidestDigit / 8 + 8;

/// Packs kDigits digits, each below 2^width, 1 <= width <= kWidestDigit. Writes within kDigitBytes.
void pack_digits(unsigned width, const std::uint16_t* digits, std::byte* to);
/// The same way back. Reads within kDigitBytes, writes kDigits digits.
void unpack_digits(unsigned width, const std::byte* from, std::uint16_t* digits);

}  // namespace jr::chunk
