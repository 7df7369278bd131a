// Charge, self-discharge, cut-off and age to a life and a count. Pure arithmetic.
// Never lets a battery outlive its shelf, its years or its cycles when these are stated.
#include "rig/lca/battery.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "rig/core/words.hpp"

namespace jr::lca {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kLeastUsable = 1e-3;  // of the charge: a draw beyond the curve is a bad battery, not a division by zero

double pack_V(const Battery& battery) { return battery.chemistry.nominal_V.value * battery.in_series; }

double self_discharge(const Battery& battery) {
  const double rate = std::max(0.0, battery.chemistry.self_discharge.value), doubling = battery.chemistry.doubling_K.value;
  if (!(doubling > 0)) return rate;
  return rate * exponential(0.69314718055994531 * (battery.temperature.value - 25) / doubling);
}

/// What is left above the cut-off at this depth of discharge.
double headroom_V(const Battery& battery, const Chemistry::Rest& rest, double current_A) {
  return battery.in_series * (rest.open_V - current_A * rest.ohm) - battery.cut_off->value;
}

/// Depth of discharge at which the voltage under the peak current meets the cut-off.
double share_above_cut_off(const Battery& battery, double mean_A) {
  const auto& rest = battery.chemistry.rest;
  if (!battery.cut_off || rest.empty()) return 1;
  const double current = battery.peak_current ? std::max(mean_A, battery.peak_current->value) : mean_A;
  double before = headroom_V(battery, rest.front(), current);
  if (before <= 0) return 0;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const double here = headroom_V(battery, rest[i], current);
    if (here <= 0)
      return rest[i - 1].discharged + (rest[i].discharged - rest[i - 1].discharged) * before / (before - here);
    before = here;
  }
  return rest.back().discharged;
}

/// Peukert: a mean current above the reference draws more charge than it delivers.
double effective_current(const Battery& battery, double current_A) {
  if (!battery.rate_reference || !battery.chemistry.peukert) return current_A;
  const double reference = battery.rate_reference->value, exponent = battery.chemistry.peukert->value;
  if (!(reference > 0) || current_A <= reference) return current_A;
  return current_A * std::pow(current_A / reference, exponent - 1);
}

void keep_below(BatteryLife& life, double limit_s, BatteryLife::Limit why) {
  if (limit_s >= life.life_s) return;
  life.life_s = limit_s;
  life.limited_by = why;
}

double count_over(double lifetime_s, double life_s, Counting counting) {
  const double ratio = lifetime_s / life_s;
  if (counting == Counting::fractional) return std::max(1.0, ratio);
  return std::max(1.0, std::ceil(ratio * (1 - 1e-12)));  // 3 years over 1 year is three, whatever the last bit says
}

}  // namespace

const char* name_of(Counting counting) { return counting == Counting::integer ? "integer" : "fractional"; }

const char* name_of(BatteryLife::Limit limit) {
  switch (limit) {
    case BatteryLife::Limit::charge: return "charge";
    case BatteryLife::Limit::shelf: return "shelf life";
    case BatteryLife::Limit::calendar: return "calendar life";
    case BatteryLife::Limit::cycles: return "cycle life";
    case BatteryLife::Limit::none: return "nothing that is stated";
  }
  throw std::logic_error("a limit has no name");
}

BatteryLife battery_life(const Battery& battery, Watt load, Second lifetime) {
  BatteryLife life;
  const double volts = pack_V(battery), current = std::max(0.0, load.value) / volts, drawn_A = effective_current(battery, current);
  const double aged = battery.ageing ? 1 - battery.ageing->value : 1.0, s = self_discharge(battery);
  life.above_cut_off = std::max(kLeastUsable, share_above_cut_off(battery, current));
  life.usable_C = battery.capacity.value * std::max(kLeastUsable, aged) * life.above_cut_off;
  life.self_discharge_per_s = s;
  life.without_self_discharge_s = drawn_A > 0 ? life.usable_C / drawn_A : kNever;
  const double lost_share = s * life.without_self_discharge_s;
  life.charge_s = lost_share > 0 && std::isfinite(lost_share) ? std::log1p(lost_share) / s : life.without_self_discharge_s;
  if (std::isfinite(life.charge_s) && life.charge_s > 0)
    life.self_discharge_W = std::max(0.0, life.usable_C / life.charge_s - drawn_A) * volts;
  life.life_s = kNever;
  if (battery.chemistry.rechargeable) {
    life.charges = lifetime.value / life.charge_s;
    if (battery.chemistry.calendar_life) keep_below(life, battery.chemistry.calendar_life->value, BatteryLife::Limit::calendar);
    if (battery.chemistry.cycle_life)
      keep_below(life, battery.chemistry.cycle_life->value * life.charge_s, BatteryLife::Limit::cycles);
  } else {
    keep_below(life, life.charge_s, BatteryLife::Limit::charge);
    if (battery.chemistry.shelf_life) keep_below(life, battery.chemistry.shelf_life->value, BatteryLife::Limit::shelf);
  }
  life.count = count_over(lifetime.value, life.life_s, battery.counting);
  return life;
}

