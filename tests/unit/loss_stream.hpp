// A stream as a host sees it, for tests: pieces, latencies, skew, stalls and losses drawn from a seed.
// Never uses the accounting it is a test for.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "rig/capture/loss.hpp"

namespace jr::test {

struct Lost { double at_s; std::uint64_t samples; };
struct Stall { double at_s, for_s; };  ///< the host takes nothing in this time, then everything

struct StreamPlan {
  double for_s{10};
  double piece_s{0.010};
  double skew_ppm{0};
  double latency_s{0.002};        ///< mean of the exponential part
  double outlier_share{0.02}, outlier_s{0.020};
  std::vector<Lost> lost{};
  std::vector<Stall> stalls{};
  std::uint64_t seed{1};
};

/// What happened, beside what the accounting was told.
struct StreamTruth {
  std::vector<Gap> gaps;           ///< ordinal and length
  std::uint64_t received{};
  double true_period_ns{};
  std::int64_t start_ns{1'000'000'000'000};
};

inline StreamTruth play(const StreamPlan& plan, LossAccounting& account) {
  std::mt19937_64 random(plan.seed);
  const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53; };
  StreamTruth truth;
  truth.true_period_ns = 1e4 * (1 + 1e-6 * plan.skew_ppm);
  const auto samples = [](double s) { return static_cast<std::uint64_t>(std::llround(s * 1e5)); };
  const std::uint64_t end = samples(plan.for_s);
  std::size_t next_loss = 0;
  double last_ns = 0;
  for (std::uint64_t index = 0; index < end;) {
    const std::uint64_t piece_end = std::min(index + samples(plan.piece_s), end);
    std::vector<CounterBreak> breaks;
    while (index < piece_end) {
      const bool loss_here = next_loss < plan.lost.size() && samples(plan.lost[next_loss].at_s) < piece_end;
      const std::uint64_t stop = loss_here ? std::max(index, samples(plan.lost[next_loss].at_s)) : piece_end;
      truth.received += stop - index;
      index = stop;
      if (!loss_here) break;
      const std::uint64_t k = plan.lost[next_loss++].samples;
      truth.gaps.push_back({truth.received, k, 0, 0, {}});
      if (k % 64) breaks.push_back({truth.received, static_cast<std::uint32_t>(k % 64), 64, 0, 0});
      index += k;
    }
    double arrival_ns = static_cast<double>(std::max(index, piece_end)) * truth.true_period_ns;
    arrival_ns += -std::log(uniform()) * plan.latency_s * 1e9;
    if (uniform() < plan.outlier_share) arrival_ns += plan.outlier_s * 1e9;
    for (const Stall& stall : plan.stalls)
      if (arrival_ns > stall.at_s * 1e9 && arrival_ns < (stall.at_s + stall.for_s) * 1e9)
        arrival_ns = (stall.at_s + stall.for_s) * 1e9;
    last_ns = std::max(last_ns, arrival_ns);  // nothing overtakes
    account.add(truth.received, truth.start_ns + std::llround(last_ns), breaks);
    index = std::max(index, piece_end);
  }
  return truth;
}

}  // namespace jr::test
