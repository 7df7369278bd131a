// Coarse by levels, fine by steps: the smoothed view says which, the samples say where.
// Never returns fewer or more windows than were asked for.
#include "rig/energy/segmentation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "rig/energy/change_point.hpp"
#include "rig/energy/estimators.hpp"
#include "rig/energy/repetition.hpp"

namespace jr {
namespace {

constexpr std::size_t kSmooth = 9, kNoiseBlock = 8, kLeastSide = 4;
constexpr double kLeastLikeness = 0.5, kIdleBand = 0.25;

using Trace = std::span<const double>;

struct Levels {
  double idle{}, active{}, sd{};
};
struct Stretch {
  std::size_t start{}, end{};
  std::size_t size() const { return end - start; }
};

std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

Failure refuse(const std::string& why) {
  return fail(Trouble::malformed,
              "The inferences cannot be told from the current alone: " + why + ".");
}

/// Noise of one sample: the median scatter within short blocks, of which steps spoil only a few.
double noise_of(Trace trace) {
  constexpr double kMedianOfChi =
      0.952;  // sqrt(median of chi squared with 7 degrees of freedom / 7)
  std::vector<double> sds;
  for (std::size_t first = 0; first + kNoiseBlock <= trace.size(); first += kNoiseBlock) {
    double mean = 0, squares = 0;
    for (const double value : trace.subspan(first, kNoiseBlock)) mean += value / kNoiseBlock;
    for (const double value : trace.subspan(first, kNoiseBlock))
      squares += (value - mean) * (value - mean);
    sds.push_back(std::sqrt(squares / (kNoiseBlock - 1)));
  }
  const auto middle = sds.begin() + static_cast<std::ptrdiff_t>(sds.size() / 2);
  std::nth_element(sds.begin(), middle, sds.end());
  return *middle / kMedianOfChi;
}

/// Mean of kSmooth samples about each; fewer at the ends.
std::vector<double> smoothed(Trace trace) {
  std::vector<double> view(trace.size());
  constexpr std::size_t kHalf = kSmooth / 2;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const std::size_t first = i - std::min(i, kHalf), end = std::min(i + kHalf + 1, trace.size());
    double sum = 0;
    for (std::size_t j = first; j < end; ++j) sum += trace[j];
    view[i] = sum / static_cast<double>(end - first);
  }
  return view;
}

/// Two means on the smoothed view; idle stays where it is known.
Levels levels_of(Trace trace, Trace view, const SegmentRule& rule) {
  const bool idle_known = rule.idle_samples >= 2 * kNoiseBlock;
  const Trace idle = trace.first(std::min(rule.idle_samples, trace.size()));
  Levels levels;
  levels.sd = noise_of(idle_known ? idle : trace);
  const auto [lowest, highest] = std::minmax_element(view.begin(), view.end());
  levels.idle = idle_known ? mean_of(idle) : *lowest;
  levels.active = *highest;
  for (int pass = 0; pass < 50; ++pass) {
    const double border = 0.5 * (levels.idle + levels.active);
    double low = 0, low_n = 0, high = 0, high_n = 0;
    for (const double value : view) {
      (value > border ? high : low) += value;
      (value > border ? high_n : low_n) += 1;
    }
    if (low_n == 0 || high_n == 0) break;
    const Levels before = levels;
    if (!idle_known) levels.idle = low / low_n;
    levels.active = high / high_n;
    if (levels.idle == before.idle && levels.active == before.active) break;
  }
  return levels;
}

/// Stretches of the view above idle; what lies closer together than the smoothing is one, what is
/// shorter than it is none.
std::vector<Stretch> stretches_above(Trace view, double threshold) {
  std::vector<Stretch> found;
  for (std::size_t i = 0; i < view.size();) {
    std::size_t end = i;
    while (end < view.size() && view[end] > threshold) ++end;
    if (end > i) {
      if (!found.empty() && i - found.back().end < kSmooth)
        found.back().end = end;
      else
        found.push_back({i, end});
    }
    i = end + 1;
  }
  std::erase_if(found, [](const Stretch& s) { return s.size() < kSmooth; });
  return found;
}

/// A board that is spoken to wakes for moments, one that waits within an inference rests for
/// moments: short stretches are left out, or short rests bridged, where that gives the count that
/// was asked for and what is left out or bridged is less than half of what is kept.
std::vector<Stretch> with_count(std::vector<Stretch> found, std::uint64_t expected) {
  if (expected == 0 || found.size() <= expected) return found;
  std::vector<std::size_t> sizes, rests;
  for (const Stretch& stretch : found) sizes.push_back(stretch.size());
  for (std::size_t i = 1; i < found.size(); ++i) rests.push_back(found[i].start - found[i - 1].end);
  std::sort(sizes.rbegin(), sizes.rend());
  if (2 * sizes[expected] < sizes[expected - 1]) {
    std::erase_if(found, [&](const Stretch& s) { return s.size() < sizes[expected - 1]; });
    return found;
  }
  std::sort(rests.rbegin(), rests.rend());
  const std::size_t longer = expected >= 2 ? rests[expected - 2] : sizes.back();
  if (2 * rests[expected - 1] >= longer) return found;
  std::vector<Stretch> bridged{found.front()};
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (found[i].start - bridged.back().end <= rests[expected - 1])
      bridged.back().end = found[i].end;
    else
      bridged.push_back(found[i]);
  }
  return bridged;
}

