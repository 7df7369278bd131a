// Words to codes, to currents and to sums, against memcpy and a read-only scan of the same bytes, in one run.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "drivers/monitors/ppk2_decoder.hpp"
#include "rig/core/amperes.hpp"
#include "rig/core/moments.hpp"
#include "tests/benchmarks/stopwatch.hpp"
#include "tests/benchmarks/textbook.hpp"
#include "tests/reference_trace.hpp"

namespace jr::bench {
namespace {

constexpr std::size_t kSamples = 8'000'000;
constexpr int kRuns = 9;
/// A piece of 40 ms: what the decoder makes of it stays in the first-level cache.
constexpr std::size_t kPiece = 16'000;

/// Of the order of a PPK2's own.
std::vector<RangePolynomial> polynomials() {
  std::vector<RangePolynomial> ranges;
  double gain_A = 4.3e-9;
  for (int r = 0; r < 5; ++r, gain_A *= 10) ranges.push_back({-300 * gain_A, gain_A, 1e-7 * gain_A, 5 * gain_A, 0});
  return ranges;
}

template <class Visit>
void decode_in_pieces(std::span<const std::byte> bytes, Visit visit) {
  Ppk2Decoder decoder;
  SampleBlock block;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    block.codes.clear(), block.ranges.clear(), block.lines.clear(), block.breaks.clear();
    decoder.decode(bytes.subspan(at, std::min(kPiece, bytes.size() - at)), block);
    visit(block);
  }
}

void decode_rows(const std::vector<std::byte>& bytes) {
  std::vector<std::byte> copy(bytes.size());
  std::vector<float> ampere(kSamples);
  std::vector<std::uint8_t> lines(kSamples);
  const auto ranges = polynomials();
  const auto s = medians_in_turn(
      kRuns,
      [&] {
        std::memcpy(copy.data(), bytes.data(), bytes.size());
        keep(copy);
      },
      [&] { decode_in_pieces(bytes, [](const SampleBlock& block) { keep(block); }); },
      [&] {
        decode_in_pieces(bytes, [&](const SampleBlock& block) {
          to_ampere(block.codes, block.ranges, ranges, {3.3}, std::span(ampere).first(block.size()));
          keep(ampere);
        });
      },
      [&] {
        std::size_t at = 0;
        decode_in_pieces(bytes, [&](const SampleBlock& block) {
          to_ampere(block.codes, block.ranges, ranges, {3.3}, std::span(ampere).subspan(at, block.size()));
          std::copy(block.lines.begin(), block.lines.end(), lines.begin() + static_cast<std::ptrdiff_t>(at));
          at += block.size();
        });
        keep(ampere), keep(lines);
      },
      [&] {
        keep(textbook::decode(bytes, ranges, {3.3}, ampere.data(), lines.data()));
        keep(ampere), keep(lines);
      });
  row("PPK2: codes, ranges, lines, counter check", s[0] / s[1], "x", "of memcpy of the same words");
  row("PPK2: the same and float amperes, as a live view takes it", s[0] / s[2], "x", "of memcpy (floor 0.6, aim 0.9)");
  row("  the same, all of it kept in memory", s[0] / s[3], "x", "of memcpy (5 bytes out for 4 in)");
  row("  its speed", kSamples / s[2] / 1e6, "MS/s", "");
  row("  against the textbook's double polynomial", s[4] / s[3], "x", "");
}

void moment_rows(const test::ReferenceTrace& trace) {
  const auto s = medians_in_turn(
      kRuns,
      [&] {
        std::uint64_t sum = 0, word;
        const auto scan = [&](const void* from, std::size_t n) {
          for (std::size_t i = 0; i + sizeof word <= n; i += sizeof word) {
            std::memcpy(&word, static_cast<const char*>(from) + i, sizeof word);
            sum += word;
          }
        };
        scan(trace.codes.data(), trace.codes.size() * 2);
        scan(trace.ranges.data(), trace.ranges.size());
        keep(sum);
      },
      [&] { keep(moments_of(trace.codes, trace.ranges)); },
      [&] { keep(textbook::moments(trace.codes, trace.ranges)); });
  row("moments per range, all an energy needs", s[0] / s[1], "x", "of a read-only scan (floor 0.8, aim 1.0)");
  row("  against the textbook's loop", s[2] / s[1], "x", "");
}

}  // namespace

void decode_figures() {
  const test::ReferenceTrace trace = test::reference_trace(kSamples);
  decode_rows(test::wire_words(trace));
  moment_rows(trace);
}

}  // namespace jr::bench
