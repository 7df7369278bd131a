// A sink that keeps what a reader hands on, and holds it to the order that was promised.
// Never forgives a block of uneven channels.
#pragma once

#include <doctest/doctest.h>

#include <vector>

#include "rig/exchange/trace.hpp"

namespace jr::test {

struct CollectingSink : ForeignSink {
  int begun{};
  ForeignFacts facts;
  std::vector<std::vector<double>> channels;
  std::vector<std::uint8_t> lines;
  std::vector<ForeignWindow> windows;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;  ///< samples before, length

  std::uint64_t received() const { return channels.empty() ? 0 : channels.front().size(); }
  Result<void> begin(const ForeignFacts& what) override {
    ++begun;
    facts = what;
    channels.resize(what.channels.size());
    return {};
  }
  Result<void> samples(const ForeignBlock& block) override {
    REQUIRE(begun == 1);
    REQUIRE(block.channels.size() == channels.size());
    for (std::size_t c = 0; c < channels.size(); ++c) {
      REQUIRE(block.channels[c].size() == block.channels.front().size());
      channels[c].insert(channels[c].end(), block.channels[c].begin(), block.channels[c].end());
    }
    lines.insert(lines.end(), block.lines.begin(), block.lines.end());
    return {};
  }
  Result<void> gap(std::uint64_t length) override {
    REQUIRE(begun == 1);
    gaps.emplace_back(received(), length);
    return {};
  }
  Result<void> window(const ForeignWindow& window) override {
    REQUIRE(begun == 1);
    windows.push_back(window);
    return {};
  }
};

}  // namespace jr::test
