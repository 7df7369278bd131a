// What an EnergyRunner session says in text: edges, printed results, log. Facts: reference submissions in
// mlcommons/tiny_results_v0.5 to v1.2. Never believes a count or a length without a bound.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

/// Edges of a session: one of synchronisation and two a window, of at most so many windows.
inline constexpr std::size_t kMostEdges = 200'001;

/// A JSON array of seconds, ascending. Errors (malformed): no such array, not ascending, negative, too many, not finite.
Result<std::vector<double>> parse_timestamps(std::istream& text);

/// One window as the host printed it, its figures in the printed digits; empty where it printed none.
struct PrintedWindow {
  std::size_t number{};            ///< of the edge it begins with, counted from 1
  std::optional<double> start_s;   ///< rounded to 10 ms
  std::string energy_uJ, power_uW, energy_uJ_per_inference;
  std::uint64_t inferences{};      ///< 0: not printed
};

/// What results.txt (or a log that repeats it) prints.
struct PrintedResults {
  std::vector<PrintedWindow> windows;  ///< in their order
  std::string median_uJ_per_inference;
};
PrintedResults parse_results(std::istream& text);

/// What log.txt says of the session.
struct SessionLog {
  std::string monitor, model, session;     ///< "lpm01a", "kws01", "20220306184609"
  std::optional<double> supply_V;          ///< the last one that was read back
  std::vector<std::uint64_t> inferences;   ///< of each infer command, in their order
  PrintedResults printed;                  ///< logs of some rounds repeat the results
};
SessionLog parse_log(std::istream& text);

}  // namespace jr
