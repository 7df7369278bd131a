// A value's doubt in the form that life-cycle programs know: normal, log-normal, triangle, uniform.
// Never moves the value: it is the mean, the median or the mode of what it is handed over with.
#pragma once

#include <optional>

#include "rig/lca/input.hpp"

namespace jr::lca {

/// Above this relative standard uncertainty a positive value goes out as log-normal: a normal one would reach below zero.
inline constexpr double kLognormalAbove = 0.1;

/// As exported. `center` is the value itself: mean of a normal, geometric mean (median) of a log-normal, mode of a triangle.
struct StatedSpread {
  Spread spread{Spread::fixed};  ///< never `measured`
  double center{};
  double sd{};                   ///< normal
  double gsd{1};                 ///< log-normal: plain geometric standard deviation
  double low{}, high{};          ///< triangular, uniform
};

/// Normal with standard deviation `u`; log-normal with gsd = exp(sqrt(ln(1 + (u/x)^2))) above 10 %; fixed without a doubt.
StatedSpread stated(double value, double u);
/// The input times `scale` (above 0): widths grow with it, since what is shared by all events does not average out.
StatedSpread stated(const Input& input, double scale = 1);

}  // namespace jr::lca
