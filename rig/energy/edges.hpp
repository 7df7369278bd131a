// What a sampling grid does to a window: where its edges fall, what falls between two samples, what
// a code cannot resolve. Never looks at a trace as a whole.
#pragma once

#include <cstdint>
#include <span>

#include "rig/core/moments.hpp"
#include "rig/core/range_polynomial.hpp"
#include "rig/core/units.hpp"

namespace jr {

/// Doubt of the sampled length of one window whose phase to the grid is random, as a standard
/// deviation in seconds. A window of fixed length T holds floor or ceil(T / Ts) samples, the longer
/// one with probability f = frac(T / Ts): Ts sqrt(f (1 - f)), at most Ts / 2. On the average over
/// phases the sampled length is exact. Throws std::invalid_argument unless duration >= 0 and period
/// > 0.
Second edge_sd_of_fixed_length(Second duration, Second period);

/// The same where the length is not fixed to much less than a sample, or not known so well (two
/// rounded edges: triangular): Ts / sqrt(6). It is also the root mean square of the above over all
/// f.
Second edge_sd_of_random_length(Second period);

/// What an edge that is off moves in a window's energy.
enum class EdgeEffect {
  sampled_length_of_total,  ///< gate and current in one word, energy not net of idle
  sampled_length_of_net,    ///< gate and current in one word, idle subtracted over the same samples
  latency                   ///< the gate as a whole is early or late: the length stays
};

/// Watt (joule per second of edge doubt): P_hi for the total, because a sample more is a sample of
/// P_hi more; P_hi - P_lo for the net energy and for a latency that both edges share.
Watt edge_sensitivity(EdgeEffect effect, Watt active, Watt idle);

/// Doubt of what is sampled of `pulses` equal pulses of `width` that repeat steadily, the first at
/// a random phase to the grid: standard deviation of their summed charge, relative to it. Exact:
/// one pulse gives sqrt(f (1 - f)) Ts / w with f = frac(w / Ts). Pulses whose repetition is a whole
/// number of samples all meet the grid at the same phase and do not average at all.
/// `repetition` must be known to well below Ts / pulses.
/// O(pulses); beyond 100,000 pulses no further averaging is claimed.
double aliasing_of_steady_pulses(Second width, Second period, std::uint64_t pulses,
                                 Second repetition);

/// Standard deviation of the codes of one range; 0 for fewer than two. Exact sums, rounded once.
/// Steps of the current inside the sums count as noise: use it on a flat piece.
double code_sd(const RangeMoments& moments);

/// The noise of a piece of trace that is not flat: the median standard deviation of its blocks of
/// 32 successive codes; 0 when there is no whole block. Requires codes of one range.
double code_noise(std::span<const std::uint16_t> codes);

/// Below this sd of the codes quantisation is no noise but a bias: 0.5 LSB of dither plus the 1/12
/// that quantisation itself adds, sqrt(1/4 + 1/12).
inline constexpr double kDitheredCodeSd = 0.58;

/// What quantisation without dither may do to the mean current of a range.
struct QuantisationBias {
  bool undithered{};  ///< the sd of the codes is below kDitheredCodeSd
  Ampere half_width;  ///< rectangular, LSB / 2 at the mean code; 0 when dithered
};

/// A bias: the same in every sample, window and repetition at this current, so it is divided by
/// nothing. Its effect on a window's charge is half_width times the time spent in the range.
QuantisationBias quantisation_bias(double sd_codes, double mean_code, const RangePolynomial& range);

}  // namespace jr
