// Stands between a monitor and its recorder, and cuts the supply off when the board draws too much.
// Never changes a sample, never switches anything back on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "drivers/monitors/monitor.hpp"

namespace jr {

struct TripRule {
  double trip_A{};    ///< 0: no limit, everything passes through
  double period_s{};  ///< of the samples
  Volt supply{};
  std::vector<RangePolynomial> ranges;  ///< the monitor's own
};

/// A mean above `trip_A` over one millisecond of received samples trips: long enough for the inrush into a
/// bypass capacitor to pass, and noticed within two milliseconds of samples. Illegal ranges count as
/// nothing. Used on the monitor's reader thread only.
class TripWatch : public SampleSink {
 public:
  /// `cut_off` is called once, on the reader's thread, before anything else happens. It returns what
  /// came of switching off. `next` then sees the end of the stream as Trouble::tripped.
  TripWatch(SampleSink& next, TripRule rule, std::function<Result<void>()> cut_off);

  void take(SampleBlock block) override;
  void ended(Error why) override;

 private:
  bool exceeds(const SampleBlock& block);
  void trip();

  SampleSink& next_;
  const TripRule rule_;
  const std::function<Result<void>()> cut_off_;
  const std::uint64_t span_;  // samples of one mean
  double sum_A_{};
  std::uint64_t count_{};
  bool tripped_{};
};

}  // namespace jr
