// Sixteen codes an instruction where the machine can (AVX2), one after the other where it cannot.
// Never rounds: squares are widened before anything could overflow.
#include "rig/core/block_sums.hpp"

#include <algorithm>
#include <stdexcept>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace jr {
namespace {

#if defined(__x86_64__)

constexpr std::size_t kLanes = 16;
/// Vectors whose lane sums still fit in 32 bits: each adds at most 2^16 to a lane.
constexpr std::size_t kVectors = 8192;

__attribute__((target("avx2"))) std::int64_t sum_of_lanes(__m256i lanes) {
  alignas(32) std::int32_t values[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(values), lanes);
  std::int64_t sum = 0;
  for (const std::int32_t value : values) sum += value;
  return sum;
}

__attribute__((target("avx2"))) std::uint64_t sum_of_wide_lanes(__m256i lanes) {
  alignas(32) std::uint64_t values[4];
  _mm256_store_si256(reinterpret_cast<__m256i*>(values), lanes);
  return values[0] + values[1] + values[2] + values[3];
}

/// Smallest of sixteen, by the one instruction that finds the smallest of eight.
__attribute__((target("avx2"))) std::uint16_t smallest_lane(__m256i lanes) {
  const __m128i eight = _mm_min_epu16(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  return static_cast<std::uint16_t>(_mm_extract_epi16(_mm_minpos_epu16(eight), 0));
}

/// Whole vectors only. The multiplication is of signed numbers, so codes are taken about the middle of their
/// span: with d = c - 2^15, sum c = sum d + 2^15 n and sum c^2 = sum d^2 + 2^16 sum d + 2^30 n.
__attribute__((target("avx2"))) BlockSums sums_avx2(const std::uint16_t* codes, std::size_t vectors) {
  const __m256i middle = _mm256_set1_epi16(-32768), ones = _mm256_set1_epi16(1);
  const __m256i low_half = _mm256_set1_epi64x(0xFFFFFFFF);
  __m256i min = _mm256_set1_epi16(-1), max = _mm256_setzero_si256();
  __m256i even = max, odd = max;
  std::int64_t sum = 0;
  for (std::size_t done = 0; done < vectors;) {
    const std::size_t end = std::min(vectors, done + kVectors);
    __m256i narrow = _mm256_setzero_si256();
    for (; done < end; ++done) {
      const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + done * kLanes));
      min = _mm256_min_epu16(min, c);
      max = _mm256_max_epu16(max, c);
      const __m256i d = _mm256_xor_si256(c, middle);
      const __m256i squares = _mm256_madd_epi16(d, d);  // at most 2^31 a lane: right without its sign
      narrow = _mm256_add_epi32(narrow, _mm256_madd_epi16(d, ones));
      even = _mm256_add_epi64(even, _mm256_and_si256(squares, low_half));
      odd = _mm256_add_epi64(odd, _mm256_srli_epi64(squares, 32));
    }
    sum += sum_of_lanes(narrow);
  }
  const std::uint64_t n = vectors * kLanes, about_middle = static_cast<std::uint64_t>(sum);
  const __m256i inverted = _mm256_xor_si256(max, _mm256_set1_epi16(-1));
  return {smallest_lane(min), static_cast<std::uint16_t>(~smallest_lane(inverted)), about_middle + (n << 15),
          sum_of_wide_lanes(_mm256_add_epi64(even, odd)) + (about_middle << 16) + (n << 30)};
}

#endif

}  // namespace

BlockSums block_sums_portably(std::span<const std::uint16_t> codes) {
  if (codes.empty()) throw std::invalid_argument("block_sums: no codes");
  BlockSums sums{codes[0], codes[0], 0, 0};
  for (const std::uint16_t code : codes) {
    sums.min = std::min(sums.min, code);
    sums.max = std::max(sums.max, code);
    sums.sum += code;
    sums.sum_of_squares += std::uint32_t{code} * std::uint32_t{code};
  }
  return sums;
}

BlockSums block_sums(std::span<const std::uint16_t> codes) {
#if defined(__x86_64__)
  const std::size_t vectors = codes.size() / kLanes;
  if (vectors > 0 && __builtin_cpu_supports("avx2")) {
    BlockSums sums = sums_avx2(codes.data(), vectors);
    if (const auto rest = codes.subspan(vectors * kLanes); !rest.empty()) {
      const BlockSums last = block_sums_portably(rest);
      sums.min = std::min(sums.min, last.min);
      sums.max = std::max(sums.max, last.max);
      sums.sum += last.sum;
      sums.sum_of_squares += last.sum_of_squares;
    }
    return sums;
  }
#endif
  return block_sums_portably(codes);
}

}  // namespace jr
