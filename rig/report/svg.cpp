// Elements are appended as they are drawn; the head and the style come with text().
#include "rig/report/svg.hpp"

#include <cmath>
#include <cstdio>

namespace jr {
namespace {

const char* name_of(Ink ink) {
  switch (ink) {
    case Ink::text: return "t";
    case Ink::faint: return "f";
    case Ink::first: return "a";
    case Ink::second: return "b";
    case Ink::warning: return "w";
    case Ink::page: return "p";
  }
  return "t";
}

/// For programs that know no style variables, such as converters for print: the light page's colour.
const char* plain_colour(Ink ink) {
  switch (ink) {
    case Ink::text: return "#222";
    case Ink::faint: return "#bbb";
    case Ink::first: return "#1769aa";
    case Ink::second: return "#8a5a00";
    case Ink::warning: return "#b3261e";
    case Ink::page: return "#fff";
  }
  return "#222";
}

std::string stroked(Ink ink) {
  return std::string(" class=\"") + name_of(ink) + "\" fill=\"none\" stroke=\"" + plain_colour(ink) + "\"";
}
std::string filled(Ink ink) {
  return std::string(" class=\"") + name_of(ink) + "\" fill=\"" + plain_colour(ink) + "\"";
}

const char* name_of(Anchor anchor) {
  switch (anchor) {
    case Anchor::start: return "start";
    case Anchor::middle: return "middle";
    case Anchor::end: return "end";
  }
  return "start";
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", std::isfinite(value) ? value : 0.0);
  return text;
}

std::string attribute(const char* name, double value) { return std::string(" ") + name + "=\"" + number(value) + "\""; }

std::string opacity_of(double opacity) {
  return opacity < 1 ? attribute("fill-opacity", opacity) : std::string();
}

/// A tenth of a pixel: finer than a screen shows, and long paths stay small.
std::string points_of(const Points& points) {
  std::string text;
  char pair[64];
  for (const auto& [x, y] : points) {
    std::snprintf(pair, sizeof pair, "%.1f,%.1f ", std::isfinite(x) ? x : 0.0, std::isfinite(y) ? y : 0.0);
    text += pair;
  }
  return text;
}

constexpr const char* kStyle =
    "<style>svg{--t:#222;--f:#bbb;--a:#1769aa;--b:#8a5a00;--w:#b3261e;--p:#fff;font:12px system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){svg{--t:#ddd;--f:#555;--a:#6db3f2;--b:#e0b050;--w:#ff8a80;--p:#16191d}}"
    "text{fill:var(--c)}.t{--c:var(--t)}.f{--c:var(--f)}.a{--c:var(--a)}.b{--c:var(--b)}.w{--c:var(--w)}.p{--c:var(--p)}"
    "line,polyline{stroke:var(--c);fill:none}rect,circle,polygon{fill:var(--c)}</style>";

}  // namespace

Svg::Svg(double width, double height, std::string title)
    : width_(width), height_(height), title_(std::move(title)) {}

void Svg::line(double x1, double y1, double x2, double y2, Ink ink, double width) {
  body_ += "<line" + stroked(ink) + attribute("x1", x1) + attribute("y1", y1) +
           attribute("x2", x2) + attribute("y2", y2) + attribute("stroke-width", width) + "/>\n";
}

void Svg::path(const Points& points, Ink ink, double width) {
  body_ += "<polyline" + stroked(ink) + attribute("stroke-width", width) + " points=\"" + points_of(points) + "\"/>\n";
}

void Svg::area(const Points& outline, Ink ink, double opacity) {
  body_ += "<polygon" + filled(ink) + opacity_of(opacity) + " points=\"" + points_of(outline) + "\"/>\n";
}

void Svg::bar(double x, double y, double width, double height, Ink ink, double opacity) {
  body_ += "<rect" + filled(ink) + attribute("x", x) + attribute("y", y) + attribute("width", std::fmax(width, 0)) +
           attribute("height", std::fmax(height, 0)) + opacity_of(opacity) + "/>\n";
}

void Svg::dot(double x, double y, double radius, Ink ink) {
  body_ += "<circle" + filled(ink) + attribute("cx", x) + attribute("cy", y) +
           attribute("r", radius) + "/>\n";
}

void Svg::words(double x, double y, const std::string& text, Anchor anchor, Ink ink) {
  body_ += "<text" + filled(ink) + attribute("x", x) + attribute("y", y) +
           " text-anchor=\"" + name_of(anchor) + "\">" + markup(text) + "</text>\n";
}

std::string Svg::text() const {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", width_) + attribute("height", height_) +
         " viewBox=\"0 0 " + number(width_) + " " + number(height_) + "\" role=\"img\">\n<title>" + markup(title_) +
         "</title>\n" + kStyle + "\n" + body_ + "</svg>\n";
}

std::vector<double> ticks(double low, double high, int count) {
  const double rough = (high - low) / std::fmax(1, count);
  const double decade = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * decade;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * decade >= rough) {
      step = factor * decade;
      break;
    }
  std::vector<double> marks;
  for (double i = std::ceil(low / step); i * step <= high; ++i) marks.push_back(i * step);
  return marks;
}

}  // namespace jr
