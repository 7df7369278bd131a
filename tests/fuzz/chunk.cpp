// libFuzzer target: any bytes as a stored chunk's blobs. Checks that decoding is refused or gives what it promised.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "rig/store/chunk.hpp"
#include "rig/store/coefficients.hpp"
#include "rig/store/planes.hpp"
#include "rig/store/pyramid.hpp"
#include "rig/store/value_chunk.hpp"

namespace {

/// A blob of a pyramid that is taken keeps its promise, and is the same when it is written again.
void check_pyramid(std::span<const std::byte> blob, unsigned level, std::size_t n) {
  const auto entries = jr::pyramid::decode(blob, level, n);
  if (!entries) return;
  if (entries->size() != n) std::abort();
  for (const auto& entry : *entries)
    if (entry.count > jr::pyramid::samples_per_entry(level) || (entry.count > 0 && !(entry.min <= entry.mean && entry.mean <= entry.max)))
      std::abort();
  const auto again = jr::pyramid::decode(jr::pyramid::encode({level, 0, *entries}), level, n);
  if (!again || again->size() != n) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t n = bytes[0] | bytes[1] << 8;
  const auto blob = std::as_bytes(std::span(bytes, size)).subspan(2);
  if (const auto runs = jr::chunk::decode_runs(blob, n); runs && runs->size() != n) std::abort();
  if (const auto codes = jr::chunk::decode_codes(blob, n); codes && codes->size() != n) std::abort();
  (void)jr::chunk::decode_moments(blob);
  (void)jr::chunk::ends_of(blob);
  (void)jr::chunk::decode_coefficients(blob);
  for (const std::size_t channel : {0, 1})
    if (const auto values = jr::chunk::decode_values(blob, n, channel); values && values->size() != n) std::abort();
  // As they are, and as what a whole frame holds: no fuzzer finds its way through zstd.
  const unsigned level = bytes[1] & 15;
  const std::size_t entries = bytes[0] | (bytes[1] >> 4) << 8;
  check_pyramid(blob, level, entries);
  check_pyramid(jr::chunk::squeeze(blob, 1), level, entries);
  jr::chunk::Bytes channel;
  const jr::chunk::Bytes frame = jr::chunk::squeeze(blob, 1);
  jr::chunk::put(channel, static_cast<std::uint32_t>(frame.size()));
  channel.insert(channel.end(), frame.begin(), frame.end());
  if (const auto values = jr::chunk::decode_values(channel, blob.size() / 8, 0); values && values->size() != blob.size() / 8) std::abort();
  return 0;
}
