// What a person asked for with --calibration, as evaluate() takes it.
// Never chooses for the person: left out, it is what the run's own result rests on.
#pragma once

#include <string>

#include "rig/store/store.hpp"

namespace jr::cli {

/// The help text of the option.
inline constexpr const char* kAskedCalibration =
    "Show it under this calibration (id or its beginning), or 'device': the instrument's own coefficients (default: what the result rests on)";

/// `asked`: empty, the id of a calibration or its beginning, or "device" or "none". Errors: not_found, usage (several begin so).
Result<std::string> asked_calibration(const Store& store, const std::string& asked);

}  // namespace jr::cli
