// Packing codes: both predictions are tried on each block, and the width that costs the fewest bytes.
// Never loses a bit: what does not fit the width is an outlier with its place.
#include "rig/store/packing.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "rig/store/packed_block.hpp"

namespace jr::chunk {
namespace {

using namespace packed;

/// Eight sixteen-bit lanes; the compiler makes SSE2 or NEON of it.
typedef std::uint16_t Lanes __attribute__((vector_size(16)));
constexpr std::size_t kLanes = 8;
constexpr std::size_t kVectors = kBlock / kLanes;

/// The values of a block under one prediction. Behind the n-th stands a value that fits any window.
struct Series {
  alignas(16) std::uint16_t values[kBlock];
  std::size_t n{};
  std::int32_t middle16{};  ///< sixteen times the middle, relative to the first value

  std::uint16_t middle() const { return static_cast<std::uint16_t>(values[0] + ((middle16 + 8) >> 4)); }
  /// First of `count` values that lie about the middle.
  std::uint16_t window(std::uint32_t count) const {
    return static_cast<std::uint16_t>(values[0] + ((middle16 - 8 * static_cast<std::int32_t>(count - 1) + 8) >> 4));
  }
};

Lanes lanes_at(const std::uint16_t* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

Lanes all(std::uint32_t value) { return Lanes{} + static_cast<std::uint16_t>(value); }

/// The middle of the values by a mean that a transient at one end does not move: of four quarters, those two
/// that are neither highest nor lowest count.
void find_middle(Series& series) {
  const std::size_t quarter = series.n / 4;
  if (quarter < 2) {
    const auto middle = static_cast<std::int16_t>(series.values[series.n / 2] - series.values[0]);
    series.middle16 = 16 * middle;
    return;
  }
  std::int32_t sums[4];
  for (std::size_t q = 0; q < 4; ++q) {
    sums[q] = 0;
    for (std::size_t i = q * quarter; i < (q + 1) * quarter; ++i)
      sums[q] += static_cast<std::int16_t>(series.values[i] - series.values[0]);
  }
  const auto [low, high] = std::minmax({sums[0], sums[1], sums[2], sums[3]});
  const std::int32_t kept = sums[0] + sums[1] + sums[2] + sums[3] - low - high;
  series.middle16 = 8 * kept / static_cast<std::int32_t>(quarter);
}

void complete(Series& series) {
  find_middle(series);
  std::fill(series.values + series.n, series.values + kBlock, series.middle());
}

Series levels_of(std::span<const std::uint16_t> codes) {
  Series series;
  series.n = codes.size();
  std::memcpy(series.values, codes.data(), codes.size_bytes());
  complete(series);
  return series;
}

Series differences_of(std::span<const std::uint16_t> codes, std::uint16_t before) {
  Series series;
  series.n = codes.size();
  series.values[0] = static_cast<std::uint16_t>(codes[0] - before);
  for (std::size_t i = 1; i < codes.size(); ++i)
    series.values[i] = static_cast<std::uint16_t>(codes[i] - codes[i - 1]);
  complete(series);
  return series;
}

std::size_t outliers(const Series& series, std::uint32_t count) {
  if (count > 0xFFFF) return 0;
  const Lanes base = all(series.window(count)), limit = all(count);
  Lanes found{};
  for (std::size_t v = 0; v < kVectors; ++v)
    found -= static_cast<Lanes>(lanes_at(series.values + v * kLanes) - base >= limit);
  std::size_t n = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) n += found[lane];
  return n;
}

struct Choice {
  std::size_t width{};
  std::size_t bytes{};
  std::size_t outliers{};
};

/// What a width would cost, an outlier counted as two bytes.
Choice costed(const Series& series, std::size_t width) {
  const std::size_t found = outliers(series, kWidths[width].count);
  return {width, value_bytes(kWidths[width], series.n) + 2 * found + (found > 0), found};
}

/// Looks at every width. JR_TUNE
Choice cheapest(const Series& series, std::size_t) {
  Choice best = costed(series, kWidths.size() - 1);
  for (std::size_t width = kWidths.size() - 1; width-- > 0;)
    if (const Choice other = costed(series, width); other.bytes < best.bytes) best = other;
  return best;
}

/// Bytes of one block, put together before they join the blob.
class Writer {
 public:
  void put(unsigned byte) { bytes_[size_++] = static_cast<std::byte>(byte); }
  void put_wide(std::uint16_t value) {
    put(value & 0xFFu);
    put(value >> 8);
  }
  std::byte* end() { return bytes_ + size_; }
  void skip(std::size_t n) { size_ += n; }
  void append_to(Bytes& blob) const { blob.insert(blob.end(), bytes_, bytes_ + size_); }

