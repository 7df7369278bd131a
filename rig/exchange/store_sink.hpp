// A foreign recording on its way into the store: a run of kind "import" with one stream of values.
// Never leaves a run behind that looks whole and is not: what fails half way is marked interrupted, with the reason.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rig/exchange/trace.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// The rows that a run begins with, from what the recording says of itself.
using Describe = std::function<Result<RunFacts>(const ForeignFacts&)>;

/// More of either is no recording of ours, and would not fit into memory.
inline constexpr std::size_t kMostForeignGaps = 1'000'000;
inline constexpr std::size_t kMostForeignWindows = 100'000;

/// Writes chunks of exactly kForeignBlock samples, the last one shorter. One thread.
class StoreSink : public ForeignSink {
 public:
  /// `interrupted`: looked at with every block; the import then ends with Trouble::interrupted. May be null.
  StoreSink(Store& store, Describe describe, const std::atomic<bool>* interrupted);
  ~StoreSink() override;  ///< what is neither finished nor abandoned is marked interrupted
  StoreSink(const StoreSink&) = delete;
  StoreSink& operator=(const StoreSink&) = delete;

  /// Errors: malformed (a period that is none, channels that make no stream), those of `describe`, storage.
  Result<void> begin(const ForeignFacts& facts) override;
  /// An infinite value counts as missing. Errors: malformed, storage, interrupted.
  Result<void> samples(const ForeignBlock& block) override;
  Result<void> gap(std::uint64_t length) override;
  Result<void> window(const ForeignWindow& window) override;

  /// Writes what is left, the gaps and the windows; a window that is not inside the samples is kept as one that
  /// does not count. `left_out`: windows that never came to be, a sentence each. The run stays open: its caller
  /// evaluates and closes it.
  Result<void> finish(const std::vector<std::string>& left_out = {});
  void closed() { open_ = false; }  ///< the caller has closed the run
  /// Marks the run as interrupted for this reason. Nothing when there is none, or when it is closed.
  void abandon(const std::string& reason);

  const std::string& run() const { return run_; }  ///< empty before begin()
  std::uint64_t received() const { return received_; }

 private:
  Result<void> check(const ForeignBlock& block) const;
  Result<void> write(std::size_t n);
  Result<void> write_windows(const std::vector<std::string>& left_out);

  Store& store_;
  Describe describe_;
  const std::atomic<bool>* interrupted_;
  std::string run_;
  bool open_{};
  std::size_t channels_{};
  bool has_lines_{};
  std::uint64_t received_{}, written_{};
  ForeignBlock pending_;
  std::vector<Gap> gaps_;
  std::vector<ForeignWindow> windows_;
};

}  // namespace jr
