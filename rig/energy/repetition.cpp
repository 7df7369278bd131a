// Autocorrelation from coarse to fine: a period is looked for where the coarser view has shown it.
// Never takes the shortest period for the right one when the count of repetitions is known.
#include "rig/energy/repetition.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace jr {
namespace {

constexpr std::size_t kView = 4096;
constexpr double kLeastCorrelation = 0.3, kRivalSigmas = 3;
constexpr std::size_t kLeastPeriod = 8;
constexpr double kNormalOverMad = 1.4826;

std::vector<double> averages(std::span<const double> values, std::size_t block) {
  std::vector<double> view;
  for (std::size_t first = 0; first + block <= values.size(); first += block) {
    double sum = 0;
    for (const double value : values.subspan(first, block)) sum += value;
    view.push_back(sum / static_cast<double>(block));
  }
  return view;
}

double correlation_at(std::span<const double> values, std::size_t lag) {
  const std::size_t n = values.size() - lag;
  return likeness(values.first(n), values.subspan(lag, n));
}

struct Peak {
  std::size_t lag{};
  double height{};
};

/// Highest correlation for lags in [from, to]; `to` is lowered to what the values allow.
Peak highest(std::span<const double> values, std::size_t from, std::size_t to) {
  Peak best{from, -1};
  for (std::size_t lag = from; lag <= to && lag + kLeastPeriod <= values.size(); ++lag) {
    const double height = correlation_at(values, lag);
    if (height > best.height) best = {lag, height};
  }
  return best;
}

/// The lag of a peak between whole samples, by the parabola through it and its neighbours.
double between_samples(std::span<const double> values, const Peak& peak) {
  if (peak.lag < 1 || peak.lag + 1 + kLeastPeriod > values.size())
    return static_cast<double>(peak.lag);
  const double left = correlation_at(values, peak.lag - 1);
  const double right = correlation_at(values, peak.lag + 1);
  const double bend = left - 2 * peak.height + right;
  const double off = bend < 0 ? 0.5 * (left - right) / bend : 0;
  return static_cast<double>(peak.lag) + std::clamp(off, -0.5, 0.5);
}

struct Search {
  std::size_t from{}, to{};
};

/// The lags of the view among which the period must lie. Without a count: behind the first fall of
/// the autocorrelation, up to a third of the view.
Search lags_to_search(std::span<const double> view, std::uint64_t expected) {
  const auto n = static_cast<double>(view.size());
  if (expected > 0) {
    const double centre = n / static_cast<double>(expected);
    return {static_cast<std::size_t>(std::max(2.0, std::floor(centre * 0.875) - 1)),
            static_cast<std::size_t>(std::ceil(centre * 1.02) + 1)};
  }
  std::size_t from = 2;
  while (from <= view.size() / 3 && correlation_at(view, from) > kLeastCorrelation / 2) ++from;
  return {from, view.size() / 3};
}

Failure trouble(const std::string& why) { return fail(Trouble::malformed, why); }

/// The period on the view, or why there is none that stands out.
Result<Peak> peak_of(std::span<const double> view, std::uint64_t expected) {
  const Search search = lags_to_search(view, expected);
  std::vector<Peak> all;
  for (std::size_t lag = search.from; lag <= search.to && lag + kLeastPeriod <= view.size(); ++lag)
    all.push_back({lag, correlation_at(view, lag)});
  const auto lower = [](const Peak& a, const Peak& b) { return a.height < b.height; };
  const auto found = std::max_element(all.begin(), all.end(), lower);
  const double root = std::sqrt(static_cast<double>(view.size()));
  if (found == all.end() || found->height < std::max(kLeastCorrelation, 5 / root))
    return trouble("nothing in it repeats clearly");
  const double sd = (1 - found->height * found->height) / root;
  if (expected == 0) {  // the shortest period of those that fit as well as its multiples
    for (auto at = all.begin(); at != found; ++at)
      if (at->height > 0.9 * found->height &&
          (at == all.begin() || (at - 1)->height < at->height) && (at + 1)->height <= at->height)
        return *at;
    return *found;
  }
  // A rival is a summit of its own: the way between the two leads through a valley.
  for (const int step : {-1, 1}) {
    double valley = found->height;
    for (auto at = found; step < 0 ? at != all.begin() : at + 1 != all.end();) {
      at += step;
      valley = std::min(valley, at->height);
      const double margin = kRivalSigmas * sd + 1e-6;
      if (at->height > found->height - margin && valley < at->height - margin)
        return trouble("two periods fit equally well, " + std::to_string(found->lag) + " and " +
                       std::to_string(at->lag) + " parts of " + std::to_string(view.size()));
    }
  }
  return *found;
}

/// Standard uncertainty of the lag at a peak: noise against the steepness of what is compared, and
/// no less than the grid. The noise is the median difference over one lag, which talk at an end
/// leaves alone.
double u_of_lag(std::span<const double> values, std::size_t lag) {
  std::vector<double> differences;
  for (std::size_t i = 0; i + lag < values.size(); ++i)
    differences.push_back(std::abs(values[i + lag] - values[i]));
  const auto middle = differences.begin() + static_cast<std::ptrdiff_t>(differences.size() / 2);
  std::nth_element(differences.begin(), middle, differences.end());
  const double of_difference = kNormalOverMad * *middle;  // two samples' noise
  double steepness = 0;
  for (std::size_t i = 0; i + 1 < values.size(); ++i)
    steepness += (values[i + 1] - values[i]) * (values[i + 1] - values[i]);
  const double slopes =
      steepness - static_cast<double>(values.size()) * of_difference * of_difference;
  const double by_noise = slopes > 0 ? of_difference / std::sqrt(slopes) : 1;
  return std::max(1 / std::sqrt(12.0), by_noise);
}

/// One period of the trace, the mean of all that are whole.
std::vector<double> folded(std::span<const double> values, double period) {
  const auto length = static_cast<std::size_t>(std::llround(period));
  std::vector<double> shape(length), weight(length);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double phase = std::fmod(static_cast<double>(i), period);
    const std::size_t bin = std::min(static_cast<std::size_t>(phase), length - 1);
    shape[bin] += values[i];
    weight[bin] += 1;
  }
  for (std::size_t bin = 0; bin < length; ++bin) shape[bin] /= std::max(1.0, weight[bin]);
  return shape;
}

}  // namespace

