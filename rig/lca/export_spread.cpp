// From our distributions to those of the exchange formats.
// The threshold and the log-normal's shape are stated in README.md, and nowhere else decided.
#include "rig/lca/export_spread.hpp"

#include <cmath>

namespace jr::lca {

StatedSpread stated(double value, double u) {
  StatedSpread out;
  out.center = value;
  if (!(u > 0) || !std::isfinite(u)) return out;
  if (value > 0 && u / value > kLognormalAbove) {
    out.spread = Spread::lognormal;
    out.gsd = std::exp(std::sqrt(std::log1p(u / value * (u / value))));
    return out;
  }
  out.spread = Spread::normal;
  out.sd = u;
  return out;
}

StatedSpread stated(const Input& input, double scale) {
  StatedSpread out;
  out.center = scale * input.value;
  switch (input.spread) {
    case Spread::fixed: return out;
    case Spread::normal:
    case Spread::measured: return stated(scale * input.value, scale * input.standard_uncertainty());
    case Spread::lognormal:
      out.spread = input.gsd > 1 ? Spread::lognormal : Spread::fixed;
      out.gsd = input.gsd;
      return out;
    case Spread::triangular:
    case Spread::uniform:
      if (!(input.high > input.low)) return out;
      out.spread = input.spread;
      out.low = scale * input.low;
      out.high = scale * input.high;
      return out;
  }
  return out;
}

}  // namespace jr::lca
