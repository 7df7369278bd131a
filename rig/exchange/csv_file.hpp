// Reader of traces in columns of text, of whatever program: header, units, separators and gaps are found out.
// Never fills a missing row, and never invents a voltage.
#pragma once

#include <cstddef>
#include <span>

#include "rig/exchange/trace.hpp"

namespace jr {

/// Reads the text twice (thrice in its beginning); memory is bounded whatever its length. Uses of the options
/// supply_V, rate_Hz, columns (csv_columns.hpp) and reorder_time. Errors: usage (what a person must say), malformed
/// (names the line), and the sink's own.
Result<void> read_csv(std::span<const std::byte> bytes, const SourceFile& source, const ImportOptions& options,
                      ForeignSink& sink);

}  // namespace jr
