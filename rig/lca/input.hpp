// What goes into a life cycle: a value with its unit, how far it may be off, and who says so.
// Never a number without a source.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "rig/core/energy.hpp"
#include "rig/core/result.hpp"
#include "rig/energy/draws.hpp"

namespace jr::lca {

/// Who says it. A text of its own: reports print it, exports write it into their source records.
struct Citation {
  std::string id;         ///< short, unique in a scenario: "ember-2024"; runs: the run's id
  std::string text;       ///< author, title, edition
  int year{};             ///< of the publication or the measurement; 0: none is known
  std::string licence;    ///< of the figure or of the file it comes from
  std::string retrieved;  ///< ISO date; empty: not recorded
  bool confirmed{true};   ///< read at the source; false: second hand, or from memory
  bool assumed{};         ///< a choice of whoever computes, no finding
  /// Pedigree: reliability, completeness, temporal, geographical and technological correlation, 1 (best) to
  /// 5 (worst) as in Weidema and Wesnaes (1996); all 0: not scored.
  std::array<int, 5> pedigree{};
};

/// How a value may be off. `measured` is normal with source keys, so that equal keys are one error.
enum class Spread { fixed, normal, lognormal, triangular, uniform, measured };
const char* name_of(Spread spread);  ///< "fixed", "normal", "lognormal", "triangular", "uniform", "measured"

/// A value that a result depends on, in the canonical unit of its dimension (see unit.hpp).
struct Input {
  std::string name;  ///< for people: "energy of inference", "grid intensity"
  std::string unit;
  double value{};    ///< the named value; triangular: the mode, lognormal: the median, uniform: any point inside
  Spread spread{Spread::fixed};
  double u{};                   ///< normal: standard uncertainty, in `unit`
  double gsd{1};                ///< lognormal: geometric standard deviation, at least 1
  double low{}, high{};         ///< triangular, uniform
  std::vector<Source> sources;  ///< measured: signed standard uncertainties, in `unit` although the field is called u_J
  Citation citation;

  bool uncertain() const;
  double standard_uncertainty() const;
  double mean() const;  ///< of its distribution; differs from `value` when that is skewed
};

/// Builds and checks an input. Errors (usage): no source text; a value or a limit that is not finite; low > value or
/// value > high; gsd < 1; u < 0. The sentence names the input.
Result<Input> checked(Input input);

/// A value that nobody doubts, in its canonical unit.
Input fixed(const std::string& name, double value, const std::string& unit, const Citation& citation);

/// A measured quantity: value, and every doubt with its key, so that correlations survive.
/// `value` is in `unit`, and so are the u of `quantity` (joule, watt or second; rig/energy/statement.hpp).
Input measured(const std::string& name, const Energy& quantity, const std::string& unit, const Citation& citation);

/// One draw of an input that is not `measured` (those are drawn by key, see monte_carlo.hpp).
double drawn(Draws& draws, const Input& input);

/// Where 5 % (p = 0.05) or 95 % (p = 0.95) of an input that is not `measured` lie below.
double quantile(const Input& input, double p);

/// e^x by argument reduction and a fixed polynomial: the same bits everywhere, within 2 ulp for |x| < 700.
double exponential(double x);

}  // namespace jr::lca
