// The rows of a CSV trace as samples, one after the other, in the order of their time if that is asked for.
// Never holds more rows than its window.
#pragma once

#include <array>
#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "rig/exchange/csv_columns.hpp"

namespace jr::csv {

struct Row {
  double time_s{};               ///< 0 when the layout has no time
  std::array<double, 2> values{};  ///< in SI units, in the order of Layout::measured(); NaN: missing
  std::uint8_t lines{};
  std::uint64_t line{};          ///< of the file, from 1
};

/// How far back a row may belong when rows are put in order: the memory this takes is bounded.
inline constexpr std::size_t kReorderWindow = 262'144;

class Rows {
 public:
  /// Requires that `text` and `layout` outlive it.
  Rows(std::string_view text, const Layout& layout, const std::string& file, bool reorder);

  /// False at the end. Errors: malformed (names the line and what is wrong with it).
  Result<bool> next(Row& row);
  bool cut() const { return cut_; }  ///< the last line was cut short, and left out

 private:
  struct Later {
    bool operator()(const Row& a, const Row& b) const { return a.time_s > b.time_s; }
  };
  Result<bool> parse(Row& row);
  Result<bool> ordered(Row& row);
  Failure bad(const Column& column, const std::string& what) const;
  bool number(const Column& column, double& value) const;
  bool digital(Row& row) const;

  const Layout& layout_;
  std::string file_;
  std::vector<Column> measured_;
  bool has_lines_, reorder_;
  Lines lines_;
  std::vector<std::string_view> fields_;
  std::priority_queue<Row, std::vector<Row>, Later> window_;
  bool read_all_{}, cut_{};
};

}  // namespace jr::csv
