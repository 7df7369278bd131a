// Reader of .ppk2 recordings, as Nordic's Power Profiler app and its imitators write them.
// Never reads the app's picture of the trace (minimap.raw), and never guesses a supply voltage.
#pragma once

#include <cstddef>
#include <span>

#include "rig/exchange/trace.hpp"

namespace jr {

/// `bytes` is the zip archive; `source` names it. Reads it twice: once to see whole, once to hand it on, so that a
/// damaged file delivers nothing. Uses of the options supply_V and rate_Hz. Lines that were both low and high within
/// a sample are high. Errors: malformed, unsupported (a newer format, the old .ppk), and the sink's own.
Result<void> read_ppk2(std::span<const std::byte> bytes, const SourceFile& source, const ImportOptions& options,
                       ForeignSink& sink);

}  // namespace jr
