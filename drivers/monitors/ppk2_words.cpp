// Sixty-four words a stride: eight an instruction where the machine can (AVX2), else as the compiler will.
// Never takes a stride whose counters do not all step.
#include "drivers/monitors/ppk2_words.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace jr::ppk2 {
namespace {

constexpr std::size_t kStride = 64;

/// A fixed count and nothing that could alias, so that compilers vectorise it without being told to.
/// False if any counter is off.
bool stride_portably(const std::byte* from, std::uint32_t expected, std::size_t at, const Columns& to) {
  std::uint32_t words[kStride];
  std::uint16_t codes[kStride];
  std::uint8_t ranges[kStride], lines[kStride];
  std::memcpy(words, from, sizeof words);
  std::uint32_t odd = 0;
  for (std::uint32_t i = 0; i < kStride; ++i) {
    const std::uint32_t word = in_host_order(words[i]);
    odd |= (word >> 18) ^ (expected + i);
    codes[i] = static_cast<std::uint16_t>(word & 0x3FFF);
    ranges[i] = static_cast<std::uint8_t>((word >> 14) & 7);
    lines[i] = static_cast<std::uint8_t>(word >> 24);
  }
  std::memcpy(to.codes + at, codes, sizeof codes);
  std::memcpy(to.ranges + at, ranges, sizeof ranges);
  std::memcpy(to.lines + at, lines, sizeof lines);
  return odd % kCounterPeriod == 0;
}

#if defined(__x86_64__)

/// Sixteen codes of two vectors of words, in their order.
__attribute__((target("avx2"))) __m256i codes_of(__m256i low, __m256i high) {
  const __m256i field = _mm256_set1_epi32(0x3FFF);
  const __m256i mixed = _mm256_packus_epi32(_mm256_and_si256(low, field), _mm256_and_si256(high, field));
  return _mm256_permute4x64_epi64(mixed, 0b11'01'10'00);  // packing goes by halves of a vector
}

/// Thirty-two numbers below 256 of four vectors, in their order.
__attribute__((target("avx2"))) __m256i bytes_of(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i mixed = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
  return _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

__attribute__((target("avx2"))) __m256i ranges_of(__m256i words) {
  return _mm256_and_si256(_mm256_srli_epi32(words, 14), _mm256_set1_epi32(7));
}

__attribute__((target("avx2"))) __m256i load(const std::byte* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

__attribute__((target("avx2"))) void store(void* to, __m256i bytes) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), bytes);
}

__attribute__((target("avx2"))) bool stride_avx2(const std::byte* from, std::uint32_t expected, std::size_t at,
                                                 const Columns& to) {
  const __m256i eight = _mm256_set1_epi32(8);
  __m256i counter = _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(expected)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  __m256i odd = _mm256_setzero_si256();
  for (std::size_t half = 0; half < kStride; half += 32, at += 32) {
    __m256i words[4];
    for (std::size_t v = 0; v < 4; ++v) {
      words[v] = load(from + (half + 8 * v) * kWord);
      odd = _mm256_or_si256(odd, _mm256_xor_si256(_mm256_srli_epi32(words[v], 18), counter));
      counter = _mm256_add_epi32(counter, eight);
    }
    store(to.codes + at, codes_of(words[0], words[1]));
    store(to.codes + at + 16, codes_of(words[2], words[3]));
    store(to.ranges + at, bytes_of(ranges_of(words[0]), ranges_of(words[1]), ranges_of(words[2]), ranges_of(words[3])));
    store(to.lines + at, bytes_of(_mm256_srli_epi32(words[0], 24), _mm256_srli_epi32(words[1], 24),
                                  _mm256_srli_epi32(words[2], 24), _mm256_srli_epi32(words[3], 24)));
  }
  return _mm256_testz_si256(odd, _mm256_set1_epi32(kCounterPeriod - 1)) != 0;
}

#endif

using Stride = bool (*)(const std::byte*, std::uint32_t, std::size_t, const Columns&);

std::size_t unpack_by(Stride stride, const std::byte* from, std::size_t words, std::uint32_t expected,
                      const Columns& to) {
  std::size_t n = 0;
  while (n + kStride <= words && stride(from + n * kWord, expected + static_cast<std::uint32_t>(n), n, to)) n += kStride;
  for (; n < words; ++n) {
    const std::uint32_t word = word_at(from + n * kWord);
    if ((word >> 18) % kCounterPeriod != (expected + n) % kCounterPeriod) break;
    unpack_word(word, n, to);
  }
  return n;
}

}  // namespace

std::size_t unpack_words_portably(const std::byte* from, std::size_t words, std::uint32_t expected, const Columns& to) {
  return unpack_by(stride_portably, from, words, expected, to);
}

std::size_t unpack_words(const std::byte* from, std::size_t words, std::uint32_t expected, const Columns& to) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return unpack_by(stride_avx2, from, words, expected, to);
#endif
  return unpack_words_portably(from, words, expected, to);
}

}  // namespace jr::ppk2
