// Scenario, block and battery files: strict TOML in which every figure has a unit and a source.
// Never supplies a figure that the file leaves out, but where the README of the fixtures says so.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/lca/life_cycle.hpp"

namespace jr::lca {

/// Where scenarios and what they name are looked for, first hit wins: folders with *.toml, batteries/, blocks/, grid/.
using Folders = std::vector<std::filesystem::path>;

/// What a person asks for beside the file.
struct Overrides {
  std::optional<std::string> country;   ///< of the shipped tables, instead of the file's grid
  std::optional<std::string> grid_file; ///< a table or an hourly series
  std::optional<Boundary> boundary;     ///< which column of the grid file
  std::optional<Input> lifetime, rate, sleep_power;
  std::optional<std::string> tide_file; ///< a user's copy of Boavizta's IoT factors, instead of the blocks' kilograms
};

/// `name` is a file, or a name in one of the folders. An event that a run has to fill in is left with a NaN energy and its
/// `from_run`; `check` refuses it until it is filled. Errors (usage): one sentence with file and line.
Result<Scenario> load_scenario(const std::string& name, const Folders& folders, const Overrides& overrides = {});
std::vector<std::string> scenario_names(const Folders& folders);

/// The first grid/*.csv of the folders: what a scenario's country is looked up in. Errors: not_found, malformed.
Result<GridTable> shipped_grids(const Folders& folders);

/// Blocks of a file at their levels; see fixtures/scenarios/README.md.
struct BlockTable {
  struct Level {
    int level{};
    std::string description;
    std::optional<double> low_kg, typical_kg, high_kg, end_of_life_kg;
    std::string not_published;  ///< why kilograms are missing, if they are
    Citation citation;
    std::vector<std::string> scaled;  ///< "low", "typical", "high": figures that are back-calculated by amount
    Citation scaled_citation;         ///< who scaled them
    std::vector<Amount> amounts;
  };
  std::array<std::vector<Level>, kRows> rows;
  std::vector<Citation> citations;
};
Result<BlockTable> load_blocks(const std::filesystem::path& file);

/// A user's copy of `iot_factors_tide.csv` (Boavizta): typical kilograms and end of life for the levels it has.
/// Errors: malformed names what is missing. Nothing of that file is shipped with this program.
Result<BlockTable> read_tide(const std::filesystem::path& file);

}  // namespace jr::lca
