// The fields of a PPK2's words, taken apart by the stride while counters step.
// Never searches: where words begin, and what a wrong counter means, is the decoder's business.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace jr::ppk2 {

inline constexpr std::size_t kWord = 4;
inline constexpr std::uint32_t kCounterPeriod = 64;

constexpr std::uint32_t in_host_order(std::uint32_t word) {
  if constexpr (std::endian::native == std::endian::little) return word;
  return (word >> 24) | ((word >> 8) & 0xFF00U) | ((word << 8) & 0xFF0000U) | (word << 24);
}

inline std::uint32_t word_at(const std::byte* from) {
  std::uint32_t word;
  std::memcpy(&word, from, kWord);
  return in_host_order(word);
}

/// Where the fields of the next words go; room for as many as are unpacked.
struct Columns {
  std::uint16_t* codes;
  std::uint8_t* ranges;
  std::uint8_t* lines;
};

inline void unpack_word(std::uint32_t word, std::size_t at, const Columns& to) {
  to.codes[at] = static_cast<std::uint16_t>(word & 0x3FFF);
  to.ranges[at] = static_cast<std::uint8_t>((word >> 14) & 7);
  to.lines[at] = static_cast<std::uint8_t>(word >> 24);
}

/// Unpacks words until a counter does not step by one from `expected`; returns how many did. What is in the columns
/// behind them, up to `words`, is undefined.
std::size_t unpack_words(const std::byte* from, std::size_t words, std::uint32_t expected, const Columns& to);

/// The same without vector instructions of our own: for machines that lack them, and for tests.
std::size_t unpack_words_portably(const std::byte* from, std::size_t words, std::uint32_t expected, const Columns& to);

}  // namespace jr::ppk2
