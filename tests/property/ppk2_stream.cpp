// Properties of the PPK2 decoder over random damage and random cuts.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <random>

#include "tests/unit/ppk2_wire.hpp"

using namespace jr;
using namespace jr::test;

namespace {

SampleBlock decode_cut(const std::vector<std::byte>& wire, std::uint64_t seed, std::size_t longest) {
  std::mt19937_64 random(seed);
  Ppk2Decoder decoder;
  SampleBlock block;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t n = std::min<std::size_t>(1 + random() % longest, wire.size() - at);
    decoder.decode(std::span(wire).subspan(at, n), block);
    at += n;
  }
  decoder.finish(block);
  return block;
}

bool same(const SampleBlock& a, const SampleBlock& b) {
  if (a.codes != b.codes || a.ranges != b.ranges || a.lines != b.lines) return false;
  if (a.breaks.size() != b.breaks.size()) return false;
  for (std::size_t i = 0; i < a.breaks.size(); ++i) {
    const CounterBreak &x = a.breaks[i], &y = b.breaks[i];
    if (x.ordinal != y.ordinal || x.missing_modulo != y.missing_modulo || x.modulus != y.modulus ||
        x.discarded_bytes != y.discarded_bytes || x.discarded_samples != y.discarded_samples)
      return false;
  }
  return true;
}

/// Erases, inserts or flips bytes at random places.
std::vector<std::byte> damaged(std::vector<std::byte> wire, std::mt19937_64& random, int wounds) {
  for (int i = 0; i < wounds; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(random() % (wire.size() - 20'000));
    const auto n = static_cast<std::ptrdiff_t>(1 + random() % 300);
    switch (random() % 3) {
      case 0: wire.erase(wire.begin() + at, wire.begin() + at + n); break;
      case 1: wire.insert(wire.begin() + at, static_cast<std::size_t>(n), static_cast<std::byte>(random())); break;
      default: wire[static_cast<std::size_t>(at)] ^= static_cast<std::byte>(1 << random() % 8);
    }
  }
  return wire;
}

}  // namespace

TEST_CASE("a million samples cut at random byte positions decode as if uncut") {
  const auto wire = stream_of(0, 1'000'000);
  const SampleBlock whole = decode_whole(wire);
  REQUIRE(whole.size() == 1'000'000);
  CHECK(same(whole, decode_cut(wire, 1, 9'000)));
  CHECK(same(whole, decode_cut(wire, 2, 100)));
}

TEST_CASE("a damaged stream decodes alike however it is cut, and always finds its words again") {
  CHECK(rc::check([](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto wire = damaged(stream_of(0, 30'000), random, 1 + static_cast<int>(random() % 8));
    const SampleBlock whole = decode_whole(wire);
    RC_ASSERT(same(whole, decode_cut(wire, seed + 1, 1 + random() % 200)));
    RC_ASSERT(same(whole, decode_cut(wire, seed + 2, 8'000)));
    RC_ASSERT(whole.codes.size() == whole.ranges.size() && whole.codes.size() == whole.lines.size());
    RC_ASSERT(is_numbered(whole, whole.size() - 1, 29'999));
    std::uint64_t last = 0;
    for (const CounterBreak& b : whole.breaks) {
      RC_ASSERT(b.ordinal >= last && b.ordinal < whole.size());
      last = b.ordinal;
    }
  }));
}

TEST_CASE("lost whole samples are the only thing that a loss of whole samples costs") {
  CHECK(rc::check([](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::byte> wire;
    std::uint64_t index = 0, lost = 0;
    for (int piece = 0; piece < 6; ++piece) {
      const std::uint64_t n = 20 + random() % 3000, k = 1 + random() % 200;
      const auto part = stream_of(index, index + n);
      wire.insert(wire.end(), part.begin(), part.end());
      index += n + k;
      lost += k;
    }
    const SampleBlock block = decode_whole(wire);
    RC_ASSERT(block.size() + lost == index);
  }));
}
