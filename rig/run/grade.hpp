// How good a result is, as a letter and one line that names the claims it rests on.
// Never changes a number: the interval says how far it can be trusted, the grade says why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jr {

/// What a result rests on, as plain facts.
struct GradeFacts {
  bool U_stated{};                       ///< false: an instrument without card or calibration
  bool calibrated{};                     ///< amperes by a bench calibration, else by the spec card
  std::string calibration;               ///< its id, or the card's
  std::optional<double> calibration_age_days;
  std::string voltage_kind{"set"};       ///< "measured", "set" or "assumed"
  bool voltage_calibrated{};             ///< of a set voltage: by a calibration, not by the card
  std::string found_by{"edges"};         ///< how windows were found: "edges", "uart", "segment", "host"
  std::uint64_t lost_samples{};          ///< within the windows that count
  bool drift_checked{}, drift_passed{};  ///< reference load before and after; see DriftAccount
  bool ambient_known{}, ambient_measured{};
  int windows{};
  double n_effective{};                  ///< windows that are as good as independent
  std::size_t raised{};                  ///< windows that something rare seems to have raised, if too few to tell how rare
  bool simulated{};
  std::string suspect_reason;            ///< empty: it is not suspect
  std::string imported;                  ///< the format that it was imported from; empty: it was measured here
  std::string not_stated;                ///< why U is not stated, in a few words; empty: neither calibration nor card
};

/// The grade begins at A, and each fact may lower it to the letter behind it:
///
/// | claim      | keeps the A                     | lowers it to                                           |
/// |------------|---------------------------------|--------------------------------------------------------|
/// | amperes    | bench calibration               | C: spec card alone. D: neither, U is not stated        |
/// | voltage    | measured, or set and calibrated | B: set, believed by the card. C: assumed, or not known |
/// | windows    | edges on a wire                 | C: found in the trace, by the UART or by the host      |
/// | loss       | none in the windows             | B: some, paid for in U                                 |
/// | drift      | checked before and after        | B: not checked. D: checked and failed                  |
/// | air        | measured during the run         | B: stated by a person, or unknown                      |
/// | repetition | at least five that are as good as independent | B: fewer, or a few that stand out        |
/// | suspicion  | none                            | D: the run is suspect                                  |
///
/// A simulated or imported result says so; its letter is that of the chain that measured it, as far as that is known.
struct Grade {
  char letter{'D'};
  std::string line;  ///< "B: bench calibration 3f2a91 (12 days), voltage set (card), edges on a wire, no loss, ..."
};
Grade grade_of(const GradeFacts& facts);

}  // namespace jr
