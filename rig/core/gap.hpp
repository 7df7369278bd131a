// A hole in a trace: where, how long, how well that is known, and why. Never filled in silently.
#pragma once

#include <cstdint>
#include <string>

namespace jr {

enum class GapCause {
  counter,     ///< the instrument's counter jumped; length exact or resolved with the host clock
  host_clock,  ///< no counter jump (a multiple of its period), found as a step against the host clock
  resync,      ///< bytes were lost; samples thrown away until the frame was found again
  hang_up,     ///< the stream stopped here and came back later
  recording    ///< a foreign recording says so itself
};

/// `length` samples are missing between the received samples `ordinal - 1` and `ordinal`.
/// Bounds: the true length lies in [length - length_limit, length + length_limit], the true place
/// in [ordinal - place_limit, ordinal + place_limit].
struct Gap {
  std::uint64_t ordinal{};
  std::uint64_t length{};
  std::uint64_t length_limit{};  ///< 0: exact
  std::uint64_t place_limit{};   ///< 0: the place is exact
  GapCause cause{};
};

const char* name_of(GapCause cause);
GapCause gap_cause_named(const std::string& name);  ///< throws std::invalid_argument

}  // namespace jr
