// Windows cut where a digital line of a recording is high, on the way to another sink.
// Never counts a window that is open at either end of the recording: nobody knows how long it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/exchange/trace.hpp"

namespace jr {

/// From the first sample with the line high to the first with it low, each with `inferences`. Windows that the
/// recording states by itself are replaced. One thread.
class MarkWindows : public ForeignSink {
 public:
  /// `line` 0 to 7. Without `inferences` each window counts as one, and the run says so.
  MarkWindows(ForeignSink& next, unsigned line, std::optional<std::uint64_t> inferences);

  /// Errors: usage (the recording holds no digital lines), those of the next sink.
  Result<void> begin(const ForeignFacts& facts) override;
  Result<void> samples(const ForeignBlock& block) override;
  Result<void> gap(std::uint64_t length) override { return next_.gap(length); }
  Result<void> window(const ForeignWindow&) override { return {}; }

  /// Windows that do not count, a sentence each; asked for when the recording is over.
  std::vector<std::string> left_out() const;

 private:
  ForeignSink& next_;
  unsigned line_;
  std::optional<std::uint64_t> inferences_;
  std::uint64_t ordinal_{}, start_{};
  bool high_{}, open_at_start_{}, began_open_{};
};

}  // namespace jr
