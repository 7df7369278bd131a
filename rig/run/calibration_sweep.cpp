// Currents on paper.
// Never looks at an instrument but through the probe it is given.
#include "rig/run/calibration_sweep.hpp"

#include <algorithm>
#include <cmath>

namespace jr {
namespace {

constexpr double kLowestShare = 0.03, kHighestShare = 0.97;
constexpr double kVerificationShares[] = {0.11, 0.42, 0.89};
constexpr double kOverlap = 1.05;  // less than that in common is none
constexpr int kHalvings = 4, kWidenings = 6;
// Real switching points are not published; these brackets only have to hold them mostly.
constexpr double kSurelyBelow = 0.6, kSurelyAbove = 1.1, kSurelyFallen = 0.5;
// Without a search: above where the lower range ends on the way up, below where this one ends on
// the way down, for hystereses of up to a third.
constexpr double kGuessedTop = 0.6, kGuessedBottom = 1.05;

double at_share(double lowest, double highest, double share) {
  return lowest + share * (highest - lowest);
}

Failure disordered(std::size_t range) {
  return fail(Trouble::malformed,
              "The instrument does not leave range " + std::to_string(range) +
                  " where its coefficients say: is the reference connected, and the output on?");
}

/// The two ends of one search: a current seen inside, and one seen outside.
struct Bracket {
  double inside_A{}, outside_A{};
};

using Inside = std::function<bool(std::size_t)>;

/// Halves `bracket`, going back to `home_A` whenever the instrument has left the inside.
Result<Bracket> narrowed(const RangeProbe& probe, Bracket bracket, const Inside& is_inside,
                         double home_A) {
  for (int i = 0; i < kHalvings; ++i) {
    const double middle_A = (bracket.inside_A + bracket.outside_A) / 2;
    const auto seen = probe(middle_A);
    if (!seen) return Failure(seen.error());
    const bool inside = is_inside(*seen);
    (inside ? bracket.inside_A : bracket.outside_A) = middle_A;
    if (inside) continue;
    if (const auto back = probe(home_A); !back) return Failure(back.error());
  }
  return bracket;
}

/// The first of `from_A`, `from_A` times `step`, ... for which `wanted` holds; `limit_A` if none
/// does.
struct Sought {
  double current_A{};
  bool found{};
};
Result<Sought> seek(const RangeProbe& probe, double from_A, double step, double limit_A,
                    const Inside& wanted) {
  double current_A = std::min(from_A, limit_A);
  for (int i = 0; i < kWidenings; ++i) {
    const auto seen = probe(current_A);
    if (!seen) return Failure(seen.error());
    if (wanted(*seen)) return Sought{current_A, true};
    if (step > 1 && current_A >= limit_A) break;
    current_A = std::min(current_A * step, limit_A);
  }
  return Sought{current_A, false};
}

}  // namespace

std::vector<double> full_scales_A(const std::vector<RangePolynomial>& own) {
  std::vector<double> list;
  for (const RangePolynomial& range : own) list.push_back(range.b_A_per_code * kTopCode);
  return list;
}

Result<std::optional<SwitchPoint>> find_switch(const RangeProbe& probe, std::size_t range,
                                               double full_scale_A, double highest_A) {
  const Inside below = [range](std::size_t seen) { return seen <= range; };
  const Inside above = [range](std::size_t seen) { return seen > range; };
  const auto low = seek(probe, kSurelyBelow * full_scale_A, 0.5, highest_A, below);
  if (!low) return Failure(low.error());
  if (!low->found) return disordered(range);
  const auto high = seek(probe, kSurelyAbove * full_scale_A, 1.3, highest_A, above);
  if (!high) return Failure(high.error());
  if (!high->found && high->current_A >= highest_A) return std::nullopt;
  if (!high->found) return disordered(range);
  if (auto home = probe(low->current_A / 2); !home) return Failure(home.error());
  const auto rising = narrowed(probe, {low->current_A, high->current_A}, below, low->current_A / 2);
  if (!rising) return Failure(rising.error());
  if (auto home = probe(high->current_A); !home) return Failure(home.error());
  const auto fallen = seek(probe, kSurelyFallen * full_scale_A, 0.5, highest_A, below);
  if (!fallen) return Failure(fallen.error());
  if (!fallen->found) return disordered(range);
  if (auto home = probe(high->current_A); !home) return Failure(home.error());
  const auto falling =
      narrowed(probe, {high->current_A, fallen->current_A}, above, high->current_A);
  if (!falling) return Failure(falling.error());
  return SwitchPoint{rising->inside_A, rising->outside_A, falling->outside_A, falling->inside_A};
}

/// A board that never leaves the lower part of a range needs no more of it.
constexpr double kOverTheLower = 3;

std::vector<std::size_t> reachable_ranges(const std::vector<double>& full_scale_A,
                                          double highest_A) {
  std::vector<std::size_t> ranges;
  for (std::size_t r = 0; r < full_scale_A.size(); ++r) {
    const double enough_A = r > 0 ? std::min(kOverTheLower * full_scale_A[r - 1], full_scale_A[r] / 2) : full_scale_A[r] / 2;
    if (highest_A >= enough_A) ranges.push_back(r);
  }
  return ranges;
}

std::vector<RangeReach> guessed_reaches(const std::vector<std::size_t>& ranges,
                                        const std::vector<double>& full_scale_A, double highest_A) {
  std::vector<RangeReach> reaches;
  for (const std::size_t r : ranges) {
    const double lowest_A = r > 0 ? kGuessedBottom * full_scale_A[r - 1] : 0.0;
    const double top_A = std::min(kGuessedTop * full_scale_A[r], highest_A);
    reaches.push_back({r, lowest_A, top_A, lowest_A, top_A});
  }
  return reaches;
}

std::vector<RangeReach> found_reaches(const std::vector<std::size_t>& ranges,
                                      const std::vector<std::optional<SwitchPoint>>& ends,
                                      double highest_A) {
  std::vector<RangeReach> reaches;
  for (const std::size_t r : ranges) {
    RangeReach reach{r, 0, highest_A, 0, highest_A};
    if (r > 0 && ends[r - 1]) {
      reach.lowest_rising_A = ends[r - 1]->rising_above_A;
      reach.lowest_falling_A = ends[r - 1]->falling_above_A;
    }
    if (ends[r]) {
      reach.highest_rising_A = ends[r]->rising_below_A;
      reach.highest_falling_A = ends[r]->falling_below_A;
    }
    // The last range is left by turning round inside it, not by falling into it.
    if (r == ranges.back()) reach.highest_falling_A = reach.highest_rising_A;
    reaches.push_back(reach);
  }
  return reaches;
}

std::vector<PlannedCurrent> verification_currents(const std::vector<RangeReach>& reaches) {
  std::vector<PlannedCurrent> plan;
  for (const RangeReach& reach : reaches)
    for (const double share : kVerificationShares)
      plan.push_back({at_share(reach.lowest_rising_A, reach.highest_rising_A, share), reach.range,
                      true, true});
  return plan;
}

std::vector<PlannedCurrent> planned_currents(const std::vector<RangeReach>& reaches, int points) {
  std::vector<PlannedCurrent> rising, falling;
  for (std::size_t k = 0; k < reaches.size(); ++k) {
    const RangeReach& r = reaches[k];
    for (int i = 0; i < points; ++i) {
      const double share = kLowestShare + (kHighestShare - kLowestShare) * i / (points - 1);
      rising.push_back(
          {at_share(r.lowest_rising_A, r.highest_rising_A, share), r.range, true, false});
      falling.push_back(
          {at_share(r.lowest_falling_A, r.highest_falling_A, share), r.range, false, false});
    }
    if (k + 1 == reaches.size() || reaches[k + 1].range != r.range + 1) continue;
    // Seen here on the way up and in the next range on the way down.
    const RangeReach& next = reaches[k + 1];
    if (next.lowest_falling_A * kOverlap > r.highest_rising_A) continue;
    const double shared_A = at_share(next.lowest_falling_A, r.highest_rising_A, 0.5);
    rising.push_back({shared_A, r.range, true, false});
    falling.push_back({shared_A, next.range, false, false});
  }
  const auto lower = [](const PlannedCurrent& a, const PlannedCurrent& b) {
    return a.current_A < b.current_A;
  };
  std::sort(rising.begin(), rising.end(), lower);
  std::sort(falling.rbegin(), falling.rend(), lower);
  std::vector<PlannedCurrent> plan = std::move(rising);
  plan.insert(plan.end(), falling.begin(), falling.end());
  for (const PlannedCurrent& one : verification_currents(reaches)) plan.push_back(one);
  return plan;
}

std::vector<PlannedCurrent> planned_from_list(const std::vector<double>& currents_A) {
  const auto is_kept = [](std::size_t i) { return i % 3 == 1; };
  std::vector<PlannedCurrent> plan;
  for (std::size_t i = 0; i < currents_A.size(); ++i)
    if (!is_kept(i)) plan.push_back({currents_A[i], std::nullopt, true, false});
  for (std::size_t i = currents_A.size(); i-- > 0;)
    if (!is_kept(i)) plan.push_back({currents_A[i], std::nullopt, false, false});
  for (std::size_t i = 0; i < currents_A.size(); ++i)
    if (is_kept(i)) plan.push_back({currents_A[i], std::nullopt, true, true});
  return plan;
}

double retried_current_A(const RangeReach& reach, const PlannedCurrent& missed) {
  const double middle_A = missed.rising ? (reach.lowest_rising_A + reach.highest_rising_A) / 2
                                        : (reach.lowest_falling_A + reach.highest_falling_A) / 2;
  return missed.current_A + 0.2 * (middle_A - missed.current_A);
}

}  // namespace jr
