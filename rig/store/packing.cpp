// Packing codes: each block by the prediction that leaves less to tell, at the width that costs the fewest bytes.
// Never loses a bit: what does not fit the width is an outlier with its place.
#include "rig/store/packing.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "rig/store/packed_block.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace jr::chunk {
namespace {

using namespace packed;

/// Eight sixteen-bit lanes, or what is made of them; the compiler has SSE2 or NEON for it.
typedef std::uint16_t Lanes __attribute__((vector_size(16)));
typedef std::int16_t SignedLanes __attribute__((vector_size(16)));
typedef std::int32_t WideLanes __attribute__((vector_size(16)));
constexpr std::size_t kLanes = 8;
constexpr std::size_t kVectors = kBlock / kLanes;

Lanes lanes_at(const std::uint16_t* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

void store(Lanes lanes, std::uint16_t* to) { std::memcpy(to, &lanes, sizeof lanes); }

Lanes all(std::uint32_t value) { return Lanes{} + static_cast<std::uint16_t>(value); }

/// Sum of lanes, modulo 2^16.
std::uint16_t sum(Lanes lanes) {
  std::uint64_t halves[2];
  std::memcpy(halves, &lanes, sizeof halves);
  return static_cast<std::uint16_t>(((halves[0] + halves[1]) * 0x0001000100010001u) >> 48);
}

/// The values of a block under one prediction. Behind the n-th stand values that fit any window.
struct Series {
  alignas(16) std::uint16_t values[kBlock];
  std::size_t n;
  std::int32_t middle16;  ///< sixteen times the middle, relative to the first value

  std::uint16_t middle() const { return static_cast<std::uint16_t>(values[0] + ((middle16 + 8) >> 4)); }
  /// First of `count` values that lie about the middle.
  std::uint16_t window(std::uint32_t count) const {
    return static_cast<std::uint16_t>(values[0] + ((middle16 - 8 * static_cast<std::int32_t>(count - 1) + 8) >> 4));
  }
};

/// Sum of sixteen values relative to `origin`, each taken as signed.
std::int32_t sum_of_sixteen(const std::uint16_t* values, Lanes origin) {
  const auto low = reinterpret_cast<WideLanes>(lanes_at(values) - origin);
  const auto high = reinterpret_cast<WideLanes>(lanes_at(values + kLanes) - origin);
  const WideLanes sums = (low >> 16) + (high >> 16) + (low << 16 >> 16) + (high << 16 >> 16);
  return sums[0] + sums[1] + sums[2] + sums[3];
}

/// Sum of a few values relative to the first one of all.
std::int32_t sum_of(std::span<const std::uint16_t> values, std::uint16_t origin) {
  std::int32_t sum = 0;
  for (const std::uint16_t value : values) sum += static_cast<std::int16_t>(value - origin);
  return sum;
}

/// The middle of the values by a mean that a transient at one end does not move: of four quarters, those two
/// that are neither highest nor lowest count.
void find_middle(Series& series) {
  const std::size_t quarter = series.n / 4;
  const std::uint16_t* const from = series.values;
  if (quarter < 2) {
    series.middle16 = 16 * static_cast<std::int16_t>(from[series.n / 2] - from[0]);
    return;
  }
  const auto sum_of_quarter = [&](std::size_t q) {
    return quarter == kBlock / 4 ? sum_of_sixteen(from + q * quarter, all(from[0]))
                                 : sum_of({from + q * quarter, quarter}, from[0]);
  };
  const std::int32_t a = sum_of_quarter(0), b = sum_of_quarter(1), c = sum_of_quarter(2), d = sum_of_quarter(3);
  const std::int32_t low = std::min(std::min(a, b), std::min(c, d)), high = std::max(std::max(a, b), std::max(c, d));
  series.middle16 = 8 * (a + b + c + d - low - high) / static_cast<std::int32_t>(quarter);
}

/// Finds the middle, and puts it behind the n-th value.
void complete(Series& series) {
  find_middle(series);
  if (series.n < kBlock) std::fill(series.values + series.n, series.values + kBlock, series.middle());
}

/// Sizes of lanes taken as signed; -2^15 stays what it is.
SignedLanes size(Lanes lanes) {
  const auto sign = reinterpret_cast<Lanes>(reinterpret_cast<SignedLanes>(lanes) >> 15);
  return reinterpret_cast<SignedLanes>((lanes ^ sign) - sign);
}

/// Twice the distance of each value from the middle: a window of `count` values reaches as far as count - 1.
/// Distances beyond 2^14 wrap: they decide what is tried, never what is written.
class Distances {
 public:
  explicit Distances(const Series& series) {
    const Lanes middle = all(2u * series.values[0] + static_cast<std::uint32_t>(series.middle16 >> 3));
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kVectors; ++i) twice_[i] = size(2 * lanes_at(series.values + i * kLanes) - middle);
  }

  /// About how many lie outside a window of `count` values.
  std::size_t beyond(std::uint32_t count) const {
    if (count > 0x7FFF) return 0;
    const SignedLanes limit = SignedLanes{} + static_cast<std::int16_t>(count - 1);
    Lanes found{};
#pragma GCC unroll 8
    for (const SignedLanes& twice : twice_) found -= reinterpret_cast<Lanes>(twice > limit);
    return sum(found);
  }

 private:
  SignedLanes twice_[kVectors];
};

/// Sum of the distances of all kBlock values from `middle`, none counted for more than kFarAway: what is far away
/// is an outlier whatever is predicted.
unsigned spread(const std::uint16_t* values, std::uint16_t middle) {
  constexpr std::int16_t kFarAway = 400;
  const SignedLanes cap = SignedLanes{} + kFarAway;
  Lanes sums{};
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kBlock; i += kLanes) {
    const SignedLanes distance = size(lanes_at(values + i) - all(middle));
    sums += reinterpret_cast<Lanes>(distance < cap ? distance : cap);
  }
  return sum(sums);
}

