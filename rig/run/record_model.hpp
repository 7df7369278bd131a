// From the documents of a record to the model its energies are computed with.
// Looks at nothing but the record: what applied on the day of the run applies for ever.
#pragma once

#include <optional>
#include <string>

#include "calibration/calibration.hpp"
#include "rig/energy/model.hpp"
#include "rig/run/setup.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// Who sent a stream. Without a serial number nothing is known to be shared beyond the bench.
Instrument instrument_of(const StreamFacts& stream, const std::string& bench);
/// The scope of its source keys: "kind:serial".
std::string instrument_scope(const StreamFacts& stream, const std::string& bench);

/// In the place of a calibration's text: none, but the coefficients that the instrument states itself, by its spec card.
inline constexpr const char* kOwnCoefficients = "device";

/// `calibration`: text of a calibration to use instead of the one that the run was made with, or kOwnCoefficients; empty: that one.
/// Errors: a document that cannot be read; a calibration that is not for this instrument, supply or day.
Result<EnergyModel> model_of(const RunRow& row, const StreamFacts& stream, const Setup& setup,
                             const std::string& calibration);

/// From one ISO date to another; nothing when one of them is none.
std::optional<double> days_between(const std::string& from, const std::string& to);

/// "2026-11-23" of a UTC time in milliseconds.
std::string iso_date(std::int64_t utc_ms);

}  // namespace jr
