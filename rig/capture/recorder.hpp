// Takes a monitor's blocks, keeps account of what is missing, and puts every raw code on the disk.
// Never blocks the reader, never fills a hole, never holds more than a few seconds in memory.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "drivers/monitors/monitor.hpp"
#include "rig/capture/loss.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// A digital line changed: `ordinal` is the first sample with the new level.
struct Edge {
  std::uint64_t ordinal{};
  std::uint8_t line{};
  bool level{};
};

struct CaptureState {
  std::uint64_t received{};        ///< samples taken in so far
  std::uint64_t committed{};       ///< samples that are on the disk
  std::int64_t last_arrival_ns{};  ///< CLOCK_MONOTONIC_RAW of the newest block
  std::uint64_t lost{};            ///< provisional count of missing samples
  std::uint8_t lines{};            ///< levels of the newest sample
  std::optional<Error> ended;      ///< set once when the stream or the disk gave up
};

/// Thread-safety: take() and ended() belong to the monitor's reader thread; everything else to the
/// run's thread; one thread of its own writes to the store. The store outlives it.
class Recorder : public SampleSink {
 public:
  using Acknowledge = std::function<void(std::uint64_t committed_samples)>;

  /// `watched`: bit mask of the lines whose edges are kept. `acknowledge` is called on the
  /// recorder's thread after each commit.
  Recorder(Store& store, std::string run, int stream, StreamClock clock, std::uint8_t watched,
           Acknowledge acknowledge);
  ~Recorder() override;

  void take(SampleBlock block) override;
  void ended(Error why) override;

  CaptureState state() const;
  /// Waits until `done(state)`, the stream's end, or the limit; true when `done` held. `done` is asked on the
  /// reader's and the recorder's thread too, under the lock: it looks at the state and nothing else.
  bool wait(const std::function<bool(const CaptureState&)>& done,
            std::chrono::milliseconds limit) const;

  /// Edges of `line` at or after `from`, ascending. A line that toggled more than kEdgesKept times
  /// shows only the newest.
  std::vector<Edge> edges(std::uint8_t line, std::uint64_t from) const;
  /// Gaps that lie, or may lie, in [start, end); by what is known so far.
  std::vector<Gap> gaps_between(std::uint64_t start, std::uint64_t end) const;
  std::uint64_t ordinal_at(std::int64_t host_ns) const;  ///< by the clock fit; 0 before any block

  Result<void> flush();   ///< all that was received is committed
  Result<void> finish();  ///< flush, resolve and store the gaps; the recorder's thread ends
  std::vector<Gap> gaps() const;
  ClockFit clock_fit() const;

  static constexpr std::size_t kEdgesKept = 1 << 16;

 private:
  void work();
  bool has_news() const;                        // under lock_: somebody has reason to look
  void absorb(const SampleBlock& block);        // under lock_
  void note_edges(const SampleBlock& block);    // under lock_
  bool keep(std::deque<SampleBlock> blocks);    // recorder's thread, without lock_
  bool commit(std::size_t samples);             // recorder's thread, without lock_
  bool is_commit_due() const;
  const LossAccounting& view(std::uint64_t staleness) const;  // under view_lock_

  Store& store_;
  const std::string run_;
  const int stream_;
  const std::uint8_t watched_;
  const Acknowledge acknowledge_;

  mutable std::mutex lock_;
  mutable std::condition_variable changed_;  // what somebody waits for may hold now
  mutable const std::function<bool(const CaptureState&)>* awaited_{};  // by wait(), while it waits
  std::condition_variable work_;  // enough is queued, or the recorder's thread was asked for something
  std::deque<SampleBlock> queue_;
  std::size_t queued_samples_{};
  std::optional<std::chrono::steady_clock::time_point> waiting_since_;  // the oldest sample that is not committed
  CaptureState state_;
  LossAccounting loss_;  // only added to: asking it is slow, and the reader would have to wait
  std::deque<Edge> edges_;
  bool flush_asked_{}, stopping_{}, stopped_{};

  const std::uint64_t second_;  // in samples
  mutable std::mutex view_lock_;  // taken before lock_
  mutable std::optional<LossAccounting> view_;  // a copy, which is asked

  // Recorder's thread only.
  Stretch pending_, next_;  // kept from commit to commit: memory that is fresh has to be cleared first
  std::vector<HostAnchor> pending_anchors_;
  std::thread thread_;
};

}  // namespace jr
