// Reader of RocketLogger's .rld files, version 4.
// Never joins the parts of a split recording, and never believes a count that the file cannot hold.
#pragma once

#include <cstddef>
#include <span>

#include "rig/exchange/trace.hpp"

namespace jr {

/// Current (low range where its valid bit says so, else high) and voltage of the first pair, or of the channels that
/// options.columns name ("current" -> "I2", "voltage" -> "V3"). Uses supply_V and rate_Hz beside. A file that is cut
/// gives its whole rows and a remark. Errors: malformed, unsupported (another version: names it), usage, and the
/// sink's own.
Result<void> read_rld(std::span<const std::byte> bytes, const SourceFile& source, const ImportOptions& options,
                      ForeignSink& sink);

}  // namespace jr
