// Windows of several runs over each other, their power over the time since MARK rose.
// Draws what the records hold; never scales one run to another.
#pragma once

#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/core/window.hpp"
#include "rig/report/canvas.hpp"
#include "rig/report/power_columns.hpp"

namespace jr {

/// One window of a run, and what the picture calls it.
struct OverlayWindow {
  std::string label;
  PowerSource source;
  Window window;
};

/// One run's line in a panel. Empty columns have n == 0.
struct OverlayLine {
  std::string label;
  double window_s{};      ///< when its MARK fell
  double inference_s{};   ///< when its first inference was over, by the mean of its window
  std::vector<PowerColumn> columns;  ///< as many as every other line of the panel has
};

/// A stretch of time about the rise of MARK at 0, the same for all lines.
struct OverlayPanel {
  std::string caption;
  double start_s{}, end_s{};
  std::vector<OverlayLine> lines;
};

/// More lines than there are colours cannot be told apart.
inline constexpr std::size_t kMostOverlaid = 4;

/// The whole windows, and below them their first inference when one of them holds more than one.
/// Requires at least one window, at most kMostOverlaid, none of them empty. Errors: those of power_columns().
Result<std::vector<OverlayPanel>> overlay_panels(const Store& store, const std::vector<OverlayWindow>& windows);

struct OverlaySize { double width_px{}, height_px{}; };
OverlaySize overlay_size(const std::vector<OverlayPanel>& panels);

void draw_overlay(Canvas& canvas, const std::string& title, const std::vector<OverlayPanel>& panels);

/// As an SVG file, light or dark as its reader prefers; as a PNG file of twice the pixels.
std::string overlay_svg(const std::string& title, const std::vector<OverlayPanel>& panels);
Result<std::string> overlay_png(const std::string& title, const std::vector<OverlayPanel>& panels);

}  // namespace jr
