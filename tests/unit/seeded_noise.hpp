// Random numbers for simulated proofs: the same seed gives the same numbers with any standard
// library. Never seeded by a clock.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

namespace jr::test {

class SeededNoise {
 public:
  explicit SeededNoise(std::uint64_t seed) : random_(seed) {}

  double uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
  double normal() {  // Box and Muller, both values used
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    has_spare_ = true;
    return radius * std::cos(angle);
  }
  double exponential() { return -std::log(uniform()); }

  /// N values of a first-order autoregression with mean 0 and standard deviation 1.
  std::vector<double> autoregressive(std::size_t n, double rho) {
    std::vector<double> values{normal()};
    while (values.size() < n)
      values.push_back(rho * values.back() + std::sqrt(1 - rho * rho) * normal());
    return values;
  }

 private:
  std::mt19937_64 random_;
  double spare_{};
  bool has_spare_{};
};

}  // namespace jr::test
