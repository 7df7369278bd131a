// A picture as pixels: the same drawing calls as SVG, with smooth edges and letters of pen strokes, encoded as PNG.
// Never draws outside its own pixels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/report/canvas.hpp"

namespace jr {

class Raster : public Canvas {
 public:
  /// Of width * scale by height * scale pixels; drawing calls are in unscaled ones. `dark`: a dark page.
  /// Errors: usage (not positive, or above 100 megapixels).
  static Result<Raster> of(double width, double height, double scale, bool dark);

  void line(double x1, double y1, double x2, double y2, Ink ink, double width = 1) override;
  void path(const Points& points, Ink ink, double width = 1.5) override;
  void area(const Points& outline, Ink ink, double opacity) override;
  void bar(double x, double y, double width, double height, Ink ink, double opacity = 1) override;
  void dot(double x, double y, double radius, Ink ink) override;
  void words(double x, double y, const std::string& text, Anchor anchor = Anchor::start, Ink ink = Ink::text) override;

  /// The PNG file; `title` goes into its Title chunk. Errors: storage (the encoder's own words).
  Result<std::string> png(const std::string& title) const;

  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return rows_; }
  /// Red, green and blue at a pixel. Requires it to be inside.
  const std::uint8_t* at(std::size_t column, std::size_t row) const { return &pixels_[3 * (row * columns_ + column)]; }

 private:
  Raster(std::size_t columns, std::size_t rows, double scale, bool dark);
  void fill(const std::vector<Points>& outlines, Ink ink, double opacity);
  std::size_t columns_, rows_;
  double scale_;
  bool dark_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace jr
