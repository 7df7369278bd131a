// Claims about short windows: SLEEP, idle against active, repeatability, what the leads cost.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "rig/run/accept_judge.hpp"

namespace jr {
namespace {

constexpr double kAsleep = 0.99, kAwake = 0.01;  ///< share of the time that SLEEP is high
constexpr double kIdleScatter = 0.10;            ///< a regulator's burst mode stays below it
constexpr double kEnergyScatter = 0.02;
constexpr double kLeadShare = 0.01;  ///< of the energy; a spec card's gain is ten times that
constexpr std::size_t kLeastWindowsSeen = 5;

double mean_of(const std::vector<double>& values) {
  return values.empty() ? NAN
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

/// Standard deviation over the mean; NAN for fewer than two values.
double scatter_of(const std::vector<double>& values) {
  if (values.size() < 2) return NAN;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1)) / std::abs(mean);
}

Figure windows_figure(std::size_t n) {
  return {"windows", static_cast<double>(n), "windows", static_cast<double>(kLeastWindowsSeen), {}};
}

}  // namespace

Claim judge_sleep(const SleepSight& s) {
  return judged("sleep.line", true,
                {{"high_in_idle", s.idle_high, "1", kAsleep, {}},
                 {"high_in_window", s.window_high, "1", {}, kAwake}},
                "");
}

Claim judge_idle(const PowerSight& s, std::optional<bool> asleep) {
  const double idle_W = mean_of(s.idle_W), active_W = mean_of(s.active_W);
  return judged(
      "power.idle", true,
      {{"idle", idle_W, "W", {}, active_W},
       {"idle_scatter", scatter_of(s.idle_W), "1", {}, kIdleScatter},
       {"active", active_W, "W", {}, {}},
       windows_figure(s.idle_W.size())},
      !asleep   ? "no SLEEP line says whether the board slept"
      : *asleep ? "SLEEP was high meanwhile"
                : "SLEEP was not high meanwhile",
      idle_W < active_W
          ? ""
          : "The board draws no more while it infers: is the monitor in the board's supply at all, "
            "or in that of another part?");
}

Claim judge_repeats(const std::vector<double>& energy_J) {
  return judged("energy.repeats", mean_of(energy_J) > 0,
                {{"energy", mean_of(energy_J), "J", {}, {}},
                 {"scatter", scatter_of(energy_J), "1", {}, kEnergyScatter},
                 windows_figure(energy_J.size())},
                "per inference, over short windows");
}

Claim judge_lead(const LeadSight& s) {
  const bool stated = s.u_lead_ohm > 0;
  return judged("lead.resistance", stated,
                {{"lead", s.lead_ohm, "ohm", {}, {}},
                 {"lead_u", s.u_lead_ohm, "ohm", {}, {}},
                 {"loss_share", s.loss_J / s.energy_J, "1", {}, {}},
                 {"doubt_share", s.u_J / s.energy_J, "1", {}, kLeadShare}},
                stated ? "" : "the bench file states no uncertainty: nothing is paid for");
}

}  // namespace jr
