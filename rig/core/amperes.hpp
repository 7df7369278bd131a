// Codes as currents, for eyes: a live view, a plot. Single precision.
// Never for energy: joules come from integer moments.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rig/core/range_polynomial.hpp"

namespace jr {

/// out[k] = a + s V + c (b + c q) of code k by the polynomial of its range, in ampere, right to some 1e-6 of the
/// largest term; NaN where there is no polynomial. The same bits on every machine.
/// Requires shapes to be equal and at most kMaxRanges polynomials.
void to_ampere(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges,
               const std::vector<RangePolynomial>& polynomials, Volt supply, std::span<float> out);

/// The same without vector instructions of our own: for machines that lack them, and for tests.
void to_ampere_portably(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges,
                        const std::vector<RangePolynomial>& polynomials, Volt supply, std::span<float> out);

}  // namespace jr
