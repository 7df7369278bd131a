// Control charts: limits of few and of many values, and how often a healthy bench is called out of
// them.
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "rig/run/control_chart.hpp"

using namespace jr;

TEST_CASE(
    "the first value of a chart has no limits, the next ones the allowance around their mean") {
  const ChartRule rule{0.02, 0};
  CHECK(chart_limits({}, rule).values == 0);
  CHECK(chart_limits({}, rule).hold(1e9));
  const ChartLimits few = chart_limits({1.0, 1.01, 0.99}, rule);
  CHECK(few.centre == doctest::Approx(1.0));
  CHECK_FALSE(few.by_history);
  CHECK(few.hold(1.019));
  CHECK_FALSE(few.hold(1.021));
  CHECK_FALSE(few.hold(0.979));
}

TEST_CASE("eight values speak for themselves, and know their sigma less well than a hundred") {
  std::vector<double> eight, hundred;
  for (int i = 0; i < 100; ++i) {
    hundred.push_back(i % 2 ? 1.001 : 0.999);
    if (i < 8) eight.push_back(hundred.back());
  }
  const ChartLimits few = chart_limits(eight, {10, 0}), many = chart_limits(hundred, {10, 0});
  CHECK(few.by_history);
  const double sigma = 0.002 / 1.128;
  CHECK(few.highest - few.centre > 5 * sigma);
  CHECK(many.highest - many.centre < 3.3 * sigma);
  CHECK(many.highest - many.centre > 3.0 * sigma);
}

TEST_CASE("values that never moved leave room for the doubt of one value") {
  const std::vector<double> same(20, 5.0);
  const ChartLimits limits = chart_limits(same, {1, 0.01});
  CHECK(limits.hold(5.03));
  CHECK_FALSE(limits.hold(5.05));
}

TEST_CASE(
    "a healthy bench is called out of limits in fewer than one check of a hundred, from eight "
    "values on") {
  std::mt19937_64 dice(7);
  std::normal_distribution<double> noise(0, 1);
  for (const int n : {8, 20, 60}) {
    CAPTURE(n);
    int out = 0;
    constexpr int kCharts = 20'000;
    for (int chart = 0; chart < kCharts; ++chart) {
      std::vector<double> history;
      for (int i = 0; i < n; ++i) history.push_back(noise(dice));
      out += !chart_limits(history, {0, 0}).hold(noise(dice));
    }
    CHECK(out < kCharts / 100);
    CHECK(out > kCharts / 5000);  // and a shift is still seen
  }
}

TEST_CASE("a shift of six sigma against twenty values is out of limits") {
  std::mt19937_64 dice(8);
  std::normal_distribution<double> noise(0, 1);
  std::vector<double> history;
  for (int i = 0; i < 20; ++i) history.push_back(noise(dice));
  CHECK_FALSE(chart_limits(history, {0, 0}).hold(6.0));
}

TEST_CASE("a run of values on one side is worth a word once, although each is within limits") {
  std::vector<double> history;
  for (int i = 0; i < 20; ++i) history.push_back(i % 2 ? 1.0 : -1.0);
  CHECK(chart_warning(history, 0.5, {0, 0}).empty());
  history.insert(history.end(), 7, 0.9);
  CHECK(chart_warning(history, 0.9, {0, 0}) == "eight on one side");
  CHECK(chart_warning({1, 2}, 3, {0, 0}).empty());
}
