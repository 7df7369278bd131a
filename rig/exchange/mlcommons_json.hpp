// results.json of the MLCommons runner as events: one pass, nothing kept but where in the document it is.
// Never takes a text or a nesting longer than such a file has.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

/// An edge: the runner's counter, and how many samples of this trial had come before it.
struct TrialEvent { std::int64_t counter{}; std::uint64_t samples{}; };

/// One entry of the array, when it is over.
struct Trial {
  std::uint64_t iterations{};  ///< 0: not stated
  std::uint64_t samples{};
  std::vector<TrialEvent> events;
  std::optional<double> voltage_V;
  bool has_power{};
  std::string mode, file;
};

/// What is read: each sample in joule (NaN: missing), and each trial at its end. An error ends the pass.
struct TrialVisitor {
  std::function<Result<void>(double energy_J)> sample;
  std::function<Result<void>(const Trial& trial)> trial;
};

/// Reads from the stream's present place to its end. Errors: malformed (no JSON, not this structure, too many
/// events, counts that are none), those of the visitor.
Result<void> read_trials(std::istream& json, const TrialVisitor& visitor);

}  // namespace jr