/// A block under the prediction that leaves less to tell: that codes stay about one level, or that each is near
/// the one before. The first of the differences is that from `before`.
class Prediction {
 public:
  Prediction(std::span<const std::uint16_t> codes, std::uint16_t before) {
    levels_.n = differences_.n = codes.size();
    std::memcpy(levels_.values, codes.data(), codes.size_bytes());
    complete(levels_);
    take_differences(codes, before);
    is_differences_ = spread(differences_.values, 0) < spread(levels_.values, levels_.middle());
    if (is_differences_) complete(differences_);
  }

  bool is_differences() const { return is_differences_; }
  const Series& series() const { return is_differences_ ? differences_ : levels_; }

 private:
  void take_differences(std::span<const std::uint16_t> codes, std::uint16_t before) {
    std::uint16_t* const to = differences_.values;
    const std::size_t plain = codes.size() < kBlock ? codes.size() : kLanes;
    to[0] = static_cast<std::uint16_t>(codes[0] - before);
    for (std::size_t i = 1; i < plain; ++i) to[i] = static_cast<std::uint16_t>(codes[i] - codes[i - 1]);
    if (codes.size() < kBlock) return std::fill(to + plain, to + kBlock, std::uint16_t{0});
#pragma GCC unroll 8
    for (std::size_t i = kLanes; i < kBlock; i += kLanes)
      store(lanes_at(codes.data() + i) - lanes_at(codes.data() + i - 1), to + i);
  }

  Series levels_, differences_;
  bool is_differences_;
};

/// What a width would cost, an outlier counted as two bytes.
std::size_t bytes_of(std::size_t width, std::size_t n, std::size_t outliers) {
  return value_bytes(kWidths[width], n) + 2 * outliers + (outliers > 0);
}