/// The one stretch that is more than twice as long as any other, if there is one; else all of them.
std::vector<Stretch> dominant(std::vector<Stretch> found) {
  const auto longest =
      std::max_element(found.begin(), found.end(),
                       [](const Stretch& a, const Stretch& b) { return a.size() < b.size(); });
  for (const Stretch& stretch : found)
    if (&stretch != &*longest && 2 * stretch.size() > longest->size()) return found;
  return found.empty() ? found : std::vector<Stretch>{*longest};
}

/// The edge near `coarse`, idle on the outer side. `before` and `behind`: samples that may be
/// looked at.
Result<FoundEdge> edge_near(Trace trace, std::size_t coarse, std::size_t before, std::size_t behind,
                            bool rising, const Levels& levels, const SegmentRule& rule) {
  std::size_t first = coarse - before, size = before + behind;
  StepFit fit = fit_step(trace.subspan(first, size), kLeastSide);
  // The neighbourhood may hold an inner step that is higher than the edge: look outside of it.
  while (true) {
    const std::size_t outer_first = rising ? first : first + fit.split;
    const std::size_t outer_size = rising ? fit.split : size - fit.split;
    if (outer_size < 2 * kLeastSide) break;
    const StepFit outer = fit_step(trace.subspan(outer_first, outer_size), kLeastSide);
    const double step = rising ? outer.after - outer.before : outer.before - outer.after;
    if (outer.snr < 3 || step < 4 * levels.sd || step < 0.1 * (levels.active - levels.idle)) break;
    first = outer_first;
    size = outer_size;
    fit = outer;
  }
  const double outside = rising ? fit.before : fit.after;
  if (std::abs(outside - levels.idle) > kIdleBand * (levels.active - levels.idle) + levels.sd)
    return refuse("around sample " + std::to_string(coarse) + " the board does not come to rest");
  if (!(fit.snr >= rule.least_snr))
    return refuse("the step at sample " + std::to_string(coarse) + " is only " + rounded(fit.snr) +
                  " times its noise where " + rounded(rule.least_snr) +
                  " is needed; wire MARK, or average samples first");
  FoundEdge edge;
  edge.first = first + fit.split;
  edge.at = static_cast<double>(edge.first) - 0.5;
  edge.u = edge_sd_samples(fit.snr, fit.between);
  edge.snr = fit.snr;
  return edge;
}

