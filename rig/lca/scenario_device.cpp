// The sections of a scenario that describe the device: blocks, what it does, how it is fed.
// Never lets a block be forgotten: all twelve are named in the file.
#include <algorithm>
#include <cmath>
#include <limits>

#include "rig/core/nearest.hpp"
#include "rig/lca/scenario_sections.hpp"

namespace jr::lca {
namespace {

namespace fs = std::filesystem;

const BlockTable::Level* level_in(const BlockTable& table, Row row, int level) {
  for (const auto& one : table.rows[static_cast<std::size_t>(row)])
    if (one.level == level) return &one;
  return nullptr;
}

bool is_scaled(const BlockTable::Level& level, const std::string& figure) {
  return std::find(level.scaled.begin(), level.scaled.end(), figure) != level.scaled.end();
}

/// The kilograms that were chosen, with the level's span as a triangle where all three are known.
Input impact_of(Section& section, const BlockTable::Level& level, const std::string& figure, bool triangular, Row row) {
  const auto& kg = figure == "low" ? level.low_kg : figure == "high" ? level.high_kg : level.typical_kg;
  if (!kg)
    section.refuse("figure", "'" + figure + "' of level " + std::to_string(level.level) + " is not there: " +
                                 (level.not_published.empty() ? "the file has no figure for it." : level.not_published + "."));
  Input input = fixed(words_of(row), *kg, "kg", is_scaled(level, figure) ? level.scaled_citation : level.citation);
  if (triangular && figure == "typical" && level.low_kg && level.high_kg && *level.low_kg < *level.high_kg) {
    input.spread = Spread::triangular;
    input.low = *level.low_kg;
    input.high = *level.high_kg;
  }
  return input;
}

/// A user's copy of the Tide table takes the place of our kilograms where it has the level.
void put_tide(Block& block, const BlockTable& tide) {
  const BlockTable::Level* level = level_in(tide, block.row, block.level);
  if (!level) return;
  block.impact = fixed(words_of(block.row), *level->typical_kg, "kg", level->citation);
  block.end_of_life = fixed(std::string("end of life of ") + words_of(block.row), *level->end_of_life_kg, "kg", level->citation);
}

Block block_of(Section& section, Row row, const BlockTable& table, bool triangular) {
  Block block;
  block.row = row;
  const auto number = section.whole("level");
  if (!number || *number < 0 || *number > 3) section.refuse("level", "must be 0, 1, 2 or 3.");
  block.level = static_cast<int>(*number);
  block.chosen = section.text("figure").value_or("typical");
  if (block.chosen != "low" && block.chosen != "typical" && block.chosen != "high") section.refuse("figure", "must be low, typical or high.");
  const BlockTable::Level* level = level_in(table, row, block.level);
  const auto own = section.quantity("impact", "kg", words_of(row));
  if (!level && !own) section.refuse("level", std::to_string(block.level) + " is not in the block file: give an impact of your own.");
  block.impact = own ? *own : impact_of(section, *level, block.chosen, triangular, row);
  if (level) {
    block.description = level->description;
    block.amounts = level->amounts;
    if (level->end_of_life_kg && !own)
      block.end_of_life = fixed(std::string("end of life of ") + words_of(row), *level->end_of_life_kg, "kg", level->citation);
  }
  if (const auto end = section.quantity("end_of_life", "kg", std::string("end of life of ") + words_of(row))) block.end_of_life = end;
  // From level 1 on the power supply is a battery with what belongs to it; level 0 is the mains.
  block.holds_battery = section.flag("holds_battery").value_or(row == Row::power_supply && block.level >= 1);
  (void)section.text("source");
  section.finish();
  return block;
}

Event event_of(Section& section, const Surroundings& around) {
  const std::string name = section.needed_text("name");
  const std::string from_run = section.text("from_run").value_or("");
  Citation run{"run", "a measured run", 0, "", "", true};
  Input energy = fixed("energy of " + name, std::numeric_limits<double>::quiet_NaN(), "J", run);
  Input duration = fixed("duration of " + name, std::numeric_limits<double>::quiet_NaN(), "s", run);
  const auto total = section.quantity("energy", "J", "energy of " + name);
  const auto marginal = section.quantity("marginal_energy", "J", "energy of " + name + " above idle");
  const auto idle = section.quantity("idle_power", "W", "idle power around " + name);
  if (!from_run.empty() && (total || marginal)) section.refuse("from_run", "takes the energy from a run, and the file gives one, too.");
  if (total && marginal) section.refuse("marginal_energy", "and energy are both there: which one holds?");
  if (marginal.has_value() != idle.has_value())
    section.refuse(marginal ? "marginal_energy" : "idle_power", "needs the other of the two: an energy above idle is only as good as its idle power.");
  if (from_run.empty()) {
    if (!total && !marginal) section.refuse("energy", "is missing: give it (or marginal_energy), or say from_run = \"infer\".");
    duration = section.needed_quantity("duration", "s", "duration of " + name);
    if (total) energy = *total;
    if (marginal) {
      auto sum = total_of(MarginalEnergy(*marginal), *idle, duration);
      if (!sum) section.refuse("marginal_energy", "is wrong: " + sum.error().message);
      energy = sum->joules();
    }
  }
  Event event{name, TotalEnergy(energy), duration, rate_of(section, name), from_run, {}};
  if (around.overrides.rate && name == "inference") event.rate = Rate{*around.overrides.rate, {}};
  (void)section.text("source");
  section.finish();
  return event;
}

Result<Converter> converter_of(Section& section) {
  const std::string kind = section.needed_text("kind");
  const double output = section.number("output_V").value_or(0);
  if (kind == "linear") {
    const double input = section.number("input_V").value_or(0), quiescent = section.number("quiescent_A").value_or(-1);
    if (quiescent < 0) section.refuse("quiescent_A", "is missing: what does the regulator take for itself?");
    return Converter::linear({input}, {output}, {quiescent});
  }
  if (kind != "switching") section.refuse("kind", "must be linear or switching.");
  const std::vector<double> currents = section.numbers("curve_A"), efficiencies = section.numbers("curve_efficiency");
  if (currents.size() != efficiencies.size()) section.refuse("curve_A", "and curve_efficiency need equally many numbers.");
  std::vector<Converter::Point> curve;
  for (std::size_t i = 0; i < currents.size(); ++i) curve.push_back({currents[i], efficiencies[i]});
  return Converter::switching({output}, std::move(curve), section.number("no_load_W").value_or(0));
}

}  // namespace

fs::path Surroundings::find(const Section& section, const std::string& key, const std::string& kind, const std::string& name,
                            const std::string& ending) const {
  std::error_code ignored;
  if (name.find('/') != std::string::npos || name.ends_with(ending)) {
    const fs::path file = fs::path(name).is_absolute() ? fs::path(name) : folder / name;
    if (fs::is_regular_file(file, ignored)) return file;
    section.refuse(key, "names " + file.string() + ", which is no file.");
  }
  Folders all{folder};
  all.insert(all.end(), folders.begin(), folders.end());
  std::vector<std::string> known;
  for (const fs::path& place : all) {
    if (fs::is_regular_file(place / kind / (name + ending), ignored)) return place / kind / (name + ending);
    for (const auto& entry : fs::directory_iterator(place / kind, ignored))
      if (entry.path().extension() == ending) known.push_back(entry.path().stem().string());
  }
  const auto close = nearest(name, known);
  section.refuse(key, "names '" + name + "', which is not among the " + kind + (close ? "; did you mean '" + *close + "'?" : "."));
}

void read_blocks(Section& root, Scenario& s, const Surroundings& around) {
  auto section = root.section("blocks");
  if (!section) root.refuse("blocks", "is missing: the twelve functional blocks with their levels.");
  auto table = load_blocks(around.find(*section, "file", "blocks", section->needed_text("file"), ".toml"));
  if (!table) throw FileError{table.error().message};
  const std::string distribution = section->text("distribution").value_or("triangular");
  if (distribution != "fixed" && distribution != "triangular") section->refuse("distribution", "must be fixed or triangular.");
  std::optional<BlockTable> tide;
  if (around.overrides.tide_file) {
    auto read = read_tide(*around.overrides.tide_file);
    if (!read) throw FileError{read.error().message};
    tide = std::move(*read);
  }
  for (const std::string& key : row_keys()) {
    const Row row = *row_named(key);
    if (row < kFirstBlock || row > kLastBlock) continue;
    auto one = section->section(key);
    if (!one) section->refuse(key, "is missing: all twelve blocks are named, { level = 0 } for what the device does not have.");
    s.blocks.push_back(block_of(*one, row, *table, distribution == "triangular"));
    const Block& block = s.blocks.back();
    if (const auto* level = level_in(*table, row, block.level); level && block.impact.spread == Spread::triangular && !level->scaled.empty())
      s.notes.push_back(std::string("The span of ") + words_of(row) + " rests on figures that are scaled by amount and printed nowhere.");
    if (tide) put_tide(s.blocks.back(), *tide);
  }
  section->finish();
}

Rate rate_of(Section& event, const std::string& name) {
  const auto even = event.quantity("rate", "1/s", "rate of " + name);
  auto hourly = event.hours("rate_by_hour", "1/s");
  if (even.has_value() == hourly.has_value())
    event.refuse("rate", even ? "and rate_by_hour are both there: which one holds?" : "is missing: how often does it happen? (or rate_by_hour with 24 numbers)");
  if (even) return {*even, {}};
  double mean = 0;
  for (const double rate : hourly->first) mean += rate / 24;
  if (!(mean > 0)) event.refuse("rate_by_hour", "is zero all day: an event that never happens is left out.");
  DayProfile profile{};
  for (std::size_t hour = 0; hour < 24; ++hour) profile[hour] = hourly->first[hour] / mean;
  return {fixed("rate of " + name, mean, "1/s", hourly->second), profile};
}

void read_use(Section& root, Scenario& s, const Surroundings& around) {
  auto section = root.section("use");
  if (!section) root.refuse("use", "is missing: average_power, or sleep_power and [[use.event]].");
  s.use.average_power = section->quantity("average_power", "W", "average power");
  s.use.sleep_power = section->quantity("sleep_power", "W", "sleep power");
  if (s.use.sleep_power) s.use.sleep_is = "by hand";
  if (around.overrides.sleep_power && !s.use.average_power) {
    s.use.sleep_power = around.overrides.sleep_power;
    s.use.sleep_is = "by hand";
  }
  s.use.on_share = section->quantity("on_share", "1", "share of the life that it is on");
  s.use.off_power = section->quantity("off_power", "W", "power while it is off");
  for (Section& event : section->sections("event")) {
    s.use.events.push_back(event_of(event, around));
    for (std::size_t i = 0; i + 1 < s.use.events.size(); ++i)
      if (s.use.events[i].name == s.use.events.back().name) event.refuse("name", "is there twice.");
  }
  (void)section->text("source");
  section->finish();
}

void read_supply(Section& root, Scenario& s) {
  auto section = root.section("supply");
  if (!section) root.refuse("supply", "is missing: feeding = \"mains\", \"rechargeable\", \"primary\" or \"harvested\".");
  SupplyChain& chain = s.use.supply;
  const std::string feeding = section->needed_text("feeding");
  bool is_known = false;
  for (const Feeding one : {Feeding::mains, Feeding::rechargeable, Feeding::primary, Feeding::harvested})
    if (feeding == name_of(one)) chain.feeding = one, is_known = true;
  if (!is_known) section->refuse("feeding", "must be mains, rechargeable, primary or harvested.");
  const std::string plane = section->text("plane").value_or("source");
  if (plane != "source" && plane != "regulated") section->refuse("plane", "must be source (the regulator's losses were measured too) or regulated (behind it).");
  chain.plane = plane == "source" ? Plane::at_source : Plane::after_regulator;
  if (auto converter = section->section("converter")) {
    auto made = converter_of(*converter);
    if (!made) converter->refuse("kind", "is wrong: " + made.error().message);
    chain.converter = std::move(*made);
    (void)converter->citation();  // a curve without a source is refused, too
    converter->finish();
  }
  chain.fixed_efficiency = section->quantity("efficiency", "1", "efficiency of the regulator");
  chain.mains_efficiency = section->quantity("mains_efficiency", "1", "efficiency of the mains part");
  chain.mains_no_load = section->quantity("mains_no_load", "W", "no-load power of the mains part");
  const std::string kind = section->text("mains_efficiency_is").value_or("total");
  if (kind != "total" && kind != "incremental") section->refuse("mains_efficiency_is", "must be total or incremental.");
  chain.mains_efficiency_is_incremental = kind == "incremental";
  chain.discharge_efficiency = section->quantity("discharge_efficiency", "1", "efficiency of discharging");
  chain.charge_efficiency = section->quantity("charge_efficiency", "1", "efficiency of charging");
  chain.charger_efficiency = section->quantity("charger_efficiency", "1", "efficiency of the charger");
  chain.charger_no_load = section->quantity("charger_no_load", "W", "no-load power of the charger");
  chain.plugged_share = section->quantity("plugged_share", "1", "share of the life that the charger is plugged in");
  if (auto fine = check(chain); !fine) section->refuse("feeding", "goes with something that does not fit: " + fine.error().message);
  (void)section->text("source");
  section->finish();
}

}  // namespace jr::lca
