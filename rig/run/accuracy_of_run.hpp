// What a run's amperes rest on, put into its set-up before it begins: the spec card, then a calibration of this very
// instrument. Measuring and recording choose alike.
#pragma once

#include <string>

#include "rig/run/applicable.hpp"
#include "rig/run/measure.hpp"
#include "rig/run/setup.hpp"

namespace jr {

/// The card of this kind of monitor. Without one the set-up says "none", and a person is told. Errors: a card that
/// cannot be read.
Result<void> add_spec_card(Setup& setup, const std::string& kind, Progress& progress);

/// The newest calibration of this instrument, if it applies; else the card, and a word on why.
Result<void> choose_calibration(const Store& store, const InstrumentInUse& use, Setup& setup, Progress& progress);

}  // namespace jr
