// A picture as SVG text: lines, bars and words in one coordinate system, readable on a light and on a dark page.
// Never knows what is drawn.
#pragma once

#include <string>
#include <vector>

#include "rig/report/canvas.hpp"

namespace jr {

/// The colours are in the style of text(): a light and a dark page.
class Svg : public Canvas {
 public:
  Svg(double width, double height, std::string title);
  void line(double x1, double y1, double x2, double y2, Ink ink, double width = 1) override;
  void path(const Points& points, Ink ink, double width = 1.5) override;
  void area(const Points& outline, Ink ink, double opacity) override;
  void bar(double x, double y, double width, double height, Ink ink, double opacity = 1) override;
  void dot(double x, double y, double radius, Ink ink) override;
  void words(double x, double y, const std::string& text, Anchor anchor = Anchor::start, Ink ink = Ink::text) override;
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
