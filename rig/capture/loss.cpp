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
constexpr double kThinnedBin_s = 0.1;
constexpr double kOld_s = 600.0;     ///< older than this, and far from any split, less is enough
constexpr double kOldBin_s = 0.5;
constexpr double kNear_s = 30.0;     ///< so far from a split its arrivals are its witnesses
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
/// than kKeep_s, the least late one of each bin stays, and all have given their lateness to the tails.
void LossAccounting::thin_out() {
  const LossAnalysis analysis = analyse_losses(evidence());
  const auto samples = [&](double span_s) { return static_cast<std::uint64_t>(span_s / clock_.period_s); };
  splits_.clear();
  for (const Split& split : analysis.splits)
    if (!split.unseen || split.mark.ordinal + samples(kSettled_s) < received_) splits_.push_back(split);
  const auto older_than = [&](double age_s) {
    const auto at = std::partition_point(arrivals_.begin(), arrivals_.end(), [&](const Arrival& a) {
      return a.ordinal + samples(age_s) < received_;
    });
    return static_cast<std::size_t>(at - arrivals_.begin());
  };
  const std::size_t end = older_than(kKeep_s);
  add_excesses(pieces_of(stretches(thinned_, end), clock_.period_s, kPiece_s), analysis.lateness, old_tail_);
  thinned_ = replace_by_least_late(thinned_, end, kThinnedBin_s, analysis.lateness);
  if (const std::size_t old_end = older_than(kOld_s); old_end > old_) {
    const std::size_t before = old_end;
    old_ = replace_by_least_late(old_, old_end, kOldBin_s, analysis.lateness);
    thinned_ -= before - old_;
  }
  known_.reset();
}

/// The arrivals [begin, end) between the splits.
std::vector<Arrivals> LossAccounting::stretches(std::size_t begin, std::size_t end) const {
  std::vector<Arrivals> all;
  for (const Split& split : splits_)
    if (split.first_after > begin && split.first_after < end) {
      all.push_back(Arrivals(arrivals_).subspan(begin, split.first_after - begin));
      begin = split.first_after;
    }
  all.push_back(Arrivals(arrivals_).subspan(begin, end - begin));
  return all;
}

bool LossAccounting::is_near_split(Arrivals bin) const {
  const auto near = static_cast<std::uint64_t>(kNear_s / clock_.period_s);
  return std::any_of(splits_.begin(), splits_.end(), [&](const Split& split) {
    return bin.front().ordinal < split.mark.ordinal + near && split.mark.ordinal < bin.back().ordinal + near;
  });
}

/// One arrival for each bin of [begin, end), standing for all of them; splits keep their places. Bins that were
/// made before stay as they are near a split. Returns where `end` is now.
std::size_t LossAccounting::replace_by_least_late(std::size_t begin, std::size_t end, double bin_s,
                                                  const Lateness& lateness) {
  std::size_t kept = begin;
  std::vector<std::size_t> moved(end - begin);  // where each arrival is represented from now on
  for (const Arrivals bin : pieces_of(stretches(begin, end), clock_.period_s, bin_s)) {
    const auto first = static_cast<std::size_t>(bin.data() - arrivals_.data());
    if (end <= thinned_ && is_near_split(bin)) {
      for (std::size_t i = first; i < first + bin.size(); ++i) {
        moved[i - begin] = kept;
        arrivals_[kept++] = arrivals_[i];
      }
      continue;
    }
    Arrival least = *std::min_element(bin.begin(), bin.end(), [&](const Arrival& a, const Arrival& b) {
      return lateness(a) < lateness(b);
    });
    least.weight = static_cast<std::uint32_t>(weight_of(bin));
    for (std::size_t i = first; i < first + bin.size(); ++i) moved[i - begin] = kept;
    arrivals_[kept++] = least;
  }
  for (Split& split : splits_) {
    if (split.first_after >= end) split.first_after -= end - kept;
    else if (split.first_after >= begin) split.first_after = moved[split.first_after - begin];
  }
  arrivals_.erase(arrivals_.begin() + static_cast<std::ptrdiff_t>(kept), arrivals_.begin() + static_cast<std::ptrdiff_t>(end));
  return kept;
}

}  // namespace jr
