// libFuzzer target: any bytes as a stored chunk's blobs, and any codes packed. Checks that decoding is refused or gives
// what it promised, and that packed codes come back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "rig/store/chunk.hpp"
#include "rig/store/packing.hpp"

namespace {

/// Ranges of n samples out of few bytes: runs whose lengths and values the fuzzer chooses.
std::vector<std::uint8_t> ranges_of(std::span<const std::uint8_t> bytes, std::size_t n) {
  std::vector<std::uint8_t> ranges;
  for (std::size_t i = 0; ranges.size() < n; ++i) {
    const std::uint8_t byte = bytes.empty() ? std::uint8_t{255} : bytes[i % bytes.size()];
    ranges.insert(ranges.end(), std::min<std::size_t>(n - ranges.size(), 1u + byte / 4), static_cast<std::uint8_t>(byte % 9));
  }
  return ranges;
}

void pack_and_unpack(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint16_t> codes(bytes.size() / 2);
  if (!codes.empty()) std::memcpy(codes.data(), bytes.data(), codes.size() * 2);
  const auto ranges = ranges_of(bytes, codes.size());
  const auto blob = jr::chunk::pack_codes(codes, ranges);
  std::vector<std::uint16_t> back(codes.size());
  if (!jr::chunk::unpack_codes(blob, ranges, back) || back != codes) std::abort();
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
  std::vector<std::uint16_t> codes(n);
  (void)jr::chunk::unpack_codes(blob, ranges_of(std::span(bytes, 2), n), codes);
  pack_and_unpack(std::span(bytes, size).subspan(2));
  return 0;
}
