// Splits a stream at its breaks and steps, measures each jump between lower envelopes, and rounds it to
// what the counter allows. Never claims more than the lateness of the arrivals around a jump supports.
#include "rig/capture/loss_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "rig/capture/loss_steps.hpp"
#include "rig/capture/loss_turns.hpp"

namespace jr {
namespace {

constexpr double kShort_s = 12.0;        ///< a shorter stream does not know its skew well enough
constexpr double kOffGrid = 0.35;        ///< a jump this far from a multiple is not called exact
constexpr double kClear = 0.2;           ///< of a turn: envelopes so sure need no closer look
constexpr double kCloser = 3;            ///< turns in doubt that a closer look may settle
constexpr std::size_t kWitnesses = 15;   ///< arrivals on either side that it needs
constexpr std::uint64_t kHeldBack = 16;  ///< samples of an arrival that a driver may give out with the next
constexpr double kUnknown_s = 100.0;     ///< doubt where nothing arrived between two breaks

std::vector<Arrivals> segments_between(Arrivals arrivals, const std::vector<Split>& splits) {
  std::vector<Arrivals> segments;
  std::size_t begin = 0;
  for (const Split& split : splits) {
    segments.push_back(arrivals.subspan(begin, split.first_after - begin));
    begin = split.first_after;
  }
  segments.push_back(arrivals.subspan(begin));
  return segments;
}

/// How high the envelope over half a second lies above that over a whole piece: what a busy host does to
/// all arrivals of a while together.
void add_floors(const std::vector<Arrivals>& pieces, const Lateness& lateness, LatencyTail& floors) {
  for (const Arrivals piece : pieces) {
    std::vector<Arrival> least;
    for (const Arrivals bin : bins_of(piece, lateness.period_s, kBin_s))
      least.push_back(*std::min_element(bin.begin(), bin.end(), [&](const Arrival& a, const Arrival& b) {
        return lateness(a) < lateness(b);
      }));
    for (Arrival& arrival : least) arrival.weight = 1;
    add_excesses({least}, lateness, floors);
  }
}

/// Skew and lateness as they follow from a set of splits.
LossAnalysis estimate(const LossEvidence& evidence, std::vector<Split> splits) {
  LossAnalysis a;
  a.splits = std::move(splits);
  a.segments = segments_between(evidence.arrivals, a.splits);
  a.lateness.period_s = evidence.clock.period_s;
  if (!evidence.arrivals.empty()) a.lateness.origin_ns = evidence.arrivals.front().host_ns;
  const double limit = evidence.clock.limit_ppm * 1e-6;
  const auto pieces = pieces_of(a.segments, a.lateness.period_s, kPiece_s);
  a.lateness.skew = common_skew(pieces, a.lateness, limit);
  a.tail = evidence.tail;
  std::vector<Arrivals> fresh;  // the excesses of thinned arrivals are in the tail already
  for (const Arrivals piece : pieces)
    if (piece.data() >= evidence.arrivals.data() + evidence.thinned) fresh.push_back(piece);
  add_excesses(fresh, a.lateness, a.tail);
  add_floors(fresh, a.lateness, a.floors);
  a.u_skew = u_of_skew(pieces, a.lateness.period_s, a.tail, limit);
  if (a.u_skew > 0.9 * limit / std::sqrt(3.0)) a.lateness.skew = 0;  // nothing has been learnt yet
  return a;
}

/// Between which the true skew is, by what has been estimated and by the published limit.
struct SkewSpan {
  double least{}, most{};
};
SkewSpan skew_span(const LossAnalysis& a, StreamClock clock) {
  const double limit = clock.limit_ppm * 1e-6, reach = 4 * a.u_skew;
  return {std::max(-limit, a.lateness.skew - reach), std::min(limit, a.lateness.skew + reach)};
}

Split split_of(const Step& step, Arrivals segment, std::size_t offset) {
  const std::uint64_t first = segment[step.surely_before].ordinal, last = segment[step.surely_after].ordinal;
  Split split;
  split.mark.ordinal = first + (last - first) / 2;
  split.place_limit = (last - first + 1) / 2;
  split.first_after = offset + step.first_after;
  split.unseen = true;
  return split;
}

std::vector<Split> with_unseen(const LossEvidence& evidence, const LossAnalysis& seen) {
  std::vector<Split> splits = seen.splits;
  if (evidence.arrivals.empty()) return splits;
  SkewSpan span = skew_span(seen, evidence.clock);
  const double whole_s = evidence.clock.period_s *
      static_cast<double>(evidence.arrivals.back().ordinal - evidence.arrivals.front().ordinal);
  const bool is_short = whole_s < kShort_s;
  if (is_short) span = {-evidence.clock.limit_ppm * 1e-6, evidence.clock.limit_ppm * 1e-6};
  const StepSearch search{seen.lateness, !is_short, span.least, span.most, evidence.counter_period};
  for (const Arrivals segment : seen.segments) {
    auto offset = static_cast<std::size_t>(segment.data() - evidence.arrivals.data());
    if (offset + segment.size() <= evidence.thinned) continue;
    // A few seconds of what was thinned out serve as the left side of the first steps.
    const std::size_t searched = std::max(offset, evidence.thinned);
    const Arrivals old = tail_of(segment.first(searched - offset), evidence.clock.period_s, kPiece_s);
    const Arrivals part = segment.subspan(searched - offset - old.size());
    offset = searched - old.size();
    for (const Step& step : steps_in(part, search)) splits.push_back(split_of(step, part, offset));
  }
  std::sort(splits.begin(), splits.end(),
            [](const Split& a, const Split& b) { return a.first_after < b.first_after; });
  return splits;
}

/// One segment as a witness of how much was lost before it.
struct Witness {
  Level head, tail;           ///< envelopes near its beginning and near its end
  double head_doubt_s{}, tail_doubt_s{};  ///< by how much they may lie too high
};

Witness witness_of(Arrivals segment, const LossAnalysis& a) {
  const Arrivals head = head_of(segment, a.lateness.period_s, kPiece_s);
  const Arrivals tail = tail_of(segment, a.lateness.period_s, kPiece_s);
  const auto doubt = [&](Arrivals part) {
    if (part.empty()) return kUnknown_s;
    const double bins = static_cast<double>(bins_of(part, a.lateness.period_s, kBin_s).size());
    return std::max(a.tail.least_of(weight_of(part), kRisk), a.floors.least_of(bins, kRisk));
  };
  return {least_late(head, a.lateness), least_late(tail, a.lateness), doubt(head), doubt(tail)};
}

/// Resolves the losses one after the other against the last segment that is a good witness. Segments too
/// short to be one are only believed as far as later ones do not arrive earlier: a loss never heals.
class Resolution {
 public:
  Resolution(LossAnalysis& analysis, std::uint32_t period, StreamClock clock)
      : a_(analysis), period_(period), skew_(skew_span(analysis, clock)), step_s_(analysis.lateness.period_s * (1 + analysis.lateness.skew)) {
    for (const Arrivals segment : a_.segments) witnesses_.push_back(witness_of(segment, a_));
  }

