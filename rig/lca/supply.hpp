// Between the board and its source of energy: regulator, charger, mains part.
// Never counts a loss twice: what was measured at the source has no regulator behind it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/core/units.hpp"
#include "rig/lca/input.hpp"

namespace jr::lca {

/// A regulator as a function from the current it delivers to the power it takes.
class Converter {
 public:
  struct Point { double current_A{}, efficiency{}; };

  /// Linear: I_in = I_out + I_q. Errors (usage): V_out above V_in, anything not positive (I_q may be 0).
  static Result<Converter> linear(Volt input, Volt output, Ampere quiescent);
  /// Switching: efficiency over output current, linear between points in the logarithm of the current. Below the
  /// first point the loss in watt runs evenly to `no_load_W` (0: stays what it is there); above the last the efficiency stays.
  /// Errors (usage): no points, currents that do not ascend or are not positive, efficiency outside (0, 1].
  static Result<Converter> switching(Volt output, std::vector<Point> curve, double no_load_W);

  double input_power_W(double output_current_A) const;  ///< a negative current counts as none
  double efficiency(double output_current_A) const;     ///< output over input power; 0 at no current
  double output_V() const { return output_V_; }
  bool is_linear() const { return curve_.empty(); }
  std::string words() const;  ///< "linear, 3.7 V to 1.8 V, 1 uA of its own"

 private:
  double input_V_{}, output_V_{}, quiescent_A_{}, no_load_W_{};
  std::vector<Point> curve_;  ///< empty: linear
};

/// Hands currents in ampere, sample by sample, to `take` in pieces of any size; the caller feeds a trace.
using CurrentFeed = std::function<void(const std::function<void(std::span<const double>)>& take)>;

/// What went through a converter.
struct Passage {
  double output_J{}, input_J{};
  double peak_A{};        ///< highest output current
  double samples{};
  bool sample_by_sample{};
  double efficiency() const { return input_J > 0 ? output_J / input_J : 0; }
};
/// Averages the input over the trace: right when sleep is microamperes and peaks are a hundred milliamperes.
Passage through(const Converter& converter, const CurrentFeed& feed, Second period);
/// The efficiency at the mean current: an approximation, and says so (`sample_by_sample` false).
Passage at_mean(const Converter& converter, Ampere mean, Second duration);

enum class Plane { at_source, after_regulator };  ///< where energies were measured
enum class Feeding { mains, rechargeable, primary, harvested };
const char* name_of(Plane plane);      ///< "at the source", "after the regulator"
const char* name_of(Feeding feeding);  ///< "mains", "rechargeable", "primary", "harvested"

struct SupplyChain {
  Plane plane{Plane::at_source};
  std::optional<Converter> converter;     ///< needed behind the regulator; unused at the source
  std::optional<Input> fixed_efficiency;  ///< instead of a converter: one figure, 1
  Feeding feeding{Feeding::rechargeable};
  // Mains. With a no-load power the efficiency must be incremental (d output / d input), or no-load counts twice.
  std::optional<Input> mains_efficiency, mains_no_load;  ///< 1, W
  bool mains_efficiency_is_incremental{};
  // Rechargeable.
  std::optional<Input> discharge_efficiency, charge_efficiency, charger_efficiency;  ///< 1
  std::optional<Input> charger_no_load;                                              ///< W
  std::optional<Input> plugged_share;  ///< of the lifetime that the charger is in its socket; absent: always
};
/// Errors (usage): an efficiency outside (0, 1], no-load beside a total efficiency, behind a regulator without one.
Result<void> check(const SupplyChain& chain);

}  // namespace jr::lca
