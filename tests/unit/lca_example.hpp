// What the tests of the life cycle share: a source, inputs, the shipped folders, a file of one's own.
// Nothing here is under test.
#pragma once

#include <fstream>

#include "rig/lca/scenario_file.hpp"
#include "rig/lca/unit.hpp"
#include "tests/scratch_folder.hpp"

namespace jr::lca {

inline Citation somebody() { return {"somebody", "Somebody, Something", 2024, "CC0", "", true, false, {1, 1, 1, 1, 1}}; }
inline Input in(const std::string& name, double value, const std::string& unit) { return fixed(name, value, unit, somebody()); }

inline Input normal(const std::string& name, double value, double u, const std::string& unit) {
  Input input = in(name, value, unit);
  input.spread = Spread::normal;
  input.u = u;
  return input;
}

inline Input triangular(const std::string& name, double low, double mode, double high, const std::string& unit) {
  Input input = in(name, mode, unit);
  input.spread = Spread::triangular;
  input.low = low;
  input.high = high;
  return input;
}

inline Event event(const std::string& name, double energy_J, double duration_s, double rate_per_s) {
  return {name, TotalEnergy(in("energy of " + name, energy_J, "J")), in("duration of " + name, duration_s, "s"),
          Rate{in("rate of " + name, rate_per_s, "1/s"), {}}, "", {}};
}

inline Folders shipped() { return {std::filesystem::path(JOULERIG_SOURCE_DIR) / "fixtures/scenarios"}; }

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Three years, one kilogram in one block, 1 mW from the mains at 0.433 kg/kWh.
inline Scenario small() {
  Scenario s;
  s.lifetime = in("lifetime", 3 * kSecondsPerYear, "s");
  s.training.impact = in("ML training", 0.1, "kg");
  Block block;
  block.row = Row::casing;
  block.impact = in("casing", 1, "kg");
  s.blocks.push_back(block);
  s.use.average_power = in("average power", 1e-3, "W");
  s.use.supply.feeding = Feeding::mains;
  s.grid.intensity = in("grid intensity", 0.433, "kg/kWh");
  s.end_of_life = in("end of life", 0, "kg");
  return s;
}

}  // namespace jr::lca
