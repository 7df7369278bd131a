// Horner by tables of eight coefficients; products are rounded before they are added, here and there alike.
// Never multiplies and adds in one step, whatever the machine offers.
#include "rig/core/amperes.hpp"

#include <array>
#include <limits>
#include <stdexcept>

#include "rig/core/sample_block.hpp"
#include "rig/core/value_runs.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace jr {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

/// One column a coefficient. A range without a polynomial has NaN.
struct Coefficients {
  alignas(32) std::array<float, kMaxRanges> a{}, b{}, q{};

  Coefficients(const std::vector<RangePolynomial>& polynomials, Volt supply) {
    if (polynomials.size() > kMaxRanges) throw std::invalid_argument("to_ampere: too many polynomials");
    a.fill(kNone);
    for (std::size_t r = 0; r < polynomials.size(); ++r) {
      a[r] = static_cast<float>(polynomials[r].a_A + polynomials[r].s_A_per_V * supply.value);
      b[r] = static_cast<float>(polynomials[r].b_A_per_code);
      q[r] = static_cast<float>(polynomials[r].q_A_per_code2);
    }
  }
};

/// Groups of a fixed count: compilers vectorise those without being told to.
void convert_run(std::span<const std::uint16_t> codes, float a, float b, float q, float* out) {
  constexpr std::size_t kGroup = 16;
  const auto convert = [&](std::size_t i) {
    const auto c = static_cast<float>(codes[i]);
    out[i] = a + c * (b + c * q);
  };
  std::size_t at = 0;
  for (; at + kGroup <= codes.size(); at += kGroup)
    for (std::size_t i = at; i < at + kGroup; ++i) convert(i);
  for (; at < codes.size(); ++at) convert(at);
}

void convert_portably(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges,
                      const Coefficients& of, float* out) {
  for (std::size_t start = 0; start < codes.size();) {
    const std::size_t end = run_end(ranges, start), r = ranges[start];
    const auto run = codes.subspan(start, end - start);
    r < kMaxRanges ? convert_run(run, of.a[r], of.b[r], of.q[r], out + start)
                   : convert_run(run, kNone, 0, 0, out + start);
    start = end;
  }
}

#if defined(__x86_64__)

constexpr std::size_t kFloats = 8;  // in one vector

/// Whole groups of eight.
__attribute__((target("avx2"))) void convert_avx2(const std::uint16_t* codes, const std::uint8_t* ranges,
                                                  std::size_t groups, const Coefficients& of, float* out) {
  const __m256 a = _mm256_load_ps(of.a.data()), b = _mm256_load_ps(of.b.data()), q = _mm256_load_ps(of.q.data());
  const __m256i last = _mm256_set1_epi32(kMaxRanges - 1);
  const __m256 none = _mm256_set1_ps(kNone);
  for (std::size_t at = 0; at < groups * kFloats; at += kFloats) {
    const __m256i range = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(ranges + at)));
    const __m256 c = _mm256_cvtepi32_ps(
        _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + at))));
    const __m256 inner = _mm256_add_ps(_mm256_permutevar8x32_ps(b, range),
                                       _mm256_mul_ps(c, _mm256_permutevar8x32_ps(q, range)));
    const __m256 ampere = _mm256_add_ps(_mm256_permutevar8x32_ps(a, range), _mm256_mul_ps(c, inner));
    const __m256 beyond = _mm256_castsi256_ps(_mm256_cmpgt_epi32(range, last));
    _mm256_storeu_ps(out + at, _mm256_blendv_ps(ampere, none, beyond));
  }
}

#endif

void check_shapes(std::size_t codes, std::size_t ranges, std::size_t out) {
  if (codes != ranges || codes != out) throw std::invalid_argument("to_ampere: shapes differ");
}

}  // namespace

void to_ampere_portably(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges,
                        const std::vector<RangePolynomial>& polynomials, Volt supply, std::span<float> out) {
  check_shapes(codes.size(), ranges.size(), out.size());
  convert_portably(codes, ranges, Coefficients(polynomials, supply), out.data());
}

void to_ampere(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges,
               const std::vector<RangePolynomial>& polynomials, Volt supply, std::span<float> out) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    check_shapes(codes.size(), ranges.size(), out.size());
    const Coefficients coefficients(polynomials, supply);
    const std::size_t groups = codes.size() / kFloats, done = groups * kFloats;
    convert_avx2(codes.data(), ranges.data(), groups, coefficients, out.data());
    if (done == codes.size()) return;
    return convert_portably(codes.subspan(done), ranges.subspan(done), coefficients, out.data() + done);
  }
#endif
  to_ampere_portably(codes, ranges, polynomials, supply, out);
}

}  // namespace jr
