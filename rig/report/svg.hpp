// A picture as SVG text: lines, bars and words in one coordinate system, readable on a light and on a dark page.
// Never knows what is drawn.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace jr {

/// Where words stand relative to their point.
enum class Anchor { start, middle, end };

/// The colours are roles, so that a page can be light or dark: see the style in text().
enum class Ink { text, faint, first, second, warning };

/// Pixels, y downwards. Every word is escaped.
class Svg {
 public:
  Svg(double width, double height, std::string title);
  void line(double x1, double y1, double x2, double y2, Ink ink, double width = 1);
  void path(const std::vector<std::pair<double, double>>& points, Ink ink, double width = 1.5);
  void bar(double x, double y, double width, double height, Ink ink);
  void dot(double x, double y, double radius, Ink ink);
  void words(double x, double y, const std::string& text, Anchor anchor = Anchor::start, Ink ink = Ink::text);
  std::string text() const;  ///< the whole file

 private:
  double width_, height_;
  std::string title_, body_;
};

/// A value axis: `low`..`high` onto `from`..`to` pixels.
struct Scale {
  double low{}, high{}, from{}, to{};
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

/// Round numbers for about `count` ticks within [low, high]; requires low < high.
std::vector<double> ticks(double low, double high, int count);

}  // namespace jr
