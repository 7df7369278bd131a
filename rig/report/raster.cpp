// Outlines are filled by the exact area that they cover of each pixel; a line is an outline as wide as its pen.
#include "rig/report/raster.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "rig/report/stroke_font.hpp"

namespace jr {
namespace {

constexpr double kMostPixels = 1e8;
constexpr double kUnitX = 1.08, kUnitY = 1.44, kBaseLine = 6, kPen = 1.15;  // of a 12 px letter

std::array<std::uint8_t, 3> colour(Ink ink, bool dark) {
  switch (ink) {
    case Ink::text: return dark ? std::array<std::uint8_t, 3>{0xDD, 0xDD, 0xDD} : std::array<std::uint8_t, 3>{0x22, 0x22, 0x22};
    case Ink::faint: return dark ? std::array<std::uint8_t, 3>{0x55, 0x55, 0x55} : std::array<std::uint8_t, 3>{0xBB, 0xBB, 0xBB};
    case Ink::first: return dark ? std::array<std::uint8_t, 3>{0x6D, 0xB3, 0xF2} : std::array<std::uint8_t, 3>{0x17, 0x69, 0xAA};
    case Ink::second: return dark ? std::array<std::uint8_t, 3>{0xE0, 0xB0, 0x50} : std::array<std::uint8_t, 3>{0x8A, 0x5A, 0x00};
    case Ink::warning: return dark ? std::array<std::uint8_t, 3>{0xFF, 0x8A, 0x80} : std::array<std::uint8_t, 3>{0xB3, 0x26, 0x1E};
    case Ink::page: return dark ? std::array<std::uint8_t, 3>{0x16, 0x19, 0x1D} : std::array<std::uint8_t, 3>{0xFF, 0xFF, 0xFF};
  }
  return {};
}

/// The rectangle that a pen leaves between two points; square ends, so that corners are whole.
Points pen_between(std::pair<double, double> a, std::pair<double, double> b, double width) {
  double dx = b.first - a.first, dy = b.second - a.second;
  const double length = std::hypot(dx, dy), half = width / 2;
  if (length > 0) dx *= half / length, dy *= half / length;
  else dx = half, dy = 0;
  return {{a.first - dx - dy, a.second - dy + dx}, {b.first + dx - dy, b.second + dy + dx},
          {b.first + dx + dy, b.second + dy - dx}, {a.first - dx + dy, a.second - dy - dx}};
}

/// Signed area to the right of edges, pixel by pixel, over a box of the picture; summed along a row it is coverage.
class Coverage {
 public:
  Coverage(std::ptrdiff_t left, std::ptrdiff_t top, std::ptrdiff_t right, std::ptrdiff_t bottom)
      : left_(left), top_(top), width_(right - left), height_(bottom - top),
        cells_(static_cast<std::size_t>((width_ + 2) * height_)) {}

  void edge(std::pair<double, double> a, std::pair<double, double> b) {
    if (a.second == b.second) return;
    const double sign = a.second < b.second ? 1 : -1;
    if (sign < 0) std::swap(a, b);
    const double slope = (b.first - a.first) / (b.second - a.second);
    if (!std::isfinite(slope)) return;
    const double top = std::max(a.second, static_cast<double>(top_));
    const double bottom = std::min(b.second, static_cast<double>(top_ + height_));
    for (double y = top; y < bottom;) {
      const double next = std::min(std::floor(y) + 1, bottom);
      row(static_cast<std::ptrdiff_t>(std::floor(y)) - top_, a.first + (y - a.second) * slope - static_cast<double>(left_),
          a.first + (next - a.second) * slope - static_cast<double>(left_), sign * (next - y));
      y = next;
    }
  }

  /// Calls take(column, row, coverage) for what is covered.
  template <class Take>
  void each(Take take) const {
    for (std::ptrdiff_t y = 0; y < height_; ++y) {
      double sum = 0;
      for (std::ptrdiff_t x = 0; x < width_; ++x) {
        sum += cells_[static_cast<std::size_t>(y * (width_ + 2) + x)];
        if (std::abs(sum) > 1e-3) take(static_cast<std::size_t>(x + left_), static_cast<std::size_t>(y + top_), std::min(std::abs(sum), 1.0));
      }
    }
  }

 private:
  /// A piece of an edge within one row, from x0 to x1, that spans `height` of it.
  void row(std::ptrdiff_t y, double x0, double x1, double height) {
    const double most = static_cast<double>(width_);
    x0 = std::clamp(x0, 0.0, most), x1 = std::clamp(x1, 0.0, most);
    if (x0 > x1) std::swap(x0, x1);
    double* cells = &cells_[static_cast<std::size_t>(y * (width_ + 2))];
    const auto first = static_cast<std::ptrdiff_t>(x0), last = static_cast<std::ptrdiff_t>(x1);
    for (std::ptrdiff_t x = first; x <= last; ++x) {
      const double from = std::max(x0, static_cast<double>(x)), to = std::min(x1, static_cast<double>(x + 1));
      const double part = x1 > x0 ? height * (to - from) / (x1 - x0) : height;
      const double beyond = (from + to) / 2 - static_cast<double>(x);
      cells[x] += part * (1 - beyond);
      cells[x + 1] += part * beyond;
      if (x1 == x0) break;
    }
  }

