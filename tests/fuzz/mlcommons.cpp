// libFuzzer target: any bytes as results.json of the MLCommons runner.
// Checks that windows lie within the samples that are handed on, and that a refusal begins nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "rig/exchange/mlcommons.hpp"

namespace {

struct CheckingSink : jr::ForeignSink {
  bool begun{};
  std::uint64_t received{}, furthest{};
  jr::Result<void> begin(const jr::ForeignFacts& facts) override {
    if (begun || facts.channels.size() != 1) std::abort();
    begun = true;
    return {};
  }
  jr::Result<void> samples(const jr::ForeignBlock& block) override {
    if (!begun || block.channels.size() != 1) std::abort();
    received += block.channels[0].size();
    return {};
  }
  jr::Result<void> gap(std::uint64_t) override { std::abort(); }
  jr::Result<void> window(const jr::ForeignWindow& window) override {
    if (!begun || window.start >= window.end || window.inferences == 0) std::abort();
    if (window.end > furthest) furthest = window.end;
    return {};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::istringstream json(std::string(reinterpret_cast<const char*>(bytes), size));
  jr::MlcommonsSession session{&json, nullptr, {}};
  CheckingSink sink;
  const auto result = jr::read_mlcommons(session, {}, sink);
  if (!result && (result.error().message.empty() || sink.begun)) std::abort();
  if (result && (sink.received == 0 || sink.furthest > sink.received)) std::abort();
  return 0;
}
