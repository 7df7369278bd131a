// The coverage study's own dice. Shares nothing with the product's or the virtual bench's.
// Never uses a library's distribution, so that a table can be made again anywhere.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace jr::coverage {

/// xoshiro256** (Blackman and Vigna 2018), seeded by a linear congruential sequence.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t stream) {
    std::uint64_t x = seed * 0x5851F42D4C957F2Du + stream * 0x14057B7EF767814Fu + 1;
    for (int warm = 0; warm < 8; ++warm)
      for (std::uint64_t& word : state_) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        word ^= (x >> 29) * 0xD1342543DE82EF95u + x;
      }
  }
  std::uint64_t bits() {
    const std::uint64_t result = turned(state_[1] * 5, 7) * 9, t = state_[1] << 17;
    state_[2] ^= state_[0], state_[3] ^= state_[1], state_[1] ^= state_[2], state_[0] ^= state_[3];
    state_[2] ^= t, state_[3] = turned(state_[3], 45);
    return result;
  }
  double unit() { return (static_cast<double>(bits() >> 12) + 0.5) * 0x1p-52; }  ///< even in (0, 1)
  double even(double half_width) { return half_width * (2 * unit() - 1); }
  double normal() {
    return std::sqrt(-2 * std::log(unit())) * std::cos(2 * std::numbers::pi * unit());
  }
  double exponential() { return -std::log(unit()); }

 private:
  static std::uint64_t turned(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  std::uint64_t state_[4]{};
};

}  // namespace jr::coverage
