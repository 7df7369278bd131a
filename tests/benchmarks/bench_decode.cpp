// Decoding and summing against memcpy of the same words, in one run.
#include <cstdint>
#include <cstring>
#include <vector>

#include "drivers/monitors/ppk2_decoder.hpp"
#include "rig/core/moments.hpp"
#include "tests/benchmarks/stopwatch.hpp"

namespace jr::bench {
namespace {

constexpr std::size_t kWords = 4'000'000;
constexpr int kRuns = 7;

/// A steady stream with a range switch each 500 samples and a MARK edge each 20 000.
std::vector<std::byte> stream() {
  std::vector<std::uint32_t> words(kWords);
  std::uint32_t noise = 1;
  for (std::size_t i = 0; i < kWords; ++i) {
    noise = noise * 1664525u + 1013904223u;
    const std::uint32_t code = 4000 + (noise >> 30), range = (i / 500) % 2 ? 2 : 3;
    words[i] = code | range << 14 | static_cast<std::uint32_t>(i & 63) << 18 |
               static_cast<std::uint32_t>((i / 20'000) & 1) << 24;
  }
  std::vector<std::byte> bytes(kWords * 4);
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

}  // namespace

void decode_figures() {
  const std::vector<std::byte> bytes = stream();
  std::vector<std::byte> copy(bytes.size());
  const double copying = median_seconds(kRuns, [&] {
    std::memcpy(copy.data(), bytes.data(), bytes.size());
    asm volatile("" : : "r"(copy.data()) : "memory");
  });
  SampleBlock block;
  const double decoding = median_seconds(kRuns, [&] {
    Ppk2Decoder decoder;
    for (std::size_t at = 0; at < bytes.size(); at += 4000) {
      block.codes.clear(), block.ranges.clear(), block.lines.clear(), block.breaks.clear();
      decoder.decode(std::span(bytes).subspan(at, std::min<std::size_t>(4000, bytes.size() - at)), block);
    }
  });
  std::vector<std::uint16_t> codes(kWords, 5000);
  std::vector<std::uint8_t> ranges(kWords);
  for (std::size_t i = 0; i < kWords; ++i) ranges[i] = (i / 500) % 2 ? 2 : 3;
  std::uint64_t sink = 0;
  const double scanning = median_seconds(kRuns, [&] {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kWords; ++i) sum += codes[i] ^ ranges[i];
    sink += sum;
  });
  const double summing = median_seconds(kRuns, [&] { sink += moments_of(codes, ranges).ranges[2].sum; });
  asm volatile("" : : "r"(sink));
  row("PPK2 decode, counter check, codes, ranges, lines", copying / decoding, "x", "of memcpy of the same words");
  row("moments per range", scanning / summing, "x", "of a read-only scan of codes and ranges");
}

}  // namespace jr::bench
