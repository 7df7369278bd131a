// A run as one HTML file that needs nothing else: its numbers, its windows, its budget, and its trace to zoom into.
// Never loads anything, never computes an energy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rig/core/gap.hpp"
#include "rig/store/zoom.hpp"

namespace jr {

/// A window as it stands in the page. The texts are for a person, numbers with their units.
struct PageWindow {
  std::string label;              ///< "infer 3"
  std::uint64_t first{}, end{};   ///< ordinals
  bool marked{}, valid{};         ///< marked: gets a row and a shade; else only a lane in the plot
  std::vector<std::string> cells; ///< one for each of TracePage::window_columns; empty: no row
};

struct TracePage {
  std::string run, verdict, headline;          ///< headline: the number with its uncertainty, or why there is none
  std::vector<std::string> flags;              ///< "simulated: …", "imported from …", "suspect: …"
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::string> window_columns;
  std::vector<PageWindow> windows;
  std::vector<Gap> gaps;                       ///< of the stream, ascending
  std::vector<Zoom> layers;                    ///< as planned by plan_layers()
  std::uint64_t samples{};                     ///< of the stream
  int stream{};
  std::size_t channel{};
  double period_s{};
  std::string unit{"A"};
  std::string basis;                           ///< sentence: how good the values of the trace are
  std::optional<double> supply_V;              ///< for an approximate energy between cursors
  double lead_ohm{};                           ///< what is lost in it is no energy of the board
  std::string calibration;                     ///< as it was asked for; empty: the run's own
  double start_s{}, end_s{};                   ///< what the plot shows first
  bool logarithmic{};                          ///< how it begins
  std::string still_svg, budget_svg;           ///< the trace without a script; empty: none
  std::vector<std::string> remarks;            ///< what could not be read, what was left out
  std::string footer;
};

/// Columns that keep a page at about 4 MB.
inline constexpr std::size_t kPageColumns = 225'000;

std::string trace_html(const TracePage& page);

}  // namespace jr
