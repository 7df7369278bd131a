// A sink that keeps what a reader delivers, and holds it to the order that a sink may rely on.
// Never accepts samples before their facts.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "rig/exchange/trace.hpp"

namespace jr::test {

struct CollectingSink : ForeignSink {
  ForeignFacts facts;
  bool begun{};
  std::vector<std::vector<double>> channels;
  std::vector<std::uint8_t> lines;
  std::vector<std::pair<std::size_t, std::uint64_t>> gaps;  ///< samples delivered before it, its length
  std::vector<ForeignWindow> windows;
  std::size_t largest_block{};

  std::size_t received() const { return channels.empty() ? 0 : channels.front().size(); }
  Result<void> begin(const ForeignFacts& f) override {
    if (begun) throw std::logic_error("begin came twice");
    begun = true, facts = f;
    channels.resize(f.channels.size());
    return {};
  }
  Result<void> samples(const ForeignBlock& block) override {
    if (!begun || block.channels.size() != channels.size()) throw std::logic_error("a block of another shape than the facts say");
    for (std::size_t k = 0; k < channels.size(); ++k) {
      if (block.channels[k].size() != block.channels[0].size()) throw std::logic_error("channels of unequal length");
      channels[k].insert(channels[k].end(), block.channels[k].begin(), block.channels[k].end());
    }
    if (block.lines.size() != (facts.has_lines ? block.channels[0].size() : 0)) throw std::logic_error("lines of another length");
    lines.insert(lines.end(), block.lines.begin(), block.lines.end());
    largest_block = std::max(largest_block, block.channels[0].size());
    return {};
  }
  Result<void> gap(std::uint64_t length) override {
    if (!begun || length == 0) throw std::logic_error("a gap before the facts, or of no length");
    gaps.emplace_back(channels[0].size(), length);
    return {};
  }
  Result<void> window(const ForeignWindow& w) override {
    windows.push_back(w);
    return {};
  }

  bool says(const std::string& words) const {
    for (const std::string& remark : facts.remarks)
      if (remark.find(words) != std::string::npos) return true;
    return false;
  }
};

inline bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The sentence with which `read(sink)` refuses; nothing may have been delivered before.
template <class Read>
std::string refusal_of(Read read) {
  CollectingSink sink;
  const auto done = read(sink);
  REQUIRE_FALSE(done);
  CHECK_FALSE(sink.begun);
  return done.error().message;
}

inline std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

}  // namespace jr::test
