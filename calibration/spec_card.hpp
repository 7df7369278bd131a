// What is published of an instrument: the doubt that applies without a bench calibration.
// Never a number without a source; an instrument without a card has no stated uncertainty.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/energy.hpp"
#include "rig/core/result.hpp"

namespace jr {

/// Half width of what is promised, its distribution, and who says so.
struct Limit {
  double half_width{};
  Distribution distribution{Distribution::rectangular};
  std::string source;

  /// Half width over sqrt(3), sqrt(6), sqrt(2); over 1.96 for a normal one at 95 %.
  double standard() const;
};

/// One figure as somebody published it, used or not: a conflict stays visible.
struct PublishedFigure {
  std::string quantity;  ///< "gain", "offset", "voltage", "time_base", or what else it is
  std::optional<std::size_t> range;  ///< absent: of every range
  double limit{};                 ///< half width in the SI unit of the quantity; relative for gains
  std::string statement, source;  ///< in their words, shortly; and who says so
  bool confirmed{};               ///< read in the source; false: hearsay
  bool used{};                    ///< a limit of the card rests on it
};

/// What is published of one range, beside the figures that hold for all of them.
struct RangeCard {
  std::string name, source;
  std::optional<Limit> gain, offset_A;            ///< instead of the card's general ones
  std::optional<Limit> misfit_A;                  ///< non-linearity
  double full_scale_A{}, step_A{}, burden_ohm{};  ///< 0: not stated; step is one code
  double noise_codes{};
  std::size_t blanked_samples{};  ///< after a switch into this range
  std::optional<Limit> offset_drift_A_per_year, offset_tempco_A_per_K;
};

struct SpecCard {
  std::string kind, id, rule;
  Limit gain;                    ///< relative, of reading, each range on its own
  std::vector<double> offset_A;  ///< half widths, one a range; the last one serves higher ranges
  Limit offset;                  ///< distribution and source of the offsets; half_width unused
  Limit voltage_V;               ///< of the set voltage
  std::optional<Limit> measured_voltage_V;  ///< where the instrument measures it
  Limit time_base;                          ///< relative (50e-6 for 50 ppm)
  Limit line_latency_s;
  double debounce_s{};  ///< lines are believed this much late
  std::optional<Limit> gain_drift_per_year, gain_tempco_per_K;  ///< relative
  std::optional<Limit> line_leakage_A;  ///< what a high line takes out of the board, and back-feeds when low
  double temperature_C{23};                                     ///< of the vendor's own calibration
  double highest_A{};  ///< the most it measures; 0: not stated. Enters no uncertainty
  std::vector<RangeCard> ranges;
  std::vector<PublishedFigure> published;
  /// "gain: why nobody knows". Those limits are infinite, and U is not stated.
  std::vector<std::string> missing;
  std::string text;  ///< the file, verbatim, for the record

  double offset_limit_A(std::size_t range) const;
  /// The limit of one range: its own, or else the general one.
  Limit gain_of(std::size_t range) const;
  Limit offset_of(std::size_t range) const;
  /// The range's section; absent when the card has none for it.
  const RangeCard* range(std::size_t range) const;
};

/// Parses a card. A needed figure is either there or declared `not_published = "reason"`. The rule
/// of choice (`choose`) is held against the list of published figures. Trouble::malformed names key
/// and line.
Result<SpecCard> parse_spec_card(const std::string& toml, const std::string& name);
/// Reads `<folder>/<kind>.toml`; Trouble::not_found when the instrument has no card.
Result<SpecCard> load_spec_card(const std::filesystem::path& folder, const std::string& kind);

}  // namespace jr
