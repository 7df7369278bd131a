// Which of several published figures a card may rest on, held against what it does rest on.
// Never chooses itself: the card's author does, visibly.
#pragma once

#include <string>

#include "calibration/spec_card.hpp"

namespace jr {

/// `choose`: "widest" (of all that anybody states) or "widest confirmed" (hearsay is listed and not
/// used). Returns what contradicts it in half a sentence, or nothing. A finite gain, offset,
/// voltage, time base or line latency rests on a used figure of the same size, or its source begins
/// with "assumed".
std::string against_rule(const SpecCard& card, const std::string& choose);

}  // namespace jr
