// Collects arrivals and breaks, forgets what is no longer needed of them, and asks the analysis.
// Never touches a sample.
#include "rig/capture/loss.hpp"

#include <algorithm>
#include <utility>

namespace jr {
namespace {

/// Arrivals closer together than this come out of one delay: they are one witness, not many.
constexpr std::int64_t kOneDelay_ns = 5'000'000;
constexpr double kKeep_s = 60.0;     ///< arrivals younger than this are all kept
constexpr double kBatch_s = 30.0;    ///< how much is thinned out at a time
constexpr double kBin_s = 0.1;
constexpr double kSettled_s = 15.0;  ///< a step so far from the end has shown that it stays

}  // namespace

void LossAccounting::add(const SampleBlock& block) {
  if (block.size() > 0) add(block.first_ordinal + block.size(), block.host_arrival_ns, block.breaks);
}

void LossAccounting::add(std::uint64_t ordinal, std::int64_t host_ns, std::span<const CounterBreak> breaks) {
  for (const CounterBreak& mark : breaks) {
    lost_ += mark.missing_modulo;
    // Before the first sample nothing can be missing; an exact nothing is no gap.
    if (mark.ordinal > 0 && (mark.modulus > 0 || mark.missing_modulo > 0))
      splits_.push_back({mark, 0, arrivals_.size(), false});
  }
  received_ = ordinal;
  add_arrival({ordinal, host_ns, 1});
  const auto old = static_cast<std::uint64_t>((kKeep_s + kBatch_s) / clock_.period_s);
  if (ordinal - arrivals_[std::min(thinned_, arrivals_.size() - 1)].ordinal > old) thin_out();
}

/// Of arrivals out of one delay the least late one stays. Never joins over a split.
void LossAccounting::add_arrival(Arrival arrival) {
  const std::size_t since = std::max(thinned_, splits_.empty() ? 0 : splits_.back().first_after);
  if (arrivals_.size() > since && arrival.host_ns - arrivals_.back().host_ns < kOneDelay_ns) {
    const Lateness lateness{arrival.host_ns, clock_.period_s, 0};
    if (lateness(arrival) <= lateness(arrivals_.back())) arrivals_.back() = arrival;
  } else {
    arrivals_.push_back(arrival);
  }
}

LossEvidence LossAccounting::evidence() const {
  return {arrivals_, thinned_, splits_, old_tail_, clock_, counter_period_};
}

const LossAccounting::Known& LossAccounting::known(std::uint64_t staleness) const {
  if (!known_ || received_ > known_->received + staleness || received_ < known_->received) {
    LossAnalysis analysis = analyse_losses(evidence());
    ClockFit fit = fit_clock(analysis, clock_);
    known_ = Known{received_, std::move(analysis), std::move(fit)};
  }
  return *known_;
}

std::vector<Gap> LossAccounting::resolve() const {
  std::vector<Gap> gaps = known(0).analysis.gaps;
  std::erase_if(gaps, [](const Gap& gap) { return gap.length == 0 && gap.length_limit == 0; });
  return gaps;
}

ClockFit LossAccounting::fit() const { return known(0).fit; }

std::uint64_t LossAccounting::ordinal_at(std::int64_t host_ns) const {
  const auto second = static_cast<std::uint64_t>(1.0 / clock_.period_s);
  return static_cast<std::uint64_t>(known(second).fit.ordinal_at(host_ns));
}

/// Steps that no counter saw are looked for once more while all arrivals are there; then, of those older
/// than kKeep_s, the least late one of each bin stays, and all give their lateness to the tail.
void LossAccounting::thin_out() {
  const LossAnalysis analysis = analyse_losses(evidence());
  const auto samples = [&](double span_s) { return static_cast<std::uint64_t>(span_s / clock_.period_s); };
  splits_.clear();
  for (const Split& split : analysis.splits)
    if (!split.unseen || split.mark.ordinal + samples(kSettled_s) < received_) splits_.push_back(split);

  const std::size_t end = static_cast<std::size_t>(
      std::partition_point(arrivals_.begin(), arrivals_.end(), [&](const Arrival& a) {
        return a.ordinal + samples(kKeep_s) < received_;
      }) - arrivals_.begin());
  std::vector<Arrivals> pieces;
  std::vector<Arrival> kept(arrivals_.begin(), arrivals_.begin() + static_cast<std::ptrdiff_t>(thinned_));
  std::vector<std::size_t> moved(arrivals_.size() + 1);  // where each arrival is represented afterwards
  for (std::size_t i = 0; i < thinned_; ++i) moved[i] = i;
  std::size_t split = 0;
  for (std::size_t i = thinned_; i < end;) {
    while (split < splits_.size() && splits_[split].first_after <= i) ++split;
    std::size_t stop = split < splits_.size() ? std::min(end, splits_[split].first_after) : end;
    const Arrivals bin = head_of(Arrivals(arrivals_).subspan(i, stop - i), clock_.period_s, kBin_s);
    stop = i + bin.size();
    Arrival least = bin.front();
    least.weight = 0;
    for (const Arrival& a : bin) {
      const std::uint32_t weight = least.weight + a.weight;
      if (analysis.lateness(a) < analysis.lateness(least)) least = a;
      least.weight = weight;
    }
    for (; i < stop; ++i) moved[i] = kept.size();
    kept.push_back(least);
  }
  // The tail wants the lateness above a whole piece's envelope, as the analysis sees it.
  std::vector<Arrivals> segments;
  std::size_t begin = thinned_;
  for (const Split& s : splits_)
    if (s.first_after > begin && s.first_after < end) {
      segments.push_back(Arrivals(arrivals_).subspan(begin, s.first_after - begin));
      begin = s.first_after;
    }
  segments.push_back(Arrivals(arrivals_).subspan(begin, end - begin));
  add_excesses(pieces_of(segments, clock_.period_s, 5.0), analysis.lateness, old_tail_);

  for (std::size_t i = end; i <= arrivals_.size(); ++i) moved[i] = kept.size() + (i - end);
  for (Split& s : splits_) s.first_after = moved[s.first_after];
  const std::size_t thinned = kept.size();
  kept.insert(kept.end(), arrivals_.begin() + static_cast<std::ptrdiff_t>(end), arrivals_.end());
  arrivals_ = std::move(kept);
  thinned_ = thinned;
  known_.reset();
}

}  // namespace jr
