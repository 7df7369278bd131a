// How many samples a stream has lost, and where: counters say it modulo their period, arrival times
// against the host's clock say the rest. Pure; never fills a gap and never calls one exact on hope.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rig/capture/arrival.hpp"
#include "rig/capture/clock_fit.hpp"
#include "rig/capture/loss_analysis.hpp"
#include "rig/core/gap.hpp"
#include "rig/core/sample_block.hpp"

namespace jr {

/// Owned by one thread (or one lock). Memory: 24 bytes for each 0.1 s of stream older than a minute, and for each
/// 0.5 s of what is older than ten minutes and not beside a loss: 4 MiB a day.
/// resolve() and fit() look at all of it, some milliseconds for an hour; asked again without anything
/// new in between they cost nothing.
class LossAccounting {
 public:
  /// `counter_period`: samples after which the instrument's counter repeats (PPK2: 64), 0 if never.
  explicit LossAccounting(StreamClock clock, std::uint32_t counter_period = 64)
      : clock_(clock), counter_period_(counter_period) {}

  void add(const SampleBlock& block);  ///< in the order of the stream; an empty block is ignored
  /// The same without a block: `ordinal` samples had been received by `host_ns`, after `breaks`.
  void add(std::uint64_t ordinal, std::int64_t host_ns, std::span<const CounterBreak> breaks);

  std::uint64_t received() const { return received_; }
  std::size_t arrivals_kept() const { return arrivals_.size(); }
  std::uint64_t lost() const { return lost_; }  ///< at least so many, by the counters alone; free to ask

  /// All gaps of the stream so far, ascending. Exact when at least 2 s of stream lie on both sides and
  /// arrivals come every 10 ms and are mostly no later than some ms; otherwise with a length_limit. A loss of
  /// whole turns that no counter saw needs 1.4 s on both sides to be seen at all, and more on a host so busy
  /// that it holds everything up for a whole turn's time again and again.
  std::vector<Gap> resolve() const;
  ClockFit fit() const;
  /// Received samples at a host time, by a fit that may be 1 s old: cheap.
  std::uint64_t ordinal_at(std::int64_t host_ns) const;

 private:
  struct Known {
    std::uint64_t received{};
    LossAnalysis analysis;
    ClockFit fit;
  };

  const Known& known(std::uint64_t staleness) const;
  LossEvidence evidence() const;
  void add_arrival(Arrival arrival);
  void thin_out();
  std::vector<Arrivals> stretches(std::size_t begin, std::size_t end) const;
  std::size_t replace_by_least_late(std::size_t begin, std::size_t end, double bin_s, const Lateness& lateness);
  bool is_near_split(Arrivals bin) const;

  StreamClock clock_;
  std::uint32_t counter_period_;
  std::vector<Arrival> arrivals_;
  std::size_t thinned_{};      ///< arrivals before this one stand for 0.1 s each
  std::size_t old_{};          ///< and before this one for 0.5 s each, but near splits
  std::vector<Split> splits_;  ///< by counter; and unseen ones among what was thinned out
  LatencyTail old_tail_;       ///< lateness of what was thinned out
  std::uint64_t received_{}, lost_{};
  mutable std::optional<Known> known_;
};

}  // namespace jr
