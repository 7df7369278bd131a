// A trace as text for a terminal: a drawing of dots or plain letters, its axes, windows and gaps.
// Never asks the terminal anything; the caller knows how wide it is and what it can show.
#pragma once

#include <cstddef>
#include <string>

#include "rig/report/trace_view.hpp"

namespace jr {

struct TextStyle {
  std::size_t width{80};  ///< of a line, in letters; at least 40 are used
  std::size_t rows{16};   ///< of the drawing; at least 4
  bool dots{};            ///< Unicode: Braille dots, two columns and four rows a letter; else plain ASCII
};

/// Columns that a drawing in this style can tell apart.
std::size_t columns_of(const TextStyle& style);

/// Title, notes, drawing and axes; no line is longer than the width, unless a note is. In plain ASCII '#' is where the mean lies,
/// '|' what a column reaches from minimum to maximum.
std::string trace_text(const TraceView& view, const TextStyle& style, ValueAxis axis);

/// Characters of UTF-8, as many as it takes on a line.
std::size_t width_of(const std::string& text);

/// Text without anything beyond ASCII: u for micro, +- for plus-minus, ? for what has no such twin.
std::string plain_ascii(const std::string& text);

}  // namespace jr
