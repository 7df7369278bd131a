// A sink for fuzzers: it counts, and ends the program when a reader breaks what it promises.
// Never keeps a sample.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "rig/exchange/trace.hpp"

namespace jr::fuzz {

struct StrictSink : ForeignSink {
  ForeignFacts facts_;
  bool begun_{};
  std::uint64_t samples_{};

  Result<void> begin(const ForeignFacts& facts) override {
    if (begun_ || facts.channels.empty() || facts.channels.size() > 2 || !(facts.period_s > 0)) std::abort();
    begun_ = true, facts_ = facts;
    return {};
  }
  Result<void> samples(const ForeignBlock& block) override {
    if (!begun_ || block.channels.size() != facts_.channels.size()) std::abort();
    const std::size_t n = block.channels.front().size();
    if (n == 0 || n > kForeignBlock || block.channels.back().size() != n) std::abort();
    if (block.lines.size() != (facts_.has_lines ? n : 0)) std::abort();
    samples_ += n;
    return {};
  }
  Result<void> gap(std::uint64_t length) override {
    if (!begun_ || length == 0) std::abort();
    return {};
  }
  Result<void> window(const ForeignWindow& window) override {
    if (!begun_ || window.start >= window.end) std::abort();
    return {};
  }
};

/// A refusal is a sentence; what is taken has begun.
inline void judge(const Result<void>& done, const StrictSink& sink) {
  if (done ? !sink.begun_ : done.error().message.empty()) std::abort();
}

}  // namespace jr::fuzz
