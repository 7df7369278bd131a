// Names of a calibration and of its input, both hashes of canonical text.
// The room's own; outside, calibration.hpp has what is needed.
#pragma once

#include <string>

#include "calibration/calibration.hpp"

namespace jr {

/// SHA-256 of canonical_text().
std::string id_of(const Calibration& calibration);

/// SHA-256 of what a fit starts from (instrument, reference, points, as_found, created): the scope
/// of the fit's own source keys. The id cannot be that, because the keys are part of the text it
/// hashes.
std::string input_hash(const Calibration& calibration);

}  // namespace jr
