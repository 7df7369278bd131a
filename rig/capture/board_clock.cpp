// Two straight lines: one through the pairs, one beneath them.
// Never extrapolates; a rate is all that is asked for.
#include "rig/capture/board_clock.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace jr {
namespace {

constexpr std::size_t kLeastForHull = 8;

/// x: the board's time, y: how much more has passed on the trace; both about their beginning, so
/// that a rate of parts in a million keeps its digits.
struct Point {
  double x{}, y{};
};

std::vector<Point> points_of(std::span<const ClockPair> pairs, double period_s) {
  std::vector<Point> points;
  for (const ClockPair& pair : pairs) {
    const double x = pair.board_s - pairs.front().board_s;
    points.push_back({x, (pair.index - pairs.front().index) * period_s - x});
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  return points;
}

double slope(const Point& a, const Point& b) { return (b.y - a.y) / (b.x - a.x); }

Failure too_little(std::size_t pairs) {
  return fail(Trouble::malformed, "The board's clock cannot be told from " + std::to_string(pairs) +
                                      " stamps within no time: let it stamp over a longer run.");
}

double mean_x(std::span<const Point> points) {
  double sum = 0;
  for (const Point& point : points) sum += point.x;
  return sum / static_cast<double>(points.size());
}

std::vector<Point> lower_hull(std::span<const Point> points) {
  std::vector<Point> hull;
  for (const Point& point : points) {
    if (!hull.empty() && hull.back().x == point.x) {
      if (hull.back().y <= point.y) continue;
      hull.pop_back();
    }
    while (hull.size() >= 2 &&
           slope(hull[hull.size() - 2], hull.back()) >= slope(hull.back(), point))
      hull.pop_back();
    hull.push_back(point);
  }
  return hull;
}

}  // namespace

Result<BoardClock> fit_edge_pairs(std::span<const ClockPair> pairs, double period_s,
                                  double u_board_s, double u_index) {
  if (pairs.size() < 2) return too_little(pairs.size());
  const std::vector<Point> points = points_of(pairs, period_s);
  const auto n = static_cast<double>(points.size());
  const double x = mean_x(points);
  double y = 0, xx = 0, xy = 0;
  for (const Point& point : points) y += point.y / n;
  for (const Point& point : points) {
    xx += (point.x - x) * (point.x - x);
    xy += (point.x - x) * (point.y - y);
  }
  if (!(xx > 0)) return too_little(pairs.size());
  const double rate = xy / xx;
  double squares = 0;
  for (const Point& point : points) {
    const double off = point.y - y - rate * (point.x - x);
    squares += off * off;
  }
  BoardClock clock;
  clock.pairs = points.size();
  clock.correction_ppm = rate * 1e6;
  clock.residual_s = std::sqrt(squares / n);
  const double stated_s = std::hypot(u_board_s, u_index * period_s);
  const double seen_s = points.size() > 2 ? std::sqrt(squares / (n - 2)) : 0;
  if (seen_s > stated_s) clock.degrees_of_freedom = n - 2;
  clock.u_ppm = std::max(seen_s, stated_s) / std::sqrt(xx) * 1e6;
  return clock;
}

Result<BoardClock> fit_late_stamps(std::span<const ClockPair> pairs, double period_s) {
  if (pairs.size() < kLeastForHull) return too_little(pairs.size());
  const std::vector<Point> points = points_of(pairs, period_s);
  const double span_s = points.back().x;
  if (!(span_s > 0)) return too_little(pairs.size());
  const std::vector<Point> hull = lower_hull(points);
  const double middle = mean_x(points);
  const auto after = std::find_if(hull.begin() + 1, hull.end() - 1,
                                  [&](const Point& corner) { return corner.x >= middle; });
  const Point& corner = *after;
  const double rate = slope(*(after - 1), corner);
  BoardClock clock;
  clock.pairs = points.size();
  clock.correction_ppm = rate * 1e6;
  const auto n = static_cast<double>(points.size());
  for (const Point& point : points)
    clock.residual_s += (point.y - corner.y - rate * (point.x - corner.x)) / n;
  // The least late of n / 2 stamps is late by about 2 / n of the mean lateness, in each half; the
  // halves' least late ones lie half the span apart.
  clock.u_ppm = std::numbers::sqrt2 * (2 / n) * clock.residual_s / (span_s / 2) * 1e6;
  return clock;
}

std::vector<double> seconds_of_laps(std::span<const std::uint32_t> lap_us) {
  std::vector<double> seconds;
  std::uint64_t elapsed_us = 0;
  for (std::size_t i = 0; i < lap_us.size(); ++i) {
    if (i > 0) elapsed_us += static_cast<std::uint32_t>(lap_us[i] - lap_us[i - 1]);
    seconds.push_back(static_cast<double>(elapsed_us) * 1e-6);
  }
  return seconds;
}

}  // namespace jr