/// The cheapest width in reach of `guess`: downhill to either side, over bumps of few bytes.
std::size_t cheapest(const Series& series, std::size_t guess) {
  constexpr std::size_t kBump = 6;
  const Distances distances(series);
  const auto cost = [&](std::size_t width) { return bytes_of(width, series.n, distances.beyond(kWidths[width].count)); };
  std::size_t best = guess, bytes = cost(guess);
  for (const int step : {1, -1}) {
    for (std::size_t width = guess + step; width < kWidths.size(); width += step) {
      const std::size_t other = cost(width);
      if (other >= bytes + kBump) break;
      if (other < bytes) best = width, bytes = other;
    }
  }
  return best;
}

/// The blob as it grows. Room for a block is made before it is written.
class Writer {
 public:
  explicit Writer(std::size_t guess) : bytes_(guess + kReach) {}

  std::byte* room() {
    if (bytes_.size() - size_ < kReach) bytes_.resize(2 * bytes_.size());
    return bytes_.data() + size_;
  }
  void written_to(const std::byte* end) { size_ = static_cast<std::size_t>(end - bytes_.data()); }

  Bytes take() {
    bytes_.resize(size_);
    return std::move(bytes_);
  }

 private:
  Bytes bytes_;
  std::size_t size_{};
};

std::byte* put(std::byte* to, unsigned byte) {
  *to = static_cast<std::byte>(byte);
  return to + 1;
}

std::byte* put_wide(std::byte* to, std::uint16_t value) { return put(put(to, value & 0xFFu), value >> 8); }

std::byte* put_outlier(std::byte* to, unsigned place, std::uint16_t value, std::uint32_t count) {
  const int above = static_cast<std::int16_t>(value) - static_cast<int>(count);  // 0: just above the window
  const int below = -1 - static_cast<std::int16_t>(value);                       // 0: just below it
  if (above == 0) return put(to, place | kJustAbove);
  if (below == 0) return put(to, place | kJustBelow);
  if (above > 0 && above <= 128) return put(put(to, place | kNear), static_cast<unsigned>(above - 1));
  if (below > 0 && below <= 128) return put(put(to, place | kNear), static_cast<unsigned>(256 - below));
  return put_wide(put(to, place | kFar), value);
}

/// Bit k: values[k] >= limit, for kBlock values.
std::uint64_t places_beyond(const std::uint16_t* values, std::uint32_t limit) {
  std::uint64_t places = 0;
  if (limit > 0xFFFF) return places;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kBlock; i += 2 * kLanes) {
    const auto low = lanes_at(values + i) >= all(limit), high = lanes_at(values + i + kLanes) >= all(limit);
#if defined(__SSE2__)
    const auto both = _mm_packs_epi16(reinterpret_cast<__m128i>(low), reinterpret_cast<__m128i>(high));
    places |= static_cast<std::uint64_t>(_mm_movemask_epi8(both)) << i;
#else
    for (std::size_t k = 0; k < kLanes; ++k)
      places |= static_cast<std::uint64_t>(low[k] & 1) << (i + k) | static_cast<std::uint64_t>(high[k] & 1) << (i + kLanes + k);
#endif
  }
  return places;
}

/// `values` has kDigits zeros behind the n-th.
std::byte* put_values(std::byte* to, const std::uint16_t* values, std::size_t n, const Width& width) {
  if (width.bits == 0) return to;
  if (!width.paired) {
    pack_digits(width.bits, values, to);
    if (n > kDigits) pack_digits(width.bits, values + kDigits, to + digit_bytes(kDigits, width.bits));
    return to + value_bytes(width, n);
  }
  const std::size_t half = (n + 1) / 2;
  alignas(16) std::uint16_t digits[kDigits];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kDigits; i += kLanes)
    store(lanes_at(values + i) * all(width.count) + lanes_at(values + half + i), digits + i);
  pack_digits(width.bits, digits, to);
  return to + digit_bytes(half, width.bits);
}

/// A block's values relative to a window's first, behind them zeros; and which of them are outliers.
struct Residuals {
  alignas(16) std::uint16_t values[kBlock + kDigits];
  std::uint64_t places;
  std::size_t width;
  std::uint16_t base;

