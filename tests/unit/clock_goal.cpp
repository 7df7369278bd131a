// The goal for the monitor's clock: its skew to 0.3 ppm after a minute of bursts as a USB host sees
// them, and what ten seconds give.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "rig/capture/loss.hpp"
#include "tests/unit/loss_stream.hpp"

using namespace jr;

namespace {

/// How far off the skew is after `for_s` of 30 ms bursts that come late by exp(2 ms), 2 % of them
/// by 20 ms more, in forty worlds.
struct Outcome {
  double rms_ppm{}, worst_ppm{}, stated_ppm{}, z_rms{};
};
Outcome skew_after(double for_s) {
  constexpr int kWorlds = 40;
  Outcome outcome;
  for (int seed = 1; seed <= kWorlds; ++seed) {
    test::StreamPlan plan;
    plan.for_s = for_s;
    plan.piece_s = 0.030;
    plan.skew_ppm = 45.0 * std::sin(seed);
    plan.latency_s = 0.002;
    plan.outlier_share = 0.02;
    plan.outlier_s = 0.020;
    plan.seed = 1000 + static_cast<std::uint64_t>(seed);
    LossAccounting account({1e-5, 100});
    test::play(plan, account);
    const ClockFit fit = account.fit();
    const double off = fit.skew_ppm - plan.skew_ppm;
    outcome.rms_ppm += off * off / kWorlds;
    outcome.stated_ppm += fit.u_ppm * fit.u_ppm / kWorlds;
    outcome.z_rms += off * off / fit.u_ppm / fit.u_ppm / kWorlds;
    outcome.worst_ppm = std::max(outcome.worst_ppm, std::abs(off));
  }
  return {std::sqrt(outcome.rms_ppm), outcome.worst_ppm, std::sqrt(outcome.stated_ppm),
          std::sqrt(outcome.z_rms)};
}

}  // namespace

TEST_CASE("after a minute of late bursts the skew is known to 0.3 ppm, and the fit says so") {
  const Outcome minute = skew_after(60);
  MESSAGE("60 s: " << minute.rms_ppm << " ppm rms, worst " << minute.worst_ppm << ", stated "
                   << minute.stated_ppm);
  CHECK(minute.rms_ppm <= 0.3);
  CHECK(minute.worst_ppm <= 1.0);
  CHECK(minute.stated_ppm <= 0.6);
  CHECK(minute.z_rms < 1.6);
}

TEST_CASE(
    "after ten seconds of late bursts the skew is known to 8 ppm, and the fit claims no more") {
  const Outcome brief = skew_after(10);
  MESSAGE("10 s: " << brief.rms_ppm << " ppm rms, worst " << brief.worst_ppm << ", stated "
                   << brief.stated_ppm);
  CHECK(brief.rms_ppm <= 8);
  CHECK(brief.z_rms < 1.6);
}
