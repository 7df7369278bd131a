// What a PPK2 says about itself: the text that answers 0x19, and code -> ampere as it follows from it.
// No I/O. Never guesses silently: every value the text did not give is named in `assumed`.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/range_polynomial.hpp"
#include "rig/core/result.hpp"

namespace jr {

inline constexpr std::size_t kPpk2Ranges = 5;

/// The modifiers, one a range, under the names the device gives them. Defaults are those of Nordic's own
/// application for a device whose memory is empty.
struct Ppk2Metadata {
  using PerRange = std::array<double, kPpk2Ranges>;
  PerRange R{1031.64, 101.65, 10.15, 0.94, 0.043};  ///< measuring resistance, ohm
  PerRange GS{1, 1, 1, 1, 1};                       ///< gain slope, 1/A
  PerRange GI{1, 1, 1, 1, 1};                       ///< gain
  PerRange O{};                                     ///< offset, in steps of a quarter code
  PerRange S{};                                     ///< A per volt of supply
  PerRange I{};                                     ///< A
  PerRange UG{1, 1, 1, 1, 1};                       ///< user gain
  bool calibrated{};
  double vdd_mV{};   ///< supply voltage the device had when asked, 0 if it did not say
  long hardware{};   ///< HW
  int mode{};        ///< 1 ampere meter, 2 source meter
  double ia{};
  std::vector<std::string> assumed;  ///< keys that were missing or not a number: defaults stand
  std::string text;                  ///< verbatim, from "Calibrated:" to "END\\n"
};

/// The whole reply within `received`, which may begin with bytes of a stale stream and end in the middle.
/// Empty view: not complete yet.
std::string_view ppk2_metadata_within(std::string_view received);

/// Reads a complete reply. Keys in any order and case; unknown ones are kept in `text` only; `-nan`,
/// and a resistance that is not positive, count as missing; a real 0 stays 0.
/// Trouble::malformed if it is cut short or stream bytes are mixed into it.
Result<Ppk2Metadata> parse_ppk2_metadata(std::string_view text);

/// I = UG*(x*(GS*x + GI) + S*V + I0) with x = (4*code - O)*(1.8/163840)/R, expanded by powers of the
/// 14-bit code. `with_burden`: the range's resistance is in series with the board (ampere mode).
std::array<RangePolynomial, kPpk2Ranges> ppk2_polynomials(const Ppk2Metadata& metadata, bool with_burden);

}  // namespace jr
