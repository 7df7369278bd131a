// Codes as currents: by the polynomial of their range, the same bits with and without vector instructions.
#include "rig/core/amperes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>

using namespace jr;

namespace {

/// Five ranges of the order of a PPK2's.
std::vector<RangePolynomial> five_ranges() {
  std::vector<RangePolynomial> ranges;
  double gain = 4e-9;
  for (int r = 0; r < 5; ++r, gain *= 10) ranges.push_back({-300 * gain, gain, 1e-7 * gain, 5 * gain, 0});
  return ranges;
}

}  // namespace

TEST_CASE("a current is that of its range's polynomial to single precision, and NaN where a range has none") {
  const auto ranges = five_ranges();
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> which;
  for (unsigned r = 0; r < 256; ++r)
    for (const unsigned code : {0u, 1u, 300u, 4000u, 16383u, 65535u}) {
      codes.push_back(static_cast<std::uint16_t>(code));
      which.push_back(static_cast<std::uint8_t>(r));
    }
  std::vector<float> out(codes.size());
  to_ampere(codes, which, ranges, {3.3}, out);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (which[i] >= ranges.size()) {
      REQUIRE(std::isnan(out[i]));
      continue;
    }
    const double current_A = ranges[which[i]].current(codes[i], {3.3}).value;
    REQUIRE(std::abs(out[i] - current_A) <= 1e-6 * (std::abs(current_A) + 300 * ranges[which[i]].b_A_per_code));
  }
}

TEST_CASE("vector and plain currents are the same bits, over storms of ranges and any number of samples") {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const std::size_t n = random() % 100;
    const auto hold = static_cast<unsigned>(1 + random() % 30), legal = static_cast<unsigned>(1 + random() % 256);
    std::vector<std::uint16_t> codes(n);
    std::vector<std::uint8_t> which(n);
    for (std::size_t i = 0; i < n; ++i) {
      codes[i] = static_cast<std::uint16_t>(random());
      which[i] = static_cast<std::uint8_t>(i / hold * 7 % legal);
    }
    std::vector<float> out(n), plain(n);
    to_ampere(codes, which, five_ranges(), {3.3}, out);
    to_ampere_portably(codes, which, five_ranges(), {3.3}, plain);
    REQUIRE((n == 0 || std::memcmp(out.data(), plain.data(), n * sizeof(float)) == 0));
  }
}

TEST_CASE("currents of columns that do not match, or of nine ranges, are a broken promise and throw") {
  const std::vector<std::uint16_t> codes(4);
  const std::vector<std::uint8_t> ranges(4), fewer(3);
  std::vector<float> out(4);
  CHECK_THROWS(to_ampere(codes, fewer, five_ranges(), {3.3}, out));
  CHECK_THROWS(to_ampere(codes, ranges, std::vector<RangePolynomial>(9), {3.3}, out));
}