Result<FoundWindow> window_of(Trace trace, const std::vector<Stretch>& all, std::size_t i,
                              const Levels& levels, const SegmentRule& rule) {
  const Stretch& here = all[i];
  const std::size_t rest_before = here.start - (i > 0 ? all[i - 1].end : 0);
  const std::size_t rest_behind = (i + 1 < all.size() ? all[i + 1].start : trace.size()) - here.end;
  const std::size_t inside = std::min(rule.neighbourhood, here.size() / 2);
  const std::size_t before = std::min(rule.neighbourhood, i > 0 ? rest_before / 2 : rest_before);
  const std::size_t behind =
      std::min(rule.neighbourhood, i + 1 < all.size() ? rest_behind / 2 : rest_behind);
  if (std::min({inside, before, behind}) < kLeastSide)
    return refuse("activity reaches to within " + std::to_string(kLeastSide) +
                  " samples of the next or of the trace's end, at sample " +
                  std::to_string(here.start));
  const auto start = edge_near(trace, here.start, before, inside, true, levels, rule);
  if (!start) return Failure(start.error());
  const auto end = edge_near(trace, here.end, inside, behind, false, levels, rule);
  if (!end) return Failure(end.error());
  const double length = end->at - start->at;
  const double needed = shortest_trusted(std::max(start->u, end->u), rule.relative_u_at_most);
  if (length < needed)
    return refuse("at sample " + std::to_string(start->first) + " it takes " + rounded(length) +
                  " samples, and " + rounded(needed) + " are needed to know its length to " +
                  rounded(100 * rule.relative_u_at_most) + " %; use a faster monitor");
  return FoundWindow{*start, *end, 1};
}

/// Puts into each window how much it is like the mean of all, with a little of its surroundings.
Result<void> compare(Trace trace, std::vector<FoundWindow>& windows) {
  if (windows.size() < 2) return {};
  std::vector<double> lengths;
  std::size_t rest = 2 * kSmooth;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    lengths.push_back(windows[i].end.at - windows[i].start.at);
    const std::size_t next = i + 1 < windows.size() ? windows[i + 1].start.first : trace.size();
    rest = std::min({rest, next - windows[i].end.first, windows[i].start.first});
  }
  std::vector<double> sorted = lengths;
  std::sort(sorted.begin(), sorted.end());
  const double median = sorted[sorted.size() / 2];
  for (std::size_t i = 0; i < windows.size(); ++i)
    if (lengths[i] < 0.6 * median || lengths[i] > 1.6 * median)
      return refuse("the stretch at sample " + std::to_string(windows[i].start.first) + " lasts " +
                    rounded(lengths[i]) + " samples where the others last " + rounded(median));
  const auto size = static_cast<std::size_t>(sorted.front()) + 2 * rest;
  std::vector<double> shape(size);
  const auto part = [&](const FoundWindow& w) {
    const std::size_t first = w.start.first - rest;
    return trace.subspan(first, std::min(size, trace.size() - first));
  };
  for (const FoundWindow& window : windows) {
    const Trace here = part(window);
    for (std::size_t k = 0; k < here.size(); ++k) shape[k] += here[k];
  }
  for (FoundWindow& window : windows) {
    const Trace here = part(window);
    window.likeness = likeness(here, Trace(shape).first(here.size()));
    if (window.likeness < kLeastLikeness)
      return refuse("the stretch at sample " + std::to_string(window.start.first) +
                    " is not like the others");
  }
  return {};
}

void add_period(Segmentation& result) {
  const auto& windows = result.windows;
  if (windows.size() < 2) return;
  const auto periods = static_cast<double>(windows.size() - 1);
  result.period_samples = (windows.back().start.at - windows.front().start.at) / periods;
  result.u_period_samples = std::hypot(windows.back().start.u, windows.front().start.u) / periods;
}

