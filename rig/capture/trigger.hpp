// Holds a stream back until something happens, keeping the moments before it; then lets so many samples through.
// Never loses a sample between the pre-trigger and what follows, and passes none more than was asked for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "drivers/monitors/monitor.hpp"

namespace jr {

/// What starts a recording: a line that rises or falls, or the current crossing a level.
struct TriggerRule {
  enum class Kind { line_rises, line_falls, current_above, current_below } kind{};
  int line{};
  double level_A{};
};

/// "D0", "D0 rising", "D3 falling", "current > 5mA", "current < 10uA". Trouble::usage with an example.
Result<TriggerRule> parse_trigger(const std::string& text);

/// How far a gate has come.
struct GateState {
  bool open{};
  bool held_from_start{};     ///< the trigger's condition held in every sample so far: there was no edge
  bool opened_by_level{};     ///< it opened although there was no edge: see believe_level()
  std::uint64_t seen{};       ///< samples that came in
  std::uint64_t before{};     ///< once open: samples from before the trigger
  std::optional<Error> ended; ///< the stream ended by itself
};

/// Holds blocks until the trigger, then keeps them until somebody attaches a sink, then passes them on: up to
/// `pre_samples` from before the trigger, renumbered so that the first sample passed on has ordinal 0, and `total`
/// samples in all. take() and ended() belong to the reader's thread, everything else to the run's.
class TriggerGate : public SampleSink {
 public:
  /// Without a rule the first sample opens it. `polynomials` and `supply` serve current triggers.
  TriggerGate(std::optional<TriggerRule> rule, std::uint64_t pre_samples, std::uint64_t total,
              std::vector<RangePolynomial> polynomials, Volt supply);

  void take(SampleBlock block) override;
  void ended(Error why) override;

  /// A current that is beyond its level without ever having crossed it opens the gate too, from `later` samples after
  /// now on. Not earlier, as a board that is just being switched on draws nothing.
  void believe_level(std::uint64_t later);
  /// Waits until it opens, the stream's end, or the limit.
  GateState wait(std::chrono::milliseconds limit) const;
  /// What was kept goes to `next` at once, what comes goes there from now on. `next` outlives the stream. Once.
  void attach(SampleSink& next);

 private:
  std::optional<std::size_t> trigger_in(const SampleBlock& block);
  bool holds(const SampleBlock& block, std::size_t i) const;
  void open_at(std::uint64_t ordinal);
  void pass(SampleBlock block);

  const std::optional<TriggerRule> rule_;
  const std::uint64_t pre_samples_;
  std::uint64_t left_;  ///< samples that may still pass
  const std::vector<RangePolynomial> polynomials_;
  const Volt supply_;

  mutable std::mutex lock_;
  mutable std::condition_variable changed_;
  SampleSink* next_{};
  std::deque<SampleBlock> held_;
  std::uint64_t first_passed_{};
  std::optional<bool> before_;  ///< whether the condition held at the sample before
  std::optional<std::uint64_t> level_from_;
  GateState state_;
};

}  // namespace jr
