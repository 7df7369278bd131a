// A run's evaluation as a comparison wants it: its quantities, and in words all that its record says beside them.
// Never judges; comparison.hpp does.
#pragma once

#include <optional>

#include "rig/report/comparison.hpp"
#include "rig/report/power_columns.hpp"
#include "rig/run/evaluation.hpp"

namespace jr::cli {

/// Requires a summary.
ComparedRun compared_run(const Evaluation& evaluation);

/// Where the power of a run's inference windows comes from. Requires a summary.
PowerSource power_source(const Evaluation& evaluation);

/// What the second run's calibration alone makes of the difference: the same codes under its own coefficients and
/// under the first run's, in J per inference. Nothing where they are alike, or where neither run rests on a bench
/// calibration that applies to the other's instrument.
std::optional<Statement> share_of_calibration(const Store& store, const Evaluation& first, const Evaluation& other);

}  // namespace jr::cli
