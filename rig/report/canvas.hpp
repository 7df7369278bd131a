// What a picture is drawn on: lines, areas and words in pixels, whatever becomes of them (SVG text, a raster).
// Never knows what is drawn.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace jr {

/// Where words stand relative to their point.
enum class Anchor { start, middle, end };

/// The colours are roles, so that a page can be light or dark. `page` is what everything lies on.
enum class Ink { text, faint, first, second, warning, page };

using Points = std::vector<std::pair<double, double>>;

/// Pixels, y downwards. Opacity from 0 to 1.
class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void line(double x1, double y1, double x2, double y2, Ink ink, double width = 1) = 0;
  virtual void path(const Points& points, Ink ink, double width = 1.5) = 0;
  virtual void area(const Points& outline, Ink ink, double opacity) = 0;  ///< closed by itself
  virtual void bar(double x, double y, double width, double height, Ink ink, double opacity = 1) = 0;
  virtual void dot(double x, double y, double radius, Ink ink) = 0;
  /// `y` is the base line. UTF-8; what is none of it, and control characters, are not drawn as they are.
  virtual void words(double x, double y, const std::string& text, Anchor anchor = Anchor::start, Ink ink = Ink::text) = 0;
};

/// About how wide words are, in pixels: enough to decide whether they fit.
double width_of_words(const std::string& text);

/// Text that may stand in XML or HTML, in an element or an attribute: escaped, no control characters, bytes that
/// are no UTF-8 replaced by U+FFFD.
std::string markup(const std::string& text);

/// An element of HTML on a line of its own. `text` is escaped, `attributes` stand as they are.
std::string element(const std::string& tag, const std::string& text, const std::string& attributes = "");

}  // namespace jr
