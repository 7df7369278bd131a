// Thirty-two bytes at a time while nothing changes, then eight, then one.
// Never reads beyond the last byte.
#include "rig/core/value_runs.hpp"

#include <bit>
#include <cstring>

namespace jr {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t eight_at(const std::uint8_t* from) {
  std::uint64_t word;
  std::memcpy(&word, from, kWord);
  return word;
}

/// Index of the first byte in memory that is not zero. Requires word != 0.
std::size_t first_byte(std::uint64_t word) {
  const int zeros = std::endian::native == std::endian::little ? std::countr_zero(word) : std::countl_zero(word);
  return static_cast<std::size_t>(zeros) / 8;
}

}  // namespace

std::size_t run_end(std::span<const std::uint8_t> values, std::size_t start) {
  const std::uint8_t* const from = values.data();
  const std::uint64_t same = 0x0101010101010101u * std::uint64_t{values[start]};
  std::size_t at = start + 1;
  for (; at + 4 * kWord <= values.size(); at += 4 * kWord) {
    const std::uint64_t odd = (eight_at(from + at) ^ same) | (eight_at(from + at + kWord) ^ same) |
                              (eight_at(from + at + 2 * kWord) ^ same) | (eight_at(from + at + 3 * kWord) ^ same);
    if (odd != 0) break;
  }
  for (; at + kWord <= values.size(); at += kWord)
    if (const std::uint64_t odd = eight_at(from + at) ^ same; odd != 0) return at + first_byte(odd);
  while (at < values.size() && values[at] == values[start]) ++at;
  return at;
}

}  // namespace jr
