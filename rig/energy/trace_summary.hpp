// What a trace without windows says as a whole: mean current, charge, duration, each with its U.
// A pure function of exact sums and a model, so that recording, showing and recomputing give the same bits.
#pragma once

#include "rig/energy/statement.hpp"

namespace jr {

struct TraceSummary {
  Statement mean_current;  ///< ampere, over the whole duration
  Statement charge;        ///< coulomb
  Statement duration;      ///< second; received and lost samples
};

/// Charge of a piece with its systematic sources, by the keys of energy_of(); of lost samples as much as of the
/// others. Neither lead nor burden counts: they take voltage, and no charge.
Energy charge_of(const EnergyModel& model, const Moments& moments);

/// `lost_limit`: by how many samples `moments.lost` may be wrong. Requires samples.
TraceSummary summarise_trace(const EnergyModel& model, const Moments& moments, std::uint64_t lost_limit);

}  // namespace jr
