// Closed forms; where phases decide, all phases are averaged exactly instead of drawn.
// Never assumes that what repeats is independent of the grid.
#include "rig/energy/edges.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace jr {
namespace {

constexpr std::uint64_t kMostPulses = 100'000;
constexpr std::size_t kBlock = 32;

/// The part of a sample that `duration` goes beyond whole ones.
double fraction(Second duration, Second period) {
  if (!(period.value > 0) || !(duration.value >= 0))
    throw std::invalid_argument("a window on a grid needs a length and a period");
  const double samples = duration / period;
  const double f = samples - std::floor(samples);
  // A whole number of periods must come out as one although 0.001 / 1e-5 is not 100 in binary.
  const double dust = 1e-9 + 1e-15 * samples;
  return f < dust || f > 1 - dust ? 0.0 : f;
}

/// Covariance of "a phase lies in an arc of length f" with the same for a phase turned by `turn`.
double arc_covariance(double f, double turn) {
  return std::max(0.0, f - turn) + std::max(0.0, f - (1 - turn)) - f * f;
}

}  // namespace

Second edge_sd_of_fixed_length(Second duration, Second period) {
  const double f = fraction(duration, period);
  return std::sqrt(f * (1 - f)) * period;
}

Second edge_sd_of_random_length(Second period) { return period / std::sqrt(6.0); }

Watt edge_sensitivity(EdgeEffect effect, Watt active, Watt idle) {
  return effect == EdgeEffect::sampled_length_of_total ? active : active - idle;
}

double aliasing_of_steady_pulses(Second width, Second period, std::uint64_t pulses,
                                 Second repetition) {
  const double f = fraction(width, period), advance = fraction(repetition, period);
  if (pulses == 0 || width.value == 0) return 0;
  const std::uint64_t m = std::min(pulses, kMostPulses);
  double variance = static_cast<double>(m) * arc_covariance(f, 0);
  for (std::uint64_t k = 1; k < m; ++k) {
    const double turns = static_cast<double>(k) * advance;
    variance += 2 * static_cast<double>(m - k) * arc_covariance(f, turns - std::floor(turns));
  }
  return std::sqrt(std::max(0.0, variance)) / static_cast<double>(m) * (period / width);
}

double code_sd(const RangeMoments& moments) {
  if (moments.n < 2) return 0;
  __extension__ using Wide = unsigned __int128;
  // n sum c^2 - (sum c)^2 is exact; it is never negative.
  const Wide spread = Wide{moments.n} * moments.sum_of_squares - Wide{moments.sum} * moments.sum;
  const auto n = static_cast<double>(moments.n);
  return std::sqrt(static_cast<double>(spread) / n / (n - 1));
}

double code_noise(std::span<const std::uint16_t> codes) {
  std::vector<double> sds;
  for (std::size_t first = 0; first + kBlock <= codes.size(); first += kBlock) {
    RangeMoments block;
    for (const std::uint16_t code : codes.subspan(first, kBlock)) {
      ++block.n;
      block.sum += code;
      block.sum_of_squares += std::uint64_t{code} * code;
    }
    sds.push_back(code_sd(block));
  }
  if (sds.empty()) return 0;
  const auto middle = sds.begin() + static_cast<std::ptrdiff_t>(sds.size() / 2);
  std::nth_element(sds.begin(), middle, sds.end());
  return *middle;
}

QuantisationBias quantisation_bias(double sd_codes, double mean_code,
                                   const RangePolynomial& range) {
  if (sd_codes >= kDitheredCodeSd) return {};
  return {true, {0.5 * std::abs(range.b_A_per_code + 2 * range.q_A_per_code2 * mean_code)}};
}

}  // namespace jr
