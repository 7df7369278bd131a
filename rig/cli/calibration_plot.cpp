// Two drawings of the same residuals.
// Never computes one: calibration_view does.
#include "rig/cli/calibration_plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "rig/cli/printing.hpp"
#include "rig/run/calibration_view.hpp"

namespace jr::cli {
namespace {

constexpr int kHalf = 24;  // columns left and right of zero
constexpr double kWidth = 720, kPanel = 200, kLeft = 90, kRight = 20, kTop = 34, kBottom = 34;

std::string formatted(const char* format, auto... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::vector<PointError> of_range(std::vector<PointError> errors, std::size_t range) {
  std::erase_if(errors, [range](const PointError& e) { return e.range != range; });
  std::stable_sort(errors.begin(), errors.end(), [](const PointError& a, const PointError& b) {
    return a.reference_A < b.reference_A;
  });
  return errors;
}

/// What the axis has to hold: the largest error with its bar.
double reach_A(const std::vector<PointError>& errors) {
  double reach = 0;
  for (const PointError& e : errors) reach = std::max(reach, std::abs(e.error_A) + e.U_A);
  return reach > 0 ? reach : 1e-12;
}

std::string bar_line(const PointError& e, double reach) {
  const auto column = [reach](double value_A) {
    return kHalf + static_cast<int>(std::lround(std::clamp(value_A / reach, -1.0, 1.0) * kHalf));
  };
  std::vector<std::string> cells(2 * kHalf + 1, " ");
  cells[kHalf] = "\u2502";
  for (int c = column(e.error_A - e.U_A); c <= column(e.error_A + e.U_A); ++c)
    cells[static_cast<std::size_t>(c)] = "\u2500";
  cells[static_cast<std::size_t>(column(e.error_A))] = e.rising ? "\u25cf" : "\u25cb";
  std::string line;
  for (const std::string& cell : cells) line += cell;
  return line;
}

// ---- SVG ----

struct Panel {
  double top, lowest_A, highest_A, reach;
  double x(double current_A) const {
    const double span = highest_A > lowest_A ? highest_A - lowest_A : 1;
    return kLeft + (current_A - lowest_A) / span * (kWidth - kLeft - kRight);
  }
  double y(double error_A) const {
    const double middle = top + kTop + (kPanel - kTop - kBottom) / 2;
    return middle - error_A / reach * (kPanel - kTop - kBottom) / 2;
  }
};

std::string mark(const Panel& p, const PointError& e, bool verification) {
  const double x = p.x(e.reference_A), y = p.y(e.error_A);
  std::string text =
      formatted("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#555\"/>\n", x,
                p.y(e.error_A - e.U_A), x, p.y(e.error_A + e.U_A));
  if (verification)
    return text +
           formatted("<rect x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\" fill=\"#c33\"/>\n",
                     x - 3.5, y - 3.5);
  return text +
         formatted("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" stroke=\"#036\" fill=\"%s\"/>\n", x,
                   y, e.rising ? "#036" : "#fff");
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return formatted("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor) + text +
         "</text>\n";
}

std::string panel_svg(const Calibration& c, std::size_t range, double top,
                      const std::vector<PointError>& fitted,
                      const std::vector<PointError>& independent) {
  std::vector<PointError> all = fitted;
  all.insert(all.end(), independent.begin(), independent.end());
  Panel p{top, c.ranges[range].lowest_A, c.ranges[range].highest_A, reach_A(all)};
  for (const PointError& e : all)
    p.lowest_A = std::min(p.lowest_A, e.reference_A),
    p.highest_A = std::max(p.highest_A, e.reference_A);
  std::string text = formatted(
      "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" "
      "stroke=\"#999\"/>\n",
      kLeft, top + kTop, kWidth - kLeft - kRight, kPanel - kTop - kBottom);
  text += formatted(
      "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#999\" stroke-dasharray=\"4 "
      "3\"/>\n",
      kLeft, p.y(0), kWidth - kRight, p.y(0));
  text += label(kLeft, top + kTop - 10, "start",
                "range " + std::to_string(range) + ": residual with U (95 %) over current");
  text += label(kLeft - 6, p.y(p.reach) + 8, "end", "+" + with_unit(p.reach, "A"));
  text += label(kLeft - 6, p.y(0) + 4, "end", "0");
  text += label(kLeft - 6, p.y(-p.reach), "end", "-" + with_unit(p.reach, "A"));
  text += label(kLeft, top + kPanel - kBottom + 16, "start", with_unit(p.lowest_A, "A"));
  text += label(kWidth - kRight, top + kPanel - kBottom + 16, "end", with_unit(p.highest_A, "A"));
  for (const PointError& e : fitted) text += mark(p, e, false);
  for (const PointError& e : independent) text += mark(p, e, true);
  return text;
}

}  // namespace

std::string residual_text(const Calibration& c) {
  std::string text;
  const auto all = residuals(c);
  for (std::size_t r = 0; r < c.ranges.size(); ++r) {
    const auto errors = of_range(all, r);
    if (errors.empty()) continue;
    const double reach = reach_A(errors);
    text += "Range " + std::to_string(r) + ", residuals with U (95 %) of each point, from -" +
            with_unit(reach, "A") + " to +" + with_unit(reach, "A") + "\n";
    for (const PointError& e : errors) {
      std::string current = with_unit(e.reference_A, "A");
      const auto letters =
          std::count_if(current.begin(), current.end(), [](char c) { return (c & 0xC0) != 0x80; });
      current.insert(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, 11 - letters)), ' ');
      text += current + " " + bar_line(e, reach) + "  " + with_unit(e.error_A, "A") + "\n";
    }
    text += "\n";
  }
  return text + "\u25cf upwards  \u25cb downwards\n";
}

std::string residual_svg(const Calibration& c) {
  const auto all = residuals(c), independent = as_left(c);
  std::string panels;
  double top = 30;
  for (std::size_t r = 0; r < c.ranges.size(); ++r) {
    const auto errors = of_range(all, r);
    if (errors.empty()) continue;
    panels += panel_svg(c, r, top, errors, of_range(independent, r));
    top += kPanel;
  }
  return formatted(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
             "font-family=\"sans-serif\" font-size=\"12\">\n",
             kWidth, top + 10) +
         "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" +
         label(kLeft, 20, "start",
               "Calibration " + c.id.substr(0, 12) + " of " + c.instrument.kind + " " +
                   c.instrument.serial + ", " + c.created.substr(0, 10)) +
         panels + "</svg>\n";
}

}  // namespace jr::cli
