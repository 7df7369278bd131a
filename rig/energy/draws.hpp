// Random numbers for Monte Carlo trials: the same seed gives the same bits on every machine.
// Never uses a library's generator or distribution, nor a function that libraries round
// differently.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "rig/core/energy.hpp"

namespace jr {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) under own transforms. All draws have mean 0 and
/// standard deviation 1, but for Student's, which is a normal over the root of a mean square.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /// Even in (-1, 1).
  double even() {
    return (static_cast<double>(static_cast<std::int64_t>(bits()) >> 11) + 0.5) * 0x1p-52;
  }
  /// The number of ones among 256 fair bits, its steps filled evenly: kurtosis 0.008 below a
  /// normal's, which moves the 99 % quantile by 0.1 %.
  double normal() {
    int ones = -128;
    for (int word = 0; word < 4; ++word) ones += std::popcount(bits());
    return (ones + 0.5 * even()) / std::sqrt(64 + 1.0 / 12);
  }
  double rectangular() { return std::sqrt(3.0) * even(); }
  double triangular() { return std::sqrt(1.5) * (even() + even()); }
  /// x of a point that is even on a circle: rejection from the square, no sine.
  double arcsine() {
    for (;;) {
      const double x = even(), y = even(), r2 = x * x + y * y;
      if (r2 <= 1 && r2 > 1e-30) return std::sqrt(2.0) * x / std::sqrt(r2);
    }
  }
  /// Chi-squared over its degrees of freedom: a sum of squares, or Wilson and Hilferty's cube of a
  /// normal for many degrees of freedom and for broken ones.
  double mean_square(double degrees_of_freedom) {
    if (degrees_of_freedom <= 30 && degrees_of_freedom == std::floor(degrees_of_freedom)) {
      double sum = 0;
      for (int i = 0; i < static_cast<int>(degrees_of_freedom); ++i) {
        const double z = normal();
        sum += z * z;
      }
      return sum / degrees_of_freedom;
    }
    const double v = 2 / (9 * degrees_of_freedom), root = 1 - v + normal() * std::sqrt(v);
    return root > 0 ? root * root * root : 0.0;
  }

 private:
  std::uint64_t state_;
};

/// One error of a source in its standard deviations. With `estimated`, a Student source is divided
/// by the root of its own mean square (JCGM 101, 6.4.9); without, its u is taken for known.
double drawn(Draws& draws, const Source& source, bool estimated);

}  // namespace jr
