// What repeated values say of their mean: coverage by simulation, small cases by hand.
#include "rig/energy/estimators.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

#include "rig/energy/interval.hpp"
#include "tests/unit/seeded_noise.hpp"

using namespace jr;

namespace {

constexpr int kTrials = 10'000;

/// Student's 95 % quantiles; few different degrees of freedom turn up, and each is slow to find.
double quantile_for(double degrees_of_freedom) {
  static std::map<double, double> known;
  const auto [at, fresh] = known.try_emplace(degrees_of_freedom, 0.0);
  if (fresh) at->second = student_quantile(0.95, degrees_of_freedom);
  return at->second;
}

/// Share of trials, in percent, whose interval about the mean holds the true mean of 0.
double coverage_percent(std::size_t n, double rho, std::uint64_t seed) {
  test::SeededNoise noise(seed);
  int covered = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Scatter s = scatter_of(noise.autoregressive(n, rho));
    if (std::abs(s.mean) <= quantile_for(s.degrees_of_freedom) * s.standard_error) ++covered;
  }
  return 100.0 * covered / kTrials;
}

double share_found_insufficient(std::size_t n, double rho, std::uint64_t seed) {
  test::SeededNoise noise(seed);
  int found = 0;
  for (int trial = 0; trial < 2000; ++trial)
    if (scatter_of(noise.autoregressive(n, rho)).insufficient) ++found;
  return found / 2000.0;
}

}  // namespace

TEST_CASE(
    "five independent values have the mean, the standard error and the degrees of freedom of the "
    "textbook") {
  const std::array values{1.0, 5.0, 2.0, 4.0, 3.0};
  const Scatter s = scatter_of(values);
  CHECK(s.mean == 3);
  CHECK(s.standard_error == doctest::Approx(std::sqrt(2.5 / 5)));
  CHECK(s.degrees_of_freedom == 4);
  CHECK(s.n_effective == 5);
  CHECK(s.correlation_time == 1);
  CHECK(s.method == ScatterMethod::independent);
  CHECK_FALSE(s.insufficient);
}

TEST_CASE("one value has no scatter and says that it is not enough") {
  const Scatter s = scatter_of(std::array{7.0});
  CHECK(s.mean == 7);
  CHECK(s.standard_error == 0);
  CHECK(s.method == ScatterMethod::none);
  CHECK(s.insufficient);
  CHECK_THROWS_AS(scatter_of({}), std::invalid_argument);
}

TEST_CASE("equal values have no scatter, no correlation and no outlier") {
  const std::vector<double> values(40, 2.5);
  const Scatter s = scatter_of(values);
  CHECK(s.standard_error == 0);
  CHECK(s.method == ScatterMethod::independent);
  CHECK(robust_view(values).outliers == 0);
  CHECK(autocorrelation_time(values) == 1);
}

TEST_CASE("the interval of independent values covers 95 +- 0.7 % with 5, 10, 20 and 100 of them") {
  for (const std::size_t n : {5U, 10U, 20U, 100U}) {
    CAPTURE(n);
    const double covered = coverage_percent(n, 0, 40 + n);
    CHECK(covered > 94.3);
    CHECK(covered < 95.7);
  }
}

TEST_CASE(
    "the interval of a hundred values whose neighbours correlate by 0.8 covers at least 92 %") {
  CHECK(coverage_percent(100, 0.8, 7) >= 92);
}

TEST_CASE("a drift that nobody corrects makes the values insufficient, not the interval narrow") {
  test::SeededNoise noise(3);
  std::vector<double> values;
  for (int k = 0; k < 20; ++k) values.push_back(0.3 * k + noise.normal());
  const Scatter s = scatter_of(values);
  CHECK(s.insufficient);
  CHECK(s.method == ScatterMethod::batch_means);
  CHECK(s.degrees_of_freedom == 4);
  CHECK(s.n_effective < 8);
}

TEST_CASE("independent values are called insufficient in no more than about 1 % of cases") {
  CHECK(share_found_insufficient(5, 0, 1) == 0);
  CHECK(share_found_insufficient(10, 0, 2) < 0.02);
  CHECK(share_found_insufficient(19, 0, 3) < 0.02);
  CHECK(share_found_insufficient(100, 0, 4) < 0.02);
}

TEST_CASE(
    "a hundred values that correlate by 0.8 are always called insufficient, a thousand hardly "
    "ever") {
  CHECK(share_found_insufficient(100, 0.8, 5) > 0.99);
  CHECK(share_found_insufficient(1000, 0.8, 6) < 0.05);
}

