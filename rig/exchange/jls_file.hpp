// Reader of JLS recordings (Joulescope): the current, voltage or power signals of its first instrument.
// Never reads the summaries, and never puts signals of different rates into one trace.
#pragma once

#include <cstddef>
#include <span>

#include "rig/exchange/trace.hpp"

namespace jr {

/// Current with voltage, or power, as float32 signals of a fixed rate; options.columns ("current" -> "JS220.current")
/// chooses others by name. Sample numbers that no chunk holds are gaps; those that one signal alone lacks are NaN. A file that
/// was not closed well gives what it holds and a remark. Errors: malformed, unsupported, usage, and the sink's own.
Result<void> read_jls(std::span<const std::byte> bytes, const SourceFile& source, const ImportOptions& options,
                      ForeignSink& sink);

}  // namespace jr