Result<void> check(const Battery& battery) {
  if (!(battery.capacity.value > 0))
    return fail(Trouble::usage, "The battery's capacity is " + digits(battery.capacity.value / 3.6) + " mAh: it must be above 0.");
  if (!(pack_V(battery) > 0)) return fail(Trouble::usage, "The battery's nominal voltage must be above 0.");
  if (battery.ageing && !(battery.ageing->value >= 0 && battery.ageing->value < 1))
    return fail(Trouble::usage, "The battery's ageing is " + digits(battery.ageing->value) +
                                    ": it is the share of capacity lost, at least 0 and below 1.");
  if (battery.share_of_block && !(battery.share_of_block->value >= 0 && battery.share_of_block->value <= 1))
    return fail(Trouble::usage, "The battery's share_of_block must lie between 0 and 1.");
  if (battery.peak_current && battery.cut_off && battery.chemistry.rest.empty())
    return fail(Trouble::usage, "The card '" + battery.chemistry.id +
                                    "' has no voltages and resistances over discharge ([[rest]]): the cut-off under a peak "
                                    "current cannot be computed; leave cut_off out or add them.");
  if (battery.cut_off && !battery.chemistry.rest.empty()) {
    const double peak = battery.peak_current ? battery.peak_current->value : 0;
    if (headroom_V(battery, battery.chemistry.rest.front(), peak) <= 0)
      return fail(Trouble::usage, "Even full, the battery falls below " + digits(battery.cut_off->value) + " V at a peak of " +
                                      digits(peak * 1e3) + " mA: a lower cut-off, a capacitor beside it or another cell is needed.");
  }
  if (battery.rate_reference && !battery.chemistry.peukert)
    return fail(Trouble::usage, "The card '" + battery.chemistry.id + "' has no Peukert exponent for rate_reference.");
  return {};
}

HarvestedHours inferences_on_harvest(const Harvest& harvest, Joule energy, Second duration, Watt sleep) {
  HarvestedHours hours;
  const double full = harvest.full_V.value, empty = harvest.empty_V.value;
  const double efficiency = harvest.efficiency.value, above_sleep_J = energy.value - sleep.value * duration.value;
  hours.stored_J = 0.5 * harvest.capacitance.value * (full * full - empty * empty) * efficiency;
  hours.per_charge = std::floor(hours.stored_J / energy.value);
  double mean_W = 0;
  for (const double power : harvest.power_W) {
    const double spare_W = efficiency * power - sleep.value;
    const double each_s = spare_W <= 0 ? 0 : above_sleep_J > 0 ? spare_W / above_sleep_J : kNever;
    hours.an_hour.push_back(3600 * std::min(each_s, 1 / duration.value));
    hours.a_day += hours.an_hour.back();
    mean_W += power / static_cast<double>(harvest.power_W.size());
  }
  hours.one_fits = energy.value <= hours.stored_J + efficiency * mean_W * duration.value;
  return hours;
}

Result<void> check(const Harvest& harvest) {
  if (!(harvest.capacitance.value > 0)) return fail(Trouble::usage, "The capacitor of [harvest] must be above 0 F.");
  if (!(harvest.full_V.value > harvest.empty_V.value) || harvest.empty_V.value < 0)
    return fail(Trouble::usage, "[harvest] needs full_V above empty_V, and empty_V of at least 0 V.");
  if (!(harvest.efficiency.value > 0 && harvest.efficiency.value <= 1))
    return fail(Trouble::usage, "The efficiency of [harvest] lies above 0 and at most at 1.");
  if (harvest.power_W.size() != 24)
    return fail(Trouble::usage, "[harvest] power needs 24 values, one an hour of the day; it has " +
                                    std::to_string(harvest.power_W.size()) + ".");
  for (const double power : harvest.power_W)
    if (!(power >= 0) || !std::isfinite(power)) return fail(Trouble::usage, "[harvest] power holds a value that is no power of at least 0 W.");
  return {};
}

}  // namespace jr::lca
