// The figures of two protocols from one capture, side by side: the whole window over its inferences, as
// MLCommons has it, and the phases each by itself. Also the null windows that do no work.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/energy/summary.hpp"

namespace jr {

/// Windows of one kind other than `infer`, each with its surroundings.
struct PhaseGroups {
  WindowLabel label{};
  std::vector<WindowGroup> groups;
};

struct PhaseStatement {
  WindowLabel label{};
  std::size_t windows{};
  Statement energy;    ///< joule per event
  double duration_s{}; ///< per event
};

/// `bias` is whole minus the sum of the phases: what repeating a phase alone does not see, and what the frame
/// around them costs. The gain is the same in both and cancels; their scatter does not.
struct Protocols {
  Statement whole;  ///< the mean of the inference windows, per inference
  std::vector<PhaseStatement> phases;
  Statement sum, bias;
};

/// Absent when there is no phase. Requires `summary` to come from the same model.
std::optional<Protocols> protocols_of(const EnergyModel& model, const EnergySummary& summary,
                                      const std::vector<PhaseGroups>& phases);

/// Windows with MARK high and the board as idle as before: what is left over is the marker's own load
/// and the bias of the window rule.
struct ShamStatement {
  std::size_t windows{};
  Statement excess;         ///< watt above idle
  double per_inference_J{}; ///< that power over one inference's time
};
std::optional<ShamStatement> sham_of(const EnergyModel& model, const EnergySummary& summary,
                                     const std::vector<WindowGroup>& shams);

}  // namespace jr