  void run() {
    remember(0);
    for (std::size_t s = 0; s < a_.splits.size(); ++s) resolve(s);
    if (!a_.splits.empty()) share_doubt(a_.splits.size() - 1);
  }

 private:
  std::uint32_t modulus(const Split& split) const { return split.unseen ? period_ : split.mark.modulus; }
  bool good(std::size_t segment) const {
    return witnesses_[segment].head_doubt_s < period_ * step_s_ / 2;
  }

  /// From here on losses are counted against the end of `segment`.
  void remember(std::size_t segment) {
    reference_ = witnesses_[segment].tail;
    reference_doubt_s_ = witnesses_[segment].tail_doubt_s;
    counted_ = 0;
    cluster_ = segment;
  }

  /// Samples lost between the reference and `segment`, as a real number.
  double lost_until(std::size_t segment) const {
    return (witnesses_[segment].head.late_s - reference_.late_s) / step_s_;
  }

  /// The same for the segment after split `s`, bounded by every later segment up to the next good one.
  double lost_until_bounded(std::size_t s) const {
    double least = lost_until(s + 1), surely_after = 0;
    for (std::size_t later = s + 1; later < a_.splits.size() && !good(later); ++later) {
      surely_after += a_.splits[later].mark.missing_modulo;
      least = std::min(least, lost_until(later + 1) - surely_after);
    }
    return least;
  }

  double doubt_samples(std::size_t s) const {
    const Witness& after = witnesses_[s + 1];
    const double apart_s = std::isfinite(after.head.late_s) && std::isfinite(reference_.late_s)
                               ? std::abs(after.head.stream_s - reference_.stream_s) : 0;
    return (std::max(reference_doubt_s_, after.head_doubt_s) + a_.u_skew * apart_s) / step_s_;
  }

  void resolve(std::size_t s) {
    const Split& split = a_.splits[s];
    const std::uint32_t m = modulus(split);
    Gap gap;
    gap.ordinal = split.mark.ordinal;
    gap.place_limit = split.place_limit + (split.unseen ? kHeldBack : 0);
    gap.cause = split.unseen ? GapCause::host_clock
                : split.mark.discarded_bytes || split.mark.discarded_samples ? GapCause::resync
                                                                              : GapCause::counter;
    gap.length = split.mark.missing_modulo;
    if (m > 0) round_to_counter(s, m, gap);
    if (m > 0 && !split.unseen) reach_back(s, gap);
    counted_ += static_cast<double>(gap.length);
    a_.gaps.push_back(gap);
    if (good(s + 1)) {
      share_doubt(s);
      remember(s + 1);
    }
  }