 private:
  std::byte bytes_[kReach];
  std::size_t size_{};
};

void put_outlier(Writer& to, std::size_t place, std::uint16_t value, std::uint32_t count) {
  const int above = static_cast<std::int16_t>(value) - static_cast<int>(count);  // 0: just above the window
  const int below = -1 - static_cast<std::int16_t>(value);                       // 0: just below it
  const auto at = static_cast<unsigned>(place);
  if (above == 0) return to.put(at | kJustAbove);
  if (below == 0) return to.put(at | kJustBelow);
  if (above > 0 && above <= 128) {
    to.put(at | kNear);
    return to.put(static_cast<unsigned>(above - 1));
  }
  if (below > 0 && below <= 128) {
    to.put(at | kNear);
    return to.put(static_cast<unsigned>(255 - (below - 1)));
  }
  to.put(at | kFar);
  to.put_wide(value);
}

/// Writes the outliers among `values`, and leaves 0 in their places.
void put_outliers(Writer& to, std::uint16_t* values, std::uint32_t count) {
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (values[i] < count) continue;
    put_outlier(to, i, values[i], count);
    values[i] = 0;
  }
}

void put_values(Writer& to, const std::uint16_t* values, std::size_t n, const Width& width) {
  if (width.bits == 0) return;
  if (!width.paired) {
    pack_digits(width.bits, values, to.end());
    to.skip(digit_bytes(std::min(n, kDigits), width.bits));
    if (n <= kDigits) return;
    pack_digits(width.bits, values + kDigits, to.end());
    return to.skip(digit_bytes(n - kDigits, width.bits));
  }
  const std::size_t half = (n + 1) / 2;
  alignas(16) std::uint16_t digits[kDigits];
  for (std::size_t i = 0; i < kDigits; ++i)
    digits[i] = static_cast<std::uint16_t>(values[i] * width.count + values[half + i]);
  pack_digits(width.bits, digits, to.end());
  to.skip(digit_bytes(half, width.bits));
}

/// The level is told relative to `expected`, the middle that the last block of this range lets one expect.
void put_block(Bytes& blob, const Series& series, const Choice& choice, unsigned flags, std::uint16_t expected) {
  const Width& width = kWidths[choice.width];
  const std::uint16_t base = series.window(width.count);
  const auto shift = static_cast<std::int16_t>(base + width.count / 2 - expected);
  const bool is_far = shift < -128 || shift > 127;
  Writer to;
  to.put(static_cast<unsigned>(choice.width) | flags | (is_far ? kFarLevel : 0) | (choice.outliers ? kHasOutliers : 0));
  is_far ? to.put_wide(static_cast<std::uint16_t>(shift)) : to.put(static_cast<unsigned>(shift) & 0xFF);
  alignas(16) std::uint16_t values[kBlock + kDigits];
  for (std::size_t i = 0; i < kBlock; ++i) values[i] = static_cast<std::uint16_t>(series.values[i] - base);
  Writer list;
  if (choice.outliers) {
    to.put(static_cast<unsigned>(choice.outliers));
    put_outliers(list, values, width.count);
  }
  std::fill(values + series.n, values + kBlock + kDigits, std::uint16_t{0});
  put_values(to, values, series.n, width);
  to.append_to(blob);
  list.append_to(blob);
}

}  // namespace

Bytes pack_codes(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges) {
  if (codes.size() != ranges.size()) throw std::invalid_argument("pack_codes: shapes differ");
  Bytes blob;
  blob.reserve(codes.size());
  Trails trails;
  BlockCutter cutter(ranges);
  for (std::size_t start = 0; start < codes.size();) {
    const std::size_t end = cutter.end_of(start);
    const auto block = codes.subspan(start, end - start);
    Trail& trail = trails.of(ranges[start]);
    const Series levels = levels_of(block), differences = differences_of(block, trail.last);
    const Choice level = cheapest(levels, 0), difference = cheapest(differences, 0);
    trail.last = block.back();
    if (level.bytes <= difference.bytes) {
      put_block(blob, levels, level, 0, trail.middle);
      trail.middle = static_cast<std::uint16_t>(levels.window(kWidths[level.width].count) +
                                                kWidths[level.width].count / 2);
    } else {
      put_block(blob, differences, difference, kDifferences, 0);
      trail.middle = trail.last;
    }
    start = end;
  }
  return blob;
}

}  // namespace jr::chunk
