// The watcher fed by hand: edges across blocks, currents, shares, what is kept, and how waiting
// ends. Never starts a monitor.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "rig/run/stream_watch.hpp"

using namespace jr;

namespace {

constexpr double kPatience_s =
    120;  ///< for what has to happen; only a broken watcher waits so long

/// A monitor whose code is its current in microampere, in range 0; range 1 counts in milliampere.
class Ruler : public Monitor {
 public:
  const MonitorIdentity& identity() const override { return identity_; }
  StreamClock clock() const override { return {1e-5, 50}; }
  std::vector<RangePolynomial> polynomials() const override {
    RangePolynomial micro, milli;
    micro.b_A_per_code = 1e-6;
    milli.b_A_per_code = 1e-3;
    return {micro, milli};
  }
  Result<void> start(SampleSink&) override { return {}; }
  Result<void> stop() override { return {}; }

 private:
  MonitorIdentity identity_{"ruler", "1", "", "", "", ""};
};

/// `n` samples from `first` on: current 5 uA, lines by `level(ordinal)`.
template <class Level>
SampleBlock block_of(std::uint64_t first, std::size_t n, Level level) {
  SampleBlock block;
  block.first_ordinal = first;
  block.host_arrival_ns = 1'000'000'000 + static_cast<std::int64_t>((first + n) * 10'000);
  block.codes.assign(n, 5);
  block.ranges.assign(n, 0);
  for (std::uint64_t i = first; i < first + n; ++i)
    block.lines.push_back(static_cast<std::uint8_t>(level(i)));
  return block;
}

int low(std::uint64_t) { return 0; }

}  // namespace

TEST_CASE("an edge is seen also where one block ends and the next begins") {
  StreamWatch watch(Ruler(), Volt{3.3});
  watch.take(block_of(0, 100, low));
  watch.take(block_of(100, 100, [](std::uint64_t i) { return i < 150 ? 1 : 0; }));
  const auto edges = watch.edges(0, 0);
  REQUIRE(edges.size() == 2);
  CHECK(edges[0].ordinal == 100);
  CHECK(edges[0].level);
  CHECK(edges[1].ordinal == 150);
  CHECK_FALSE(edges[1].level);
  CHECK(watch.edges(0, 100).size() == 2);  // the sample before tells that it is one
  CHECK(watch.edges(0, 101).size() == 1);
  CHECK(watch.edge_counts(0)[0] == 2);
  CHECK(watch.edge_counts(0)[1] == 0);
}

TEST_CASE("the first sample of a stream is no edge, whatever its level") {
  StreamWatch watch(Ruler(), Volt{3.3});
  watch.take(block_of(0, 10, [](std::uint64_t) { return 255; }));
  CHECK(watch.edge_counts(0) == std::array<int, 8>{});
  CHECK(watch.share_high(3, 0, 10) == 1.0);
}

TEST_CASE("mean, scatter, highest current and moments are those of the piece that was asked for") {
  StreamWatch watch(Ruler(), Volt{3.3});
  SampleBlock block = block_of(0, 100, low);
  for (std::size_t i = 50; i < 100; ++i) block.codes[i] = 7;
  block.ranges[99] = 1;
  watch.take(std::move(block));
  CHECK(watch.current(0, 50).mean_A == doctest::Approx(5e-6));
  CHECK(watch.current(0, 50).deviation_A == doctest::Approx(0));
  CHECK(watch.current(25, 75).mean_A == doctest::Approx(6e-6));
  CHECK(watch.current(25, 75).deviation_A == doctest::Approx(1e-6 * std::sqrt(50.0 / 49.0)));
  CHECK(watch.current(50, 100).highest_A == doctest::Approx(7e-3));
  CHECK(watch.current(50, 100).commonest_range == 0);
  CHECK(watch.means_A(0, 75, 25) == std::vector<double>{5e-6, 5e-6, 7e-6});
  CHECK(watch.moments(50, 100).value().ranges[1].n == 1);
  CHECK(std::isnan(watch.current(200, 300).mean_A));
}

TEST_CASE("only the newest samples are kept, and a piece that is no longer kept is not found") {
  StreamWatch watch(Ruler(), Volt{3.3}, 0.01);  // 1000 samples
  for (std::uint64_t first = 0; first < 10'000; first += 100) watch.take(block_of(first, 100, low));
  CHECK(watch.state().received == 10'000);
  CHECK(watch.moments(9'000, 10'000).has_value());
  CHECK_FALSE(watch.moments(5'000, 6'000).has_value());
  CHECK_FALSE(watch.moments(9'900, 10'001).has_value());
}

TEST_CASE(
    "waiting ends with the sample, with the stream's own end, with Ctrl-C, or when the patience is "
    "over") {
  std::atomic<bool> interrupted{false};
  StreamWatch watch(Ruler(), Volt{3.3}, 60, &interrupted);
  std::thread reader([&] { watch.take(block_of(0, 100, low)); });
  CHECK(watch.wait_for(100, kPatience_s).has_value());
  reader.join();
  CHECK(watch.wait_for(101, 0).error().trouble == Trouble::timeout);
  interrupted = true;
  CHECK(watch.wait_for(101, kPatience_s).error().trouble == Trouble::interrupted);
  CHECK_FALSE(watch.wait_for_end(kPatience_s));
  interrupted = false;
  std::thread end([&] { watch.ended({Trouble::hang_up, "gone"}); });
  CHECK(watch.wait_for_end(kPatience_s));
  end.join();
  CHECK(watch.wait_for(101, kPatience_s).error().message == "gone");
  CHECK(watch.wait_for(100, 0).has_value());  // what has come has come
}

TEST_CASE("a rate outside the published limit shows as what it is") {
  StreamWatch watch(Ruler(), Volt{3.3}, 1);
  constexpr double kSkew = 400e-6;  // the limit is 50 ppm
  for (std::uint64_t first = 0; first < 3'000'000; first += 1000) {
    SampleBlock block = block_of(first, 1000, low);
    block.host_arrival_ns =
        1'000'000'000 +
        static_cast<std::int64_t>(static_cast<double>(first + 1000) * 1e4 * (1 + kSkew));
    watch.take(std::move(block));
  }
  const ClockFit fit = watch.free_clock_fit();
  CHECK(fit.skew_ppm == doctest::Approx(400).epsilon(0.02));
}

TEST_CASE("a jump of the counter is a break, and its samples are lost") {
  StreamWatch watch(Ruler(), Volt{3.3});
  watch.take(block_of(0, 1000, low));
  SampleBlock after = block_of(1000, 1000, low);
  after.host_arrival_ns += 70'000;
  after.breaks.push_back({1000, 7, 64, 0, 0});
  watch.take(std::move(after));
  CHECK(watch.state().breaks == 1);
  std::uint64_t lost = 0;
  for (const Gap& gap : watch.gaps()) lost += gap.length;
  CHECK(lost == 7);
}
