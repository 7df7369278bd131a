// Taking words apart: vector and plain strides see the same fields and the same wrong counter.
#include "drivers/monitors/ppk2_words.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace jr;
using namespace jr::ppk2;

namespace {

struct Unpacked {
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> ranges, lines;
  std::size_t good{};

  explicit Unpacked(std::size_t n) : codes(n), ranges(n), lines(n) {}
  bool operator==(const Unpacked&) const = default;
};

template <class Unpack>
Unpacked unpacked(Unpack unpack, const std::vector<std::byte>& wire, std::size_t skip, std::uint32_t expected) {
  const std::size_t words = (wire.size() - skip) / kWord;
  Unpacked out(words);
  out.good = unpack(wire.data() + skip, words, expected, Columns{out.codes.data(), out.ranges.data(), out.lines.data()});
  out.codes.resize(out.good), out.ranges.resize(out.good), out.lines.resize(out.good);
  return out;
}

/// Random fields, counters that step by one from `first` but at `odd`.
std::vector<std::byte> random_words(std::mt19937& random, std::size_t n, std::uint32_t first, std::size_t odd) {
  std::vector<std::byte> wire;
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t counter = (first + static_cast<std::uint32_t>(i)) % 64;
    if (i == odd) counter ^= 1u << random() % 6;
    const auto word = static_cast<std::uint32_t>((random() & ~(63u << 18)) | counter << 18);
    for (int shift = 0; shift < 32; shift += 8) wire.push_back(static_cast<std::byte>(word >> shift & 0xFF));
  }
  return wire;
}

}  // namespace

TEST_CASE("a wrong counter in any lane of any stride stops both ways of unpacking at its word") {
  std::mt19937 random(2);
  constexpr std::size_t n = 200;
  for (std::size_t odd = 0; odd <= n; ++odd) {
    const auto first = static_cast<std::uint32_t>(random() % 64);
    const auto wire = random_words(random, n, first, odd);
    const Unpacked fast = unpacked(unpack_words, wire, 0, first), plain = unpacked(unpack_words_portably, wire, 0, first);
    REQUIRE(fast == plain);
    REQUIRE(fast.good == odd);
    for (std::size_t i = 0; i < fast.good; ++i) {
      const std::uint32_t word = word_at(wire.data() + i * kWord);
      REQUIRE(fast.codes[i] == word % 16384);
      REQUIRE(fast.ranges[i] == word / 16384 % 8);
      REQUIRE(fast.lines[i] == word / 16777216);
    }
  }
}

TEST_CASE("words at any address and in any number are unpacked alike") {
  std::mt19937 random(3);
  for (std::size_t n = 0; n < 300; ++n) {
    auto wire = random_words(random, n, 5, n);
    const std::size_t skip = random() % 4;
    wire.insert(wire.begin(), skip, std::byte{0xAA});
    const Unpacked fast = unpacked(unpack_words, wire, skip, 5);
    REQUIRE(fast == unpacked(unpack_words_portably, wire, skip, 5));
    REQUIRE(fast.good == n);
  }
}
