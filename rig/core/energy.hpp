// A joule with its doubt: a value and a sparse list of (what is shared, signed standard uncertainty).
// Two energies are correlated exactly as far as they name the same source keys.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "rig/core/units.hpp"

namespace jr {

enum class Distribution { normal, student, rectangular, triangular, arcsine };

/// One source of doubt. Equal keys mean the same error of the world, hence full correlation;
/// different keys mean independence. An empty key is shared with nothing.
struct Source {
  std::string key;
  double u_J{};  ///< standard uncertainty times sensitivity, with its sign
  double degrees_of_freedom{std::numeric_limits<double>::infinity()};
  Distribution distribution{Distribution::normal};
};

struct Energy {
  Joule value;
  std::vector<Source> sources;

  Joule standard_uncertainty() const;  ///< root of the sum over keys of (sum of signed u)^2
};

Energy operator+(const Energy& a, const Energy& b);
Energy operator-(const Energy& a, const Energy& b);
Energy operator*(double k, const Energy& a);

/// A pure number a/b with its standard uncertainty, correlation taken from the keys.
/// Requires b.value != 0.
struct Ratio { double value{}; double u{}; };
Ratio ratio(const Energy& a, const Energy& b);

/// A coverage interval: value +- U at `coverage`, with the factor and degrees of freedom behind it.
struct Interval {
  double U{};
  double k{};
  double coverage{0.95};
  double degrees_of_freedom{};
};

const char* name_of(Distribution distribution);

}  // namespace jr
