// Numbers of one size as planes of their first bytes, second bytes and so on, squeezed by zstd.
// Pure; never allocates by what a frame claims beyond the limit that the caller names.
#pragma once

#include <cstddef>
#include <span>

#include "rig/core/result.hpp"
#include "rig/store/little_endian.hpp"

namespace jr::chunk {

/// Appends the byte planes of `numbers` (a whole count of `width` bytes each) to `into`.
void to_planes(std::span<const std::byte> numbers, std::size_t width, Bytes& into);
/// The inverse; both of one size, a whole count of `width`.
void from_planes(std::span<const std::byte> planes, std::size_t width, std::span<std::byte> numbers);

/// One zstd frame that states its size. `level`: as of zstd, negative ones are faster.
Bytes squeeze(std::span<const std::byte> bytes, int level);
/// Errors: malformed (no such frame, more than `most` bytes, or cut).
Result<Bytes> unsqueeze(std::span<const std::byte> frame, std::size_t most);

}  // namespace jr::chunk
