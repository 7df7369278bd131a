// What writer and reader of packed codes agree on: where blocks end, how wide values are, what is remembered.
// Never part of the room's interface; packing.md describes the same for strangers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rig/core/value_runs.hpp"
#include "rig/store/digits.hpp"

namespace jr::chunk::packed {

inline constexpr std::size_t kBlock = 64;
/// A range that stays for so many samples begins a block of its own.
inline constexpr std::size_t kSettled = 8;

// The first byte of a block: the width's index, and three flags.
inline constexpr unsigned kWidthMask = 31, kDifferences = 32, kFarLevel = 64, kHasOutliers = 128;

// An outlier's byte: its place in the block, and what follows.
inline constexpr unsigned kPlaceMask = 63, kJustAbove = 0, kJustBelow = 64, kNear = 128, kFar = 192;

/// The longest block: flags, level, count of outliers, values, three bytes an outlier.
inline constexpr std::size_t kLongest = 4 + 2 * kBlock + 3 * kBlock;
/// What may be touched behind the beginning of a block.
inline constexpr std::size_t kReach = kLongest + kDigitBytes;

/// Values 0 to count-1, in digits of so many bits. Up to 256 of them, two share a digit: first * count + second,
/// so that a value may cost half a bit. (d * inverse >> 16) >> shift is d / count for every digit d.
struct Width {
  unsigned bits{};
  std::uint32_t count{};
  bool paired{};
  std::uint16_t inverse{};
  std::uint8_t shift{};
};

constexpr Width paired_width(unsigned bits, std::uint32_t count) {
  std::uint8_t shift = 0;
  while ((2u << shift) < count) ++shift;
  return {bits, count, true, static_cast<std::uint16_t>(((65536u << shift) + count - 1) / count), shift};
}

constexpr std::array<Width, 23> make_widths() {
  std::array<Width, 23> widths{};
  widths[0] = {0, 1, true, 0, 0};  // all are alike: no digits
  constexpr std::array<std::uint32_t, 14> kPairs{2, 4, 5, 8, 11, 16, 22, 32, 45, 64, 90, 128, 181, 256};
  for (unsigned i = 0; i < kPairs.size(); ++i) widths[1 + i] = paired_width(i == 0 ? 2 : 3 + i, kPairs[i]);
  for (unsigned bits = 9; bits <= 16; ++bits) widths[6 + bits] = {bits, 1u << bits, false, 0, 0};
  return widths;
}

inline constexpr std::array<Width, 23> kWidths = make_widths();

constexpr std::size_t digit_bytes(std::size_t digits, unsigned bits) { return (digits * bits + 7) / 8; }

/// Bytes of n values, n at most kBlock.
constexpr std::size_t value_bytes(const Width& width, std::size_t n) {
  if (width.paired) return digit_bytes((n + 1) / 2, width.bits);
  return n <= kDigits ? digit_bytes(n, width.bits)
                      : digit_bytes(kDigits, width.bits) + digit_bytes(n - kDigits, width.bits);
}

/// Of the last block that began in a range: the middle of its values, and its last code.
struct Trail { std::uint16_t middle{}, last{}; };

/// Sixteen trails: ranges that the wire does not know are told apart as far as their low bits.
class Trails {
 public:
  Trail& of(std::uint8_t range) { return trails_[range % trails_.size()]; }

 private:
  std::array<Trail, 16> trails_{};
};

/// Cuts a chunk into blocks: kBlock samples, or fewer where a range begins that stays.
class BlockCutter {
 public:
  explicit BlockCutter(std::span<const std::uint8_t> ranges) : ranges_(ranges) {}

  /// End of the block that begins at `start`. Called with 0 first, then with what it returned.
  std::size_t end_of(std::size_t start) {
    const std::size_t limit = std::min(start + kBlock, ranges_.size());
    if (start == run_end_) run_end_ = run_end(ranges_, start);
    while (run_end_ < limit) {
      const std::size_t begin = run_end_;
      run_end_ = run_end(ranges_, begin);
      if (run_end_ - begin >= kSettled) return begin;
    }
    return limit;
  }

 private:
  std::span<const std::uint8_t> ranges_;
  std::size_t run_end_{};  ///< of the run that the next block begins in
};

}  // namespace jr::chunk::packed
