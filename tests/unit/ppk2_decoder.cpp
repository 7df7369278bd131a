// The PPK2's words: cuts, lost samples, lost bytes, flipped bits, stale beginnings.
#include "drivers/monitors/ppk2_decoder.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "tests/unit/ppk2_wire.hpp"

using namespace jr;
using namespace jr::test;

namespace {

/// The stream 0..end without the samples [from, from + k).
std::vector<std::byte> without(std::uint64_t from, std::uint64_t k, std::uint64_t end) {
  auto wire = stream_of(0, from);
  const auto rest = stream_of(from + k, end);
  wire.insert(wire.end(), rest.begin(), rest.end());
  return wire;
}

}  // namespace

TEST_CASE("a word is taken apart by its published fields") {
  std::vector<std::byte> wire;
  for (unsigned i = 0; i < 40; ++i) put(wire, {0x2A5C + i, 3, i, 0xA5});
  const SampleBlock block = decode_whole(wire);
  REQUIRE(block.size() == 40);
  CHECK(block.codes[0] == 0x2A5C);
  CHECK(block.ranges[0] == 3);
  CHECK(block.lines[0] == 0xA5);
  CHECK(block.codes[39] == 0x2A5C + 39);
  CHECK(block.breaks.empty());
}

TEST_CASE("the battery bit does not leak into range or counter") {
  std::vector<std::byte> wire;
  for (unsigned i = 0; i < 40; ++i) {
    put(wire, {100, 4, i, 0});
    wire[wire.size() - 2] |= std::byte{0x02};
  }
  const SampleBlock block = decode_whole(wire);
  REQUIRE(block.size() == 40);
  CHECK(block.ranges[17] == 4);
  CHECK(block.breaks.empty());
}

TEST_CASE("every read size from 1 to 17 bytes gives the same samples across counter wraps") {
  const auto wire = stream_of(0, 1000);
  for (std::size_t cut = 1; cut <= 17; ++cut) {
    CAPTURE(cut);
    Ppk2Decoder decoder;
    SampleBlock block;
    for (std::size_t at = 0; at < wire.size(); at += cut)
      decoder.decode(std::span(wire).subspan(at, std::min(cut, wire.size() - at)), block);
    decoder.finish(block);
    REQUIRE(block.size() == 1000);
    CHECK(block.breaks.empty());
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(is_numbered(block, i, i));
  }
}

TEST_CASE("ten words in reads of three bytes are ten samples") {
  const auto wire = stream_of(0, 10);
  Ppk2Decoder decoder;
  SampleBlock block;
  for (std::size_t at = 0; at < wire.size(); at += 3)
    decoder.decode(std::span(wire).subspan(at, std::min<std::size_t>(3, wire.size() - at)), block);
  decoder.finish(block);
  CHECK(block.size() == 10);
}

TEST_CASE("lost samples are counted modulo 64 and none of the others is touched") {
  for (const std::uint64_t k : {1, 10, 31, 63, 65, 1000}) {
    CAPTURE(k);
    const SampleBlock block = decode_whole(without(5000, k, 9000));
    REQUIRE(block.size() == 9000 - k);
    REQUIRE(block.breaks.size() == 1);
    CHECK(block.breaks[0].ordinal == 5000);
    CHECK(block.breaks[0].missing_modulo == k % 64);
    CHECK(block.breaks[0].modulus == 64);
    CHECK(block.breaks[0].discarded_bytes == 0);
    CHECK(block.breaks[0].discarded_samples == 0);
    for (std::size_t i = 0; i < block.size(); ++i) REQUIRE(is_numbered(block, i, i < 5000 ? i : i + k));
  }
}

TEST_CASE("a loss of a multiple of 64 leaves no mark in the stream, as the wire format has it") {
  const SampleBlock block = decode_whole(without(5000, 64, 9000));
  CHECK(block.size() == 9000 - 64);
  CHECK(block.breaks.empty());
}

TEST_CASE("two losses ten samples apart are both found") {
  auto wire = stream_of(0, 1000);
  for (const auto& [from, end] : {std::pair{1003, 1013}, std::pair{1020, 2000}}) {
    const auto part = stream_of(static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(end));
    wire.insert(wire.end(), part.begin(), part.end());
  }
  const SampleBlock block = decode_whole(wire);
  REQUIRE(block.breaks.size() == 2);
  CHECK(block.breaks[0].missing_modulo == 3);
  CHECK(block.breaks[1].missing_modulo == 7);
  CHECK(block.size() == 1990);
}

TEST_CASE("one flipped counter bit costs no sample and moves no other") {
  for (int bit = 2; bit < 8; ++bit) {
    auto wire = stream_of(0, 3000);
    wire[4 * 1234 + 2] ^= static_cast<std::byte>(1 << bit);
    const SampleBlock block = decode_whole(wire);
    REQUIRE(block.size() == 3000);
    for (std::size_t i = 0; i < 3000; ++i) REQUIRE(is_numbered(block, i, i));
    REQUIRE(block.breaks.size() == 1);
    CHECK(block.breaks[0].ordinal == 1234);
    CHECK(block.breaks[0].missing_modulo == 0);
    CHECK(block.breaks[0].modulus == 0);
  }
}

