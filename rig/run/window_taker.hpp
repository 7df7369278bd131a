// Asks the board for inferences and takes the window they make out of the stream: wait, cut, check, store.
// Never judges by value: a window is dropped by the rules of the cut and of loss, before its energy is known.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "drivers/dut/dut.hpp"
#include "rig/capture/recorder.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/window_cutter.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// Waits until the sample `ordinal` has arrived. The stream's own end, an interruption by the user, or
/// `patience_s` without it are errors; `where` names the monitor in the sentence.
Result<void> wait_for_sample(const Recorder& recorder, std::uint64_t ordinal, double patience_s,
                             const std::string& where, const std::atomic<bool>* interrupted);

/// One run's windows; owned by the run's thread, as all it refers to.
class WindowTaker {
 public:
  WindowTaker(Store& store, std::string run, int stream, Recorder& recorder, Dut& dut, const Bench& bench,
              CutRule rule, std::string where, const std::atomic<bool>* interrupted);

  /// One inference after `warmups`, to learn how long it takes; nothing is stored. An invalid cut is an
  /// error that names the line. Returns seconds.
  Result<double> pilot(std::uint32_t warmups);
  /// A window of `inferences` with idle before and after, stored with its pieces whether it counts or
  /// not. Returns why it does not count, or an empty text.
  Result<std::string> take(int group, int attempt, std::uint64_t inferences);

 private:
  Result<void> wait_for_quiet();
  Result<CutWindow> infer_and_cut(std::uint64_t inferences, std::uint32_t warmups);
  void check_loss(CutWindow& cut) const;
  bool is_asleep(const Window& idle) const;
  Result<void> store_pieces(int group, int attempt, const CutWindow& cut);
  Result<void> wait_for(std::uint64_t ordinal, double patience_s) const {
    return wait_for_sample(recorder_, ordinal, patience_s, where_, interrupted_);
  }
  std::uint64_t samples(double seconds) const;

  Store& store_;
  const std::string run_;
  const int stream_;
  Recorder& recorder_;
  Dut& dut_;
  const BenchWiring& wiring_;
  const CutRule rule_;
  const std::string where_;
  const std::atomic<bool>* const interrupted_;
  double latency_s_{};           ///< of one inference, once the pilot has shown it
  std::uint64_t quiet_since_{};  ///< ordinal from which on the board has been idle
};

}  // namespace jr
