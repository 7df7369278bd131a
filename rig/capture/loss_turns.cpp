// Likelihood of a number of turns: a decreasing density of lateness above a line that touches the arrivals.
// Never uses a mean: half of all arrivals may come out of a stall.
#include "rig/capture/loss_turns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace jr {
namespace {

constexpr double kExponent = 3.0;      ///< of the density 1/(1 + x/scale)^3
constexpr double kSure_nats = 7.0;     ///< one in a thousand
constexpr double kCrowdingBatch_s = 0.5;  ///< arrivals that are late together lie within it
constexpr int kNeighbours = 3;         ///< numbers of turns tried on either side of the first idea

/// Median lateness above each side's own envelope, as the scale of the density.
double scale_of(const TurnsQuestion& q) {
  Lateness lateness = q.lateness;
  lateness.skew = (q.least_skew + q.most_skew) / 2;
  std::vector<double> excesses;
  for (const Arrivals side : {q.before, q.after}) {
    const double least = least_late(side, lateness).late_s;
    for (const Arrival& arrival : side) excesses.push_back(lateness(arrival) - least);
  }
  const auto middle = excesses.begin() + static_cast<std::ptrdiff_t>(excesses.size() / 2);
  std::nth_element(excesses.begin(), middle, excesses.end());
  return std::max(2.4 * *middle, 20e-6);  // the median of this density is 0.41 scales
}

/// By how much fewer independent arrivals there are than arrivals: a busy host makes runs of late ones.
/// From means over half-seconds against what independence would make of them; 1 when that explains them.
double crowding(const TurnsQuestion& q, double scale_s) {
  Lateness lateness = q.lateness;
  lateness.skew = (q.least_skew + q.most_skew) / 2;
  double sum_of_batches = 0, sum_within = 0;
  std::size_t batches = 0;
  for (const Arrivals side : {q.before, q.after}) {
    const double floor_s = least_late(side, lateness).late_s;
    const auto score = [&](const Arrival& a) { return std::log1p((lateness(a) - floor_s) / scale_s); };
    double mean = 0;
    for (const Arrival& arrival : side) mean += score(arrival) / static_cast<double>(side.size());
    for (const Arrivals batch : bins_of(side, lateness.period_s, kCrowdingBatch_s)) {
      double sum = 0;
      for (const Arrival& arrival : batch) {
        sum += score(arrival) - mean;
        sum_within += (score(arrival) - mean) * (score(arrival) - mean);
      }
      sum_of_batches += sum * sum;
      ++batches;
    }
  }
  if (batches < 4 || sum_within <= 0) return 1;
  const double by_chance = 1 + 2 * std::sqrt(2.0 / static_cast<double>(batches - 2));
  return std::max(1.0, sum_of_batches / sum_within / by_chance);
}

/// Negative log-likelihood of one skew and one number of lost samples.
double surprise(const TurnsQuestion& q, double skew, double lost, double scale_s) {
  Lateness lateness = q.lateness;
  lateness.skew = skew;
  const double jump_s = lost * lateness.period_s * (1 + skew);
  const double floor_s = std::min(least_late(q.before, lateness).late_s,
                                  least_late(q.after, lateness).late_s - jump_s);
  double sum = 0;
  for (const Arrival& arrival : q.before) sum += std::log1p((lateness(arrival) - floor_s) / scale_s);
  for (const Arrival& arrival : q.after) sum += std::log1p((lateness(arrival) - jump_s - floor_s) / scale_s);
  return kExponent * sum;
}

/// The least surprise over the skews within reach.
double surprise(const TurnsQuestion& q, double turns, double scale_s) {
  const double lost = q.lost_otherwise + turns * q.period;
  double centre = (q.least_skew + q.most_skew) / 2, reach = (q.most_skew - q.least_skew) / 2;
  double best = std::numeric_limits<double>::infinity();
  for (const int steps : {8, 4, 4, 4}) {
    double best_skew = centre;
    for (int i = -steps; i <= steps; ++i) {
      const double skew = centre + reach * i / steps;
      if (skew < q.least_skew || skew > q.most_skew) continue;
      const double here = surprise(q, skew, lost, scale_s);
      if (here < best) {
        best = here;
        best_skew = skew;
      }
    }
    centre = best_skew;
    reach /= steps;
  }
  return best;
}

}  // namespace

Turns count_turns(const TurnsQuestion& q) {
  const double scale_s = scale_of(q);
  const double first = std::max(0.0, std::round(q.near) - kNeighbours);
  std::vector<double> surprises;
  for (int i = 0; i <= 2 * kNeighbours; ++i) surprises.push_back(surprise(q, first + i, scale_s));
  const double crowd = crowding(q, scale_s);
  const auto least = std::min_element(surprises.begin(), surprises.end());
  Turns turns;
  turns.most_likely = first + static_cast<double>(least - surprises.begin());
  for (std::size_t i = 0; i < surprises.size(); ++i)
    if (surprises[i] < *least + kSure_nats * crowd)
      turns.doubt = std::max(turns.doubt, std::abs(first + static_cast<double>(i) - turns.most_likely));
  turns.nats_over_none = (first == 0 ? surprises.front() : surprise(q, 0, scale_s)) - *least;
  turns.nats_over_none /= crowd;
  return turns;
}

}  // namespace jr
