// Holds a stream back until something happens, keeping the moments before it; then lets it through.
// Never loses a sample between the pre-trigger and what follows.
#pragma once

#include <cstdint>
#include <deque>
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

/// Passes blocks on to `next` from the trigger on, preceded by up to `pre_samples` from before it,
/// renumbered so that the first sample passed on has ordinal 0. Reader thread only.
class TriggerGate : public SampleSink {
 public:
  /// Without a rule everything passes. `polynomials` and `supply` serve current triggers.
  TriggerGate(SampleSink& next, std::optional<TriggerRule> rule, std::uint64_t pre_samples,
              std::vector<RangePolynomial> polynomials, Volt supply);

  void take(SampleBlock block) override;
  void ended(Error why) override { next_.ended(std::move(why)); }

 private:
  std::optional<std::size_t> trigger_in(const SampleBlock& block);
  bool holds(const SampleBlock& block, std::size_t i) const;
  void pass(SampleBlock block);

  SampleSink& next_;
  const std::optional<TriggerRule> rule_;
  const std::uint64_t pre_samples_;
  const std::vector<RangePolynomial> polynomials_;
  const Volt supply_;
  std::deque<SampleBlock> held_;
  std::uint64_t first_passed_{};
  bool open_{};
  std::optional<bool> before_;  ///< whether the condition held at the sample before
};

}  // namespace jr
