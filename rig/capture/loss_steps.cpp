// Binary segmentation of the lateness of arrivals by two flat lower envelopes.
// Never believes a rise that the lateness around it could have made.
#include "rig/capture/loss_steps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "rig/capture/loss_turns.hpp"

namespace jr {
namespace {

constexpr double kBothSides_s = 1.4;     ///< least stream on either side of a step
constexpr double kPermanence_s = 10.0;   ///< for so long after a step nothing may arrive as early as before
constexpr double kWindow_s = 10.0;
constexpr std::size_t kFew = 5;          ///< fewer arrivals than these are late together by chance
constexpr double kLeastRise = 0.2;       ///< of one counter period: below this a closer look is a waste
constexpr double kBelieved_nats = 6.0;   ///< by which a loss must be likelier than none
constexpr double kPlaceBin_s = 0.1;      ///< the same, where the answer is no more than a place
constexpr double kMostOfRise = 0.75;
constexpr int kSkewsTried = 8;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The best place to cut a window in two, for one skew.
struct Cut {
  double area{kInfinity};  ///< between the points and the two envelopes
  std::size_t at{};        ///< first arrival of the right side
  double skew{};
};

Cut best_cut(Arrivals window, Lateness lateness, double skew) {
  lateness.skew = skew;
  const std::size_t n = window.size();
  std::vector<double> envelope_right(n + 1, 0.0);  // weight times level of [i, n)
  double least = kInfinity, weight = 0, sum = 0;
  for (std::size_t i = n; i-- > 0;) {
    const double y = lateness(window[i]);
    least = std::min(least, y);
    weight += window[i].weight;
    sum += window[i].weight * y;
    envelope_right[i] = weight * least;
  }
  Cut best{kInfinity, 0, skew};
  least = kInfinity;
  weight = 0;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    least = std::min(least, lateness(window[i]));
    weight += window[i].weight;
    const double area = sum - weight * least - envelope_right[i + 1];
    if (area >= best.area || i + 1 < kFew || n - i - 1 < kFew) continue;
    best.area = area;
    best.at = i + 1;
  }
  return best;
}

/// Cuts worth a closer look. With the skew unknown a slope can pass for half of a step, so that every skew
/// there may be says where it would cut.
std::vector<Cut> cuts_to_try(Arrivals window, const StepSearch& search) {
  if (search.skew_known) return {best_cut(window, search.lateness, search.lateness.skew)};
  std::vector<Cut> cuts;
  for (int i = 0; i <= kSkewsTried; ++i) {
    const double share = static_cast<double>(i) / kSkewsTried;
    const Cut cut = best_cut(window, search.lateness,
                             search.least_skew + share * (search.most_skew - search.least_skew));
    const auto known = [&](const Cut& other) { return other.at == cut.at; };
    if (std::none_of(cuts.begin(), cuts.end(), known)) cuts.push_back(cut);
  }
  return cuts;
}

struct Believed {
  Step step;
  double nats{};  ///< by which it is likelier than no loss
};

/// How often the envelope over so short a time lies as high as `rise_s` above what it is over a long one.
double share_of_late_bins(Arrivals left, Arrivals right, const Lateness& lateness, double bin_s, double rise_s) {
  double late = 0, all = 0;
  for (const Arrivals side : {left, right}) {
    const double floor_s = least_late(side, lateness).late_s;
    for (const Arrivals bin : bins_of(side, lateness.period_s, bin_s)) {
      late += least_late(bin, lateness).late_s - floor_s >= rise_s;
      ++all;
    }
  }
  return late / all;
}

/// How many arrivals in a row are not late by `rise_s` just by chance: one by one as long as they are late
/// independently of each other, by tenths of a second when whole tenths are late.
std::size_t not_by_chance(Arrivals left, Arrivals right, const Lateness& lateness, double rise_s) {
  LatencyTail tail;
  add_excesses({left, right}, lateness, tail);
  auto arrivals = static_cast<std::size_t>(std::ceil(std::log(kRisk) / std::log(tail.share_above(rise_s))));
  const double share = share_of_late_bins(left, right, lateness, kPlaceBin_s, rise_s);
  if (share > 0) {
    const auto bins = bins_of(right, lateness.period_s, kPlaceBin_s);
    const double enough = share < 1 ? std::ceil(std::log(kRisk) / std::log(share)) : 1e9;
    std::size_t in_bins = 0;
    for (std::size_t i = 0; i < bins.size() && static_cast<double>(i) < enough; ++i) in_bins += bins[i].size();
    arrivals = std::max(arrivals, in_bins);
  }
  return std::clamp<std::size_t>(arrivals, 1, right.size());
}

/// Between which arrivals the loss lies. One that is not as late as half of the rise is surely before it;
/// after so many in a row that are it has surely happened.
Step place_of(Arrivals window, const Cut& cut, const Lateness& lateness, double rise_s) {
  const Arrivals left = window.first(cut.at), right = window.subspan(cut.at);
  const double middle_s = least_late(left, lateness).late_s + rise_s / 2;
  Step step{cut.at - 1, cut.at, 0};
  while (step.surely_before > 0 && lateness(window[step.surely_before]) >= middle_s) --step.surely_before;
  step.surely_after = cut.at + not_by_chance(left, right, lateness, rise_s) - 1;
  return step;
}

/// Is the rise at `cut` a loss? The right side is looked at as far as it reaches: `beyond` begins with it.
std::optional<Believed> believed(Arrivals window, Arrivals beyond, const Cut& cut, const StepSearch& search) {
  Lateness lateness = search.lateness;
  lateness.skew = cut.skew;
  const Arrivals left = window.first(cut.at), right = head_of(beyond, lateness.period_s, kPermanence_s);
  // A rise near the edge is left to the window that has enough stream on both sides of it.
  if (span_of(left, lateness.period_s) < kBothSides_s) return {};
  if (span_of(window.subspan(cut.at), lateness.period_s) < kBothSides_s) return {};
  const double unit_s = search.counter_period * lateness.period_s * (1 + cut.skew);
  const double rise_s = least_late(right, lateness).late_s - least_late(left, lateness).late_s;
  if (rise_s < kLeastRise * unit_s) return {};
  // A busy host lifts the envelope for a while now and then: would it have for so long?
  const double by_chance = share_of_late_bins(left, right, lateness, kBin_s, kMostOfRise * rise_s);
  const double bins = span_of(right, lateness.period_s) / kBin_s;
  if (by_chance > 0 && bins * std::log(by_chance) > std::log(kRisk)) return {};
  const Turns turns = count_turns({left, right, lateness, search.least_skew, search.most_skew, 0,
                                   search.counter_period, rise_s / unit_s});
  if (turns.most_likely < 1 || turns.nats_over_none < kBelieved_nats) return {};
  return Believed{place_of(window, cut, lateness, rise_s), turns.nats_over_none};
}

void search_window(Arrivals window, Arrivals beyond, std::size_t offset, const StepSearch& search,
                   std::vector<Step>& found) {
  if (span_of(window, search.lateness.period_s) < 2 * kBothSides_s) return;
  std::optional<Believed> best;
  for (const Cut& cut : cuts_to_try(window, search)) {
    const auto candidate = cut.at > 0 ? believed(window, beyond.subspan(cut.at), cut, search) : std::nullopt;
    if (candidate && (!best || candidate->nats > best->nats)) best = candidate;
  }
  if (!best) return;
  const std::size_t at = best->step.first_after;
  search_window(window.first(at), beyond.first(at), offset, search, found);
  found.push_back({offset + best->step.surely_before, offset + at, offset + best->step.surely_after});
  search_window(window.subspan(at), beyond.subspan(at), offset + at, search, found);
}

}  // namespace

std::vector<Step> steps_in(Arrivals arrivals, const StepSearch& search) {
  std::vector<Step> found;
  if (search.counter_period == 0) return found;
  for (std::size_t at = 0; at < arrivals.size();) {
    const Arrivals rest = arrivals.subspan(at);
    const Arrivals window = search.skew_known ? head_of(rest, search.lateness.period_s, kWindow_s) : rest;
    const std::size_t before = found.size();
    search_window(window, rest, at, search, found);
    if (window.size() == rest.size()) break;
    // Half a window on, so that a step near the edge gets stream on both sides; never back over a step.
    const std::size_t half = at + head_of(rest, search.lateness.period_s, kWindow_s / 2).size();
    at = std::max(half, found.size() > before ? found.back().first_after : 0);
  }
  return found;
}

}  // namespace jr
