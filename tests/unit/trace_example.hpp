// Traces made up for the tests of pictures, and a canvas that only remembers.
// Draws nothing.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "rig/report/canvas.hpp"
#include "rig/report/trace_view.hpp"

namespace jr::test {

/// Everything that was drawn, as points and words.
class Notebook : public Canvas {
 public:
  struct Shape { Points points; Ink ink; };
  struct Word { double x, y; std::string text; };
  std::vector<Shape> paths, areas, bars;
  std::vector<Word> said;

  void line(double x1, double y1, double x2, double y2, Ink, double) override { lines.push_back({{x1, y1}, {x2, y2}}); }
  void path(const Points& points, Ink ink, double) override { paths.push_back({points, ink}); }
  void area(const Points& outline, Ink ink, double) override { areas.push_back({outline, ink}); }
  void bar(double x, double y, double w, double h, Ink ink, double) override { bars.push_back({{{x, y}, {x + w, y + h}}, ink}); }
  void dot(double, double, double, Ink) override {}
  void words(double x, double y, const std::string& text, Anchor, Ink) override { said.push_back({x, y, text}); }
  bool says(const std::string& text) const {
    for (const Word& word : said)
      if (word.text.find(text) != std::string::npos) return true;
    return false;
  }
  std::vector<Points> lines;
};

/// `n` columns of `per` samples at 100 kHz: a level that swings between 2 and 10 mA, each column 1 mA up and down.
inline std::vector<Column> columns(std::size_t n, std::uint64_t per) {
  std::vector<Column> all;
  for (std::size_t k = 0; k < n; ++k) {
    const double mean = 6e-3 + 4e-3 * std::sin(0.05 * static_cast<double>(k));
    all.push_back({k * per, per, 0, mean - 1e-3, mean + 1e-3, mean});
  }
  return all;
}

inline TraceView view_over(const std::vector<Column>& all, const std::vector<Gap>& gaps = {}) {
  TraceView view;
  view.title = "unit-1";
  view.notes = {"simulated: a property of a model, not of a chip"};
  view.period_s = 1e-5;
  view.samples_per_column = all.empty() ? 0 : all.front().n;
  const TraceClock clock(view.period_s, gaps);
  view.columns = pieces_of(all, clock, gaps);
  view.gaps = gaps_in_time(gaps, view.period_s);
  view.end_s = all.empty() ? 1 : clock.end_before(all.back().first + all.back().n);
  return view;
}

}  // namespace jr::test
