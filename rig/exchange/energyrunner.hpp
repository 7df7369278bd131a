// A session of EEMBC's EnergyRunner: 1 ms bins of energy, edges, and what its host printed.
// Reproduces the host's own window rule, and says where the printed figures differ. Never holds the trace.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "rig/exchange/energyrunner_text.hpp"
#include "rig/exchange/trace.hpp"

namespace jr {

/// The head of a trace: byte 0xF1, the rate as float32, then one float32 a bin in microjoule, all little-endian.
struct EnergyTraceHead { double rate_Hz{}; std::uint64_t samples{}; };

inline constexpr std::size_t kEnergyTraceHeadBytes = 5;

/// `head` is the first bytes, `bytes` the size of the file. Errors (malformed): too short, another first byte, a
/// rate that is none, a file that ends within a bin, no bin.
Result<EnergyTraceHead> parse_energy_head(std::span<const std::byte> head, std::uint64_t bytes);

/// The host's rule: t = 0, then t = t + 1 / rate in double precision; sample i lies in a window when
/// start <= t_i < end. Returns for each edge the first sample at or behind it; samples + 1 for an edge behind the
/// end of the trace. Requires ascending edges.
std::vector<std::uint64_t> ordinals_of(const std::vector<double>& edges_s, double rate_Hz, std::uint64_t samples);

/// The streams of a session; what is null is not there.
struct EnergyRunnerSession {
  std::istream* trace{};       ///< required, seekable
  std::istream* timestamps{};
  std::istream* results{};
  std::istream* log{};
  std::vector<SourceFile> files;
};

/// Uses options.inferences and options.supply_V. Errors: malformed; usage (nothing says how many inferences a
/// window has, or which edges belong together); those of the sink.
Result<void> read_energyrunner(EnergyRunnerSession& session, const ImportOptions& options, ForeignSink& sink);

}  // namespace jr
