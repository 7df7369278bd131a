// libFuzzer target: any bytes as a stored chunk's blobs. Checks that decoding is refused or gives what it promised.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "rig/store/chunk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t n = bytes[0] | bytes[1] << 8;
  const auto blob = std::as_bytes(std::span(bytes, size)).subspan(2);
  if (const auto runs = jr::chunk::decode_runs(blob, n); runs && runs->size() != n) std::abort();
  if (const auto codes = jr::chunk::decode_codes(blob, n); codes && codes->size() != n) std::abort();
  (void)jr::chunk::decode_moments(blob);
  (void)jr::chunk::ends_of(blob);
  return 0;
}
