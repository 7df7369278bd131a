// What a good textbook would write, without a thought for speed: the other reference that figures are told against.
// Never used by the product.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "rig/core/moments.hpp"
#include "rig/core/range_polynomial.hpp"

namespace jr::bench::textbook {

/// A packed string of bits, lowest bit first.
class BitWriter {
 public:
  explicit BitWriter(std::vector<std::byte>& into) : into_(into) {}
  void put(std::uint32_t value, unsigned bits) {
    pending_ |= std::uint64_t{value} << filled_;
    for (filled_ += bits; filled_ >= 8; filled_ -= 8, pending_ >>= 8)
      into_.push_back(static_cast<std::byte>(pending_ & 0xFF));
  }
  void flush() {
    if (filled_ > 0) into_.push_back(static_cast<std::byte>(pending_ & 0xFF));
    pending_ = filled_ = 0;
  }

 private:
  std::vector<std::byte>& into_;
  std::uint64_t pending_{};
  unsigned filled_{};
};

inline constexpr std::size_t kBlock = 128;

/// Differences, zig-zag, blocks of 128: a byte for the width, then the values at that width.
inline std::vector<std::byte> pack(std::span<const std::uint16_t> codes) {
  std::vector<std::byte> packed;
  std::uint16_t before = 0;
  for (std::size_t start = 0; start < codes.size(); start += kBlock) {
    const auto block = codes.subspan(start, std::min(kBlock, codes.size() - start));
    std::array<std::uint16_t, kBlock> folded{};
    std::uint16_t all = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const auto step = static_cast<std::int16_t>(block[i] - before);
      folded[i] = static_cast<std::uint16_t>((step * 2) ^ (step >> 15));
      all |= folded[i];
      before = block[i];
    }
    const auto width = static_cast<unsigned>(std::bit_width(all));
    packed.push_back(static_cast<std::byte>(width));
    BitWriter writer(packed);
    for (std::size_t i = 0; i < block.size(); ++i) writer.put(folded[i], width);
    writer.flush();
  }
  return packed;
}

inline void unpack(std::span<const std::byte> packed, std::span<std::uint16_t> codes) {
  std::uint16_t before = 0;
  std::size_t at = 0;
  for (std::size_t start = 0; start < codes.size(); start += kBlock) {
    const auto block = codes.subspan(start, std::min(kBlock, codes.size() - start));
    const auto width = static_cast<unsigned>(packed[at++]);
    std::uint64_t pending = 0;
    unsigned filled = 0;
    for (std::uint16_t& code : block) {
      for (; filled < width; filled += 8) pending |= static_cast<std::uint64_t>(packed[at++]) << filled;
      const auto folded = static_cast<std::uint32_t>(pending & ((1ull << width) - 1));
      pending >>= width;
      filled -= width;
      before = static_cast<std::uint16_t>(before + ((folded >> 1) ^ (0u - (folded & 1))));
      code = before;
    }
  }
}

/// Current, line byte and counter check of each word, one after the other, in double precision. Returns how many
/// counters were off.
inline std::size_t decode(std::span<const std::byte> bytes, std::span<const RangePolynomial> ranges, Volt supply,
                          float* ampere, std::uint8_t* lines) {
  std::size_t odd = 0;
  std::uint32_t expected = 0;
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4, ++expected) {
    const std::uint32_t word = static_cast<std::uint32_t>(bytes[i]) | static_cast<std::uint32_t>(bytes[i + 1]) << 8 |
                               static_cast<std::uint32_t>(bytes[i + 2]) << 16 | static_cast<std::uint32_t>(bytes[i + 3]) << 24;
    const std::size_t range = std::min<std::size_t>((word >> 14) & 7, ranges.size() - 1);
    ampere[i / 4] = static_cast<float>(ranges[range].current(static_cast<std::uint16_t>(word & 0x3FFF), supply).value);
    lines[i / 4] = static_cast<std::uint8_t>(word >> 24);
    odd += ((word >> 18) & 63) != expected % 64;
  }
  return odd;
}

/// Sums of codes and their squares, sample by sample.
inline Moments moments(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges) {
  Moments sums;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    RangeMoments& row = sums.ranges[ranges[i]];
    ++row.n;
    row.sum += codes[i];
    row.sum_of_squares += std::uint64_t{codes[i]} * codes[i];
    if (i > 0 && ranges[i] != ranges[i - 1]) ++sums.switches;
  }
  return sums;
}

}  // namespace jr::bench::textbook