  /// Whole turns may have been lost some time before the counter jumped, where it could not see it. When
  /// the last arrivals before the jump are all late by the turns already, more of them than chance makes
  /// so, the gap's place reaches back to the last arrival that was not.
  void reach_back(std::size_t s, Gap& gap) const {
    const double step_s = static_cast<double>(gap.length - a_.splits[s].mark.missing_modulo) * step_s_;
    const double old_level_s = reference_.late_s + counted_ * step_s_;
    if (!(step_s > 0) || !std::isfinite(old_level_s)) return;
    const double share_late = a_.tail.share_above(step_s / 2);
    const Arrivals before = a_.segments[s];
    double chance = 1;
    for (std::size_t i = before.size(); i-- > 0;) {
      if (a_.lateness(before[i]) < old_level_s + step_s / 2) {
        if (chance < kRisk) gap.place_limit = std::max(gap.place_limit, gap.ordinal - before[i].ordinal);
        return;
      }
      chance *= std::pow(share_late, before[i].weight);
    }
  }

  void round_to_counter(std::size_t s, std::uint32_t m, Gap& gap) {
    const double residue = static_cast<double>(a_.splits[s].mark.missing_modulo);
    const double estimate = (lost_until_bounded(s) - counted_ - residue) / m;
    const double surely = std::ceil(std::max(0.0, a_.splits[s].mark.discarded_samples - residue) / m);
    double turns = std::isfinite(estimate) ? std::max(std::round(estimate), surely) : surely;
    const double doubtful = doubt_samples(s) / m, off_grid = std::abs(estimate - turns);
    double doubt = std::max(0.0, std::ceil(doubtful - 0.5));
    if (!(off_grid < kOffGrid)) doubt = std::max(doubt, 1.0);
    if (doubtful < kClear && off_grid < kClear) {
      gap.length += m * static_cast<std::uint64_t>(turns);
      return;
    }
    // The envelopes alone do not settle it: look at all arrivals on both sides.
    const Arrivals before = tail_of(a_.segments[cluster_], a_.lateness.period_s, kPiece_s);
    const Arrivals after = head_of(a_.segments[s + 1], a_.lateness.period_s, kPiece_s);
    if (doubt <= kCloser && before.size() >= kWitnesses && after.size() >= kWitnesses) {
      const Turns likely =
          count_turns({before, after, a_.lateness, skew_.least, skew_.most, counted_ + residue, m, estimate});
      const bool agreed = doubt == 0 && likely.most_likely == turns;
      turns = std::max(likely.most_likely, surely);
      doubt = agreed ? 0 : likely.doubt;
    }
    gap.length += m * static_cast<std::uint64_t>(std::min(turns, 1e12));
    gap.length_limit = m * static_cast<std::uint64_t>(doubt);
  }

  /// The gaps since the last good witness, up to split `last`: each is the difference of two counts, so it
  /// is as doubtful as the worse of them, but none can be wrong by more than their sum.
  void share_doubt(std::size_t last) {
    if (last <= cluster_) return;
    const std::uint64_t doubt_of_sum = a_.gaps[last].length_limit;
    std::uint64_t sum = 0;
    for (std::size_t i = cluster_; i <= last; ++i) sum += turned(i);
    for (std::size_t i = last; i > cluster_; --i)
      a_.gaps[i].length_limit = std::max(a_.gaps[i].length_limit, a_.gaps[i - 1].length_limit);
    for (std::size_t i = cluster_; i <= last; ++i)
      a_.gaps[i].length_limit =
          std::min(a_.gaps[i].length_limit, std::max(turned(i), sum - turned(i)) + doubt_of_sum);
  }

  /// What whole turns of the counter contribute to a gap.
  std::uint64_t turned(std::size_t i) const { return a_.gaps[i].length - a_.splits[i].mark.missing_modulo; }

  LossAnalysis& a_;
  std::uint32_t period_;
  SkewSpan skew_;
  double step_s_;
  std::vector<Witness> witnesses_;
  Level reference_;
  double reference_doubt_s_{};
  double counted_{};         ///< losses booked since the reference
  std::size_t cluster_{};    ///< first split after the reference
};

}  // namespace

LossAnalysis analyse_losses(const LossEvidence& evidence) {
  LossAnalysis analysis = estimate(evidence, evidence.splits);
  if (evidence.counter_period > 0) {
    auto splits = with_unseen(evidence, analysis);
    if (splits.size() != analysis.splits.size()) analysis = estimate(evidence, std::move(splits));
  }
  Resolution(analysis, evidence.counter_period, evidence.clock).run();
  return analysis;
}

}  // namespace jr