TEST_CASE("three wrong counters in one stretch still cost nothing") {
  auto wire = stream_of(0, 3000);
  for (const std::size_t at : {1000, 1001, 1005}) wire[4 * at + 2] ^= std::byte{0x40};
  const SampleBlock block = decode_whole(wire);
  REQUIRE(block.size() == 3000);
  for (std::size_t i = 0; i < 3000; ++i) REQUIRE(is_numbered(block, i, i));
  for (const CounterBreak& b : block.breaks) CHECK(b.modulus == 0);
}

TEST_CASE("k lost bytes anywhere cost at most 16 samples and no foreign value gets through") {
  for (std::size_t k = 1; k <= 9; ++k) {
    for (std::size_t at = 4000; at < 4000 + 64; ++at) {
      CAPTURE(k);
      CAPTURE(at);
      auto wire = stream_of(0, 3000);
      wire.erase(wire.begin() + static_cast<std::ptrdiff_t>(at),
                 wire.begin() + static_cast<std::ptrdiff_t>(at + k));
      const SampleBlock block = decode_whole(wire);
      const std::size_t destroyed = (at + k - 1) / 4 - at / 4 + 1;
      REQUIRE(block.size() + destroyed + 16 >= 3000);
      REQUIRE(block.breaks.size() == 1);
      const CounterBreak& b = block.breaks[0];
      REQUIRE(b.ordinal + 16 >= at / 4);
      REQUIRE((3000 - block.size()) % 64 == b.missing_modulo);
      const std::size_t gone = 3000 - block.size();
      // A whole number of words cut out of the middle leaves one chimera that nothing can tell.
      const bool chimera = k % 4 == 0 && at % 4 != 0;
      for (std::size_t i = 0; i < block.size(); ++i) {
        if (chimera && i + 1 >= b.ordinal && i <= b.ordinal) continue;
        REQUIRE(is_numbered(block, i, i < b.ordinal ? i : i + gone));
      }
    }
  }
}

TEST_CASE("a lost byte with constant codes and lines never shows a false line level") {
  for (std::size_t at = 4000; at < 4000 + 256; ++at) {
    std::vector<std::byte> wire;
    for (unsigned i = 0; i < 3000; ++i) put(wire, {0x1555, 2, i, 0x80});
    wire.erase(wire.begin() + static_cast<std::ptrdiff_t>(at));
    const SampleBlock block = decode_whole(wire);
    REQUIRE(block.size() + 16 >= 3000);
    for (std::size_t i = 0; i < block.size(); ++i) {
      REQUIRE(block.lines[i] == 0x80);
      REQUIRE(block.codes[i] == 0x1555);
      REQUIRE(block.ranges[i] == 2);
    }
  }
}

TEST_CASE("the illegal ranges 5 to 7 come out as they are") {
  for (const unsigned range : {5U, 6U, 7U}) {
    std::vector<std::byte> wire;
    for (unsigned i = 0; i < 100; ++i) put(wire, {50, range, i, 0});
    const SampleBlock block = decode_whole(wire);
    REQUIRE(block.size() == 100);
    CHECK(block.ranges[50] == range);
  }
}

TEST_CASE("a stream joined in the middle of a word begins with a whole sample") {
  for (std::size_t cut = 0; cut < 4; ++cut) {
    auto wire = stream_of(777, 2000);
    wire.erase(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(cut));
    const SampleBlock block = decode_whole(wire);
    const std::size_t lost = 2000 - 777 - block.size();
    CHECK(lost <= 2);
    for (std::size_t i = 0; i < block.size(); ++i) REQUIRE(is_numbered(block, i, 777 + lost + i));
    for (const CounterBreak& b : block.breaks) {
      CHECK(b.ordinal == 0);
      CHECK(b.missing_modulo == 0);
    }
  }
}

TEST_CASE("text in the middle of a stream is thrown away and costs a handful of samples") {
  auto wire = stream_of(0, 1000);
  const std::string text = "Calibrated: 1\nR0: 1003.3506\nR1: 101.5865\nVDD: 3300\nEND\n";
  for (const char c : text) wire.push_back(static_cast<std::byte>(c));
  const auto rest = stream_of(1000, 2000);
  wire.insert(wire.end(), rest.begin(), rest.end());
  const SampleBlock block = decode_whole(wire);
  CHECK(block.size() + 16 >= 2000);
  REQUIRE(block.breaks.size() == 1);
  CHECK(block.breaks[0].missing_modulo == 2000 - block.size());
}

TEST_CASE("bytes that are no stream at all give no samples and are counted") {
  Ppk2Decoder decoder;
  SampleBlock block;
  const std::vector<std::byte> zeros(100'000);
  decoder.decode(zeros, block);
  CHECK(block.size() == 0);
  CHECK(decoder.bytes_without_sample() > 99'000);
}

TEST_CASE("blocks are numbered through and breaks lie in their own block") {
  const auto wire = without(5000, 3, 9000);
  Ppk2Decoder decoder;
  std::uint64_t next = 0;
  std::size_t breaks = 0;
  for (std::size_t at = 0; at < wire.size(); at += 4000) {
    SampleBlock block;
    decoder.decode(std::span(wire).subspan(at, std::min<std::size_t>(4000, wire.size() - at)), block);
    CHECK(block.first_ordinal == next);
    for (const CounterBreak& b : block.breaks) {
      CHECK(b.ordinal >= block.first_ordinal);
      CHECK(b.ordinal < block.first_ordinal + block.size());
    }
    breaks += block.breaks.size();
    next += block.size();
  }
  CHECK(breaks == 1);
}