  std::ptrdiff_t left_, top_, width_, height_;
  std::vector<double> cells_;
};

}  // namespace

Result<Raster> Raster::of(double width, double height, double scale, bool dark) {
  const double columns = std::ceil(width * scale - 1e-9), rows = std::ceil(height * scale - 1e-9);
  if (!(columns >= 1) || !(rows >= 1) || !(columns * rows <= kMostPixels))
    return fail(Trouble::usage, "A picture of " + std::to_string(static_cast<long long>(std::clamp(columns, 0.0, 1e12))) + " by " +
                                    std::to_string(static_cast<long long>(std::clamp(rows, 0.0, 1e12))) +
                                    " pixels cannot be drawn; choose a width between 200 and 20000 pixels.");
  return Raster(static_cast<std::size_t>(columns), static_cast<std::size_t>(rows), scale, dark);
}

Raster::Raster(std::size_t columns, std::size_t rows, double scale, bool dark)
    : columns_(columns), rows_(rows), scale_(scale), dark_(dark), pixels_(3 * columns * rows) {
  const auto page = colour(Ink::page, dark);
  for (std::size_t k = 0; k < pixels_.size(); ++k) pixels_[k] = page[k % 3];
}

void Raster::fill(const std::vector<Points>& outlines, Ink ink, double opacity) {
  double left = static_cast<double>(columns_), top = static_cast<double>(rows_), right = 0, bottom = 0;
  for (const Points& outline : outlines)
    for (const auto& [x, y] : outline) {
      if (!std::isfinite(x) || !std::isfinite(y)) return;
      left = std::min(left, x * scale_), right = std::max(right, x * scale_);
      top = std::min(top, y * scale_), bottom = std::max(bottom, y * scale_);
    }
  const auto inside = [](double value, std::size_t most) {
    return static_cast<std::ptrdiff_t>(std::clamp(value, 0.0, static_cast<double>(most)));
  };
  const std::ptrdiff_t x0 = inside(std::floor(left), columns_), x1 = inside(std::ceil(right), columns_);
  const std::ptrdiff_t y0 = inside(std::floor(top), rows_), y1 = inside(std::ceil(bottom), rows_);
  if (x0 >= x1 || y0 >= y1) return;
  Coverage coverage(x0, y0, x1, y1);
  for (const Points& outline : outlines)
    for (std::size_t k = 0; k < outline.size(); ++k) {
      const auto &a = outline[k], &b = outline[(k + 1) % outline.size()];
      coverage.edge({a.first * scale_, a.second * scale_}, {b.first * scale_, b.second * scale_});
    }
  const auto ink_colour = colour(ink, dark_);
  coverage.each([&](std::size_t column, std::size_t row, double covered) {
    std::uint8_t* pixel = &pixels_[3 * (row * columns_ + column)];
    for (std::size_t k = 0; k < 3; ++k)
      pixel[k] = static_cast<std::uint8_t>(std::lround(pixel[k] + covered * opacity * (ink_colour[k] - pixel[k])));
  });
}

void Raster::line(double x1, double y1, double x2, double y2, Ink ink, double width) {
  fill({pen_between({x1, y1}, {x2, y2}, width)}, ink, 1);
}

void Raster::path(const Points& points, Ink ink, double width) {
  std::vector<Points> pens;
  for (std::size_t k = 0; k + 1 < points.size(); ++k) pens.push_back(pen_between(points[k], points[k + 1], width));
  fill(pens, ink, 1);
}

void Raster::area(const Points& outline, Ink ink, double opacity) { fill({outline}, ink, opacity); }

void Raster::bar(double x, double y, double width, double height, Ink ink, double opacity) {
  if (!(width > 0) || !(height > 0)) return;
  fill({{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}}, ink, opacity);
}

void Raster::dot(double x, double y, double radius, Ink ink) {
  constexpr int kCorners = 24;
  Points circle;
  for (int k = 0; k < kCorners; ++k) {
    const double angle = 2 * std::numbers::pi * k / kCorners;
    circle.emplace_back(x + radius * std::cos(angle), y + radius * std::sin(angle));
  }
  fill({circle}, ink, 1);
}

void Raster::words(double x, double y, const std::string& text, Anchor anchor, Ink ink) {
  const std::vector<std::uint32_t> points = code_points(text);
  double width = 0;
  for (const std::uint32_t point : points) width += glyph_of(point).advance * kUnitX;
  if (anchor != Anchor::start) x -= anchor == Anchor::end ? width : width / 2;
  std::vector<Points> pens;
  for (const std::uint32_t point : points) {
    const Glyph glyph = glyph_of(point);
    const auto place = [&](std::pair<double, double> p) {
      return std::pair{x + (p.first + 0.5) * kUnitX, y + (p.second - kBaseLine) * kUnitY};
    };
    for (const PenStroke& stroke : glyph.strokes)
      for (std::size_t k = 0; k + 1 < stroke.size(); ++k)
        pens.push_back(pen_between(place(stroke[k]), place(stroke[k + 1]), kPen));
    x += glyph.advance * kUnitX;
  }
  fill(pens, ink, 1);
}

}  // namespace jr
