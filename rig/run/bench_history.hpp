// How a bench fared, chart by chart: the looks that belong together, their limits, and what is in
// quarantine. Never judges anew: each look keeps the verdict of its day.
#pragma once

#include <string>
#include <vector>

#include "rig/run/bench_health.hpp"
#include "rig/run/control_chart.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// Looks at one thing with one calibration, oldest first.
struct HealthSeries {
  std::string kind, instrument, series, basis;  ///< as in HealthRow
  std::vector<HealthRow> looks;
  ChartLimits next;  ///< for the look that comes next; `values` 0: none yet
};

struct BenchHistory {
  std::string bench;
  std::vector<HealthSeries> series;  ///< references first, each in the order of its first look
  std::vector<QuarantineRow>
      quarantines;  ///< of the bench and of the instruments seen on it, newest first
};

/// Errors: storage.
Result<BenchHistory> bench_history(const Store& store, const std::string& bench,
                                   const BenchHealth& health);

}  // namespace jr
