// The reference trace has the statistics that it is named for, and is packed as small as was promised.
#include "tests/reference_trace.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "drivers/monitors/ppk2_decoder.hpp"
#include "rig/core/sha256.hpp"
#include "rig/store/packing.hpp"
#include "tests/benchmarks/textbook.hpp"

using namespace jr;
using namespace jr::test;

namespace {

constexpr std::size_t kSamples = 1 << 20;
constexpr double kSeconds = kSamples / 100e3;

const ReferenceTrace& trace() {
  static const ReferenceTrace once = reference_trace(kSamples);
  return once;
}

double entropy_of_differences() {
  std::map<int, double> counts;
  for (std::size_t i = 1; i < kSamples; ++i) ++counts[trace().codes[i] - trace().codes[i - 1]];
  double bits = 0;
  for (const auto& [difference, n] : counts) bits -= n / (kSamples - 1) * std::log2(n / (kSamples - 1));
  return bits / 8;
}

/// The standard deviation that a tenth of the blocks of 64 samples of a range stay below.
double quiet_noise(std::uint8_t range) {
  std::vector<double> deviations;
  for (std::size_t at = 0; at + 64 <= kSamples; at += 64) {
    if (std::count(trace().ranges.begin() + at, trace().ranges.begin() + at + 64, range) != 64) continue;
    double sum = 0, squares = 0;
    for (std::size_t i = at; i < at + 64; ++i) {
      sum += trace().codes[i];
      squares += double(trace().codes[i]) * trace().codes[i];
    }
    deviations.push_back(std::sqrt((squares - sum * sum / 64) / 63));
  }
  std::sort(deviations.begin(), deviations.end());
  return deviations[deviations.size() / 4];
}

}  // namespace

TEST_CASE("the reference trace changes its range 212 times a second") {
  double switches = 0;
  for (std::size_t i = 1; i < kSamples; ++i) switches += trace().ranges[i] != trace().ranges[i - 1];
  CHECK(switches / kSeconds == doctest::Approx(212).epsilon(0.02));
}

TEST_CASE("differences of the reference trace's codes have an order-0 entropy of 0.515 bytes") {
  CHECK(entropy_of_differences() == doctest::Approx(0.515).epsilon(0.02));
}

TEST_CASE("the textbook's packing of the reference trace takes 0.73 bytes a sample and gives the codes back") {
  const auto packed = bench::textbook::pack(trace().codes);
  CHECK(static_cast<double>(packed.size()) / kSamples == doctest::Approx(0.73).epsilon(0.02));
  std::vector<std::uint16_t> codes(kSamples);
  bench::textbook::unpack(packed, codes);
  CHECK(codes == trace().codes);
}

TEST_CASE("the noise of the reference trace is 1.3 codes asleep and 1.9 awake") {
  CHECK(quiet_noise(1) == doctest::Approx(std::hypot(1.3, std::sqrt(1 / 12.))).epsilon(0.08));
  CHECK(quiet_noise(3) == doctest::Approx(std::hypot(1.9, std::sqrt(1 / 12.))).epsilon(0.08));
}

TEST_CASE("the reference trace is the same on every machine") {
  const auto bytes = std::as_bytes(std::span(trace().codes).first(65536));
  CHECK(sha256_of(bytes).substr(0, 16) == "4c539af537ce560b");
}

TEST_CASE("a PPK2 decoder reads the reference trace out of its words") {
  const auto wire = wire_words(trace());
  Ppk2Decoder decoder;
  SampleBlock block;
  decoder.decode(wire, block);
  decoder.finish(block);
  CHECK(block.codes == trace().codes);
  CHECK(block.ranges == trace().ranges);
  CHECK(block.lines == trace().lines);
  CHECK(block.breaks.empty());
}

TEST_CASE("the reference trace is packed to less than 0.58 bytes a sample, without a general compressor") {
  const auto blob = chunk::pack_codes(trace().codes, trace().ranges);
  CHECK(static_cast<double>(blob.size()) / kSamples < 0.58);
}