double likeness(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i];
    mean_b += b[i];
  }
  mean_a /= n;
  mean_b /= n;
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

Match best_match(std::span<const double> values, std::span<const double> shape) {
  Match best{0, -2};
  for (std::size_t at = 0; at + shape.size() <= values.size(); ++at) {
    const double like = likeness(values.subspan(at, shape.size()), shape);
    if (like > best.likeness) best = {at, like};
  }
  return best;
}

Result<Repetition> find_repetition(std::span<const double> values, std::uint64_t expected) {
  std::size_t block = std::max<std::size_t>(1, values.size() / kView);
  const std::size_t least = expected > 0 ? static_cast<std::size_t>(expected) : 3;
  if (expected == 1 || values.size() < 2 * kLeastPeriod || values.size() / least < kLeastPeriod)
    return trouble("it holds too few samples a repetition");
  const auto coarse = peak_of(averages(values, block), expected);
  if (!coarse) return Failure(coarse.error());
  Peak peak = *coarse;
  while (block > 1) {  // ever finer views, each around what the coarser one has shown
    const std::size_t finer = std::max<std::size_t>(1, block / 4),
                      ratio = (block + finer - 1) / finer;
    const auto at = static_cast<std::size_t>(
        std::llround(static_cast<double>(peak.lag * block) / static_cast<double>(finer)));
    peak = highest(averages(values, finer), at - std::min(at - 2, ratio + 1), at + ratio + 1);
    block = finer;
  }
  if (peak.lag < kLeastPeriod) return trouble("it holds too few samples a repetition");
  Repetition result;
  result.correlation = peak.height;
  result.period_samples = between_samples(values, peak);
  result.u_samples = u_of_lag(values, peak.lag);
  for (std::size_t k = 2;
       static_cast<double>(2 * k) * result.period_samples <= static_cast<double>(values.size());
       k *= 2) {
    const auto periods = static_cast<double>(k);
    const auto at = static_cast<std::size_t>(std::llround(periods * result.period_samples));
    const Peak further = highest(values, at - 2, at + 2);
    if (further.height < 0.8 * result.correlation) break;  // the rhythm is not that steady
    result.period_samples = between_samples(values, further) / periods;
    result.u_samples = u_of_lag(values, further.lag) / periods;
  }
  result.mean_shape = folded(values, result.period_samples);
  return result;
}

}  // namespace jr
