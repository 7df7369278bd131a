// Two drawings of the same residuals.
// Never computes one: calibration_view does.
#include "rig/cli/calibration_plot.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "rig/cli/printing.hpp"
#include "rig/report/svg.hpp"
#include "rig/run/calibration_view.hpp"

namespace jr::cli {
namespace {

constexpr int kHalf = 24;  // columns left and right of zero
constexpr double kWidth = 720, kPanel = 200, kLeft = 90, kRight = 20, kTop = 34, kBottom = 34, kHeading = 64;

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
  Scale x, y;
};

Panel panel_of(double top, const std::vector<PointError>& all) {
  double lowest_A = all.front().reference_A, highest_A = lowest_A;
  for (const PointError& e : all) {
    lowest_A = std::min(lowest_A, e.reference_A);
    highest_A = std::max(highest_A, e.reference_A);
  }
  if (highest_A <= lowest_A) highest_A = lowest_A + 1e-12;
  const double reach = reach_A(all);
  return {{lowest_A, highest_A, kLeft, kWidth - kRight}, {-reach, reach, top + kPanel - kBottom, top + kTop}};
}

/// Independent points are squares of the second colour; a reading on the way down is small.
void mark(Svg& picture, const Panel& panel, const PointError& e, bool verification) {
  const double x = panel.x.at(e.reference_A), y = panel.y.at(e.error_A);
  picture.line(x, panel.y.at(e.error_A - e.U_A), x, panel.y.at(e.error_A + e.U_A), Ink::faint);
  if (verification)
    picture.bar(x - 3.5, y - 3.5, 7, 7, Ink::second);
  else
    picture.dot(x, y, e.rising ? 3.5 : 2, Ink::first);
}

void draw_panel(Svg& picture, std::size_t range, double top, const std::vector<PointError>& fitted,
                const std::vector<PointError>& independent) {
  std::vector<PointError> all = fitted;
  all.insert(all.end(), independent.begin(), independent.end());
  if (all.empty()) return;
  const Panel panel = panel_of(top, all);
  const double low = panel.y.from, high = panel.y.to, middle = panel.y.at(0);
  for (const double y : {low, middle, high}) picture.line(kLeft, y, kWidth - kRight, y, Ink::faint);
  picture.words(kLeft, high - 10, "range " + std::to_string(range) + ": residual with U (95 %) over current");
  picture.words(kLeft - 6, high + 4, "+" + with_unit(panel.y.high, "A"), Anchor::end);
  picture.words(kLeft - 6, middle + 4, "0", Anchor::end);
  picture.words(kLeft - 6, low + 4, "-" + with_unit(panel.y.high, "A"), Anchor::end);
  picture.words(kLeft, low + 16, with_unit(panel.x.low, "A"));
  picture.words(kWidth - kRight, low + 16, with_unit(panel.x.high, "A"), Anchor::end);
  for (const PointError& e : fitted) mark(picture, panel, e, false);
  for (const PointError& e : independent) mark(picture, panel, e, true);
}

/// What the marks mean, and what was taken off all of them.
void draw_legend(Svg& picture, double y) {
  picture.dot(kLeft + 4, y - 4, 3.5, Ink::first);
  picture.words(kLeft + 14, y, "upwards");
  picture.dot(kLeft + 84, y - 4, 2, Ink::first);
  picture.words(kLeft + 94, y, "downwards");
  picture.bar(kLeft + 170, y - 7.5, 7, 7, Ink::second);
  picture.words(kLeft + 184, y, "independent points");
  picture.words(kLeft, y + 16, "Less the most likely error of each range of the reference, which all its readings share.");
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
  const auto all = residuals(c), independent = independent_residuals(c);
  const auto fitted_in = [&](std::size_t r) { return of_range(all, r); };
  std::size_t panels = 0;
  for (std::size_t r = 0; r < c.ranges.size(); ++r) panels += !fitted_in(r).empty();
  const std::string title = "Calibration " + c.id.substr(0, 12) + " of " + c.instrument.kind + " " +
                            c.instrument.serial + ", " + c.created.substr(0, 10);
  Svg picture(kWidth, kHeading + kPanel * static_cast<double>(panels), title);
  picture.words(kLeft, 20, title);
  draw_legend(picture, 38);
  double top = kHeading;
  for (std::size_t r = 0; r < c.ranges.size(); ++r) {
    if (fitted_in(r).empty()) continue;
    draw_panel(picture, r, top, fitted_in(r), of_range(independent, r));
    top += kPanel;
  }
  return picture.text();
}

}  // namespace jr::cli
