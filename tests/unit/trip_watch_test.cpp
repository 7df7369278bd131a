// The trip current: what must cut the supply off, what must not, and what the record keeps.
// Never touches a device: blocks in, one call out.
#include <doctest/doctest.h>

#include <optional>

#include "rig/capture/trip_watch.hpp"

using namespace jr;

namespace {

struct Kept : SampleSink {
  void take(SampleBlock block) override { samples += block.size(); }
  void ended(Error error) override {
    ++ends;
    why = std::move(error);
  }
  std::size_t samples{};
  int ends{};
  std::optional<Error> why;
};

/// One range, 1 mA a code: codes are milliamperes.
TripRule rule_of(double trip_A) { return {trip_A, 1e-5, Volt{3.3}, {RangePolynomial{0, 1e-3, 0, 0, 0}}}; }

SampleBlock block_of(std::size_t n, std::uint16_t code, std::uint8_t range = 0) {
  SampleBlock block;
  block.codes.assign(n, code);
  block.ranges.assign(n, range);
  block.lines.assign(n, 0);
  return block;
}

struct Bench {
  explicit Bench(double trip_A, Result<void> off = {})
      : watch(kept, rule_of(trip_A), [this, off] {
          ++cuts;
          return off;
        }) {}
  Kept kept;
  int cuts{};
  TripWatch watch;
};

}  // namespace

TEST_CASE("a current above the limit for two milliseconds is cut off once, whatever the blocks' length") {
  for (const std::size_t piece : {1u, 7u, 99u, 100u, 1000u}) {
    Bench bench(0.3);
    for (std::size_t n = 0; n < 1000; n += piece) bench.watch.take(block_of(piece, 301));
    CHECK(bench.cuts == 1);
    REQUIRE(bench.kept.why.has_value());
    CHECK(bench.kept.why->trouble == Trouble::tripped);
    CHECK(bench.kept.why->message.find("0.301 A") != std::string::npos);
    CHECK(bench.kept.why->message.find("0.3 A: its supply was switched off") != std::string::npos);
    CHECK(bench.kept.samples >= 100);  // the samples that prove it are kept
    CHECK(bench.kept.samples < 1000 + piece);
  }
}

TEST_CASE("an inrush of half a millisecond and a current just below the limit do not trip") {
  Bench bench(0.3);
  for (int k = 0; k < 20; ++k) {
    bench.watch.take(block_of(50, 590));  // 0.59 A for half of each millisecond: a mean of 0.295 A
    bench.watch.take(block_of(50, 0));
    bench.watch.take(block_of(500, 299));
  }
  CHECK(bench.cuts == 0);
  CHECK(bench.kept.samples == 12'000);
}

TEST_CASE("no limit and illegal ranges never trip") {
  Bench unlimited(0);
  unlimited.watch.take(block_of(10'000, 60'000));
  CHECK(unlimited.cuts == 0);
  Bench bench(0.3);
  bench.watch.take(block_of(10'000, 60'000, 6));
  CHECK(bench.cuts == 0);
}

TEST_CASE("after a trip the reader's own end and later blocks are not passed on") {
  Bench bench(0.3);
  bench.watch.take(block_of(200, 400));
  const std::size_t kept = bench.kept.samples;
  bench.watch.take(block_of(200, 1));
  bench.watch.ended({Trouble::hang_up, "gone"});
  CHECK(bench.kept.samples == kept);
  CHECK(bench.kept.ends == 1);
  CHECK(bench.kept.why->trouble == Trouble::tripped);
}

TEST_CASE("the reader's own end is passed on when nothing tripped") {
  Bench bench(0.3);
  bench.watch.ended({Trouble::hang_up, "gone"});
  CHECK(bench.kept.why->trouble == Trouble::hang_up);
}

TEST_CASE("a supply that cannot be switched off is said so, with what the person has to do") {
  Bench bench(0.3, fail(Trouble::hang_up, "the port has gone"));
  bench.watch.take(block_of(200, 400));
  REQUIRE(bench.kept.why.has_value());
  CHECK(bench.kept.why->message.find("could NOT be switched off: pull the plug") != std::string::npos);
  CHECK(bench.kept.why->message.find("the port has gone") != std::string::npos);
}
