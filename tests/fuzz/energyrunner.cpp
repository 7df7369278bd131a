// libFuzzer target: any bytes as the files of an EnergyRunner session.
// Checks that what is handed on has the promised shape, and no window without samples of its own.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "rig/exchange/energyrunner.hpp"

namespace {

struct CheckingSink : jr::ForeignSink {
  bool begun{};
  std::uint64_t received{};
  jr::Result<void> begin(const jr::ForeignFacts& facts) override {
    if (begun || facts.channels.size() != 1 || !(facts.period_s > 0)) std::abort();
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
    if (!begun || window.start > window.end || window.inferences == 0) std::abort();
    return {};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // Four texts, apart at the byte FF FE.
  std::string parts[4];
  std::size_t part = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (part < 3 && bytes[i] == 0xFF && i + 1 < size && bytes[i + 1] == 0xFE) ++part, ++i;
    else parts[part] += static_cast<char>(bytes[i]);
  }
  std::istringstream trace(parts[0]), timestamps(parts[1]), results(parts[2]), log(parts[3]);
  jr::EnergyRunnerSession session{&trace, &timestamps, &results, &log, {}};
  CheckingSink sink;
  jr::ImportOptions options;
  if (size % 2 == 0) options.inferences = 10;
  const auto result = jr::read_energyrunner(session, options, sink);
  if (!result && result.error().message.empty()) std::abort();
  if (result && sink.received != (parts[0].size() - jr::kEnergyTraceHeadBytes) / 4) std::abort();
  return 0;
}
