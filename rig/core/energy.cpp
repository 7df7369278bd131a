// Arithmetic of energies by source key: equal keys add with their signs before they are squared.
// Never assumes a correlation that no key states.
#include "rig/core/energy.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace jr {
namespace {

/// Adds scaled sources into `into`, merging equal keys; keeps the order of first appearance.
void merge(std::vector<Source>& into, const std::vector<Source>& from, double k) {
  for (const Source& source : from) {
    auto same = source.key.empty()
                    ? into.end()
                    : std::find_if(into.begin(), into.end(),
                                   [&](const Source& s) { return s.key == source.key; });
    if (same == into.end()) {
      into.push_back(source);
      into.back().u_J *= k;
    } else {
      same->u_J += k * source.u_J;
    }
  }
}

double root_sum_of_squares(const std::vector<Source>& sources) {
  double variance = 0;
  for (const Source& source : sources) variance += source.u_J * source.u_J;
  return std::sqrt(variance);
}

}  // namespace

Joule Energy::standard_uncertainty() const {
  std::vector<Source> merged;
  merge(merged, sources, 1.0);
  return {root_sum_of_squares(merged)};
}

Energy operator+(const Energy& a, const Energy& b) {
  Energy sum{a.value + b.value, {}};
  merge(sum.sources, a.sources, 1.0);
  merge(sum.sources, b.sources, 1.0);
  return sum;
}

Energy operator-(const Energy& a, const Energy& b) { return a + (-1.0) * b; }

Energy operator*(double k, const Energy& a) {
  Energy scaled{k * a.value, a.sources};
  for (Source& source : scaled.sources) source.u_J *= k;
  return scaled;
}

Ratio ratio(const Energy& a, const Energy& b) {
  if (b.value.value == 0) throw std::invalid_argument("ratio: the denominator is zero");
  const double quotient = a.value / b.value;
  const Energy deviation = (1.0 / b.value.value) * (a - quotient * b);
  return {quotient, deviation.standard_uncertainty().value};
}

}  // namespace jr
