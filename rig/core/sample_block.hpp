// A contiguous run of raw samples of one stream, as the instrument sent them.
// Never holds amperes: a current is a view of a code under a calibration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jr {

/// The instrument's own counter jumped here: samples are missing before `ordinal`.
/// A counter of few bits tells the loss only modulo its period; the host clock tells the rest.
struct CounterBreak {
  std::uint64_t ordinal{};          ///< first received sample after the break
  std::uint32_t missing_modulo{};   ///< samples missing, modulo `modulus` (0: only bytes were odd)
  std::uint32_t modulus{};          ///< period of the instrument's counter in samples, 0 if exact
  std::uint32_t discarded_bytes{};  ///< bytes thrown away that belonged to no sample
  std::uint32_t discarded_samples{};///< whole samples thrown away while finding the phase again
                                    ///< (already part of the missing ones)
};

/// Samples of one stream numbered by *ordinal*: the count of samples received before it.
/// The time index of a sample is its ordinal plus the length of every gap before it (gap.hpp).
/// Shapes: codes, ranges and lines have the same length n; all are in the order of the wire.
struct SampleBlock {
  std::uint64_t first_ordinal{};
  std::int64_t host_arrival_ns{};    ///< CLOCK_MONOTONIC_RAW when the last byte had been read
  std::vector<std::uint16_t> codes;  ///< raw ADC codes
  std::vector<std::uint8_t> ranges;  ///< 0 = most sensitive; kMaxRanges and above: illegal on the wire
  std::vector<std::uint8_t> lines;   ///< digital inputs, bit k = line Dk
  std::vector<CounterBreak> breaks;  ///< breaks whose ordinal lies in this block, ascending

  std::size_t size() const { return codes.size(); }
};

/// Ranges an instrument may have. Moments keep one row for each.
inline constexpr std::size_t kMaxRanges = 8;

/// Time between samples by the instrument's nominal clock, and the limit of its error.
struct StreamClock {
  double period_s{};
  double limit_ppm{};  ///< half width of the published (or assumed) frequency error
};

}  // namespace jr
