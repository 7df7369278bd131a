// The larger sections of a scenario file, one reader each. Throw FileError with file and line.
// Not for anyone but scenario_file.cpp.
#pragma once

#include <filesystem>

#include "rig/lca/scenario_file.hpp"
#include "rig/lca/written.hpp"

namespace jr::lca {

/// What a reader may look at beside the section.
struct Surroundings {
  std::filesystem::path folder;  ///< of the scenario: its own files are named from here
  const Folders& folders;
  const Overrides& overrides;

  /// `<folder>/<kind>/<name><ending>` in the scenario's folder or one of the others, or `name` itself as a path. Throws
  /// FileError with the nearest name.
  std::filesystem::path find(const Section& section, const std::string& key, const std::string& kind, const std::string& name,
                             const std::string& ending) const;
};

void read_blocks(Section& root, Scenario& scenario, const Surroundings& around);
void read_use(Section& root, Scenario& scenario, const Surroundings& around);
void read_supply(Section& root, Scenario& scenario);
void read_battery(Section& root, Scenario& scenario, const Surroundings& around);
void read_harvest(Section& root, Scenario& scenario);
void read_grid(Section& root, Scenario& scenario, const Surroundings& around);

/// A rate of a whole day from 24 hourly ones.
Rate rate_of(Section& event, const std::string& name);

}  // namespace jr::lca
