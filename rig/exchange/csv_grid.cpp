// The median of the first steps is the first guess of a period; the sum of all undisturbed steps is the last word.
// Never keeps more than those first steps.
#include "rig/exchange/csv_grid.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace jr::csv {
namespace {

constexpr std::size_t kFirstSteps = 100'000;
constexpr double kMostSteps = 1e12;   // a longer hole is a wrong time, not a hole
constexpr double kWeight = 100;       // steps that the first guess counts for while true ones are few
constexpr double kSnap = 1e-6;        // relative: as near to a whole number of hertz or seconds as digits let it come

Failure no_time(const std::string& file) {
  return fail(Trouble::usage, file + " has no time column that is known: give the sampling rate with --rate HZ, or name the column with --column time=NAME:ms.");
}

Failure irregular(const std::string& file, std::uint64_t line, const std::string& what) {
  return fail(Trouble::malformed, "Line " + std::to_string(line) + " of " + file + ": " + what +
                                      ": the rows are not evenly spaced in time; if the instrument samples evenly, give its rate with --rate HZ.");
}

Failure backwards(const std::string& file, std::uint64_t line) {
  return fail(Trouble::malformed, "Line " + std::to_string(line) + " of " + file +
                                      ": time goes backwards; put the rows in order, or have them sorted with --reorder-time.");
}

Failure too_far_back(const std::string& file, std::uint64_t line) {
  return fail(Trouble::malformed, "Line " + std::to_string(line) + " of " + file + " belongs more than " + std::to_string(kReorderWindow) +
                                      " rows earlier: sort the file first (sort -g).");
}

/// Median of the first steps that go forward.
Result<double> first_period(std::string_view text, const Layout& layout, const std::string& file, bool reorder) {
  Rows rows(text, layout, file, reorder);
  std::vector<double> steps;
  Row row;
  double before = 0;
  bool any = false;
  while (steps.size() < kFirstSteps) {
    const auto more = rows.next(row);
    if (!more) return Failure(more.error());
    if (!*more) break;
    if (any && row.time_s < before) return reorder ? too_far_back(file, row.line) : backwards(file, row.line);
    if (any) steps.push_back(row.time_s - before);
    before = row.time_s, any = true;
  }
  if (steps.empty()) return fail(Trouble::malformed, file + " holds fewer than two rows: its period cannot be told; give it with --rate HZ.");
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  if (!(*middle > 0))
    return fail(Trouble::malformed, file + " has too few digits in its time column '" + layout.time->name +
                                        "' to tell its rows apart: give the sampling rate with --rate HZ.");
  return *middle;
}

double snapped(double period_s) {
  const double rate = 1 / period_s;
  if (std::round(rate) >= 1 && std::abs(rate - std::round(rate)) < kSnap * rate) return 1 / std::round(rate);
  if (period_s > 1 && std::abs(period_s - std::round(period_s)) < kSnap * period_s) return std::round(period_s);
  return period_s;
}

std::string in_periods(double stray) {
  char words[48];
  std::snprintf(words, sizeof words, "%.2f periods off its place", stray);
  return words;
}

/// Sums over steps as they come; the period is refined on the way, so that a long hole is counted right.
class Walk {
 public:
  Walk(Grid& grid, double guess_s) : grid_(grid), guess_s_(guess_s), period_s_(guess_s) {}

  /// False: this row strays too far.
  bool step(const Row& row) {
    const double ratio = (row.time_s - before_s_) / period_s_;
    const double steps = std::round(ratio);
    if (!(steps < kMostSteps)) return false;
    const double stray = std::abs(ratio - steps);
    if (steps < 2 && stray > grid_.stray) grid_.stray = stray, grid_.stray_line = row.line;
    if (steps < 1 || (steps < 2 && stray > kMostStray)) return false;
    if (steps < 2) {
      sum_s_ += row.time_s - before_s_;
      period_s_ = (kWeight * guess_s_ + sum_s_) / (kWeight + static_cast<double>(++undisturbed_));
    } else {
      ++grid_.gaps;
      grid_.missing += static_cast<std::uint64_t>(steps) - 1;
    }
    before_s_ = row.time_s;
    return true;
  }
  void begin(const Row& row) { grid_.first_s = before_s_ = row.time_s; }
  double before_s() const { return before_s_; }
  double period_s() const { return undisturbed_ ? sum_s_ / static_cast<double>(undisturbed_) : guess_s_; }

 private:
  Grid& grid_;
  double guess_s_, period_s_, before_s_{}, sum_s_{};
  std::uint64_t undisturbed_{};
};

Result<void> count(Rows& rows, Grid& grid, const std::string& file, bool reorder, double guess_s) {
  Walk walk(grid, guess_s);
  Row row;
  while (true) {
    const auto more = rows.next(row);
    if (!more) return Failure(more.error());
    if (!*more) break;
    if (grid.by_time && grid.rows == 0) walk.begin(row);
    else if (grid.by_time && row.time_s < walk.before_s()) return reorder ? too_far_back(file, row.line) : backwards(file, row.line);
    else if (grid.by_time && !walk.step(row)) return irregular(file, row.line, "it is " + in_periods(grid.stray));
    ++grid.rows;
    grid.without_value += std::isnan(row.values[0]) || std::isnan(row.values[1]);
  }
  if (grid.by_time) grid.period_s = snapped(walk.period_s());
  return {};
}

}  // namespace

std::uint64_t Grid::steps(double from_s, double to_s) const {
  return by_time ? static_cast<std::uint64_t>(std::max(1.0, std::round((to_s - from_s) / period_s))) : 1;
}

Result<Grid> grid_of(std::string_view text, const Layout& layout, const std::string& file, const ImportOptions& options) {
  Grid grid;
  double guess_s = 0;
  const bool reorder = options.reorder_time;
  if (options.rate_Hz) {
    if (!(*options.rate_Hz > 0 && std::isfinite(*options.rate_Hz))) return fail(Trouble::usage, "A sampling rate is a positive number of hertz.");
    grid.period_s = 1 / *options.rate_Hz;
  } else {
    if (!layout.time) return no_time(file);
    const auto first = first_period(text, layout, file, reorder);
    if (!first) return Failure(first.error());
    guess_s = *first, grid.by_time = true;
  }
  Rows rows(text, layout, file, reorder && grid.by_time);
  if (auto counted = count(rows, grid, file, reorder, guess_s); !counted) return Failure(counted.error());
  if (grid.rows == 0) return fail(Trouble::malformed, file + " holds no row of numbers.");
  grid.cut = rows.cut();
  return grid;
}

}  // namespace jr::csv