/// One stretch that holds several, divided by its period from its first edge on.
Result<Segmentation> divide(Trace trace, const FoundWindow& whole, const SegmentRule& rule) {
  const std::size_t first = whole.start.first;
  const Trace inside = trace.subspan(first, whole.end.first - first);
  const auto found = find_repetition(inside, rule.expected);
  if (!found)
    return refuse(std::to_string(rule.expected) +
                  " inferences follow one another without rest, and " + found.error().message +
                  "; wire MARK, or let the board rest between them");
  Segmentation result{
      SegmentWay::repetition, {}, std::min(whole.start.snr, whole.end.snr), 0, 0, 0};
  result.period_samples = found->period_samples;
  result.u_period_samples = found->u_samples;
  const double periods = static_cast<double>(inside.size()) / found->period_samples;
  result.surplus_samples = (periods - static_cast<double>(rule.expected)) * found->period_samples;
  const double doubt = std::hypot(whole.start.u, whole.end.u) +
                       3 * static_cast<double>(rule.expected) * found->u_samples;
  const double most_surplus =
      std::max(0.5 * found->period_samples, 2.0 * static_cast<double>(rule.talk_samples));
  if (result.surplus_samples < -doubt || result.surplus_samples > most_surplus + doubt)
    return refuse("it holds " + rounded(periods) + " repetitions where " +
                  std::to_string(rule.expected) + " inferences were asked for");
  for (std::uint64_t k = 0; k < rule.expected; ++k) {
    const auto boundary = [&](std::uint64_t n) {
      const double at = whole.start.at + static_cast<double>(n) * found->period_samples;
      const double u = std::hypot(whole.start.u, static_cast<double>(n) * found->u_samples);
      return FoundEdge{static_cast<std::uint64_t>(std::llround(at + 0.5)), at, u,
                       n ? 0 : whole.start.snr};
    };
    FoundWindow window{boundary(k), boundary(k + 1), 0};
    const std::size_t at = window.start.first - first;
    const std::size_t size = std::min(found->mean_shape.size(), inside.size() - at);
    const std::size_t early = std::min<std::size_t>(at, 2),
                      late = std::min<std::size_t>(2, inside.size() - at - size);
    window.likeness = best_match(inside.subspan(at - early, size + early + late),
                                 Trace(found->mean_shape).first(size))
                          .likeness;
    const bool may_be_talk =
        at < rule.talk_samples || at + size + rule.talk_samples > inside.size();
    if (window.likeness < kLeastLikeness && !may_be_talk)
      return refuse("repetition " + std::to_string(k + 1) + " is not like the others");
    result.windows.push_back(window);
  }
  return result;
}

}  // namespace

Result<Segmentation> segment(Trace current_A, const SegmentRule& rule) {
  if (current_A.size() < 8 * kNoiseBlock) return refuse("there are too few samples");
  if (!std::all_of(current_A.begin(), current_A.end(), [](double i) { return std::isfinite(i); }))
    return refuse("a sample is not a number");
  const std::vector<double> view = smoothed(current_A);
  const Levels levels = levels_of(current_A, view, rule);
  const double step = levels.active - levels.idle;
  if (!(step > 0) || step < 0.8 * rule.least_snr * levels.sd)
    return refuse("activity is only " + rounded(levels.sd > 0 ? step / levels.sd : 0) +
                  " times the noise above idle where " + rounded(rule.least_snr) +
                  " is needed; wire MARK, or average samples first");
  const double noise = levels.sd / std::sqrt(static_cast<double>(kSmooth));
  const double threshold =
      levels.idle + std::max(kIdleBand * step, std::min(0.5 * step, 4.5 * noise));
  std::vector<Stretch> found = with_count(stretches_above(view, threshold), rule.expected);
  if (found.size() < rule.expected) found = dominant(std::move(found));
  if (found.empty() || (rule.expected > 0 && found.size() != rule.expected && found.size() != 1))
    return refuse("it has " + std::to_string(found.size()) + " stretches of activity where " +
                  std::to_string(rule.expected) + " inferences were asked for");

  Segmentation result;
  result.snr = INFINITY;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto window = window_of(current_A, found, i, levels, rule);
    if (!window) return Failure(window.error());
    result.windows.push_back(*window);
    result.snr = std::min({result.snr, window->start.snr, window->end.snr});
  }
  if (rule.expected > 1 && found.size() == 1) return divide(current_A, result.windows[0], rule);
  if (auto alike = compare(current_A, result.windows); !alike) return Failure(alike.error());
  add_period(result);
  return result;
}

}  // namespace jr
