// The record's codec on the reference trace: size, and speed against the textbook's packing in one run.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "rig/store/chunk.hpp"
#include "rig/store/packing.hpp"
#include "tests/benchmarks/stopwatch.hpp"
#include "tests/benchmarks/textbook.hpp"
#include "tests/reference_trace.hpp"

namespace jr::bench {
namespace {

constexpr std::size_t kChunk = 65'536, kChunks = 48, kSamples = kChunk * kChunks;
constexpr int kRuns = 7;

template <class Visit>
void each_chunk(const test::ReferenceTrace& trace, Visit visit) {
  for (std::size_t k = 0; k < kChunks; ++k)
    visit(k, std::span(trace.codes).subspan(k * kChunk, kChunk), std::span(trace.ranges).subspan(k * kChunk, kChunk));
}

double total_of(const std::vector<std::vector<std::byte>>& blobs) {
  double bytes = 0;
  for (const auto& blob : blobs) bytes += static_cast<double>(blob.size());
  return bytes;
}

}  // namespace

void codec_figures() {
  const test::ReferenceTrace trace = test::reference_trace(kSamples);
  std::vector<std::vector<std::byte>> packed(kChunks), plain(kChunks);
  std::vector<std::uint16_t> codes(kChunk);
  bool is_right = true;
  std::uint32_t crc = 0;
  const auto s = medians_in_turn(
      kRuns, [&] { each_chunk(trace, [&](std::size_t k, auto c, auto r) { packed[k] = chunk::pack_codes(c, r); }); },
      [&] {
        each_chunk(trace, [&](std::size_t k, auto c, auto r) {
          is_right = is_right && chunk::unpack_codes(packed[k], r, codes) && std::equal(c.begin(), c.end(), codes.begin());
        });
      },
      [&] { each_chunk(trace, [&](std::size_t k, auto c, auto) { plain[k] = textbook::pack(c); }); },
      [&] { each_chunk(trace, [&](std::size_t k, auto, auto) { textbook::unpack(plain[k], codes), keep(codes); }); },
      [&] { for (const auto& blob : packed) crc = chunk::crc32c(crc, blob); });
  keep(crc);
  row("packed codes, without a general compressor", total_of(packed) / kSamples, "B/sample", is_right ? "(floor 0.75, aim 0.58)" : "WRONG");
  row("  the textbook's: differences, blocks of 128", total_of(plain) / kSamples, "B/sample", "");
  row("  packing, one core", kSamples / s[0] / 1e6, "MS/s", "");
  row("  against the textbook's", s[2] / s[0], "x", "");
  row("  unpacking, one core, compared with the original", kSamples / s[1] / 1e6, "MS/s", "");
  row("  against the textbook's", s[3] / s[1], "x", "");
  row("CRC-32C of the packed codes", total_of(packed) / s[4] / 1e9, "GB/s", "");
}

}  // namespace jr::bench
