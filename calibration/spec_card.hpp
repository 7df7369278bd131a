// What is published about an instrument's accuracy: the doubt that applies without a bench calibration.
// Never a number without a source; an instrument without a card has no stated uncertainty.
#pragma once

#include <filesystem>
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

  double standard() const;  ///< half width over sqrt(3), sqrt(6), sqrt(2); 1.96 for a normal at 95 %
};

struct SpecCard {
  std::string kind, id, rule;
  Limit gain;                       ///< relative, of reading, each range on its own
  std::vector<double> offset_A;     ///< half widths, one a range; the last one serves higher ranges
  Limit offset;                     ///< distribution and source of the offsets; half_width unused
  Limit voltage_V;                  ///< of the set voltage
  Limit time_base;                  ///< relative (50e-6 for 50 ppm)
  Limit line_latency_s;
  double highest_A{};               ///< the most it measures; 0: not stated. Enters no uncertainty
  std::string text;                 ///< the file, verbatim, for the record

  double offset_limit_A(std::size_t range) const;
};

/// Parses a card. Trouble::malformed names the key and the line.
Result<SpecCard> parse_spec_card(const std::string& toml, const std::string& name);
/// Reads `<folder>/<kind>.toml`; Trouble::not_found when the instrument has no card.
Result<SpecCard> load_spec_card(const std::filesystem::path& folder, const std::string& kind);

}  // namespace jr
