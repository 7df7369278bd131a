// Unpacking codes: block by block, by the same rules as they were packed.
// Never trusts a count: what a block says is held against what is there before it is used.
#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "rig/store/packed_block.hpp"
#include "rig/store/packing.hpp"

namespace jr::chunk {
namespace {

using namespace packed;

unsigned byte_at(const std::byte* from) { return static_cast<unsigned>(*from); }

std::uint16_t wide_at(const std::byte* from) {
  std::uint16_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// What stands in front of a block's values.
struct Head {
  const Width* width{};
  bool differences{};
  std::uint16_t shift{};
  std::size_t outliers{};
};

/// Returns what is behind the head, or null when there is no such width.
const std::byte* read_head(const std::byte* from, Head& head) {
  const unsigned flags = byte_at(from++);
  if ((flags & kWidthMask) >= kWidths.size()) return nullptr;
  head.width = &kWidths[flags & kWidthMask];
  head.differences = (flags & kDifferences) != 0;
  if (flags & kFarLevel) {
    head.shift = wide_at(from);
    from += 2;
  } else {
    head.shift = static_cast<std::uint16_t>(static_cast<std::int8_t>(byte_at(from++)));
  }
  head.outliers = flags & kHasOutliers ? byte_at(from++) : 0;
  return from;
}

void part_pairs(const std::uint16_t* digits, const Width& width, std::size_t half, std::uint16_t* values) {
  const std::uint16_t inverse = width.inverse, count = static_cast<std::uint16_t>(width.count);
  alignas(16) std::uint16_t first[kDigits], second[kDigits];
  for (std::size_t i = 0; i < kDigits; ++i) {
    first[i] = static_cast<std::uint16_t>((std::uint32_t{digits[i]} * inverse >> 16) >> width.shift);
    second[i] = static_cast<std::uint16_t>(digits[i] - first[i] * count);
  }
  std::memcpy(values, first, sizeof first);
  std::memcpy(values + half, second, sizeof second);
}

/// n values into room for kBlock + kDigits; what stands behind them is undefined.
const std::byte* read_values(const std::byte* from, const Width& width, std::size_t n, std::uint16_t* values) {
  if (width.bits == 0) {
    std::fill_n(values, kBlock, std::uint16_t{0});
    return from;
  }
  if (!width.paired) {
    unpack_digits(width.bits, from, values);
    if (n > kDigits) unpack_digits(width.bits, from + digit_bytes(kDigits, width.bits), values + kDigits);
    return from + value_bytes(width, n);
  }
  alignas(16) std::uint16_t digits[kDigits];
  unpack_digits(width.bits, from, digits);
  part_pairs(digits, width, (n + 1) / 2, values);
  return from + value_bytes(width, n);
}

/// Returns what is behind the outliers, or null when one has no place among the n values.
const std::byte* read_outliers(const std::byte* from, std::size_t count, const Width& width, std::size_t n,
                               std::uint16_t* values) {
  for (; count > 0; --count) {
    const unsigned byte = byte_at(from++), place = byte & kPlaceMask;
    if (place >= n) return nullptr;
    std::uint32_t value = width.count;
    switch (byte & ~kPlaceMask) {
      case kJustAbove: break;
      case kJustBelow: value = 0xFFFF; break;
      case kNear: {
        const unsigned distance = byte_at(from++);
        value = distance < 128 ? width.count + 1 + distance : 0x10000 + distance - 257;
        break;
      }
      default: value = wide_at(from); from += 2;
    }
    values[place] = static_cast<std::uint16_t>(value);
  }
  return from;
}

/// Reads one block of out.size() codes at `from`, of which kReach bytes may be looked at. Returns what is
/// behind it, or null when it is none.
const std::byte* read_block(const std::byte* from, Trail& trail, std::span<std::uint16_t> out) {
  Head head;
  from = read_head(from, head);
  if (!from || head.outliers > out.size()) return nullptr;
  const Width& width = *head.width;
  alignas(16) std::uint16_t values[kBlock + kDigits];
  from = read_values(from, width, out.size(), values);
  if (head.outliers > 0) from = read_outliers(from, head.outliers, width, out.size(), values);
  if (!from) return nullptr;
  const auto expected = head.differences ? std::uint16_t{0} : trail.middle;
  const auto middle = static_cast<std::uint16_t>(expected + head.shift);
  const auto base = static_cast<std::uint16_t>(middle - width.count / 2);
  if (head.differences) {
    std::uint16_t code = trail.last;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = code = static_cast<std::uint16_t>(code + base + values[i]);
    trail.middle = code;
  } else {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint16_t>(base + values[i]);
    trail.middle = middle;
  }
  trail.last = out.back();
  return from;
}

}  // namespace

Result<void> unpack_codes(std::span<const std::byte> blob, std::span<const std::uint8_t> ranges,
                          std::span<std::uint16_t> out) {
  if (out.size() != ranges.size()) throw std::invalid_argument("unpack_codes: shapes differ");
  Trails trails;
  BlockCutter cutter(ranges);
  std::size_t at = 0;
  std::array<std::byte, kReach> last;  // near its end the blob is looked at in a copy with room behind
  for (std::size_t start = 0; start < out.size();) {
    const std::size_t end = cutter.end_of(start), left = blob.size() - at;
    const std::byte* from = blob.data() + at;
    if (left < kReach) {
      last.fill(std::byte{0});
      if (left > 0) std::memcpy(last.data(), from, left);
      from = last.data();
    }
    const std::byte* behind = read_block(from, trails.of(ranges[start]), out.subspan(start, end - start));
    if (!behind) return corrupt("its packed codes make no sense");
    const auto used = static_cast<std::size_t>(behind - from);
    if (used > left) return corrupt("its packed codes end too early");
    at += used;
    start = end;
  }
  if (at != blob.size()) return corrupt("something follows its packed codes");
  return {};
}

}  // namespace jr::chunk
