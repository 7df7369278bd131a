// Coverage intervals against closed forms and published quantiles.
#include <doctest/doctest.h>

#include <array>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "rig/energy/error_sum.hpp"
#include "rig/energy/interval.hpp"

using namespace jr;

namespace {

constexpr double kKnown = std::numeric_limits<double>::infinity();
constexpr std::array kCoverages{0.68, 0.95, 0.99};

double standard_normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

/// P(|R + N| <= x), R even on [-a, a], N normal: difference quotient of the integral of the normal
/// cdf.
double rectangle_plus_normal(double x, double a, double sigma) {
  const auto integral = [](double z) {
    return z * standard_normal_cdf(z) + std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  };
  const auto cdf = [&](double y) {
    return sigma * (integral((y + a) / sigma) - integral((y - a) / sigma)) / (2 * a);
  };
  return cdf(x) - cdf(-x);
}

/// Even in (-1, 1); a plain 64-bit linear congruential generator, high bits.
class Dice {
 public:
  double even() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (static_cast<double>(state_ >> 11) + 0.5) * 0x1p-52 - 1;
  }
  double normal() {
    const double r = std::sqrt(-2 * std::log(0.5 * (1 + even())));
    return r * std::cos(std::numbers::pi * even());
  }
  double drawn(const Source& s) {
    switch (s.distribution) {
      case Distribution::rectangular:
        return s.u_J * std::sqrt(3.0) * even();
      case Distribution::triangular:
        return s.u_J * std::sqrt(1.5) * (even() + even());
      case Distribution::arcsine:
        return s.u_J * std::sqrt(2.0) * std::sin(std::numbers::pi * even());
      default:
        return s.u_J * normal();
    }
  }

 private:
  std::uint64_t state_{20261123};
};

/// How often the interval of `sources`, one of them estimated from `nu` + 1 windows, holds the
/// truth: the mean over the scatter of its estimate of the exact probability.
double coverage_of(std::vector<Source> known, double u_windows, double nu, double wanted) {
  std::vector<ErrorSum::Bounded> bounded;
  double normal = u_windows * u_windows;
  for (const Source& s : known)
    if (s.distribution == Distribution::normal)
      normal += s.u_J * s.u_J;
    else
      bounded.push_back({s.distribution, s.u_J});
  const ErrorSum truth(normal, bounded);
  const boost::math::chi_squared scatter(nu);
  known.push_back({"repeatability", 0, nu, Distribution::student});
  constexpr int steps = 200;
  double inside = 0;
  for (int i = 0; i < steps; ++i) {
    known.back().u_J = u_windows * std::sqrt(quantile(scatter, (i + 0.5) / steps) / nu);
    inside += truth.inside(coverage_interval(known, wanted).U);
  }
  return inside / steps;
}

}  // namespace

TEST_CASE("Student's quantiles are those of the tables, also for very few degrees of freedom") {
  CHECK(student_quantile(0.95, 1) == doctest::Approx(12.7062).epsilon(1e-5));
  CHECK(student_quantile(0.95, 2) == doctest::Approx(4.30265).epsilon(1e-5));
  CHECK(student_quantile(0.95, 4) == doctest::Approx(2.77645).epsilon(1e-5));
  CHECK(student_quantile(0.99, 9) == doctest::Approx(3.24984).epsilon(1e-5));
  CHECK(student_quantile(0.95, std::numeric_limits<double>::infinity()) ==
        doctest::Approx(1.959964).epsilon(1e-6));
}

