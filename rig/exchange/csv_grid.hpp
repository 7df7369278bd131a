// Is the time of a CSV trace that of an instrument that samples evenly? Period, missing rows, and how far rows stray.
// Never bends a time: what is not regular is refused, with the way out.
#pragma once

#include <cstdint>
#include <string>

#include "rig/core/result.hpp"
#include "rig/exchange/csv_rows.hpp"

namespace jr::csv {

/// A row may be so far from its place, in periods.
inline constexpr double kMostStray = 0.25;

struct Grid {
  double period_s{};
  bool by_time{};               ///< from the time column; else the rate was given and rows stand one period apart
  std::uint64_t rows{}, missing{}, gaps{}, without_value{};
  double first_s{};             ///< time of the first row
  double stray{};               ///< largest distance of a row from its place, in periods
  std::uint64_t stray_line{};
  bool cut{};

  /// Places from one row to the next; 1 without a gap.
  std::uint64_t steps(double from_s, double to_s) const;
};

/// Reads every row once. `rate_Hz`: given by a person; the time column is then left out of account.
/// Errors: malformed (a row, or time that goes backwards or strays), usage (no time column and no rate).
Result<Grid> grid_of(std::string_view text, const Layout& layout, const std::string& file, const ImportOptions& options);

}  // namespace jr::csv
