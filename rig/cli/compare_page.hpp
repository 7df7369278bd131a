// A comparison as a person reads it and as JSON: differences, where they come from, sums.
// Never computes; comparison.hpp does.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rig/report/comparison.hpp"

namespace jr::cli {

/// One run against the first.
struct Against {
  ComparedRun run;
  Difference difference;
  std::optional<Explanation> explanation;
};

/// Energies, differences and what to think of them, a line a run.
std::string comparison_table(const ComparedRun& first, const std::vector<Against>& others);
/// Where the difference of one run comes from.
std::string explanation_page(const ComparedRun& first, const Against& other);

/// One inference of each run after the other: its energy, its time, and whose doubts are the largest in it.
struct RunSum { Statement energy, latency; };
RunSum sum_of_runs(const ComparedRun& first, const std::vector<Against>& others);
std::string sum_page(const ComparedRun& first, const std::vector<Against>& others, const RunSum& sum);

nlohmann::ordered_json against_json(const ComparedRun& first, const std::vector<Against>& others);
nlohmann::ordered_json sum_json(const RunSum& sum);
nlohmann::ordered_json energy_json(const Statement& energy);  ///< "mean_J", "U_J"

}  // namespace jr::cli
