// The card first: what a calibration leaves out is the card's.
#include "rig/run/accuracy_of_run.hpp"

#include "calibration/spec_card.hpp"
#include "rig/run/config.hpp"

namespace jr {

Result<void> add_spec_card(Setup& setup, const std::string& kind, Progress& progress) {
  auto card = load_spec_card(cards_folder(), kind);
  if (card) {
    setup.spec_card = card->text;
    setup.calibration_id = card->id;
    setup.calibration_kind = "spec card, device's own modifiers";
  } else if (card.error().trouble == Trouble::not_found) {
    setup.calibration_kind = "none";
    progress.note(card.error().message);
  } else {
    return Failure(card.error());
  }
  return {};
}

Result<void> choose_calibration(const Store& store, const InstrumentInUse& use, Setup& setup, Progress& progress) {
  auto applied = applicable_accuracy(store, use, setup.spec_card);
  if (!applied) return Failure(applied.error());
  for (const std::string& warning : applied->warnings) {
    progress.note(warning);
    setup.notes.push_back(warning);
  }
  if (applied->calibration_text.empty()) return {};
  setup.calibration_text = applied->calibration_text;
  setup.calibration_id = applied->id;
  setup.calibration_kind = "bench calibration";
  return {};
}

}  // namespace jr
