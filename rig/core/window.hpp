// A half-open piece [start, end) of a trace in received-sample ordinals, with what happened in it.
// Never says how much energy: that is a function of its moments and a calibration.
#pragma once

#include <cstdint>
#include <string>

namespace jr {

/// `infer` is whole; `preprocess`, `invoke` and `postprocess` are its phases, each measured alone; `sham` is
/// a window in which the board does nothing.
enum class WindowLabel {
  infer, idle, guard, sleep, sense, preprocess, invoke, postprocess, transmit, train, sham, sync
};
enum class FoundBy { edges, uart, segment, host };

struct Window {
  WindowLabel label{WindowLabel::infer};
  FoundBy found_by{FoundBy::edges};
  std::uint64_t start{};       ///< ordinal of the first sample inside
  std::uint64_t end{};         ///< ordinal of the first sample outside
  std::uint64_t events{};      ///< inferences (or whatever `label` counts) inside; 1 for a sham
  double edge_u_samples{};     ///< standard uncertainty of one edge, beyond its sampling, in samples
};

const char* name_of(WindowLabel label);
const char* name_of(FoundBy way);
WindowLabel window_label_named(const std::string& name);  ///< throws std::invalid_argument
FoundBy found_by_named(const std::string& name);          ///< throws std::invalid_argument

}  // namespace jr
