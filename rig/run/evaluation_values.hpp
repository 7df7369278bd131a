// The part of an evaluation that is about streams of values: runs that another tool recorded.
// Never applies a bench calibration: that is about codes.
#pragma once

#include <string>
#include <vector>

#include "rig/run/evaluation.hpp"

namespace jr {

/// Fills in model, windows, summary, grade, verdict and reason of `e`, whose rows, set-up, stream and parts are
/// loaded. Fewer than five windows are stated without U, and are no rig error: it is what the file holds.
/// Errors: unsupported (a calibration is asked for), storage, malformed (a chunk is corrupt, a card cannot be read).
Result<void> evaluate_values(const Store& store, const std::vector<WindowRow>& windows, const std::string& calibration,
                             Evaluation& e);

}  // namespace jr
