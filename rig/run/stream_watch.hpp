// Watches a monitor's stream without recording it: the newest samples, every line's edges, what is
// missing. Never judges what it sees and never touches the disk.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "drivers/monitors/monitor.hpp"
#include "rig/capture/loss.hpp"
#include "rig/capture/recorder.hpp"
#include "rig/core/moments.hpp"

namespace jr {

/// Current of a piece of trace, by the device's own polynomials; NAN where the piece is empty.
struct CurrentSight {
  double mean_A{}, deviation_A{};  ///< deviation: of single samples, standard
  double highest_A{};
  std::size_t commonest_range{};
};

/// Thread-safety: take() and ended() belong to the monitor's reader thread, everything else to one
/// other thread. Keeps the samples of the last `kept_s` (400 kB each second).
class StreamWatch : public SampleSink {
 public:
  /// `interrupted`: polled while waiting; null: never.
  StreamWatch(const Monitor& monitor, Volt supply, double kept_s = 60,
              const std::atomic<bool>* interrupted = nullptr);

  void take(SampleBlock block) override;
  void ended(Error why) override;

  struct State {
    std::uint64_t received{};
    std::uint64_t breaks{};          ///< jumps of the instrument's own counter
    std::int64_t last_arrival_ns{};  ///< CLOCK_MONOTONIC_RAW
    std::optional<Error> ended;
    std::int64_t ended_ns{};
  };
  State state() const;

  /// Until sample `ordinal` has come. Errors: the stream's own end, interrupted, timeout after
  /// `patience_s`.
  Result<void> wait_for(std::uint64_t ordinal, double patience_s) const;
  /// Until `seconds` of new samples have come; the patience grows with them.
  Result<void> wait_fresh(double seconds) const;
  /// Until the stream has ended by itself; false when it still runs after `patience_s`, or
  /// interrupted.
  bool wait_for_end(double patience_s) const;

  std::uint64_t samples(double seconds) const;
  double period_s() const { return clock_.period_s; }
  /// Sample that was the newest at a host time, by the clock fit; 0 before any block.
  std::uint64_t ordinal_at(std::int64_t host_ns) const;

  /// Edges of `line` at or after `from`, ascending, among the samples still kept.
  std::vector<Edge> edges(int line, std::uint64_t from) const;
  std::array<int, 8> edge_counts(std::uint64_t from) const;                   ///< of every line
  double share_high(int line, std::uint64_t start, std::uint64_t end) const;  ///< 0 to 1
  CurrentSight current(std::uint64_t start, std::uint64_t end) const;
  /// Mean current of each `piece` samples of [start, end); a rest at the end is left out.
  std::vector<double> means_A(std::uint64_t start, std::uint64_t end, std::uint64_t piece) const;
  /// not_found when a part of [start, end) is no longer, or not yet, kept.
  Result<Moments> moments(std::uint64_t start, std::uint64_t end) const;

  std::vector<Gap> gaps() const;  ///< as LossAccounting::resolve() knows them
  /// The monitor's clock against the host's, looked for within +-0.2 % instead of the published
  /// limit, so that a rate outside that limit shows as what it is.
  ClockFit free_clock_fit() const;

 private:
  template <class Visit>
  void each(std::uint64_t start, std::uint64_t end, Visit visit) const;  // under lock_
  double current_A(const SampleBlock& block, std::size_t i) const;

  const std::vector<RangePolynomial> ranges_;
  const Volt supply_;
  const StreamClock clock_;
  const std::uint64_t kept_samples_;
  const std::atomic<bool>* const interrupted_;

  mutable std::mutex lock_;
  mutable std::condition_variable changed_;
  std::deque<SampleBlock> blocks_;
  State state_;
  LossAccounting loss_, free_;
};

}  // namespace jr
