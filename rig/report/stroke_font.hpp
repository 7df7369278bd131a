// A letter as pen strokes, for pictures that have no fonts at hand.
// Never measures or draws by itself: Raster does.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace jr {

/// One stroke of the pen, as a polyline in glyph units: x to the right, y downwards; capitals reach from y = 0 to the
/// base line at y = 6, small letters from 2, descenders to 8.
using PenStroke = std::vector<std::pair<double, double>>;

struct Glyph {
  double advance{};  ///< to the next letter
  std::vector<PenStroke> strokes;
};

/// The glyph of a Unicode code point; a frame for one that the font does not have.
Glyph glyph_of(std::uint32_t point);

/// Code points of UTF-8; bytes that are none become U+FFFD.
std::vector<std::uint32_t> code_points(std::string_view text);

}  // namespace jr
