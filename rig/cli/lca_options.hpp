// What every lca command takes beside its subject, and how it becomes what rig/lca asks for.
// Never looks into a scenario itself.
#pragma once

#include <string>

#include "rig/cli/command.hpp"
#include "rig/lca/monte_carlo.hpp"
#include "rig/lca/scenario_file.hpp"

namespace jr::cli {

struct LcaOptions {
  std::string country, grid, boundary, rate, lifetime, sleep_power, tide;
  std::optional<std::uint64_t> draws;  ///< absent: kDraws

  void declare(Arguments& arguments);
  /// Quantities with their units as people type them: "3y", "1/s", "10/h", "5uW". Errors: usage, one sentence.
  Result<lca::Overrides> overrides() const;
  Result<std::uint64_t> number_of_draws() const;
};

/// "60W" as an input in `unit` that is above 0; nothing when `text` is empty. `source` empty: given on the command line.
/// Errors: usage, one sentence that names the option.
Result<std::optional<lca::Input>> quantity_of(const std::string& option, const std::string& text, const std::string& unit, const std::string& name,
                                              const std::string& example, const std::string& source = {});

/// Where scenarios and what they name lie: the user's folders before the shipped ones.
lca::Folders scenario_folders();

}  // namespace jr::cli
