// Coverage intervals against closed forms and published quantiles.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "rig/energy/interval.hpp"

using namespace jr;

TEST_CASE("Student's quantiles are those of the tables, also for very few degrees of freedom") {
  CHECK(student_quantile(0.95, 1) == doctest::Approx(12.7062).epsilon(1e-5));
  CHECK(student_quantile(0.95, 2) == doctest::Approx(4.30265).epsilon(1e-5));
  CHECK(student_quantile(0.95, 4) == doctest::Approx(2.77645).epsilon(1e-5));
  CHECK(student_quantile(0.99, 9) == doctest::Approx(3.24984).epsilon(1e-5));
  CHECK(student_quantile(0.95, std::numeric_limits<double>::infinity()) ==
        doctest::Approx(1.959964).epsilon(1e-6));
}

TEST_CASE("two equal terms with 4 and infinite degrees of freedom make 16, and k = 2.120") {
  const std::array<Source, 2> sources{Source{"a", 1, 4, Distribution::student},
                                      Source{"b", 1, std::numeric_limits<double>::infinity(),
                                             Distribution::normal}};
  const Interval i = coverage_interval(sources);
  CHECK(i.degrees_of_freedom == doctest::Approx(16));
  CHECK(i.k == doctest::Approx(2.1199).epsilon(1e-4));
}

TEST_CASE("a lone rectangle covers 95 % at 0.95 of its half width, k = 1.645") {
  const double half = 3.0;
  const std::array<Source, 1> sources{Source{"card", half / std::numbers::sqrt3,
                                             std::numeric_limits<double>::infinity(),
                                             Distribution::rectangular}};
  const Interval i = coverage_interval(sources);
  CHECK(i.U == doctest::Approx(0.95 * half));
  CHECK(i.k == doctest::Approx(0.95 * std::numbers::sqrt3));
}

TEST_CASE("rectangle plus normal tends to each of its two ends") {
  CHECK(rectangle_plus_normal(1e-6, 1.0, 0.95) == doctest::Approx(1.959964).epsilon(1e-5));
  CHECK(rectangle_plus_normal(1.0, 1e-6, 0.95) == doctest::Approx(0.95).epsilon(1e-4));
  CHECK(rectangle_plus_normal(0, 0, 0.95) == 0);
}

TEST_CASE("rectangle plus normal agrees with brute-force integration") {
  const double a = 1.0, sigma = 0.4, x = rectangle_plus_normal(a, sigma, 0.95);
  double inside = 0;
  constexpr int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double r = -a + 2 * a * (i + 0.5) / n;
    inside += 0.5 * (std::erf((x - r) / sigma / std::numbers::sqrt2) -
                     std::erf((-x - r) / sigma / std::numbers::sqrt2));
  }
  CHECK(inside / n == doctest::Approx(0.95).epsilon(1e-6));
}

TEST_CASE("sources with one key are one error: they add before they are squared") {
  const std::array<Source, 2> sources{Source{"gain", 1}, Source{"gain", -1}};
  CHECK(coverage_interval(sources).U == doctest::Approx(0));
}

TEST_CASE("no sources at all give an interval of zero width and no crash") {
  const Interval i = coverage_interval({});
  CHECK(i.U == 0);
  CHECK(i.k == 0);
}
