// The choice between bench calibration and spec card.
// Never changes what a measurement has already rested on.
#include "rig/run/applicable.hpp"

#include <algorithm>

namespace jr {

bool same_coefficients(const std::vector<RangePolynomial>& a,
                       const std::vector<RangePolynomial>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const RangePolynomial& x, const RangePolynomial& y) {
                      return x.a_A == y.a_A && x.b_A_per_code == y.b_A_per_code &&
                             x.q_A_per_code2 == y.q_A_per_code2 && x.s_A_per_V == y.s_A_per_V;
                    });
}

namespace {

Result<std::optional<Accuracy>> by_card(const InstrumentInUse& use, const std::string& card_text) {
  if (card_text.empty()) return std::nullopt;
  const auto card = parse_spec_card(card_text, "the spec card");
  if (!card) return Failure(card.error());
  return accuracy_of(*card, use.own, use.instrument.kind + ":" + use.instrument.serial,
                     use.supply_V);
}

/// Refused when the calibration is not of this instrument as it is now.
Result<Accuracy> by_calibration(const std::string& text, const InstrumentInUse& use) {
  const auto calibration = calibration_from(text);
  if (!calibration) return Failure(calibration.error());
  if (!same_coefficients(calibration->as_found, use.own))
    return fail(Trouble::refused,
                "Calibration " + calibration->id.substr(0, 12) +
                    " was made when the instrument stated other coefficients of its own: it is "
                    "another instrument, or was programmed anew; calibrate it.");
  auto accuracy = accuracy_of(*calibration, use.instrument, use.supply_V, use.today);
  if (!accuracy) return accuracy;
  for (std::size_t r = 0; r < accuracy->ranges.size() && r < use.own.size(); ++r)
    accuracy->ranges[r].burden_ohm = use.own[r].burden_ohm;  // of the mode it is used in
  return accuracy;
}

}  // namespace

Result<AppliedAccuracy> applicable_accuracy(const Store& store, const InstrumentInUse& use,
                                            const std::string& card_text) {
  AppliedAccuracy applied;
  const auto rows = store.calibrations({use.instrument.kind, use.instrument.serial, "active", ""});
  if (!rows) return Failure(rows.error());
  for (const CalibrationRow& row : *rows) {
    auto accuracy = by_calibration(row.text, use);
    if (!accuracy) {
      applied.warnings.push_back("Calibration " + row.id.substr(0, 12) +
                                 " is NOT used: " + accuracy.error().message +
                                 (card_text.empty() ? " Nothing is known of the uncertainty."
                                                    : " The spec card applies instead."));
      continue;
    }
    applied.calibration_text = row.text;
    applied.id = row.id;
    applied.accuracy = std::move(*accuracy);
    return applied;
  }
  auto card = by_card(use, card_text);
  if (!card) return Failure(card.error());
  applied.accuracy = std::move(*card);
  if (applied.accuracy) applied.id = applied.accuracy->id;
  return applied;
}

Result<std::optional<Accuracy>> recorded_accuracy(const std::string& calibration_text,
                                                  const InstrumentInUse& use,
                                                  const std::string& card_text) {
  if (calibration_text.empty()) return by_card(use, card_text);
  auto accuracy = by_calibration(calibration_text, use);
  if (!accuracy) return Failure(accuracy.error());
  return std::move(*accuracy);
}

}  // namespace jr
