// Regulators as curves and the checks of a chain. Pure arithmetic over what the caller feeds.
// Never extrapolates an efficiency upwards: outside the curve the nearest point holds.
#include "rig/lca/supply.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rig/core/words.hpp"

namespace jr::lca {
namespace {

bool is_efficiency(double value) { return value > 0 && value <= 1; }

Result<void> check_efficiency(const std::optional<Input>& input) {
  if (!input || is_efficiency(input->value)) return {};
  return fail(Trouble::usage, "'" + input->name + "' is " + digits(input->value) +
                                  ": an efficiency lies above 0 and at most at 1.");
}

}  // namespace

Result<Converter> Converter::linear(Volt input, Volt output, Ampere quiescent) {
  if (!(output.value > 0 && input.value > 0 && quiescent.value >= 0))
    return fail(Trouble::usage, "A linear regulator needs voltages above 0 and a quiescent current of at least 0.");
  if (output > input)
    return fail(Trouble::usage, "A linear regulator cannot make " + digits(output.value) + " V from " +
                                    digits(input.value) + " V: is it a switching one?");
  Converter converter;
  converter.input_V_ = input.value;
  converter.output_V_ = output.value;
  converter.quiescent_A_ = quiescent.value;
  return converter;
}

Result<Converter> Converter::switching(Volt output, std::vector<Point> curve, double no_load_W) {
  if (curve.empty()) return fail(Trouble::usage, "A switching regulator needs its efficiency at one current at least.");
  if (!(output.value > 0 && no_load_W >= 0))
    return fail(Trouble::usage, "A switching regulator needs an output voltage above 0 and a no-load power of at least 0.");
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const Point& point = curve[i];
    if (!(point.current_A > 0) || !is_efficiency(point.efficiency))
      return fail(Trouble::usage, "Point " + std::to_string(i + 1) + " of the regulator's curve (" + digits(point.current_A) +
                                      " A, " + digits(point.efficiency) +
                                      ") needs a current above 0 and an efficiency above 0 and at most 1.");
    if (i > 0 && !(point.current_A > curve[i - 1].current_A))
      return fail(Trouble::usage, "The currents of the regulator's curve must ascend: " + digits(point.current_A) +
                                      " A comes after " + digits(curve[i - 1].current_A) + " A.");
  }
  Converter converter;
  converter.output_V_ = output.value;
  converter.no_load_W_ = no_load_W;
  converter.curve_ = std::move(curve);
  return converter;
}

double Converter::input_power_W(double output_current_A) const {
  const double current = std::max(0.0, output_current_A);
  if (is_linear()) return input_V_ * (current + quiescent_A_);
  const double output_W = output_V_ * current;
  const Point& first = curve_.front();
  if (current <= first.current_A) {
    // Losses that do not depend on the load: what is lost at the first point, but no more than no load takes.
    const double lost_W = output_V_ * first.current_A * (1 / first.efficiency - 1);
    const double share = current / first.current_A;
    return output_W + (no_load_W_ > 0 ? no_load_W_ + share * (lost_W - no_load_W_) : lost_W);
  }
  const auto above = std::find_if(curve_.begin(), curve_.end(), [&](const Point& p) { return p.current_A >= current; });
  if (above == curve_.end()) return output_W / curve_.back().efficiency;
  const Point& low = *std::prev(above);
  const double share = std::log(current / low.current_A) / std::log(above->current_A / low.current_A);
  return output_W / (low.efficiency + share * (above->efficiency - low.efficiency));
}

double Converter::efficiency(double output_current_A) const {
  const double current = std::max(0.0, output_current_A);
  return current > 0 ? output_V_ * current / input_power_W(current) : 0;
}

std::string Converter::words() const {
  if (is_linear())
    return "linear, " + digits(input_V_) + " V to " + digits(output_V_) + " V, " + digits(quiescent_A_ * 1e6) + " uA of its own";
  return "switching, " + digits(output_V_) + " V, " + std::to_string(curve_.size()) + " points of efficiency";
}

Passage through(const Converter& converter, const CurrentFeed& feed, Second period) {
  Passage passage;
  passage.sample_by_sample = true;
  double output_W = 0, input_W = 0;
  feed([&](std::span<const double> currents) {
    for (const double current : currents) {
      output_W += converter.output_V() * current;
      input_W += converter.input_power_W(current);
      passage.peak_A = std::max(passage.peak_A, current);
    }
    passage.samples += static_cast<double>(currents.size());
  });
  passage.output_J = output_W * period.value;
  passage.input_J = input_W * period.value;
  return passage;
}

Passage at_mean(const Converter& converter, Ampere mean, Second duration) {
  Passage passage;
  passage.output_J = converter.output_V() * mean.value * duration.value;
  passage.input_J = converter.input_power_W(mean.value) * duration.value;
  passage.peak_A = mean.value;
  return passage;
}

const char* name_of(Plane plane) { return plane == Plane::at_source ? "at the source" : "after the regulator"; }

const char* name_of(Feeding feeding) {
  switch (feeding) {
    case Feeding::mains: return "mains";
    case Feeding::rechargeable: return "rechargeable";
    case Feeding::primary: return "primary";
    case Feeding::harvested: return "harvested";
  }
  throw std::logic_error("a feeding has no name");
}

Result<void> check(const SupplyChain& chain) {
  for (const auto* efficiency : {&chain.fixed_efficiency, &chain.mains_efficiency, &chain.discharge_efficiency,
                                 &chain.charge_efficiency, &chain.charger_efficiency})
    if (auto fine = check_efficiency(*efficiency); !fine) return fine;
  if (chain.mains_no_load && chain.mains_efficiency && !chain.mains_efficiency_is_incremental)
    return fail(Trouble::usage, "The mains part's no-load power would count twice: its efficiency already holds it. Leave "
                                "mains_no_load out, or give the incremental efficiency (mains_efficiency_is = \"incremental\").");
  if (chain.plane == Plane::after_regulator && !chain.converter && !chain.fixed_efficiency)
    return fail(Trouble::usage, "What was measured after the regulator needs the regulator: give [supply] a converter or an "
                                "efficiency, or say plane = \"source\".");
  if (chain.plane == Plane::at_source && (chain.converter || chain.fixed_efficiency))
    return fail(Trouble::usage, "What was measured at the source has the regulator's losses in it already: leave the "
                                "converter out, or say plane = \"regulated\".");
  if (chain.converter && chain.fixed_efficiency)
    return fail(Trouble::usage, "[supply] has both a converter and an efficiency: one of them is too many.");
  if (chain.plugged_share && !(chain.plugged_share->value >= 0 && chain.plugged_share->value <= 1))
    return fail(Trouble::usage, "'" + chain.plugged_share->name + "' must lie between 0 and 1.");
  return {};
}

}  // namespace jr::lca
