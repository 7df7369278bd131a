// Collects single samples into blocks for a sink, and keeps the order of samples and gaps.
// Never holds more than one block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rig/exchange/trace.hpp"

namespace jr {

/// Requires that the sink has begun. After an error nothing more may be sent.
class BlockSender {
 public:
  BlockSender(ForeignSink& sink, std::size_t channels, bool has_lines) : sink_(sink), has_lines_(has_lines) {
    block_.channels.resize(channels);
  }

  /// One sample; `values` has one for each channel.
  Result<void> sample(std::span<const double> values, std::uint8_t lines) {
    for (std::size_t k = 0; k < block_.channels.size(); ++k) block_.channels[k].push_back(values[k]);
    if (has_lines_) block_.lines.push_back(lines);
    return block_.channels.front().size() < kForeignBlock ? Result<void>{} : flush();
  }
  Result<void> gap(std::uint64_t length) {
    if (auto sent = flush(); !sent) return sent;
    return sink_.gap(length);
  }
  Result<void> flush() {
    if (block_.channels.front().empty()) return {};
    auto sent = sink_.samples(block_);
    for (auto& channel : block_.channels) channel.clear();
    block_.lines.clear();
    return sent;
  }

 private:
  ForeignSink& sink_;
  ForeignBlock block_;
  bool has_lines_;
};

}  // namespace jr
