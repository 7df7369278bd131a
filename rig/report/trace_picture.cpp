// From back to front: page, windows, grid, band, means, gaps, cursors, words.
#include "rig/report/trace_picture.hpp"

#include <algorithm>
#include <cmath>

#include "rig/report/axis.hpp"
#include "rig/report/raster.hpp"
#include "rig/report/svg.hpp"

namespace jr {
namespace {

constexpr double kLeft = 78, kRight = 18, kLine = 16, kTitle = 24, kCaption = 33, kBelow = 42, kLane = 5;
constexpr double kShade = 0.14, kBand = 0.35, kGapShade = 0.35;
constexpr std::size_t kMostSentences = 4;  // of damage; the rest is counted

/// What `draw_trace` knows while it draws.
struct Drawing {
  Canvas& canvas;
  const TraceView& view;
  PlotFrame frame;
  Axis time, value;

  double x(double time_s) const {
    return std::clamp(frame.left + time.share(time_s) * (frame.right - frame.left), frame.left, frame.right);
  }
  double y(double value_) const {
    return std::clamp(frame.bottom - value.share(value_) * (frame.bottom - frame.top), frame.top, frame.bottom);
  }
  bool is_seen(double start_s, double end_s) const { return end_s > time.low && start_s < time.high; }
};

/// Stretches on the time axis that would lie on one another are one: a picture stays small however many there are.
struct Stroke { double from{}, to{}; std::size_t count{1}, last{}; };

template <class Spans, class Wanted>
std::vector<Stroke> strokes_of(const Drawing& d, const Spans& spans, Wanted wanted) {
  std::vector<Stroke> strokes;
  for (std::size_t k = 0; k < spans.size(); ++k) {
    if (!wanted(spans[k]) || !d.is_seen(spans[k].start_s, spans[k].end_s)) continue;
    const Stroke next{d.x(spans[k].start_s), std::max(d.x(spans[k].end_s), d.x(spans[k].start_s) + 0.7), 1, k};
    // Two that only touch are two, as long as each can be seen.
    const bool melts = !strokes.empty() && next.from < strokes.back().to + 0.5 &&
                       std::min(next.to - next.from, strokes.back().to - strokes.back().from) < 2;
    if (!melts) strokes.push_back(next);
    else strokes.back().to = std::max(strokes.back().to, next.to), ++strokes.back().count, strokes.back().last = k;
  }
  for (Stroke& stroke : strokes) stroke.to = std::min(stroke.to, d.frame.right);
  return strokes;
}

/// Words in the middle of strokes that have the room; none where the ones before still are.
class Labels {
 public:
  Labels(const Drawing& d, double y) : d_(d), y_(y) {}
  void add(const Stroke& stroke, const std::string& text, Ink ink) {
    const double width = width_of_words(text), middle = (stroke.from + stroke.to) / 2;
    if (width + 4 > stroke.to - stroke.from || middle - width / 2 < taken_to_) return;
    d_.canvas.words(middle, y_, text, Anchor::middle, ink);
    taken_to_ = middle + width / 2 + 4;
  }

