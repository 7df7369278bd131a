// Distributions: their moments, and draws that give the same bits on every machine.
// Never takes a library's exponential where a draw depends on it.
#include "rig/lca/input.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace jr::lca {
namespace {

Failure refused(const Input& input, const std::string& what) {
  return fail(Trouble::usage, "'" + input.name + "' " + what);
}

/// ln(x) for x > 0 as 2 artanh((m - 1) / (m + 1)) about the nearest power of two.
double logarithm(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double z = (m - 1) / (m + 1), z2 = z * z;
  double sum = 0;
  for (int n = 25; n >= 1; n -= 2) sum = sum * z2 + 1.0 / n;
  return exponent * 0.69314718055994531 + 2 * z * sum;
}

/// A mode between two limits: inverse of its distribution.
double triangular_at(const Input& input, double p) {
  const double width = input.high - input.low;
  if (width <= 0) return input.value;
  const double at_mode = (input.value - input.low) / width;
  return p < at_mode ? input.low + std::sqrt(p * width * (input.value - input.low))
                     : input.high - std::sqrt((1 - p) * width * (input.high - input.value));
}

}  // namespace

const char* name_of(Spread spread) {
  switch (spread) {
    case Spread::fixed: return "fixed";
    case Spread::normal: return "normal";
    case Spread::lognormal: return "lognormal";
    case Spread::triangular: return "triangular";
    case Spread::uniform: return "uniform";
    case Spread::measured: return "measured";
  }
  throw std::logic_error("a spread has no name");
}

bool Input::uncertain() const { return standard_uncertainty() > 0; }

double Input::standard_uncertainty() const {
  switch (spread) {
    case Spread::fixed: return 0;
    case Spread::normal: return u;
    case Spread::lognormal: {
      const double s2 = std::pow(logarithm(gsd), 2);
      return std::abs(value) * exponential(s2 / 2) * std::sqrt(std::max(0.0, exponential(s2) - 1));
    }
    case Spread::triangular: {
      const double a = value - low, b = high - value;
      return std::sqrt((a * a + a * b + b * b) / 18);
    }
    case Spread::uniform: return (high - low) / std::sqrt(12.0);
    case Spread::measured: return Energy{{value}, sources}.standard_uncertainty().value;
  }
  return 0;
}

double Input::mean() const {
  switch (spread) {
    case Spread::lognormal: return value * exponential(std::pow(logarithm(gsd), 2) / 2);
    case Spread::triangular: return (low + value + high) / 3;
    case Spread::uniform: return (low + high) / 2;
    default: return value;
  }
}

Result<Input> checked(Input input) {
  if (input.citation.text.empty())
    return refused(input, "has no source: say who states it, of which year and under which licence.");
  if (!std::isfinite(input.value)) return refused(input, "is no finite number.");
  const bool limited = input.spread == Spread::triangular || input.spread == Spread::uniform;
  if (limited && !(input.low <= input.value && input.value <= input.high && std::isfinite(input.high - input.low)))
    return refused(input, "needs low <= value <= high for its distribution.");
  if (input.spread == Spread::lognormal && !(input.gsd >= 1 && std::isfinite(input.gsd) && input.value > 0))
    return refused(input, "needs a value above 0 and a gsd of at least 1 for a lognormal distribution.");
  if (input.spread == Spread::normal && !(input.u >= 0 && std::isfinite(input.u)))
    return refused(input, "needs a standard uncertainty u of at least 0 for a normal distribution.");
  return input;
}

Input fixed(const std::string& name, double value, const std::string& unit, const Citation& citation) {
  Input input;
  input.name = name;
  input.unit = unit;
  input.value = value;
  input.citation = citation;
  return input;
}

Input measured(const std::string& name, const Energy& quantity, const std::string& unit, const Citation& citation) {
  Input input = fixed(name, quantity.value.value, unit, citation);
  input.sources = quantity.sources;
  input.spread = input.sources.empty() ? Spread::fixed : Spread::measured;
  return input;
}

double drawn(Draws& draws, const Input& input) {
  switch (input.spread) {
    case Spread::normal:
      // What is positive stays so: a lamp does not take negative power, however badly it is known.
      for (int attempt = 0; attempt < 64; ++attempt) {
        const double x = input.value + input.u * draws.normal();
        if (input.value <= 0 || x > 0) return x;
      }
      return input.value;
    case Spread::lognormal: return input.value * exponential(logarithm(input.gsd) * draws.normal());
    case Spread::triangular: return triangular_at(input, 0.5 * (draws.even() + 1));
    case Spread::uniform: return input.low + (input.high - input.low) * 0.5 * (draws.even() + 1);
    default: return input.value;
  }
}

double quantile(const Input& input, double p) {
  constexpr double kTail = 1.6448536269514722;  // of a normal at 5 % and 95 %
  const double z = p < 0.5 ? -kTail : kTail;
  switch (input.spread) {
    case Spread::normal: return input.value + z * input.u;
    case Spread::lognormal: return input.value * exponential(z * logarithm(input.gsd));
    case Spread::triangular: return triangular_at(input, p);
    case Spread::uniform: return input.low + p * (input.high - input.low);
    default: return input.value;
  }
}

double exponential(double x) {
  if (x > 709) return std::numeric_limits<double>::infinity();
  if (x < -745) return 0;
  const double k = std::nearbyint(x * 1.4426950408889634);
  // ln 2 in two parts, so that the remainder keeps its last digits.
  const double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
  double sum = 1;
  for (int n = 14; n >= 1; --n) sum = 1 + sum * r / n;
  return std::ldexp(sum, static_cast<int>(k));
}

}  // namespace jr::lca
