// The distribution of a sum of independent errors: one normal and any number of bounded shapes.
// Never draws random numbers: a fixed grid, a fixed order, the same bits each time.
#pragma once

#include <span>
#include <vector>

#include "rig/core/energy.hpp"

namespace jr {

/// Half width of the bounded distributions, in standard deviations: sqrt(3), sqrt(6), sqrt(2).
/// Throws std::logic_error for a distribution without bounds.
double half_width_over_u(Distribution bounded);

/// X = N + sum of B_i, N normal, each B_i rectangular, triangular or arcsine, all independent with
/// mean zero. Its density is recovered from the product of the characteristic functions (sinc,
/// sinc^2, J0, Gaussian; JCGM 101 defines the sum, Abramowitz and Stegun 9.1 the J0) by the
/// trapezoidal rule, which is exact but for the tails beyond the period; a period holds them all.
/// Requires a positive variance.
class ErrorSum {
 public:
  struct Bounded {
    Distribution distribution{Distribution::rectangular};
    double u{};  ///< standard deviation, any unit
  };
  /// The density and its derivatives at one place.
  struct Density {
    double f{}, first{}, second{}, third{};
  };

  ErrorSum(double normal_variance, std::span<const Bounded> bounded);

  double inside(double x) const;  ///< P(|X| <= x); x >= 0
  Density density(double x) const;
  double half_width(double coverage) const;  ///< x with P(|X| <= x) = coverage, 0 < coverage < 1
  double standard() const { return unit_; }

 private:
  double inside_unit(double x) const;
  Density density_unit(double x) const;

  double unit_{};            ///< combined standard deviation; everything below is in units of it
  double bound_{};           ///< nothing of X lies beyond
  double step_{};            ///< of the grid over which the characteristic function is tabulated
  double smoothing_{};       ///< variance lent to a sum that has no normal, taken back at the end
  std::vector<double> phi_;  ///< characteristic function at step, 2 step, ...
};

}  // namespace jr
