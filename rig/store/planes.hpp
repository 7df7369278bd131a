// Numbers of one size as planes of their first bytes, second bytes and so on, squeezed by zstd.
// Pure; never allocates by what a frame claims beyond the limit that the caller names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "rig/core/result.hpp"
#include "rig/store/little_endian.hpp"

struct ZSTD_DCtx_s;

namespace jr::chunk {

/// Appends the byte planes of `numbers` to `into`.
void to_planes(std::span<const float> numbers, Bytes& into);
void to_planes(std::span<const double> numbers, Bytes& into);
void to_planes(std::span<const std::uint64_t> numbers, Bytes& into);
/// The inverse. Requires planes of as many bytes as the numbers have.
void from_planes(std::span<const std::byte> planes, std::span<float> numbers);
void from_planes(std::span<const std::byte> planes, std::span<double> numbers);
void from_planes(std::span<const std::byte> planes, std::span<std::uint64_t> numbers);

/// One zstd frame that states its size. `level`: as of zstd, negative ones are faster.
Bytes squeeze(std::span<const std::byte> bytes, int level);

/// The way back, with zstd's memory kept from one frame to the next.
class Unsqueezer {
 public:
  /// Errors: malformed (no such frame, more than `most` bytes, or cut).
  Result<Bytes> operator()(std::span<const std::byte> frame, std::size_t most);

 private:
  struct Free { void operator()(ZSTD_DCtx_s* context) const; };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace jr::chunk