TEST_CASE("two equal terms with 4 and infinite degrees of freedom make 16, and k = 2.120") {
  const std::array<Source, 2> sources{
      Source{"a", 1, 4, Distribution::student},
      Source{"b", 1, std::numeric_limits<double>::infinity(), Distribution::normal}};
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

TEST_CASE("sources with one key are one error: they add before they are squared") {
  const std::array<Source, 2> sources{Source{"gain", 1}, Source{"gain", -1}};
  CHECK(coverage_interval(sources).U == doctest::Approx(0));
}

TEST_CASE("no sources at all give an interval of zero width and no crash") {
  const Interval i = coverage_interval({});
  CHECK(i.U == 0);
  CHECK(i.k == 0);
}

TEST_CASE("lone triangular and arcsine limits have their closed forms") {
  for (const double p : kCoverages) {
    const std::array t{Source{"t", 1, kKnown, Distribution::triangular}};
    const std::array s{Source{"s", 1, kKnown, Distribution::arcsine}};
    CHECK(coverage_interval(t, p).U == doctest::Approx(std::sqrt(6.0) * (1 - std::sqrt(1 - p))));
    CHECK(coverage_interval(s, p).U ==
          doctest::Approx(std::sqrt(2.0) * std::sin(p * std::numbers::pi / 2)));
  }
}

TEST_CASE("two equal rectangles are a triangle") {
  const std::array two{Source{"a", 1, kKnown, Distribution::rectangular},
                       Source{"b", -1, kKnown, Distribution::rectangular}};
  for (const double p : kCoverages)
    CHECK(coverage_interval(two, p).U ==
          doctest::Approx(2 * std::sqrt(3.0) * (1 - std::sqrt(1 - p))).epsilon(1e-7));
}

TEST_CASE(
    "rectangle plus normal covers what the closed form of its distribution says, at any share") {
  for (const double sigma : {0.004, 0.006, 0.03, 0.2, 0.6, 1.0, 5.0, 30.0})
    for (const double p : kCoverages) {
      CAPTURE(sigma);
      CAPTURE(p);
      const std::array both{Source{"r", 1, kKnown, Distribution::rectangular}, Source{"n", sigma}};
      const double U = coverage_interval(both, p).U;
      CHECK(rectangle_plus_normal(U, std::sqrt(3.0), sigma) == doctest::Approx(p).epsilon(1e-4));
    }
}

TEST_CASE("any mixture of known shapes covers what drawing it a million times shows") {
  const std::vector<std::vector<Source>> mixtures{
      {{"a", 1, kKnown, Distribution::rectangular},
       {"b", 0.8, kKnown, Distribution::rectangular},
       {"c", 0.5, kKnown, Distribution::rectangular}},
      {{"a", 1, kKnown, Distribution::rectangular}, {"b", 0.05, kKnown, Distribution::rectangular}},
      {{"a", 1, kKnown, Distribution::triangular},
       {"b", 0.7, kKnown, Distribution::arcsine},
       {"c", 0.3}},
      {{"a", 1, kKnown, Distribution::arcsine}, {"b", 0.2, kKnown, Distribution::rectangular}},
  };
  Dice dice;
  for (const auto& mixture : mixtures) {
    std::array<double, 3> U{}, inside{};
    for (std::size_t c = 0; c < 3; ++c) U[c] = coverage_interval(mixture, kCoverages[c]).U;
    constexpr int trials = 1'000'000;
    for (int i = 0; i < trials; ++i) {
      double x = 0;
      for (const Source& s : mixture) x += dice.drawn(s);
      for (std::size_t c = 0; c < 3; ++c) inside[c] += std::abs(x) <= U[c];
    }
    for (std::size_t c = 0; c < 3; ++c)  // four standard errors of 0.68, 0.95, 0.99
      CHECK(std::abs(inside[c] / trials - kCoverages[c]) <
            4 * std::sqrt(kCoverages[c] * (1 - kCoverages[c]) / trials) + 3e-4);
  }
}

TEST_CASE("with five windows or twenty, beside any known terms, 68, 95 and 99 % are covered") {
  const std::vector<std::vector<Source>> beside{
      {{"n", 1}},
      {{"r", 1, kKnown, Distribution::rectangular}},
      {{"r", 1, kKnown, Distribution::rectangular},
       {"s", 0.8, kKnown, Distribution::rectangular},
       {"n", 0.1}},
      {{"t", 1, kKnown, Distribution::triangular}, {"n", 0.4}},
      {{"a", 1, kKnown, Distribution::arcsine}, {"n", 0.4}},
  };
  const std::array limit{0.014, 0.007, 0.005};  // five windows, 99 %: 98.5 % at the worst
  for (const auto& known : beside)
    for (const double u : {0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0})
      for (const double nu : {4.0, 19.0})
        for (std::size_t c = 0; c < 3; ++c) {
          CAPTURE(u);
          CAPTURE(nu);
          CAPTURE(kCoverages[c]);
          CHECK(std::abs(coverage_of(known, u, nu, kCoverages[c]) - kCoverages[c]) < limit[c]);
        }
}

TEST_CASE(
    "a wider coverage never gives a narrower interval, and one more doubt never makes it smaller") {
  std::vector<Source> sources{{"r", 1, kKnown, Distribution::rectangular}};
  double before = 0;
  for (int more = 0; more < 12; ++more) {
    const double U68 = coverage_interval(sources, 0.68).U, U95 = coverage_interval(sources, 0.95).U;
    CHECK(U68 < U95);
    CHECK(U95 < coverage_interval(sources, 0.99).U);
    CHECK(U95 > before * (1 - 1e-6));
    before = U95;
    sources.push_back({"x" + std::to_string(more), 0.02 * (more + 1), kKnown,
                       more % 2 ? Distribution::rectangular : Distribution::normal});
  }
}

TEST_CASE("the unit of the doubts is a scale: U of nanojoules is U of joules times 1e9") {
  const std::array small{Source{"r", 3e-9, kKnown, Distribution::rectangular},
                         Source{"w", 2e-9, 4, Distribution::student}};
  const std::array large{Source{"r", 3, kKnown, Distribution::rectangular},
                         Source{"w", 2, 4, Distribution::student}};
  CHECK(coverage_interval(small).U * 1e9 ==
        doctest::Approx(coverage_interval(large).U).epsilon(1e-10));
  CHECK(coverage_interval(small).U == coverage_interval(small).U);
}

TEST_CASE(
    "an endless doubt gives an endless interval, and one that is no number none that could be "
    "believed") {
  const std::array endless{Source{"a", kKnown, kKnown, Distribution::rectangular}, Source{"b", 1}};
  CHECK(std::isinf(coverage_interval(endless).U));
  const std::array nonsense{Source{"a", std::nan(""), kKnown, Distribution::rectangular},
                            Source{"b", 1}};
  CHECK(std::isnan(coverage_interval(nonsense).U));
}