 private:
  const Drawing& d_;
  double y_, taken_to_{-1e9};
};

void draw_windows(const Drawing& d) {
  const auto& windows = d.view.windows;
  const PlotFrame& f = d.frame;
  for (const bool valid : {true, false}) {
    const Ink ink = valid ? Ink::second : Ink::warning;
    for (const Stroke& s : strokes_of(d, windows, [&](const TraceWindow& w) { return w.marked && w.valid == valid; }))
      d.canvas.bar(s.from, f.top, s.to - s.from, f.bottom - f.top, ink, kShade);
  }
  // What stands around a window: a lane at the foot of the frame.
  for (const Stroke& s : strokes_of(d, windows, [](const TraceWindow& w) { return !w.marked; }))
    d.canvas.bar(s.from, f.bottom - kLane, s.to - s.from, kLane, Ink::second, 2 * kShade);
}

void label_windows(const Drawing& d) {
  const auto& windows = d.view.windows;
  Labels above(d, d.frame.top - 6), lane(d, d.frame.bottom - kLane - 4);
  for (const Stroke& s : strokes_of(d, windows, [](const TraceWindow& w) { return w.marked; })) {
    const TraceWindow& window = windows[s.last];
    const std::string text = s.count > 1 ? std::to_string(s.count) + " windows"
                                         : window.label + (window.valid ? "" : " (does not count)");
    above.add(s, text, window.valid ? Ink::second : Ink::warning);
  }
  for (const Stroke& s : strokes_of(d, windows, [](const TraceWindow& w) { return !w.marked; }))
    if (s.count == 1) lane.add(s, windows[s.last].label, Ink::second);
}

void draw_axes(const Drawing& d) {
  const PlotFrame& f = d.frame;
  for (const Mark& mark : d.value.marks) {
    const double y = d.y(mark.value);
    d.canvas.line(f.left, y, f.right, y, Ink::faint, mark.label.empty() ? 0.25 : 0.6);
    if (!mark.label.empty()) d.canvas.words(f.left - 6, y + 4, mark.label, Anchor::end);
  }
  for (const Mark& mark : d.time.marks) {
    const double x = d.x(mark.value);
    d.canvas.line(x, f.bottom, x, f.bottom + 5, Ink::text, 0.8);
    d.canvas.line(x, f.top, x, f.bottom, Ink::faint, 0.4);
    d.canvas.words(x, f.bottom + 18, mark.label, Anchor::middle);
  }
  d.canvas.words(f.right, f.bottom + kCaption, d.time.caption, Anchor::end);
  if (!d.value.logarithmic) d.canvas.words(f.left - 6, f.top - 11, d.value.caption, Anchor::end);
}

/// Columns that follow one another without a hole, as one outline and one line.
void draw_run_of_columns(const Drawing& d, std::size_t from, std::size_t to) {
  Points upper, lower, means;
  for (std::size_t k = from; k < to; ++k) {
    const TraceColumn& column = d.view.columns[k];
    for (const double x : {d.x(column.start_s), d.x(column.end_s)}) {
      upper.emplace_back(x, d.y(column.max));
      lower.emplace_back(x, d.y(column.min));
      means.emplace_back(x, d.y(column.mean));
    }
  }
  if (d.view.samples_per_column > 1) {
    upper.insert(upper.end(), lower.rbegin(), lower.rend());
    d.canvas.area(upper, Ink::first, kBand);
  }
  d.canvas.path(means, Ink::first, 1.2);
}

void draw_columns(const Drawing& d) {
  const auto& columns = d.view.columns;
  const auto is_drawn = [&](const TraceColumn& c) { return std::isfinite(c.min) && d.is_seen(c.start_s, c.end_s); };
  const double closeness = 1e-3 * d.view.period_s;
  for (std::size_t k = 0; k < columns.size();) {
    std::size_t end = k + 1;
    if (is_drawn(columns[k])) {
      while (end < columns.size() && is_drawn(columns[end]) && columns[end].start_s - columns[end - 1].end_s < closeness) ++end;
      draw_run_of_columns(d, k, end);
    }
    k = end;
  }
}

void draw_gaps(const Drawing& d) {
  const PlotFrame& f = d.frame;
  Labels labels(d, f.top + 14);
  for (const Stroke& s : strokes_of(d, d.view.gaps, [](const TraceGap&) { return true; })) {
    d.canvas.bar(s.from, f.top, s.to - s.from, f.bottom - f.top, Ink::warning, kGapShade);
    d.canvas.bar(s.from, f.top - 4, s.to - s.from, 4, Ink::warning);
    const TraceGap& gap = d.view.gaps[s.last];
    const std::string text = s.count > 1 ? std::to_string(s.count) + " gaps"
                                         : std::string(gap.exact ? "" : "about ") + std::to_string(gap.length) + " samples lost";
    labels.add(s, text, Ink::warning);
  }
}

void draw_cursors(const Drawing& d) {
  for (const double at_s : d.view.cursors_s) {
    if (at_s < d.time.low || at_s > d.time.high) continue;
    d.canvas.line(d.x(at_s), d.frame.top, d.x(at_s), d.frame.bottom, Ink::text, 1);
    const bool left = d.x(at_s) > d.frame.right - 70;
    d.canvas.words(d.x(at_s) + (left ? -4 : 4), d.frame.bottom - 14, with_prefix(at_s, "s", 6), left ? Anchor::end : Anchor::start);
  }
}

/// What has to be said below: resolution, damage, values that the axis cannot show.
std::vector<std::string> footnotes(const TraceView& view, const Axis* value, const Extent& extent) {
  std::vector<std::string> lines;
  std::string first = view.columns.empty() ? "" : resolution_of(view);
  if (view.samples_per_column > 1) first += "; band: minimum to maximum, line: mean";
  if (value && value->logarithmic && !(extent.min >= value->low)) first += "; what is below the axis, or negative, lies on its lower edge";
  if (!first.empty()) lines.push_back(first);
  if (!extent.any) lines.push_back("No sample with a value in this stretch.");
  for (std::size_t k = 0; k < std::min(view.damaged.size(), kMostSentences); ++k) lines.push_back(view.damaged[k]);
  if (view.damaged.size() > kMostSentences)
    lines.push_back("And " + std::to_string(view.damaged.size() - kMostSentences) + " more that could not be read.");
  return lines;
}

}  // namespace

PlotFrame plot_frame(const TraceView& view, PictureSize size) {
  const double above = kTitle + kLine * static_cast<double>(view.notes.size()) + 22;
  const double below = kBelow + kLine * static_cast<double>(footnotes(view, nullptr, extent_of(view)).size());
  const double bottom = std::max(size.height_px - below, above + 40);
  return {kLeft, above, std::max(size.width_px - kRight, kLeft + 40), bottom};
}

std::size_t columns_of(PictureSize size) {
  return static_cast<std::size_t>(std::max(size.width_px - kLeft - kRight, 40.0));
}

void draw_trace(Canvas& canvas, const TraceView& view, PictureSize size, ValueAxis wanted) {
  const Extent extent = extent_of(view);
  const PlotFrame frame = plot_frame(view, size);
  const Drawing d{canvas, view, frame, time_axis(view.start_s, view.end_s, static_cast<int>((frame.right - frame.left) / 85)), axis_of(view, extent, wanted, 6)};
  canvas.bar(0, 0, size.width_px, size.height_px, Ink::page);
  draw_windows(d);
  draw_axes(d);
  draw_columns(d);
  draw_gaps(d);
  canvas.line(frame.left, frame.top, frame.left, frame.bottom, Ink::text, 0.8);
  canvas.line(frame.left, frame.bottom, frame.right, frame.bottom, Ink::text, 0.8);
  label_windows(d);
  draw_cursors(d);
  double y = kTitle - 4;
  canvas.words(8, y, view.title);
  for (const std::string& note : view.notes) canvas.words(8, y += kLine, note);
  y = frame.bottom + kCaption;
  for (const std::string& line : footnotes(view, &d.value, extent)) canvas.words(8, y += kLine, line);
}

std::string trace_svg(const TraceView& view, PictureSize size, ValueAxis axis) {
  Svg picture(size.width_px, size.height_px, view.title);
  draw_trace(picture, view, size, axis);
  return picture.text();
}

Result<std::string> trace_png(const TraceView& view, PictureSize size, ValueAxis axis, double scale, bool dark) {
  auto raster = Raster::of(size.width_px, size.height_px, scale, dark);
  if (!raster) return Failure(raster.error());
  draw_trace(*raster, view, size, axis);
  return raster->png(view.title);
}

}  // namespace jr
