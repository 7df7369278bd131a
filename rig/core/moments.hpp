// Exact integer sums of raw codes per range: all that an energy, under any calibration, needs.
// Additive over any partition of a trace; never a float.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rig/core/sample_block.hpp"

namespace jr {

/// n, sum of c, sum of c^2 for one range. 14-bit codes fit for 2^32 samples (2^60).
struct RangeMoments {
  std::uint64_t n{};
  std::uint64_t sum{};
  std::uint64_t sum_of_squares{};
  bool operator==(const RangeMoments&) const = default;
};

struct Moments {
  std::array<RangeMoments, kMaxRanges> ranges{};
  std::uint64_t illegal{};   ///< samples whose range the wire format does not know
  std::uint64_t switches{};  ///< changes of range between neighbouring samples
  std::uint64_t lost{};      ///< samples known to be missing inside

  std::uint64_t samples() const;  ///< received samples, illegal ones included
  Moments& operator+=(const Moments& other);
  bool operator==(const Moments&) const = default;
};

/// Moments of a run of samples. `range_before` is the range of the sample before the run, or
/// kMaxRanges when there is none: it decides whether the first sample counts as a switch.
/// Requires codes.size() == ranges.size().
Moments moments_of(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges,
                   std::size_t range_before = kMaxRanges);

}  // namespace jr
