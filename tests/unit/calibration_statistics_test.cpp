// Quantiles against published tables, the runs test against counting, least squares against a
// closed form.
#include "calibration/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "calibration/gls.hpp"

using namespace jr;

TEST_CASE("quantiles agree with the printed tables") {
  CHECK(normal_quantile(0.5) == doctest::Approx(0).epsilon(1e-9));
  CHECK(normal_quantile(0.975) == doctest::Approx(1.959963985).epsilon(1e-9));
  CHECK(normal_quantile(0.001) == doctest::Approx(-3.090232306).epsilon(1e-9));
  CHECK(chi2_quantile(0.99, 1) == doctest::Approx(6.634896601).epsilon(1e-9));
  CHECK(chi2_quantile(0.99, 10) == doctest::Approx(23.20925116).epsilon(1e-9));
  CHECK(chi2_quantile(0.95, 100) == doctest::Approx(124.3421134).epsilon(1e-9));
  CHECK(each_of(5, 0.99) == doctest::Approx(0.998));
}

TEST_CASE("the runs of three plus and four minus signs are counted as by hand") {
  // 35 orders: 2 of two runs, 5 of three, 12 of four, 9 of five, 6 of six, 1 of seven.
  const int up_to[] = {0, 0, 2, 7, 19, 28, 34, 35};
  for (std::size_t runs = 1; runs <= 7; ++runs)
    CHECK(probability_of_runs(runs, 3, 4) == doctest::Approx(up_to[runs] / 35.0));
}

TEST_CASE("a common error moves the estimate by all of it and the scatter by nothing") {
  // Two readings of one quantity, each to 1, and an error of 3 that both share.
  const GlsProblem problem{{{1}, {1}}, {10, 12}, {1, 1}, {{3, 3}}};
  const auto fit = solve(problem);
  REQUIRE(fit);
  CHECK(fit->theta[0] == doctest::Approx(11));
  CHECK(fit->shared_shift[0][0] == doctest::Approx(3));
  CHECK(fit->common_u[0] == 0);
  CHECK(fit->residual[0] == doctest::Approx(-1));
  CHECK(contrast_u(*fit, {1, -1}) == doctest::Approx(std::sqrt(2)));
  CHECK(contrast_u(*fit, {1, 1}) == 0);
  CHECK(noise_root(*fit, {1, 1})[0][0] == doctest::Approx(std::sqrt(0.5)));
}

TEST_CASE("an error that only one of two readings has lowers its weight") {
  const auto fit = solve({{{1}, {1}}, {10, 12}, {1, 1}, {{std::sqrt(8.0), 0}}});
  REQUIRE(fit);
  CHECK(fit->theta[0] == doctest::Approx((10.0 / 9 + 12) / (1.0 / 9 + 1)));
  CHECK(fit->shared_shift[0][0] == doctest::Approx(std::sqrt(8.0) / 10));
  CHECK(fit->common_u[0] > 0);
}

TEST_CASE("parameters that cannot be told apart have no estimate") {
  CHECK_FALSE(solve({{{1, 2}, {2, 4}}, {1, 2}, {1, 1}, {}}));
  CHECK_FALSE(solve({{{1, 0}, {2, 0}}, {1, 2}, {1, 1}, {}}));
  CHECK_FALSE(solve({{{1, 2}}, {1}, {1}, {}}));
  CHECK_FALSE(solve({{}, {}, {}, {}}));
}
