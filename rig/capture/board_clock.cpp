// A straight line through the pairs.
// Never extrapolates; a rate is all that is asked for.
#include "rig/capture/board_clock.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace jr {
namespace {

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
  return points;
}

Failure too_little(std::size_t pairs) {
  return fail(Trouble::malformed, "The board's clock cannot be told from " + std::to_string(pairs) +
                                      " stamps within no time: let it stamp over a longer run.");
}

double mean_x(std::span<const Point> points) {
  double sum = 0;
  for (const Point& point : points) sum += point.x;
  return sum / static_cast<double>(points.size());
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

}  // namespace jr
