// A bench's charts as text for a terminal and as a picture.
// Never computes a limit: every number comes from the history.
#pragma once

#include <string>

#include "rig/run/bench_history.hpp"

namespace jr::cli {

/// Tables and charts of everything that was looked at, and what is in quarantine.
std::string history_page(const BenchHistory& history);

/// The newest 60 looks of one series, 11 rows high: o a look that passed, X one that did not, = the
/// limits of the next one, - the mean.
std::string chart_text(const HealthSeries& series);

/// All charts below each other as one SVG file.
std::string history_svg(const BenchHistory& history);

std::string history_json(const BenchHistory& history);

}  // namespace jr::cli
