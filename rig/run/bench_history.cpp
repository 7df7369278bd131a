// Sorting a bench's looks into charts.
#include "rig/run/bench_history.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "rig/run/run_health.hpp"

namespace jr {
namespace {

HealthSeries& series_of(BenchHistory& history, const HealthRow& look) {
  for (HealthSeries& known : history.series)
    if (known.kind == look.kind && known.instrument == look.instrument &&
        known.series == look.series && known.basis == look.basis)
      return known;
  history.series.push_back({look.kind, look.instrument, look.series, look.basis, {}, {}});
  return history.series.back();
}

ChartLimits limits_for_next(const HealthSeries& series,
                            const std::vector<QuarantineRow>& quarantines,
                            const BenchHealth& health) {
  const HealthRow& last = series.looks.back();
  const std::vector<double> values = chart_history(series.looks, quarantines, last);
  const double allowance = series.kind != "control" ? health.drift_limit
                           : values.empty()         ? 0.0
                                            : health.control_limit * std::abs(values.back());
  return chart_limits(values, {allowance, last.u});
}

}  // namespace

Result<BenchHistory> bench_history(const Store& store, const std::string& bench,
                                   const BenchHealth& health) {
  BenchHistory history{bench, {}, {}};
  const auto looks = store.health(bench);
  if (!looks) return Failure(looks.error());
  for (const HealthRow& look : *looks) series_of(history, look).looks.push_back(look);
  std::stable_partition(history.series.begin(), history.series.end(),
                        [](const HealthSeries& series) { return series.kind == "reference"; });
  const auto quarantines = store.quarantines("", "", false);
  if (!quarantines) return Failure(quarantines.error());
  std::set<std::string> seen;
  for (const HealthSeries& series : history.series) seen.insert(series.instrument);
  for (const QuarantineRow& row : *quarantines)
    if (row.bench == bench || seen.contains(row.instrument)) history.quarantines.push_back(row);
  for (HealthSeries& series : history.series)
    series.next = limits_for_next(series, history.quarantines, health);
  return history;
}

}  // namespace jr
