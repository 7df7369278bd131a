// What the columns of a CSV trace mean: by its header, by the program that wrote it, or by what a person says.
// Never reads a sample.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/exchange/csv_text.hpp"
#include "rig/exchange/trace.hpp"

namespace jr::csv {

/// One column that is read; `scale` takes its unit to SI.
struct Column {
  std::size_t index{};
  double scale{1};
  std::string name;
};

/// Where everything stands. At least one of current, power and energy is there.
struct Layout {
  Dialect dialect;
  std::size_t body{};            ///< offset of the first row of numbers
  std::uint64_t lines_before{};  ///< lines before it
  std::size_t fields{};          ///< of a row, as far as one is read
  std::optional<Column> time, current, voltage, power, energy;
  std::optional<Column> word;                        ///< "D0-D7": a letter a line, D0 first
  std::array<std::optional<Column>, 8> lines;        ///< D0 to D7, a column each
  std::string program, instrument;                   ///< who wrote it, and with what; empty: not recognised
  std::vector<std::string> remarks;
  std::optional<double> supply_V;                    ///< of a file of our own

  bool has_lines() const;
  /// Columns of a block, in their order: current, current and voltage, power, or energy.
  std::vector<Quantity> quantities() const;
  std::vector<Column> measured() const;
};

/// Reads the beginning of the text as far as its first row. `columns` as in ImportOptions: role to "NAME" or "#2",
/// with ":UNIT" behind it when the header does not tell the unit. Roles: time, current, voltage, power, energy,
/// lines, d0 to d7. Errors: usage (an unknown role, column or unit; nothing that is a trace was found: lists the
/// columns), malformed (no row of numbers).
Result<Layout> layout_of(std::string_view text, const std::string& file, const ImportOptions& options);

}  // namespace jr::csv
