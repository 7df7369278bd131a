// The same report for a terminal: eighty columns, pictures as their text.
// Never computes, and never leaves out a sentence that the page has.
#pragma once

#include <cstddef>
#include <string>

#include "rig/report/report_page.hpp"

namespace jr {

/// Lines of at most `width` characters, but for tables whose numbers alone are wider.
std::string report_text(const ReportPage& page, std::size_t width = 80);
std::string report_text(const ReportSection& section, std::size_t width = 80);

/// UTF-8 in lines of at most `width` characters; the first begins with `first`, the others with `rest`.
std::string wrapped(const std::string& text, std::size_t width, const std::string& first = "", const std::string& rest = "");

/// A horizontal bar of at most `width` characters: eighths of a block, so that a small share is still to be seen.
std::string text_bar(double share, std::size_t width);
/// Columns of one character each, heights as their share of the largest.
std::string text_columns(const std::vector<double>& heights);

}  // namespace jr
