// Only the fields that a layout names are turned into numbers.
// Never skips a row that it does not understand.
#include "rig/exchange/csv_rows.hpp"

#include <cmath>

namespace jr::csv {
namespace {

/// A line's state in a letter: 0, 1, X (both within the sample: high), - (unknown: low). Negative: none of these.
int state_of(char c) {
  switch (c) {
    case '0':
    case '-': return 0;
    case '1':
    case 'X':
    case 'x': return 1;
    default: return -1;
  }
}

}  // namespace

Rows::Rows(std::string_view text, const Layout& layout, const std::string& file, bool reorder)
    : layout_(layout),
      file_(file),
      measured_(layout.measured()),
      has_lines_(layout.has_lines()),
      reorder_(reorder && layout.time),
      lines_(text.substr(layout.body), layout.lines_before) {}

Failure Rows::bad(const Column& column, const std::string& what) const {
  return fail(Trouble::malformed, "Line " + std::to_string(lines_.number()) + " of " + file_ + ": '" +
                                      std::string(fields_[column.index].substr(0, 40)) + "' in column '" + column.name + "' " + what + ".");
}

bool Rows::number(const Column& column, double& value) const {
  const auto read = number_in(fields_[column.index], layout_.dialect.decimal);
  if (!read) return false;
  value = *read * column.scale;
  return true;
}

bool Rows::digital(Row& row) const {
  unsigned lines = 0;
  if (layout_.word) {
    const std::string_view letters = fields_[layout_.word->index];
    if (letters.size() > 8) return false;
    for (std::size_t k = 0; k < letters.size(); ++k) {
      const int state = state_of(letters[k]);
      if (state < 0) return false;
      lines |= static_cast<unsigned>(state) << k;
    }
  }
  for (std::size_t k = 0; k < 8; ++k) {
    if (!layout_.lines[k]) continue;
    const std::string_view letter = fields_[layout_.lines[k]->index];
    const int state = letter.size() == 1 ? state_of(letter.front()) : -1;
    if (state < 0) return false;
    lines |= static_cast<unsigned>(state) << k;
  }
  row.lines = static_cast<std::uint8_t>(lines);
  return true;
}

Result<bool> Rows::parse(Row& row) {
  std::string_view line;
  do {
    if (!lines_.next(line)) return false;
    split(line, layout_.dialect, layout_.fields, fields_);
  } while (fields_.empty() || is_comment(line));
  if (fields_.size() < layout_.fields) {
    if (!lines_.ended()) {
      cut_ = true;
      return false;
    }
    return fail(Trouble::malformed, "Line " + std::to_string(lines_.number()) + " of " + file_ + " has " + std::to_string(fields_.size()) +
                                        " columns where " + std::to_string(layout_.fields) + " are needed.");
  }
  row.line = lines_.number();
  if (layout_.time && (!number(*layout_.time, row.time_s) || std::isnan(row.time_s))) return bad(*layout_.time, "is no time in numbers");
  for (std::size_t k = 0; k < measured_.size(); ++k)
    if (!number(measured_[k], row.values[k])) return bad(measured_[k], "is no number");
  if (has_lines_ && !digital(row))
    return fail(Trouble::malformed, "Line " + std::to_string(lines_.number()) + " of " + file_ + ": a digital column holds something other than 0, 1, X or -.");
  return true;
}

Result<bool> Rows::ordered(Row& row) {
  while (!read_all_ && window_.size() < kReorderWindow) {
    Row read;
    const auto more = parse(read);
    if (!more) return more;
    if (*more) window_.push(read);
    else read_all_ = true;
  }
  if (window_.empty()) return false;
  row = window_.top();
  window_.pop();
  return true;
}

Result<bool> Rows::next(Row& row) { return reorder_ ? ordered(row) : parse(row); }

}  // namespace jr::csv
