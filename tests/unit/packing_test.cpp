// Packed codes: the same codes come back, whatever they are; a blob that is not one is refused.
#include "rig/store/packing.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "rig/store/digits.hpp"
#include "rig/store/packed_block.hpp"

using namespace jr;
using namespace jr::chunk;

namespace {

struct Trace {
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> ranges;
};

bool returns(const Trace& trace) {
  const Bytes blob = pack_codes(trace.codes, trace.ranges);
  std::vector<std::uint16_t> out(trace.codes.size(), 0xBEEF);
  return unpack_codes(blob, trace.ranges, out) && out == trace.codes;
}

/// A trace out of pieces: levels, ramps, noise of any width, spikes, ranges that stay or do not.
Trace random_trace(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Trace trace;
  const std::size_t pieces = 1 + random() % 6;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const std::size_t n = 1 + random() % 200, hold = 1 + random() % (random() % 2 ? 200 : 9);
    const auto level = static_cast<std::uint32_t>(random()), slope = static_cast<std::uint32_t>(random() % 5);
    const std::uint32_t spread = 1u << random() % 17;
    for (std::size_t i = 0; i < n; ++i) {
      const auto noise = static_cast<std::uint32_t>(random() % spread);
      const auto spike = static_cast<std::uint32_t>(random() % 40 == 0 ? random() : 0);
      trace.codes.push_back(static_cast<std::uint16_t>(level + slope * i + noise + spike));
      trace.ranges.push_back(static_cast<std::uint8_t>((i / hold + piece) % (random() % 50 ? 5 : 256)));
    }
  }
  return trace;
}

}  // namespace

TEST_CASE("every digit of every width comes back from its string of bits") {
  std::mt19937 random(1);
  for (unsigned width = 1; width <= kWidestDigit; ++width) {
    CAPTURE(width);
    std::uint16_t digits[kDigits], out[kDigits];
    std::byte bits[kDigitBytes];
    for (int round = 0; round < 100; ++round) {
      for (auto& digit : digits) digit = static_cast<std::uint16_t>(random() & ((1u << width) - 1));
      pack_digits(width, digits, bits);
      unpack_digits(width, bits, out);
      REQUIRE(std::memcmp(digits, out, sizeof digits) == 0);
      for (std::size_t bit = 0; bit < kDigits * width; ++bit)
        REQUIRE(((static_cast<unsigned>(bits[bit / 8]) >> bit % 8) & 1u) == ((digits[bit / width] >> bit % width) & 1u));
    }
  }
}

TEST_CASE("dividing by the inverse is dividing, for every digit of every width that pairs") {
  for (const packed::Width& width : packed::kWidths) {
    if (!width.paired || width.bits == 0) continue;
    CAPTURE(width.count);
    CHECK(width.count * width.count <= 1u << width.bits);
    for (std::uint32_t digit = 0; digit < width.count * width.count; ++digit)
      REQUIRE((((digit * width.inverse) >> 16) >> width.shift) == digit / width.count);
  }
}

TEST_CASE("any codes and ranges come back as they were packed") {
  CHECK(rc::check([](std::uint64_t seed) { RC_ASSERT(returns(random_trace(seed))); }));
  for (std::uint64_t seed = 0; seed < 3000; ++seed) REQUIRE(returns(random_trace(seed)));
}

TEST_CASE("no codes are no bytes, one code is a block of its own, and lengths about a block's come back") {
  CHECK(pack_codes({}, {}).empty());
  CHECK(unpack_codes({}, {}, {}));
  for (std::size_t n = 1; n <= 140; ++n) {
    Trace trace{std::vector<std::uint16_t>(n), std::vector<std::uint8_t>(n, 3)};
    for (std::size_t i = 0; i < n; ++i) trace.codes[i] = static_cast<std::uint16_t>(60000 + i * i * 37);
    REQUIRE(returns(trace));
  }
}

TEST_CASE("the widest codes cost two bytes each and hardly more") {
  std::mt19937 random(7);
  Trace trace{std::vector<std::uint16_t>(65536), std::vector<std::uint8_t>(65536, 1)};
  for (auto& code : trace.codes) code = static_cast<std::uint16_t>(random());
  CHECK(pack_codes(trace.codes, trace.ranges).size() < 65536 * 2 * 103 / 100);
  CHECK(returns(trace));
}

TEST_CASE("a flat trace costs a thirtieth of a byte a sample, a ramp no more") {
  Trace flat{std::vector<std::uint16_t>(64000, 4242), std::vector<std::uint8_t>(64000, 1)}, ramp = flat;
  for (std::size_t i = 0; i < ramp.codes.size(); ++i) ramp.codes[i] = static_cast<std::uint16_t>(3 * i);
  CHECK(pack_codes(flat.codes, flat.ranges).size() <= 2 * 1000 + 8);
  CHECK(pack_codes(ramp.codes, ramp.ranges).size() <= 2 * 1000 + 8);
  CHECK(returns(flat));
  CHECK(returns(ramp));
}

TEST_CASE("a switch of range and back costs a few bytes, not a wider block") {
  Trace steady{std::vector<std::uint16_t>(6400, 3000), std::vector<std::uint8_t>(6400, 1)}, switched = steady;
  for (std::size_t i = 2010; i < 2100; ++i) switched.codes[i] = 12000, switched.ranges[i] = 3;
  const std::size_t cost = pack_codes(switched.codes, switched.ranges).size() - pack_codes(steady.codes, steady.ranges).size();
  CHECK(cost <= 12);
  CHECK(returns(switched));
}

TEST_CASE("packed codes cut anywhere, or with a byte behind them, are refused in one sentence") {
  const Trace trace = random_trace(11);
  const Bytes blob = pack_codes(trace.codes, trace.ranges);
  std::vector<std::uint16_t> out(trace.codes.size());
  for (std::size_t cut = 0; cut < blob.size(); ++cut) {
    // On the heap and of that size, so that a sanitizer sees a read behind the end.
    const auto piece = std::make_unique<std::byte[]>(cut);
    if (cut) std::memcpy(piece.get(), blob.data(), cut);
    const auto done = unpack_codes({piece.get(), cut}, trace.ranges, out);
    REQUIRE(!done);
    REQUIRE(done.error().trouble == Trouble::malformed);
  }
  Bytes longer = blob;
  longer.push_back(std::byte{0});
  CHECK(!unpack_codes(longer, trace.ranges, out));
}

TEST_CASE("random bytes unpack or are refused, and never touch what is not theirs") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t n = random() % 300, size = random() % 400;
    std::vector<std::uint8_t> ranges(n);
    for (auto& range : ranges) range = static_cast<std::uint8_t>(random() % 40 == 0);
    std::vector<std::uint16_t> out(n);
    const auto blob = std::make_unique<std::byte[]>(size);
    for (std::size_t i = 0; i < size; ++i) blob[i] = static_cast<std::byte>(random() % 3 ? random() % 16 : random());
    (void)unpack_codes({blob.get(), size}, ranges, out);
  }
}
