// Cradle to grave in kg CO2-eq: training, twelve blocks, batteries, use, end of life.
// Never counts a part twice, never multiplies anything by a factor that nobody named.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/lca/battery.hpp"
#include "rig/lca/grid.hpp"
#include "rig/lca/use_stage.hpp"

namespace jr::lca {

/// The rows of a result, in the order in which they are shown.
enum class Row : std::size_t {
  training, actuators, casing, connectivity, memory, others, pcb, power_supply, processing, security, sensing, transport,
  user_interface, battery, use, end_of_life
};
inline constexpr std::size_t kRows = 16;
inline constexpr Row kFirstBlock = Row::actuators, kLastBlock = Row::user_interface;
const char* key_of(Row row);                            ///< "training", "pcb", "user_interface"; JSON appends "_kg"
const char* words_of(Row row);                          ///< "ML training", "user interface"
std::optional<Row> row_named(const std::string& key);
std::vector<std::string> row_keys();

/// A physical amount behind a block, to link to a database instead of our kilograms.
struct Amount {
  std::string what, unit;  ///< "die area", "mm2"
  double low{}, typical{}, high{};
  Citation citation;
};

/// One functional block at one hardware specification level.
struct Block {
  Row row{};
  int level{};             ///< HSL-0..3
  std::string chosen;      ///< "low", "typical" or "high"
  std::string description; ///< what the level stands for
  Input impact;            ///< kg
  std::optional<Input> end_of_life;  ///< kg; absent: in the end-of-life row's own input
  bool holds_battery{};    ///< its kilograms are (mostly) a battery's, and count once for each
  std::vector<Amount> amounts;
};

struct Training {
  Input impact;        ///< kg
  double devices{1};   ///< it is divided by; 1: charged to each device whole
  bool shared{};       ///< false: the figure is per device already
};

/// A correction for what a bottom-up sum leaves out. Multiplies the rows it names, and nothing else.
struct Truncation {
  Input factor;        ///< 1
  std::vector<Row> rows;
};

/// What the device saves elsewhere, for net balance and break-even.
struct Offset {
  Input avoided;       ///< kg/y for each device
};

struct Scenario {
  std::string name, title;
  std::string functional_unit, boundary, method;  ///< in words; method with its version
  std::string file;                                ///< where it was read
  std::vector<int> use_years;                      ///< first and last year of use; empty: not stated
  Input lifetime;                                  ///< s
  std::optional<double> fleet;                     ///< devices
  Training training;
  std::vector<Block> blocks;                       ///< each row once
  std::optional<Battery> battery;                  ///< absent: one for life, as the power supply block has it
  std::optional<Harvest> harvest;
  UseStage use;
  GridSupply grid;
  Input end_of_life;                               ///< kg
  std::optional<Truncation> truncation;
  std::optional<Offset> offset;
  std::optional<SendingInstead> sending;
  std::vector<Citation> citations;                 ///< all that its inputs name, once each
  std::vector<std::string> notes;                  ///< what was assumed or left out, a sentence each
};

/// Load-weighted intensity of a scenario with a time series, from its own hourly power (or the hours in which it charges);
/// nothing to do without one. `assess` calls it. Errors: see load_weighted.
Result<void> settle_grid(Scenario& scenario);

/// Every input of a scenario, in a fixed order; the pointers live as long as the scenario is not moved or changed.
std::vector<Input*> inputs_of(Scenario& scenario);
std::vector<const Input*> inputs_of(const Scenario& scenario);

/// Fills `citations` with all that the scenario's inputs name, once each.
void cite_all(Scenario& scenario);

/// Plain numbers of one evaluation.
struct Figures {
  std::array<double, kRows> kg{};
  double total_kg{};
  UsePower power;
  double grid_J{};
  BatteryLife battery;  ///< count 1 and no life when the scenario has no battery

  double operator[](Row row) const { return kg[static_cast<std::size_t>(row)]; }
};
/// Pure arithmetic, no allocation: what Monte Carlo calls 1e5 times. Requires a scenario that `check` accepts.
Figures figures_of(const Scenario& scenario);

/// Errors (usage), a sentence each: a row twice; a battery beside a power supply block that holds one, both with kilograms;
/// a lifetime of zero; and what the parts' own checks say.
Result<void> check(const Scenario& scenario);

/// Counted events over the life; absent without an event.
std::optional<double> inferences_of(const Scenario& scenario);

struct OffsetResult {
  double net_kg{};                       ///< whole fleet over the life; negative: more is avoided than caused
  std::optional<double> break_even_s;    ///< absent: never, what is avoided does not pay for the use
};
struct SendingResult {
  double on_device_J{}, sending_J{};     ///< for each event
  double on_device_kg{}, sending_kg{};   ///< use stage over the life, all else equal; network and cloud if given
  bool remote_counted{};
};

/// A scenario evaluated at its named values. `settle_grid` has to have been called when it has a time series.
struct LifeCycle {
  Figures figures;
  Energy average_power;                  ///< W, with its sources; at the measurement plane
  double embodied_kg{};                  ///< all but use
  std::optional<double> inferences;      ///< over the life; absent without an event
  std::optional<double> per_inference_kg, per_inference_use_kg;
  double per_year_kg{};
  double fleet_kg{};                     ///< 0 without a fleet
  std::optional<OffsetResult> offset;
  std::optional<SendingResult> sending;
  std::optional<HarvestedHours> harvested;
  /// kg s: total for one inference times its latency, and embodied share alone (carbon-delay product).
  std::optional<double> carbon_delay_kg_s, embodied_carbon_delay_kg_s;
};
Result<LifeCycle> life_cycle(const Scenario& scenario);

}  // namespace jr::lca
