// Envelopes of arrivals: levels, skew, and the distribution of what lies above.
// Never a least-squares fit: a late arrival says nothing but that it was late.
#include "rig/capture/arrival.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace jr {
namespace {

constexpr double kFirstEdge_s = 5e-6;
constexpr double kStep = 1.05;

std::size_t bin_of(double excess_s, std::size_t bins) {
  if (!(excess_s > kFirstEdge_s)) return 0;
  const double k = std::ceil(std::log(excess_s / kFirstEdge_s) / std::log(kStep));
  return static_cast<std::size_t>(std::min(k, static_cast<double>(bins - 1)));
}

double upper_edge_s(std::size_t bin) { return kFirstEdge_s * std::pow(kStep, static_cast<double>(bin)); }

/// Weighted area between the points of a piece and the flat line under them.
double area_above_envelope(Arrivals piece, const Lateness& lateness) {
  double sum = 0, weights = 0, least = std::numeric_limits<double>::infinity();
  for (const Arrival& arrival : piece) {
    const double y = lateness(arrival);
    sum += arrival.weight * y;
    weights += arrival.weight;
    least = std::min(least, y);
  }
  return sum - weights * least;
}

}  // namespace

void LatencyTail::add(double excess_s, std::uint32_t weight) {
  weight_[bin_of(excess_s, kBins)] += weight;
  total_ += weight;
}

double LatencyTail::share_above(double excess_s) const {
  // One arrival as late as anything is always thought possible: few observations prove little.
  double above = 1;
  for (std::size_t bin = bin_of(excess_s, kBins) + 1; bin < kBins; ++bin) above += weight_[bin];
  return above / (total_ + 2);
}

double LatencyTail::least_of(double n, double risk) const {
  const double share = 1 - std::pow(risk, 1.0 / std::max(n, 1e-3));  // of arrivals below the answer
  // So few lie near the envelope that their own places say nothing; but that they thin out evenly does.
  const double resolved = total_ < 16 ? 0.5 : std::max(0.05, 8 / total_);
  if (share >= resolved) return quantile(share);
  return quantile(resolved) * share / resolved;
}

double LatencyTail::quantile(double share) const {
  double below = 0;
  std::size_t latest = kBins;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    below += weight_[bin];
    if (weight_[bin] > 0) latest = bin;
    if (below >= share * (total_ + 1)) return upper_edge_s(bin);
  }
  // Beyond all that has been seen: twice the latest; something has to be assumed when nothing has been.
  return latest == kBins ? 0.05 : 2 * upper_edge_s(latest);
}

double weight_of(Arrivals arrivals) {
  double sum = 0;
  for (const Arrival& arrival : arrivals) sum += arrival.weight;
  return sum;
}

Level least_late(Arrivals arrivals, const Lateness& lateness) {
  Level least{std::numeric_limits<double>::infinity(), 0};
  for (const Arrival& arrival : arrivals)
    if (const double late = lateness(arrival); late < least.late_s) least = {late, lateness.stream_s(arrival)};
  return least;
}

Arrivals head_of(Arrivals arrivals, double period_s, double span_s) {
  if (arrivals.empty()) return arrivals;
  const auto samples = static_cast<std::uint64_t>(span_s / period_s);
  const auto end = std::partition_point(arrivals.begin(), arrivals.end(), [&](const Arrival& a) {
    return a.ordinal - arrivals.front().ordinal <= samples;
  });
  return arrivals.first(static_cast<std::size_t>(end - arrivals.begin()));
}

Arrivals tail_of(Arrivals arrivals, double period_s, double span_s) {
  if (arrivals.empty()) return arrivals;
  const auto samples = static_cast<std::uint64_t>(span_s / period_s);
  const auto begin = std::partition_point(arrivals.begin(), arrivals.end(), [&](const Arrival& a) {
    return arrivals.back().ordinal - a.ordinal > samples;
  });
  return arrivals.subspan(static_cast<std::size_t>(begin - arrivals.begin()));
}

std::vector<Arrivals> pieces_of(const std::vector<Arrivals>& segments, double period_s, double longest_s) {
  std::vector<Arrivals> pieces;
  for (Arrivals rest : segments) {
    while (!rest.empty()) {
      pieces.push_back(head_of(rest, period_s, longest_s));
      rest = rest.subspan(pieces.back().size());
    }
  }
  return pieces;
}

double span_of(Arrivals arrivals, double period_s) {
  if (arrivals.empty()) return 0;
  return period_s * static_cast<double>(arrivals.back().ordinal - arrivals.front().ordinal);
}

std::vector<Arrivals> bins_of(Arrivals arrivals, double period_s, double bin_s) {
  std::vector<Arrivals> bins = pieces_of({arrivals}, period_s, bin_s);
  if (bins.size() > 1 && span_of(bins.back(), period_s) < 0.75 * bin_s) bins.pop_back();
  return bins;
}

double common_skew(const std::vector<Arrivals>& pieces, Lateness lateness, double limit) {
  const auto area = [&](double skew) {
    lateness.skew = skew;
    double sum = 0;
    for (const Arrivals piece : pieces) sum += area_above_envelope(piece, lateness);
    return sum;
  };
  // Convex in the skew: the golden section finds its floor, the middle of it when it is flat.
  constexpr double kGolden = 0.6180339887498949;
  double low = -limit, high = limit;
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  double area_left = area(left), area_right = area(right);
  while (high - low > 1e-10) {
    if (area_left < area_right) {
      high = right;
      right = left;
      area_right = area_left;
      area_left = area(left = high - kGolden * (high - low));
    } else {
      low = left;
      left = right;
      area_left = area_right;
      area_right = area(right = low + kGolden * (high - low));
    }
  }
  return (low + high) / 2;
}

double u_of_skew(const std::vector<Arrivals>& pieces, double period_s, const LatencyTail& tail,
                 double limit) {
  double information = 3 / (limit * limit);  // of a rectangle of half width `limit`
  for (const Arrivals piece : pieces) {
    const double n = weight_of(piece);
    if (n < 4) continue;
    const double span_s = span_of(piece, period_s);
    // The line rests on the least late arrival of either half: each is late by about what the least of
    // n/2 exceeds in one case of e, and they lie about half the span apart.
    const double u = 1.3 * std::sqrt(2.0) * tail.least_of(n / 2, std::exp(-1.0)) / (span_s / 2);
    information += 1 / (u * u);
  }
  return 1 / std::sqrt(information);
}

void add_excesses(const std::vector<Arrivals>& pieces, const Lateness& lateness, LatencyTail& tail) {
  for (const Arrivals piece : pieces) {
    const double least = least_late(piece, lateness).late_s;
    // The least late one defines the envelope and is not above it; the others lie above it as all lie
    // above the true one, when latencies have no memory.
    for (const Arrival& arrival : piece)
      if (const double excess = lateness(arrival) - least; excess > 0) tail.add(excess, arrival.weight);
  }
}

}  // namespace jr
