// A look at the reference loads of a bench that is held already: the reference's reading beside the
// monitor's. Never judges what it saw, and leaves output and stream as it found them: off.
#pragma once

#include <atomic>
#include <vector>

#include "rig/energy/model.hpp"
#include "rig/run/calibration_bench.hpp"
#include "rig/run/health_check.hpp"
#include "rig/run/reference.hpp"
#include "rig/run/session.hpp"

namespace jr {

/// Applies each of the bench's [health] check_A and returns its check with `before` filled in.
/// `model` turns codes into the amperes that the run will be computed with. Errors: whatever
/// monitor and reference have to say; usage when the reference does not reach so far or needs a
/// person.
Result<std::vector<HealthCheck>> look_at_loads(Session& session, const ReferenceFile& reference,
                                               const EnergyModel& model,
                                               const std::atomic<bool>* interrupted);

/// Usage errors that need no bench: a reference set by hand, a current beyond its ranges.
Result<void> can_check(const ReferenceFile& reference, const std::vector<double>& check_A);

/// The check of one averaged current. Where the calibration behind `model` rests on the same range
/// of the same reference, that reference's own error is in both readings and in neither doubt.
HealthCheck check_of(double asked_A, const AveragedCodes& seen, const Reference& reference,
                     const EnergyModel& model);

/// A later look at the same loads becomes the `after` of `checks`, load by load.
void join_after(std::vector<HealthCheck>& checks, const std::vector<HealthCheck>& later);

}  // namespace jr
