#pragma once
#include <cmath>
#include <vector>
#include "rig/core/gap.hpp"
#include "rig/core/sample_block.hpp"
namespace jr {
struct ClockFit { double skew_ppm{}, u_ppm{}; };
class LossAccounting {
 public:
  explicit LossAccounting(StreamClock c) : c_(c) {}
  void add(const SampleBlock& b) { for (auto& x : b.breaks) gaps_.push_back({x.ordinal, x.missing_modulo, 0, 0, GapCause::counter}); 
    auto r = b.host_arrival_ns - (long long)((b.first_ordinal + b.size()) * c_.period_s * 1e9); if (!any_ || r < min_) min_ = r, any_ = true; }
  std::uint64_t lost() const { return 0; }
  std::vector<Gap> resolve() const { return gaps_; }
  ClockFit fit() const { return {}; }
  std::uint64_t ordinal_at(std::int64_t ns) const { return (std::uint64_t)((ns - min_) / (c_.period_s * 1e9)); }
 private:
  StreamClock c_; std::vector<Gap> gaps_; long long min_{}; bool any_{};
};
}
