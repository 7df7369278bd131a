// A trace as a picture: a band from minimum to maximum and a line of means over time, windows shaded, gaps marked.
// Draws what it is given; computes no current and no energy.
#pragma once

#include <string>

#include "rig/core/result.hpp"
#include "rig/report/canvas.hpp"
#include "rig/report/trace_view.hpp"

namespace jr {

struct PictureSize { double width_px{1000}, height_px{420}; };

/// Where the values are, within the picture; everything else stands around it.
struct PlotFrame { double left{}, top{}, right{}, bottom{}; };
PlotFrame plot_frame(const TraceView& view, PictureSize size);

/// Columns that the frame of a picture can tell apart.
std::size_t columns_of(PictureSize size);

/// Draws `view`; nothing of a column lies outside the frame.
void draw_trace(Canvas& canvas, const TraceView& view, PictureSize size, ValueAxis axis);

/// The picture as an SVG file; light or dark by the reader's preference.
std::string trace_svg(const TraceView& view, PictureSize size, ValueAxis axis);

/// The same as a PNG file of width_px * scale by height_px * scale pixels.
/// Errors: usage (larger than 100 megapixels), storage (the encoder failed).
Result<std::string> trace_png(const TraceView& view, PictureSize size, ValueAxis axis, double scale, bool dark);

}  // namespace jr
