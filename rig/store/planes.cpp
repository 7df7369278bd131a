// Two loops and two calls of zstd.
// Never looks at what the numbers mean.
#include "rig/store/planes.hpp"

#include <zstd.h>

#include <cstdint>
#include <new>
#include <stdexcept>

namespace jr::chunk {

namespace {

template <class Word>
void split(const std::byte* numbers, std::size_t n, std::byte* planes) {
  for (std::size_t i = 0; i < n; ++i) {
    Word word;
    std::memcpy(&word, numbers + i * sizeof word, sizeof word);
    for (std::size_t plane = 0; plane < sizeof word; ++plane)
      planes[plane * n + i] = static_cast<std::byte>(word >> (8 * plane));
  }
}

/// Words from the `first` on.
template <class Word>
void join(const std::byte* planes, std::size_t n, std::size_t first, std::byte* numbers) {
  for (std::size_t i = first; i < n; ++i) {
    Word word = 0;
    for (std::size_t plane = 0; plane < sizeof word; ++plane)
      word |= static_cast<Word>(planes[plane * n + i]) << (8 * plane);
    std::memcpy(numbers + i * sizeof word, &word, sizeof word);
  }
}

typedef std::uint8_t Plane __attribute__((vector_size(16)));
typedef std::uint16_t Pairs __attribute__((vector_size(16)));

Plane plane_at(const std::byte* from) {
  Plane plane;
  std::memcpy(&plane, from, sizeof plane);
  return plane;
}

/// The same for sixteen words of four bytes: first and second bytes become pairs, pairs become words.
void join_sixteen(const std::byte* planes, std::size_t n, std::byte* words) {
  const Plane a = plane_at(planes), b = plane_at(planes + n), c = plane_at(planes + 2 * n), d = plane_at(planes + 3 * n);
  const auto low = [](const Plane& x, const Plane& y) {
    return reinterpret_cast<Pairs>(__builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  };
  const auto high = [](const Plane& x, const Plane& y) {
    return reinterpret_cast<Pairs>(__builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
  };
  const auto first = [](const Pairs& x, const Pairs& y) { return __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11); };
  const auto last = [](const Pairs& x, const Pairs& y) { return __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15); };
  const Pairs joined[] = {first(low(a, b), low(c, d)), last(low(a, b), low(c, d)),
                          first(high(a, b), high(c, d)), last(high(a, b), high(c, d))};
  std::memcpy(words, joined, sizeof joined);
}

}  // namespace

void to_planes(std::span<const float> numbers, Bytes& into) {
  const std::size_t at = into.size();
  into.resize(at + numbers.size_bytes());
  split<std::uint32_t>(std::as_bytes(numbers).data(), numbers.size(), into.data() + at);
}

void to_planes(std::span<const double> numbers, Bytes& into) {
  const std::size_t at = into.size();
  into.resize(at + numbers.size_bytes());
  split<std::uint64_t>(std::as_bytes(numbers).data(), numbers.size(), into.data() + at);
}

void to_planes(std::span<const std::uint64_t> numbers, Bytes& into) {
  const std::size_t at = into.size();
  into.resize(at + numbers.size_bytes());
  split<std::uint64_t>(std::as_bytes(numbers).data(), numbers.size(), into.data() + at);
}

void from_planes(std::span<const std::byte> planes, std::span<float> numbers) {
  constexpr std::size_t kAtOnce = sizeof(Plane);
  const std::size_t n = numbers.size();
  std::byte* const words = std::as_writable_bytes(numbers).data();
  std::size_t at = 0;
  for (; at + kAtOnce <= n; at += kAtOnce) join_sixteen(planes.data() + at, n, words + at * sizeof(float));
  join<std::uint32_t>(planes.data(), n, at, words);
}

void from_planes(std::span<const std::byte> planes, std::span<double> numbers) {
  join<std::uint64_t>(planes.data(), numbers.size(), 0, std::as_writable_bytes(numbers).data());
}

void from_planes(std::span<const std::byte> planes, std::span<std::uint64_t> numbers) {
  join<std::uint64_t>(planes.data(), numbers.size(), 0, std::as_writable_bytes(numbers).data());
}

Bytes squeeze(std::span<const std::byte> bytes, int level) {
  Bytes frame(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), level);
  if (ZSTD_isError(size)) throw std::logic_error(ZSTD_getErrorName(size));  // memory aside, it cannot fail
  frame.resize(size);
  return frame;
}

void Unsqueezer::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

Result<Bytes> Unsqueezer::operator()(std::span<const std::byte> frame, std::size_t most) {
  const auto corrupt = [] { return fail(Trouble::malformed, "A stored block is corrupt (its zstd frame)."); };
  const unsigned long long claimed = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (claimed == ZSTD_CONTENTSIZE_ERROR || claimed == ZSTD_CONTENTSIZE_UNKNOWN || claimed > most) return corrupt();
  if (!context_) context_.reset(ZSTD_createDCtx());
  if (!context_) throw std::bad_alloc();
  Bytes bytes(static_cast<std::size_t>(claimed));
  const std::size_t size = ZSTD_decompressDCtx(context_.get(), bytes.data(), bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) || size != bytes.size()) return corrupt();
  return bytes;
}

}  // namespace jr::chunk
