// Panels below each other; in each a band from minimum to maximum and a line of means for every run.
#include "rig/report/overlay.hpp"

#include <algorithm>
#include <cmath>

#include "rig/report/axis.hpp"
#include "rig/report/raster.hpp"
#include "rig/report/svg.hpp"

namespace jr {
namespace {

constexpr double kOverlayWidth = 900, kPanelLeft = 80, kPanelRight = 20, kHeading = 30, kLegendRow = 18;
constexpr double kPanel = 250, kPanelTop = 34, kPanelBottom = 44;
constexpr std::size_t kColumns = 800;
constexpr double kMargin = 0.06;  // of the longest window, before and behind
constexpr Ink kInks[kMostOverlaid] = {Ink::first, Ink::second, Ink::warning, Ink::text};

double length_s(const OverlayWindow& w) {
  return static_cast<double>(w.window.end - w.window.start) * w.source.period_s;
}

double inference_s(const OverlayWindow& w) {
  return length_s(w) / static_cast<double>(std::max<std::uint64_t>(1, w.window.events));
}

/// All windows from a little before MARK's rise to a little after `longest_s`. No column is shorter than a sample.
Result<OverlayPanel> panel_of(const Store& store, const std::vector<OverlayWindow>& windows, double longest_s,
                              const std::string& caption) {
  OverlayPanel panel{caption, -kMargin * longest_s, (1 + kMargin) * longest_s, {}};
  double coarsest_s = 0;
  for (const OverlayWindow& w : windows) coarsest_s = std::max(coarsest_s, w.source.period_s);
  const double most = std::floor((panel.end_s - panel.start_s) / coarsest_s);
  const auto columns = static_cast<std::size_t>(std::clamp(most, 1.0, static_cast<double>(kColumns)));
  for (const OverlayWindow& w : windows) {
    const double first = static_cast<double>(w.window.start) + panel.start_s / w.source.period_s;
    const double each = (panel.end_s - panel.start_s) / static_cast<double>(columns) / w.source.period_s;
    auto power = power_columns(store, w.source, first, std::max(1.0, each), columns);
    if (!power) return Failure(power.error());
    panel.lines.push_back({w.label, length_s(w), inference_s(w), std::move(*power)});
  }
  return panel;
}

struct Frame {
  double top{}, bottom{};
  double right() const { return kOverlayWidth - kPanelRight; }
};

Axis power_axis(const OverlayPanel& panel) {
  double low = 0, high = 0;
  for (const OverlayLine& line : panel.lines)
    for (const PowerColumn& column : line.columns)
      if (column.n > 0) low = std::min(low, column.min_W), high = std::max(high, column.max_W);
  return value_axis(low, high > low ? high : low + 1e-6, "W", 5);
}

void draw_axes(Canvas& canvas, const Frame& frame, const OverlayPanel& panel, const Axis& power, const Axis& time) {
  canvas.words(kPanelLeft, frame.top - 10, panel.caption);
  for (const Mark& mark : power.marks) {
    const double y = frame.bottom - power.share(mark.value) * (frame.bottom - frame.top);
    canvas.line(kPanelLeft, y, frame.right(), y, Ink::faint, 0.5);
    canvas.words(kPanelLeft - 6, y + 4, mark.label, Anchor::end);
  }
  canvas.words(kPanelLeft - 6, frame.top - 10, power.caption, Anchor::end);
  for (const Mark& mark : time.marks) {
    const double x = kPanelLeft + time.share(mark.value) * (frame.right() - kPanelLeft);
    canvas.line(x, frame.bottom, x, frame.bottom + 4, Ink::text, 1);
    canvas.words(x, frame.bottom + 17, mark.label, Anchor::middle);
  }
  canvas.words(frame.right(), frame.bottom + 33, time.caption + " since MARK rose", Anchor::end);
  canvas.line(kPanelLeft, frame.bottom, frame.right(), frame.bottom, Ink::text, 1);
}

/// A band and a line for each stretch of columns without a hole.
void draw_line(Canvas& canvas, const Frame& frame, const OverlayLine& line, const Axis& power, Ink ink) {
  const double step = (frame.right() - kPanelLeft) / static_cast<double>(line.columns.size());
  const auto y = [&](double value_W) {
    return frame.bottom - std::clamp(power.share(value_W), 0.0, 1.0) * (frame.bottom - frame.top);
  };
  for (std::size_t begin = 0; begin < line.columns.size();) {
    if (line.columns[begin].n == 0) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    Points mean, outline;
    for (; end < line.columns.size() && line.columns[end].n > 0; ++end) {
      const double x = kPanelLeft + (static_cast<double>(end) + 0.5) * step;
      mean.emplace_back(x, y(line.columns[end].mean_W));
      outline.emplace_back(x, y(line.columns[end].max_W));
    }
    for (std::size_t c = end; c-- > begin;)
      outline.emplace_back(kPanelLeft + (static_cast<double>(c) + 0.5) * step, y(line.columns[c].min_W));
    canvas.area(outline, ink, 0.2);
    canvas.path(mean, ink, 1.2);
    begin = end;
  }
}

void draw_panel(Canvas& canvas, double top, const OverlayPanel& panel) {
  const Frame frame{top + kPanelTop, top + kPanel - kPanelBottom};
  const Axis power = power_axis(panel), time = time_axis(panel.start_s, panel.end_s, 8);
  const auto x = [&](double at_s) { return kPanelLeft + time.share(at_s) * (frame.right() - kPanelLeft); };
  draw_axes(canvas, frame, panel, power, time);
  canvas.line(x(0), frame.top, x(0), frame.bottom, Ink::faint, 1);
  for (std::size_t i = 0; i < panel.lines.size(); ++i) {
    const OverlayLine& line = panel.lines[i];
    draw_line(canvas, frame, line, power, kInks[i % kMostOverlaid]);
    for (const double edge_s : {line.inference_s, line.window_s})
      if (edge_s < panel.end_s)
        canvas.line(x(edge_s), frame.bottom - 14, x(edge_s), frame.bottom, kInks[i % kMostOverlaid], 1);
  }
}

double legend_height(const std::vector<OverlayPanel>& panels) {
  return kLegendRow * static_cast<double>(panels.front().lines.size());
}

}  // namespace

Result<std::vector<OverlayPanel>> overlay_panels(const Store& store, const std::vector<OverlayWindow>& windows) {
  double longest_s = 0, longest_inference_s = 0;
  bool several = false;
  for (const OverlayWindow& w : windows) {
    longest_s = std::max(longest_s, length_s(w));
    longest_inference_s = std::max(longest_inference_s, inference_s(w));
    several = several || w.window.events > 1;
  }
  std::vector<OverlayPanel> panels;
  auto whole = panel_of(store, windows, longest_s, "The first window of each run");
  if (!whole) return Failure(whole.error());
  panels.push_back(std::move(*whole));
  if (!several) return panels;
  auto first = panel_of(store, windows, longest_inference_s, "Its first inference");
  if (!first) return Failure(first.error());
  panels.push_back(std::move(*first));
  return panels;
}

OverlaySize overlay_size(const std::vector<OverlayPanel>& panels) {
  return {kOverlayWidth, kHeading + legend_height(panels) + kPanel * static_cast<double>(panels.size())};
}

void draw_overlay(Canvas& canvas, const std::string& title, const std::vector<OverlayPanel>& panels) {
  canvas.words(8, 20, title);
  double y = kHeading;
  for (std::size_t i = 0; i < panels.front().lines.size(); ++i, y += kLegendRow) {
    canvas.line(12, y + 8, 36, y + 8, kInks[i % kMostOverlaid], 2.5);
    canvas.words(44, y + 12, panels.front().lines[i].label);
  }
  for (const OverlayPanel& panel : panels) {
    draw_panel(canvas, y, panel);
    y += kPanel;
  }
}

std::string overlay_svg(const std::string& title, const std::vector<OverlayPanel>& panels) {
  const OverlaySize size = overlay_size(panels);
  Svg picture(size.width_px, size.height_px, title);
  draw_overlay(picture, title, panels);
  return picture.text();
}

Result<std::string> overlay_png(const std::string& title, const std::vector<OverlayPanel>& panels) {
  const OverlaySize size = overlay_size(panels);
  auto picture = Raster::of(size.width_px, size.height_px, 2, false);
  if (!picture) return Failure(picture.error());
  draw_overlay(*picture, title, panels);
  return picture->png(title);
}

}  // namespace jr
