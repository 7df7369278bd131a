// Asks the board for inferences, a phase of them or a sham, and takes the window out of the stream.
// Never judges by value: a window is dropped by the rules of the cut and of loss, before its energy is known.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "drivers/dut/dut.hpp"
#include "rig/capture/recorder.hpp"
#include "rig/core/range_polynomial.hpp"
#include "rig/core/range_polynomial.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/window_cutter.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// Waits until the sample `ordinal` has arrived. The stream's own end, an interruption by the user, or
/// `patience_s` without it are errors; `where` names the monitor in the sentence.
Result<void> wait_for_sample(const Recorder& recorder, std::uint64_t ordinal, double patience_s,
                             const std::string& where, const std::atomic<bool>* interrupted);

/// What is to happen between the edges.
struct WindowOrder {
  WindowLabel label{WindowLabel::infer};  ///< infer, preprocess, invoke, postprocess or sham
  std::uint64_t events{1};                ///< how often; a sham is one event
  double expected_s{};                    ///< of a phase or sham; an infer's follows from the pilot
};

/// One run's windows; owned by the run's thread, as all it refers to.
class WindowTaker {
 public:
  WindowTaker(Store& store, std::string run, int stream, Recorder& recorder, Dut& dut, const Bench& bench,
              CutRule rule, std::vector<RangePolynomial> ranges, std::string where,
              const std::atomic<bool>* interrupted);

  /// One inference after `warmups`, to learn how long it takes; nothing is stored. An invalid cut is an
  /// error that names the line. Returns seconds.
  Result<double> pilot(std::uint32_t warmups);
  /// How long the monitor sees MARK for `order`; nothing is stored. 0: too short to be seen at all.
  Result<double> probe(const WindowOrder& order);
  /// A window with idle before and after, stored with its pieces whether it counts or not. Returns why it
  /// does not count, or an empty text.
  Result<std::string> take(int group, int attempt, const WindowOrder& order);

  /// The board left alone for `seconds`, as ten successive pieces labelled `sleep`. Returns why that does not
  /// count (it woke up, or has no SLEEP line to tell), or an empty text.
  Result<std::string> take_sleep(int group, double seconds);

  /// Where the guard follows from R and C and the monitor's burden is part of R: the guard for the range
  /// in which the board idled last. `bypass_F` as stated or as measured; nothing changes where it is not known.
  Result<void> fit_guard(const std::vector<RangePolynomial>& ranges, std::optional<double> bypass_F);

 private:
  Result<void> wait_for_quiet();
  Result<MarkReply> ask(const WindowOrder& order, std::uint32_t warmups);
  Result<CutWindow> mark_and_cut(const WindowOrder& order, std::uint32_t warmups);
  Result<CutWindow> cut_by_current(const InferTrace& trace, std::uint64_t replied);
  Result<void> wait_for_edges(InferTrace& trace, std::uint64_t from, std::uint64_t replied);
  void check_loss(CutWindow& cut) const;
  bool is_asleep(const Window& idle) const;
  Result<void> store_pieces(int group, int attempt, const CutWindow& cut);
  Result<void> wait_for(std::uint64_t ordinal, double patience_s) const {
    return wait_for_sample(recorder_, ordinal, patience_s, where_, interrupted_);
  }
  std::uint64_t samples(double seconds) const;
  std::uint64_t sample_now() const;

  Store& store_;
  const std::string run_;
  const int stream_;
  Recorder& recorder_;
  Dut& dut_;
  const BenchWiring& wiring_;
  const int baud_;
  const Volt supply_;
  std::vector<RangePolynomial> ranges_;  // for finding windows in the current only
  CutRule rule_;
  const std::string where_;
  const std::atomic<bool>* const interrupted_;
  double latency_s_{};           ///< of one inference, once the pilot has shown it
  std::uint64_t quiet_since_{};  ///< ordinal from which on the board has been idle
  std::optional<Window> idle_;   ///< behind the last window, if nothing was asked since
};

}  // namespace jr
