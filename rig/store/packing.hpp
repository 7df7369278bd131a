// Codes of a chunk, packed: small blocks, each with the cheapest of a few predictions and widths.
// Lossless for any sixteen bits; a blob of any bytes unpacks or is refused, it never reads outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rig/core/result.hpp"
#include "rig/store/chunk.hpp"

namespace jr::chunk {

/// The packed blob. Who unpacks it must know the ranges: a block ends where the range changes, and its level is
/// told relative to the last one of the same range. Requires codes.size() == ranges.size().
/// rig/store/packing.md has the layout, byte by byte.
Bytes pack_codes(std::span<const std::uint16_t> codes, std::span<const std::uint8_t> ranges);

/// Fills `out`, one code a range. Requires out.size() == ranges.size(). Errors: malformed; `out` is then undefined.
Result<void> unpack_codes(std::span<const std::byte> blob, std::span<const std::uint8_t> ranges,
                          std::span<std::uint16_t> out);

}  // namespace jr::chunk
