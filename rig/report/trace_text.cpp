// A grid of small cells is filled column by column; letters are made of it afterwards.
#include "rig/report/trace_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "rig/report/axis.hpp"

namespace jr {
namespace {

constexpr std::size_t kLeftLetters = 11;  // for the value labels and the axis
constexpr std::size_t kLeastWidth = 40, kLeastRows = 4;

/// What one small cell shows; the stronger wins.
enum class Cell : unsigned char { empty, reach, mean };

struct Grid {
  std::size_t columns, rows;
  std::vector<Cell> cells;
  Grid(std::size_t c, std::size_t r) : columns(c), rows(r), cells(c * r, Cell::empty) {}
  Cell& at(std::size_t column, std::size_t row) { return cells[row * columns + column]; }
  Cell at(std::size_t column, std::size_t row) const { return cells[row * columns + column]; }
};

struct Letters { std::size_t across, down, columns, rows; };  // small cells in a letter; letters in the drawing

Letters letters_of(const TextStyle& style) {
  const std::size_t width = std::max(style.width, kLeastWidth) - kLeftLetters - 1;
  return {style.dots ? 2u : 1u, style.dots ? 4u : 1u, width, std::max(style.rows, kLeastRows)};
}

std::size_t cell_of(double share, std::size_t count) {
  const double cell = std::floor(share * static_cast<double>(count));
  return static_cast<std::size_t>(std::clamp(cell, 0.0, static_cast<double>(count - 1)));
}

/// Cells of a stretch of time: at least one, none when it lies outside.
std::pair<std::size_t, std::size_t> stretch_of(const Axis& time, double start_s, double end_s, std::size_t count) {
  if (!(end_s > time.low) || !(start_s < time.high)) return {0, 0};
  const std::size_t from = cell_of(time.share(start_s), count);
  const double end = std::ceil(time.share(end_s) * static_cast<double>(count) - 1e-6);
  const auto to = static_cast<std::size_t>(std::clamp(end, 0.0, static_cast<double>(count)));
  return {from, std::max(to, from + 1)};
}

Grid drawn(const TraceView& view, const Axis& time, const Axis& value, const Letters& letters) {
  Grid grid(letters.columns * letters.across, letters.rows * letters.down);
  const auto row = [&](double v) { return grid.rows - 1 - cell_of(value.share(v), grid.rows); };
  const auto mark = [&](std::size_t column, std::size_t at, Cell cell) {
    grid.at(column, at) = std::max(grid.at(column, at), cell);
  };
  for (const TraceColumn& column : view.columns) {
    if (!std::isfinite(column.min)) continue;
    const auto [from, to] = stretch_of(time, column.start_s, column.end_s, grid.columns);
    for (std::size_t c = from; c < to; ++c) {
      for (std::size_t r = row(column.max); r <= row(column.min); ++r) mark(c, r, Cell::reach);
      mark(c, row(column.mean), Cell::mean);
    }
  }
  return grid;
}

/// Bits of the dots of U+2800, column by column, from above.
std::string braille(const Grid& grid, std::size_t letter, std::size_t line) {
  constexpr std::array<std::array<unsigned, 4>, 2> kBits{{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}};
  unsigned bits = 0;
  for (std::size_t x = 0; x < 2; ++x)
    for (std::size_t y = 0; y < 4; ++y)
      if (grid.at(2 * letter + x, 4 * line + y) != Cell::empty) bits |= kBits[x][y];
  if (bits == 0) return " ";
  return {static_cast<char>(0xE2), static_cast<char>(0xA0 | bits >> 6), static_cast<char>(0x80 | (bits & 0x3F))};
}

std::string letter_of(const Grid& grid, std::size_t letter, std::size_t line, bool dots) {
  if (dots) return braille(grid, letter, line);
  const Cell cell = grid.at(letter, line);
  return cell == Cell::mean ? "#" : cell == Cell::reach ? "|" : " ";
}

std::string right_aligned(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, width_of(text)), ' ') + text;
}

/// Labels by the row of letters that they belong to.
std::vector<std::string> value_labels(const Axis& value, const Letters& letters) {
  std::vector<std::string> labels(letters.rows);
  for (const Mark& mark : value.marks) {
    std::string& label = labels[letters.rows - 1 - cell_of(value.share(mark.value), letters.rows)];
    if (label.empty() && !mark.label.empty()) label = mark.label + (value.logarithmic ? "" : " " + value.caption);
  }
  return labels;
}