TEST_CASE("a long autoregression has the correlation time of its formula, and N_eff follows") {
  test::SeededNoise noise(11);
  const std::vector<double> values = noise.autoregressive(100'000, 0.8);
  const Scatter s = scatter_of(values);
  CHECK(s.method == ScatterMethod::autocorrelation);
  CHECK(s.correlation_time == doctest::Approx(9.0).epsilon(0.05));  // (1 + rho) / (1 - rho)
  CHECK(s.n_effective == doctest::Approx(100'000 / s.correlation_time));
  CHECK(s.degrees_of_freedom == doctest::Approx(s.n_effective - 1));
  CHECK_FALSE(s.insufficient);
}

TEST_CASE("values that alternate are not said to be worth more than they are many") {
  std::vector<double> values;
  for (int k = 0; k < 60; ++k) values.push_back(k % 2);
  const Scatter s = scatter_of(values);
  CHECK(s.n_effective == 60);
  CHECK(s.method == ScatterMethod::independent);
}

TEST_CASE(
    "the lag-1 autocorrelation of independent values has the mean and the limit that the test "
    "assumes") {
  for (const std::size_t n : {10U, 20U, 100U}) {
    CAPTURE(n);
    test::SeededNoise noise(n);
    double sum = 0;
    int above = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      const double r = lag_one_autocorrelation(noise.autoregressive(n, 0));
      sum += r;
      if (r > lag_one_limit(n, 0.01)) ++above;
    }
    CHECK(std::abs(sum / kTrials + 1.0 / static_cast<double>(n)) < 0.01);
    CHECK(above < 0.016 * kTrials);
    CHECK(above > 0.005 * kTrials);
  }
}

TEST_CASE("the median of few normal values scatters by the exact factor more than their mean") {
  CHECK(median_over_mean(1) == 1);
  CHECK(median_over_mean(2) == 1);
  CHECK(median_over_mean(3) == doctest::Approx(1.1602).epsilon(1e-4));  // 3 (1 - sqrt(3)/pi)
  CHECK(median_over_mean(4) == doctest::Approx(1.0922).epsilon(1e-4));
  CHECK(median_over_mean(5) == doctest::Approx(1.1976).epsilon(1e-4));
  CHECK(median_over_mean(200) == doctest::Approx(1.2492).epsilon(1e-3));
  CHECK(median_over_mean(201) == doctest::Approx(1.2515).epsilon(1e-3));
  CHECK(median_over_mean(100'000) == doctest::Approx(1.25331).epsilon(1e-4));
}

TEST_CASE("the exact factor of the median is that of ten thousand simulated medians") {
  for (const std::size_t n : {4U, 5U, 20U, 25U}) {
    CAPTURE(n);
    test::SeededNoise noise(n);
    double squares = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      const double m = median_of(noise.autoregressive(n, 0));
      squares += m * m;
    }
    CHECK(std::sqrt(static_cast<double>(n) * squares / kTrials) ==
          doctest::Approx(median_over_mean(n)).epsilon(0.025));
  }
}

TEST_CASE("an outlier is counted and leaves the cleaned mean, while the primary mean keeps it") {
  const std::array values{1.00, 1.01, 0.99, 1.02, 0.98, 1.00, 1.01, 0.99, 1.00, 3.0};
  const RobustView view = robust_view(values);
  CHECK(view.outliers == 1);
  CHECK(view.cleaned_mean == doctest::Approx(1.0));
  CHECK(view.median == doctest::Approx(1.0));
  CHECK(scatter_of(values).mean == doctest::Approx(1.2));
}

TEST_CASE(
    "one value beside many equal ones is an outlier, and two among five are told by their size") {
  std::vector<double> values(9, 1.0);
  values.push_back(1.1);
  CHECK(robust_view(values).outliers == 1);
  CHECK(robust_view(values).cleaned_mean == 1.0);
  CHECK(robust_view(std::array{1.0, 1.0, 1.0}).outliers == 0);
}

TEST_CASE("what is raised is told of ten values and more, upwards only, and not where most are equal") {
  std::vector<double> values{1.00, 1.01, 0.99, 1.02, 0.98, 1.00, 1.01, 0.99, 1.00, 3.0};
  CHECK(robust_view(values).raised == 1);
  values.back() = -3.0;
  CHECK(robust_view(values).raised == 0);
  values.pop_back(), values.front() = 3.0;
  CHECK(robust_view(values).raised == 0);
  values.assign(30, 1.0), values.back() = 1.1;
  CHECK(robust_view(values).raised == 0);
}

TEST_CASE("no more than about 1 % of sets of normal values have one that is raised") {
  for (const std::size_t n : {10U, 20U, 100U}) {
    CAPTURE(n);
    test::SeededNoise noise(200 + n);
    int sets = 0;
    for (int trial = 0; trial < 2000; ++trial) sets += robust_view(noise.autoregressive(n, 0)).raised > 0;
    CHECK(sets < 2000 * 0.015);
  }
}

TEST_CASE("among normal values hardly any is called an outlier") {
  for (const std::size_t n : {5U, 20U, 100U}) {
    CAPTURE(n);
    test::SeededNoise noise(100 + n);
    std::size_t outliers = 0;
    for (int trial = 0; trial < 2000; ++trial)
      outliers += robust_view(noise.autoregressive(n, 0)).outliers;
    CHECK(static_cast<double>(outliers) / (2000.0 * static_cast<double>(n)) <
          (n == 5 ? 0.06 : 0.01));
  }
}

TEST_CASE(
    "percentiles lie between the order statistics that surround them, and never beyond the "
    "extremes") {
  std::vector<double> values;
  for (int k = 99; k >= 0; --k) values.push_back(k);
  CHECK(quantile_of(values, 0.5) == doctest::Approx(49.5));
  CHECK(quantile_of(values, 0.05) == doctest::Approx(4.35));
  CHECK(quantile_of(values, 0.95) == doctest::Approx(94.65));
  CHECK(quantile_of(std::array{2.0, 1.0, 3.0}, 0.05) == 1.0);
  CHECK(quantile_of(std::array{4.0}, 0.95) == 4.0);
}
