// Which calibration a measurement rests on: the newest that applies, or the spec card, with a word
// on why. Never uses what has expired, and never needs more than the record to decide the same
// again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibration/calibration.hpp"
#include "rig/core/result.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// The instrument of a measurement, and how it was used.
struct InstrumentInUse {
  Instrument instrument;             ///< as instrument_of() names it
  std::vector<RangePolynomial> own;  ///< the coefficients that it states
  double supply_V{};
  std::string today;  ///< ISO date (UTC) of the measurement
};

/// Does the instrument state the same coefficients? Its burden is no part of them: that depends on
/// the mode.
bool same_coefficients(const std::vector<RangePolynomial>& a,
                       const std::vector<RangePolynomial>& b);

struct AppliedAccuracy {
  std::string calibration_text;      ///< goes into the record whole; empty: the card, or nothing
  std::string id;                    ///< the calibration's hash, the card's id, or empty
  std::optional<Accuracy> accuracy;  ///< absent: neither a calibration nor a card
  std::vector<std::string>
      warnings;  ///< for the person, one sentence each: why a calibration was not used
};

/// `card_text` may be empty. Errors: storage; malformed (a card that does not parse).
Result<AppliedAccuracy> applicable_accuracy(const Store& store, const InstrumentInUse& use,
                                            const std::string& card_text);

/// The same from what the record of a run keeps. A record whose calibration does not apply to its
/// own run was tampered with: Trouble::malformed or refused, never a silent fall back to the card.
Result<std::optional<Accuracy>> recorded_accuracy(const std::string& calibration_text,
                                                  const InstrumentInUse& use,
                                                  const std::string& card_text);

}  // namespace jr