/// Marks and their labels below the drawing, as far as they do not touch.
std::string time_labels(const Axis& time, const Letters& letters, bool dots) {
  std::string ruler, line(letters.columns + 12, ' ');
  std::vector<bool> ticked(letters.columns);
  std::size_t free_from = 0;
  for (const Mark& mark : time.marks) {
    const std::size_t at = cell_of(time.share(mark.value), letters.columns);
    ticked[at] = true;
    const std::size_t from = at - std::min(at, mark.label.size() / 2);
    if (from < free_from || from + mark.label.size() > letters.columns + 1) continue;
    line.replace(from, mark.label.size(), mark.label);
    free_from = from + mark.label.size() + 1;
  }
  for (const bool tick : ticked) ruler += tick ? (dots ? "\u253c" : "+") : (dots ? "\u2500" : "-");
  const std::size_t end = line.find_last_not_of(' ');
  line = end == std::string::npos ? "" : line.substr(0, end + 1);
  return std::string(kLeftLetters - 1, ' ') + (dots ? "\u2514" : "+") + ruler + "\n" + std::string(kLeftLetters, ' ') + line + "\n" +
         right_aligned(time.caption, kLeftLetters + letters.columns) + "\n";
}

/// One line with a stroke under every window, and its label where it fits.
std::string window_line(const TraceView& view, const Axis& time, const Letters& letters, bool dots) {
  std::vector<std::string> line(letters.columns, " ");
  bool any = false;
  for (const TraceWindow& window : view.windows) {
    const auto [from, to] = stretch_of(time, window.start_s, window.end_s, letters.columns);
    if (!window.marked || from == to) continue;
    any = true;
    for (std::size_t c = from; c < to; ++c) line[c] = window.valid ? (dots ? "\u2594" : "=") : "x";
    const std::string label = " " + window.label + " ";
    if (label.size() + 2 > to - from) continue;
    const std::size_t begin = from + (to - from - label.size()) / 2;
    for (std::size_t k = 0; k < label.size(); ++k) line[begin + k] = std::string(1, label[k]);
  }
  if (!any) return "";
  std::string text = right_aligned("windows", kLeftLetters - 2) + "  ";
  for (const std::string& letter : line) text += letter;
  return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

std::string gap_line(const TraceView& view, const Axis& time, const Letters& letters) {
  std::string line(letters.columns, ' ');
  std::uint64_t lost = 0, count = 0;
  for (const TraceGap& gap : view.gaps) {
    const auto [from, to] = stretch_of(time, gap.start_s, gap.end_s, letters.columns);
    if (from == to) continue;
    std::fill(line.begin() + static_cast<std::ptrdiff_t>(from), line.begin() + static_cast<std::ptrdiff_t>(to), '!');
    lost += gap.length, ++count;
  }
  if (count == 0) return "";
  return right_aligned("lost", kLeftLetters - 2) + "  " + line.substr(0, line.find_last_not_of(' ') + 1) + "\n" +
         std::string(kLeftLetters, ' ') + std::to_string(count) + (count == 1 ? " gap, " : " gaps, ") + std::to_string(lost) + " samples\n";
}

/// What came from a record must not steer a terminal.
std::string printable(std::string text) {
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return text;
}

}  // namespace

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::size_t columns_of(const TextStyle& style) {
  const Letters letters = letters_of(style);
  return letters.columns * letters.across;
}

std::string trace_text(const TraceView& view, const TextStyle& style, ValueAxis wanted) {
  const Letters letters = letters_of(style);
  const Extent extent = extent_of(view);
  const Axis time = time_axis(view.start_s, view.end_s, static_cast<int>(letters.columns / 10));
  const Axis value = axis_of(view, extent, wanted, static_cast<int>(letters.rows / 3));
  const Grid grid = drawn(view, time, value, letters);
  const std::vector<std::string> labels = value_labels(value, letters);
  std::string text = printable(view.title) + "\n";
  for (const std::string& note : view.notes) text += "  " + printable(note) + "\n";
  for (std::size_t line = 0; line < letters.rows; ++line) {
    std::string drawing;
    for (std::size_t letter = 0; letter < letters.columns; ++letter) drawing += letter_of(grid, letter, line, style.dots);
    text += right_aligned(labels[line], kLeftLetters - 2) + " " + (style.dots ? "\u2502" : "|") +
            drawing.substr(0, drawing.find_last_not_of(' ') + 1) + "\n";
  }
  text += time_labels(time, letters, style.dots) + window_line(view, time, letters, style.dots) + gap_line(view, time, letters);
  text += extent.any ? "  " + resolution_of(view) + "\n" : "  No sample with a value in this stretch.\n";
  for (const std::string& sentence : view.damaged) text += "  " + printable(sentence) + "\n";
  return style.dots ? text : plain_ascii(text);
}

std::string plain_ascii(const std::string& text) {
  constexpr std::array<std::pair<const char*, const char*>, 5> kTwins{
      {{"\u00b5", "u"}, {"\u00b1", "+-"}, {"\u00d7", "x"}, {"\u2013", "-"}, {"\u2026", "..."}}};
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      plain += text[at++];
      continue;
    }
    const auto twin = std::find_if(kTwins.begin(), kTwins.end(), [&](const auto& t) {
      return std::string_view(text).substr(at).starts_with(t.first);
    });
    plain += twin == kTwins.end() ? "?" : twin->second;
    for (++at; at < text.size() && (text[at] & 0xC0) == 0x80; ++at) {
    }
  }
  return plain;
}

}  // namespace jr