  Residuals(const Series& series, std::size_t of_width) : width(of_width), base(series.window(kWidths[of_width].count)) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kBlock; i += kLanes) store(lanes_at(series.values + i) - all(base), values + i);
    places = places_beyond(values, kWidths[width].count);
    if (series.n < kBlock) std::fill(values + series.n, values + kBlock + kDigits, std::uint16_t{0});
  }

  std::uint16_t middle() const { return static_cast<std::uint16_t>(base + kWidths[width].count / 2); }
  std::size_t outliers() const { return static_cast<std::size_t>(std::popcount(places)); }
  /// Distances of more than 2^14 have wrapped: what looked cheap may cost much more than all sixteen bits.
  bool is_wrong(std::size_t n) const {
    constexpr std::size_t kMuch = 32;
    return value_bytes(kWidths[width], n) + 3 * outliers() > value_bytes(kWidths.back(), n) + kMuch;
  }
};

/// The level is told relative to `expected`, the middle that the last block of this range lets one expect.
std::byte* put_block(std::byte* to, Residuals& residuals, std::size_t n, unsigned flags, std::uint16_t expected) {
  const Width& width = kWidths[residuals.width];
  const auto shift = static_cast<std::int16_t>(residuals.middle() - expected);
  const bool is_far = shift < -128 || shift > 127, has_outliers = residuals.places != 0;
  to = put(to, static_cast<unsigned>(residuals.width) | flags | (is_far ? kFarLevel : 0) | (has_outliers ? kHasOutliers : 0));
  to = is_far ? put_wide(to, static_cast<std::uint16_t>(shift)) : put(to, static_cast<unsigned>(shift) & 0xFF);
  if (!has_outliers) return put_values(to, residuals.values, n, width);
  to = put(to, static_cast<unsigned>(residuals.outliers()));
  std::uint16_t outliers[kBlock], *last = outliers;
  for (std::uint64_t left = residuals.places; left != 0; left &= left - 1)
    *last++ = std::exchange(residuals.values[std::countr_zero(left)], std::uint16_t{0});
  to = put_values(to, residuals.values, n, width);
  const std::uint16_t* outlier = outliers;
  for (std::uint64_t left = residuals.places; left != 0; left &= left - 1)
    to = put_outlier(to, static_cast<unsigned>(std::countr_zero(left)), *outlier++, width.count);
  return to;
}

Bytes pack_blocks(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges) {
  Writer blob(codes.size() * 3 / 4);
  Trails trails;
  BlockCutter cutter(ranges);
  std::size_t guess[2]{4, 4};
  for (std::size_t start = 0; start < codes.size();) {
    const std::size_t end = cutter.end_of(start);
    Trail& trail = trails.of(ranges[start]);
    const Prediction prediction(codes.subspan(start, end - start), trail.last);
    const Series& series = prediction.series();
    const bool differences = prediction.is_differences();
    Residuals residuals(series, guess[differences] = cheapest(series, guess[differences]));
    if (residuals.is_wrong(series.n)) residuals = Residuals(series, kWidths.size() - 1);
    blob.written_to(differences ? put_block(blob.room(), residuals, series.n, kDifferences, 0)
                                : put_block(blob.room(), residuals, series.n, 0, trail.middle));
    trail.last = codes[end - 1];
    trail.middle = differences ? trail.last : residuals.middle();
    start = end;
  }
  return blob.take();
}

#if defined(__x86_64__)
/// The same lines, compiled once more for a machine that has AVX2: all that they call becomes part of them.
__attribute__((target("avx2"), flatten)) Bytes pack_blocks_avx2(std::span<const std::uint16_t> codes,
                                                                std::span<const std::uint8_t> ranges) {
  return pack_blocks(codes, ranges);
}
#endif

}  // namespace

Bytes pack_codes(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges) {
  if (codes.size() != ranges.size()) throw std::invalid_argument("pack_codes: shapes differ");
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return pack_blocks_avx2(codes, ranges);
#endif
  return pack_blocks(codes, ranges);
}

}  // namespace jr::chunk
