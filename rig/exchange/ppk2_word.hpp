// The digital word of a .ppk2 sample: two bits a line, D0 lowest, big-endian in the file.
// Never decides who wrote a file: that takes all of its words (ppk2_file.cpp).
#pragma once

#include <cstdint>

namespace jr::ppk2 {

/// What a line was during the sample. 0 in the file: nobody knows.
inline constexpr unsigned kLow = 1, kHigh = 2, kBoth = 3;
/// What the app writes when no line was recorded.
inline constexpr std::uint16_t kNoLines = 0xAAAA;
inline constexpr std::size_t kFrameBytes = 6;  ///< float32 LE in microampere, then the word

/// Some line's state is 0.
constexpr bool has_unknown(std::uint16_t word) { return ((word | word >> 1) & 0x5555) != 0x5555; }
/// Some line was both within the sample.
constexpr bool has_both(std::uint16_t word) { return (word & word >> 1 & 0x5555) != 0; }

/// Bit k of the result: line Dk was high for at least part of the sample.
constexpr std::uint8_t lines_of(std::uint16_t word) {
  unsigned lines = word >> 1 & 0x5555u;  // the upper bit of each pair, then closed up
  lines = (lines | lines >> 1) & 0x3333u;
  lines = (lines | lines >> 2) & 0x0F0Fu;
  return static_cast<std::uint8_t>((lines | lines >> 4) & 0xFFu);
}

/// The word of a sample during which each line stood still.
constexpr std::uint16_t word_of(std::uint8_t lines) {
  unsigned high = lines;
  high = (high | high << 4) & 0x0F0Fu;
  high = (high | high << 2) & 0x3333u;
  high = (high | high << 1) & 0x5555u;
  return static_cast<std::uint16_t>(0x5555u + high);
}

static_assert(word_of(0x00) == 0x5555 && word_of(0xFF) == 0xAAAA && word_of(0x01) == 0x5556);
static_assert(lines_of(0x5556) == 0x01 && lines_of(0xAAAA) == 0xFF && lines_of(0xD555) == 0x80);

}  // namespace jr::ppk2
