// What a picture of a trace shows: columns in time, windows, gaps, and what has to be said of them.
// Pure; samples have become columns before, and energies come from elsewhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rig/core/gap.hpp"
#include "rig/core/window.hpp"
#include "rig/report/axis.hpp"
#include "rig/store/zoom.hpp"

namespace jr {

/// Ordinals to seconds from the start of a stream and back, gaps included.
class TraceClock {
 public:
  /// `gaps` ascending by ordinal. Requires period_s > 0.
  TraceClock(double period_s, std::span<const Gap> gaps);
  double begin_of(std::uint64_t ordinal) const;  ///< of the sample: behind a gap that lies right before it
  double end_before(std::uint64_t ordinal) const;  ///< end of the sample before `ordinal`: before such a gap
  /// The first sample that begins at or after `time_s`; not bounded by how many there are.
  std::uint64_t ordinal_at(double time_s) const;
  double period_s() const { return period_s_; }

 private:
  struct Step { std::uint64_t ordinal{}, lost_through{}; };
  double period_s_;
  std::vector<Step> steps_;
};

/// One piece of a trace without a gap in it. Without a value when min is NaN.
struct TraceColumn { double start_s{}, end_s{}, min{}, max{}, mean{}; };

struct TraceGap {
  double start_s{}, end_s{};
  std::uint64_t length{};  ///< samples
  bool exact{};
};

struct TraceWindow {
  double start_s{}, end_s{};
  std::string label;  ///< "infer 3"
  bool marked{};      ///< what the run is about; false: idle, guard and the like around it
  bool valid{};
};

struct TraceView {
  std::string title;               ///< "sim-1"
  std::vector<std::string> notes;  ///< under the title: calibration, simulated or imported, what is approximate
  std::string unit{"A"};           ///< of the columns
  double start_s{}, end_s{};       ///< what was asked for; columns may reach beyond
  std::uint64_t samples_per_column{};
  double period_s{};
  std::vector<TraceColumn> columns;
  std::vector<TraceWindow> windows;
  std::vector<TraceGap> gaps;
  std::vector<double> cursors_s;
  std::vector<std::string> damaged;
};

/// Columns as pieces in time: a column that has gaps in it is cut at each, and every piece keeps its extremes.
std::vector<TraceColumn> pieces_of(const std::vector<Column>& columns, const TraceClock& clock, std::span<const Gap> gaps);
std::vector<TraceGap> gaps_in_time(std::span<const Gap> gaps, double period_s);

/// "A" for a current; of raw codes too.
std::string unit_of(Quantity quantity);

/// What the eye needs to choose an axis. `any`: there is a value at all.
struct Extent { bool any{}; double min{}, max{}, least_positive_mean{}, greatest_mean{}; };
Extent extent_of(const TraceView& view);

/// Linear unless the means span a hundredfold or more; `wanted` decides when it is not `by_extent`.
enum class ValueAxis { by_extent, linear, logarithmic };
bool is_logarithmic(const Extent& extent, ValueAxis wanted);

Axis axis_of(const TraceView& view, const Extent& extent, ValueAxis wanted, int count);

/// "1024 samples (10.24 ms) a column", "each sample", and the like.
std::string resolution_of(const TraceView& view);

}  // namespace jr
