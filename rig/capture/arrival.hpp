// Arrivals of a stream at the host, and how late they are: the raw material of loss accounting.
// Pure arithmetic; never reads a clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace jr {

/// By `host_ns` the host had received `ordinal` samples. `weight` arrivals are represented by it: the
/// one that was least late.
struct Arrival {
  std::uint64_t ordinal{};
  std::int64_t host_ns{};
  std::uint32_t weight{1};
};

/// Turns an arrival into its lateness: host time minus stream time, against an origin of its own so that
/// doubles stay exact to a nanosecond over weeks. A latency is never negative: what an arrival lies above
/// the lowest of its neighbours it has waited somewhere.
struct Lateness {
  std::int64_t origin_ns{};
  double period_s{};  ///< nominal
  double skew{};      ///< relative: the true period is period_s * (1 + skew)

  double elapsed_s(const Arrival& arrival) const { return 1e-9 * static_cast<double>(arrival.host_ns - origin_ns); }
  double stream_s(const Arrival& arrival) const { return period_s * static_cast<double>(arrival.ordinal); }
  double operator()(const Arrival& arrival) const { return elapsed_s(arrival) - stream_s(arrival) * (1 + skew); }
};

/// How late arrivals are, as a histogram with steps of 5 %, from 5 us to minutes.
class LatencyTail {
 public:
  void add(double excess_s, std::uint32_t weight);
  /// Share of arrivals later than `excess_s`; never 0 or 1.
  double share_above(double excess_s) const;
  /// What even the least late of `n` arrivals exceeds with probability `risk`, in seconds.
  double least_of(double n, double risk) const;

 private:
  double quantile(double share) const;

  static constexpr std::size_t kBins = 384;
  std::array<double, kBins> weight_{};
  double total_{};
};

using Arrivals = std::span<const Arrival>;

/// Over so many seconds the skew is taken for constant, and an envelope for flat but for it.
inline constexpr double kPiece_s = 5.0;
/// Seconds: the lateness of arrivals further apart is taken for independent.
inline constexpr double kBin_s = 0.5;
/// Probability that an envelope is later than it is said to be, or that a place or a rise is a mere chance.
inline constexpr double kRisk = 1e-3;

/// Pieces of a stream in which no loss is suspected, each no longer than `longest_s`.
std::vector<Arrivals> pieces_of(const std::vector<Arrivals>& segments, double period_s, double longest_s);

/// `arrivals` cut into equal times; a rest at the end that is much shorter is left out.
std::vector<Arrivals> bins_of(Arrivals arrivals, double period_s, double bin_s);

/// Stream time from the first to the last of them.
double span_of(Arrivals arrivals, double period_s);

/// The relative skew, within +-limit, for which the lower envelopes of all pieces lie closest beneath
/// their points. One-sided: late arrivals do not pull at it.
/// Golden section on a convex area; some 50 passes over the arrivals.
double common_skew(const std::vector<Arrivals>& pieces, Lateness lateness, double limit);

/// The least late arrival: how late it is and when in the stream; +infinity when there is none.
struct Level {
  double late_s{};
  double stream_s{};
};
Level least_late(Arrivals arrivals, const Lateness& lateness);

/// Standard uncertainty of common_skew's answer, from how late arrivals are and how long the pieces;
/// never more than that of +-limit known and nothing else.
double u_of_skew(const std::vector<Arrivals>& pieces, double period_s, const LatencyTail& tail, double limit);

double weight_of(Arrivals arrivals);

/// The longest head (or tail) of `arrivals` that spans at most `span_s` of stream time.
Arrivals head_of(Arrivals arrivals, double period_s, double span_s);
Arrivals tail_of(Arrivals arrivals, double period_s, double span_s);

/// Adds what each arrival of each piece lies above its piece's envelope.
void add_excesses(const std::vector<Arrivals>& pieces, const Lateness& lateness, LatencyTail& tail);

}  // namespace jr
