// How long a battery carries the device, and how many of them a lifetime takes.
// Never believes the nominal capacity: cut-off, self-discharge, age and shelf life come first.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/core/units.hpp"
#include "rig/lca/input.hpp"

namespace jr::lca {

/// A chemistry card (fixtures/scenarios/batteries/*.toml): every figure with its source.
struct Chemistry {
  struct Rest { double discharged{}, open_V{}, ohm{}; };  ///< one cell at a depth of discharge, 25 degC

  std::string id, name;
  bool rechargeable{};
  Input nominal_V;
  Input self_discharge;            ///< 1/s at 25 degC
  Input doubling_K;                ///< its rate doubles each so many kelvin; 0: no temperature dependence
  std::optional<Input> shelf_life; ///< s; a primary cell is never older than that
  std::optional<Input> calendar_life, cycle_life;  ///< s, 1; rechargeable
  std::optional<Input> peukert;    ///< exponent, 1 and more
  std::vector<Rest> rest;          ///< open-circuit voltage and inner resistance; empty: not known
  Citation rest_citation;
};
/// Errors: not_found with the nearest card; usage (file, line, key).
Result<Chemistry> load_chemistry(const std::filesystem::path& file);

enum class Counting { integer, fractional };  ///< max(1, ceil(T/L)), or max(1, T/L) as the mean of a fleet
const char* name_of(Counting counting);

struct Battery {
  Chemistry chemistry;
  Input capacity;                      ///< C, of the whole pack
  int in_series{1};
  Input temperature;                   ///< degC
  std::optional<Input> ageing;         ///< mean share of capacity lost over its life, 1
  std::optional<Input> cut_off;        ///< V at the pack's terminals, below which the device stops
  std::optional<Input> peak_current;   ///< A, as measured; with `cut_off` and the card's rest curve it sets the end
  std::optional<Input> rate_reference; ///< A: Peukert's law above this mean current; absent: off
  Counting counting{Counting::integer};
  std::optional<Input> embodied;       ///< kg a battery; absent: it is in the power supply block
  std::optional<Input> share_of_block; ///< of the power supply block that is replaced with a battery, 1; absent: all
  std::optional<Input> transport, end_of_life;  ///< kg for each battery after the first; absent: not counted
};

struct BatteryLife {
  double usable_C{};           ///< after ageing, cut-off and rate
  double above_cut_off{1};     ///< share of the charge that is usable before the voltage falls below the cut-off
  double self_discharge_per_s{};
  double charge_s{};           ///< from full to empty under load
  double without_self_discharge_s{};
  double life_s{};             ///< until it has to be replaced; may be infinite
  double charges{};            ///< rechargeable: full charges over the lifetime
  double count{1};             ///< batteries over the lifetime
  double self_discharge_W{};   ///< mean power lost inside
  enum class Limit { charge, shelf, calendar, cycles, none } limited_by{Limit::none};  ///< none: outlives all that is stated
};
const char* name_of(BatteryLife::Limit limit);

/// L = ln(1 + s Q_u / I) / s, I = P / V. Pure arithmetic; a load of 0 lasts as long as the cell keeps.
BatteryLife battery_life(const Battery& battery, Watt load, Second lifetime);
/// Errors (usage): capacity or voltage not positive, ageing outside [0, 1), a cut-off that a full cell does not reach.
Result<void> check(const Battery& battery);

/// Capacitor and harvester instead of a battery.
struct Harvest {
  Input capacitance;               ///< F
  Input full_V, empty_V;           ///< V
  Input efficiency;                ///< from harvester to load, 1
  std::vector<double> power_W;     ///< 24 mean powers, one an hour of the day
  Citation power_citation;
};
struct HarvestedHours {
  double stored_J{};               ///< between full and empty, at the load
  double per_charge{};             ///< whole inferences from a full capacitor and nothing else
  std::vector<double> an_hour;     ///< inferences in each hour of the day; 24
  double a_day{};
  bool one_fits{};                 ///< one inference does not empty the full capacitor at the mean harvest
};
/// Inferences that the harvest allows: (eta P_h - P_sleep) / (E - P_sleep t) a second, at most one after the other.
HarvestedHours inferences_on_harvest(const Harvest& harvest, Joule energy, Second duration, Watt sleep);
Result<void> check(const Harvest& harvest);

}  // namespace jr::lca
