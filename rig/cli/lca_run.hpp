// From a stored run to what a life cycle takes from it: total energies, times, powers, peak current.
// Computes no energy of its own: all are the evaluation's.
#pragma once

#include "rig/core/result.hpp"
#include "rig/lca/measured_use.hpp"
#include "rig/run/evaluation.hpp"

namespace jr::cli {

/// Errors: not_found when the run has no energy; storage, malformed from reading its trace. With a converter the trace of
/// inferences and of sleep goes through it sample by sample.
Result<lca::MeasuredUse> measured_use(const Store& store, const std::string& run, const lca::SupplyChain& supply);

}  // namespace jr::cli
