// libFuzzer target: any bytes as packed codes of any number, and any codes packed.
// Checks that unpacking stays inside and refuses in one sentence, and that packed codes come back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

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
  const auto rest = std::span(bytes, size).subspan(2);
  std::vector<std::uint16_t> codes(n);
  const auto unpacked = jr::chunk::unpack_codes(std::as_bytes(rest), ranges_of(rest, n), codes);
  if (!unpacked && unpacked.error().message.empty()) std::abort();
  pack_and_unpack(rest);
  return 0;
}
