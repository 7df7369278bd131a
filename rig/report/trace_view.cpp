// Time is ordinal plus the samples lost before it, times the period.
#include "rig/report/trace_view.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace jr {
namespace {

constexpr double kManyfold = 100;

bool has_value(const TraceColumn& column) { return std::isfinite(column.min) && std::isfinite(column.max); }

}  // namespace

TraceClock::TraceClock(double period_s, std::span<const Gap> gaps) : period_s_(period_s) {
  std::uint64_t lost = 0;
  for (const Gap& gap : gaps) steps_.push_back({gap.ordinal, lost += gap.length});
}

double TraceClock::begin_of(std::uint64_t ordinal) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), ordinal,
                                      [](std::uint64_t wanted, const Step& step) { return wanted < step.ordinal; });
  const std::uint64_t lost = after == steps_.begin() ? 0 : std::prev(after)->lost_through;
  return static_cast<double>(ordinal + lost) * period_s_;
}

double TraceClock::end_before(std::uint64_t ordinal) const {
  const auto at = std::lower_bound(steps_.begin(), steps_.end(), ordinal,
                                   [](const Step& step, std::uint64_t wanted) { return step.ordinal < wanted; });
  const std::uint64_t lost = at == steps_.begin() ? 0 : std::prev(at)->lost_through;
  return static_cast<double>(ordinal + lost) * period_s_;
}

std::uint64_t TraceClock::ordinal_at(double time_s) const {
  // A millionth of a period of slack: a time that was printed from an ordinal leads back to it.
  const double slots = std::ceil(time_s / period_s_ - 1e-6);
  if (!(slots > 0)) return 0;
  const double most = 0x1p63;
  const auto slot = static_cast<std::uint64_t>(std::min(slots, most));
  const auto next = std::partition_point(steps_.begin(), steps_.end(),
                                         [&](const Step& s) { return s.ordinal + s.lost_through <= slot; });
  const std::uint64_t ordinal = slot - (next == steps_.begin() ? 0 : std::prev(next)->lost_through);
  // Inside a gap the sample behind it is the first.
  return next != steps_.end() && ordinal > next->ordinal ? next->ordinal : ordinal;
}

std::vector<TraceColumn> pieces_of(const std::vector<Column>& columns, const TraceClock& clock, std::span<const Gap> gaps) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::vector<TraceColumn> pieces;
  pieces.reserve(columns.size());
  auto gap = gaps.begin();
  for (const Column& column : columns) {
    if (column.n == 0) continue;
    const bool empty = column.without >= column.n;
    TraceColumn piece{0, 0, empty ? kNone : column.min, empty ? kNone : column.max, empty ? kNone : column.mean};
    const std::uint64_t end = column.first + column.n;
    std::uint64_t from = column.first;
    while (gap != gaps.end() && gap->ordinal <= column.first) ++gap;
    for (; gap != gaps.end() && gap->ordinal < end; ++gap) {
      if (gap->ordinal == from) continue;
      piece.start_s = clock.begin_of(from), piece.end_s = clock.end_before(gap->ordinal);
      pieces.push_back(piece);
      from = gap->ordinal;
    }
    piece.start_s = clock.begin_of(from), piece.end_s = clock.end_before(end);
    pieces.push_back(piece);
  }
  return pieces;
}

std::vector<TraceGap> gaps_in_time(std::span<const Gap> gaps, double period_s) {
  std::vector<TraceGap> in_time;
  std::uint64_t lost = 0;
  for (const Gap& gap : gaps) {
    const double start_s = static_cast<double>(gap.ordinal + lost) * period_s;
    lost += gap.length;
    in_time.push_back({start_s, static_cast<double>(gap.ordinal + lost) * period_s, gap.length,
                       gap.length_limit == 0 && gap.place_limit == 0});
  }
  return in_time;
}

std::string unit_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::current_A: return "A";
    case Quantity::voltage_V: return "V";
    case Quantity::power_W: return "W";
    case Quantity::energy_J: return "J";
  }
  return "A";
}

Extent extent_of(const TraceView& view) {
  Extent extent{false, INFINITY, -INFINITY, INFINITY, -INFINITY};
  for (const TraceColumn& column : view.columns) {
    if (!has_value(column) || column.end_s <= view.start_s || column.start_s >= view.end_s) continue;
    extent.any = true;
    extent.min = std::min(extent.min, column.min);
    extent.max = std::max(extent.max, column.max);
    extent.greatest_mean = std::max(extent.greatest_mean, column.mean);
    if (column.mean > 0) extent.least_positive_mean = std::min(extent.least_positive_mean, column.mean);
  }
  return extent;
}

bool is_logarithmic(const Extent& extent, ValueAxis wanted) {
  if (!extent.any || !(extent.max > 0)) return false;
  if (wanted != ValueAxis::by_extent) return wanted == ValueAxis::logarithmic;
  return extent.greatest_mean / extent.least_positive_mean >= kManyfold;
}

Axis axis_of(const TraceView& view, const Extent& extent, ValueAxis wanted, int count) {
  if (!extent.any) return value_axis(0, 1e-3, view.unit, count);
  if (is_logarithmic(extent, wanted)) {
    const double least = std::min(extent.least_positive_mean, extent.max);
    return decade_axis(extent.min > least / 100 ? extent.min : least / 10, extent.max, view.unit);
  }
  // A current or a power is read against zero; a voltage by its ripple.
  if (view.unit == "V") return value_axis(extent.min, extent.max, view.unit, count);
  return value_axis(std::min(extent.min, 0.0), std::max(extent.max, 0.0), view.unit, count);
}

std::string resolution_of(const TraceView& view) {
  if (view.samples_per_column <= 1) return "each sample (" + with_prefix(view.period_s, "s", 3) + ") drawn";
  const double samples = static_cast<double>(view.samples_per_column);
  return "a column is " + std::to_string(view.samples_per_column) + " samples (" +
         with_prefix(samples * view.period_s, "s", 3) + ")";
}

}  // namespace jr
