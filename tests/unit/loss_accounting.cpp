// Loss accounting under simulated clocks: exact where it says so, bracketed where it cannot be.
#include "rig/capture/loss.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/unit/loss_stream.hpp"

using namespace jr;
using namespace jr::test;

namespace {

constexpr StreamClock kClock{1e-5, 100.0};
const std::uint64_t kSizes[] = {1, 2, 31, 32, 63, 64, 65, 127, 128, 640, 1000, 1024, 4096, 6400, 9984, 9999, 10000};

void check_exact(const StreamPlan& plan) {
  LossAccounting account(kClock);
  const StreamTruth truth = play(plan, account);
  const std::vector<Gap> gaps = account.resolve();
  REQUIRE(gaps.size() == truth.gaps.size());
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    CAPTURE(i);
    CHECK(gaps[i].length == truth.gaps[i].length);
    CHECK(gaps[i].length_limit == 0);
    const auto off = static_cast<std::int64_t>(gaps[i].ordinal - truth.gaps[i].ordinal);
    CHECK(static_cast<std::uint64_t>(std::abs(off)) <= gaps[i].place_limit);
  }
}

bool brackets(const Gap& gap, std::uint64_t truth) {
  return truth + gap.length_limit >= gap.length && truth <= gap.length + gap.length_limit;
}

}  // namespace

TEST_CASE("every loss from 1 to 10000 samples is exact with 2 s of stream on both sides, multiples of 64 too") {
  for (const double skew : {-50.0, 0.0, 50.0})
    for (const std::uint64_t k : kSizes)
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        CAPTURE(skew);
        CAPTURE(k);
        CAPTURE(seed);
        StreamPlan plan;
        plan.for_s = 4.02 + 1e-5 * static_cast<double>(k);
        plan.skew_ppm = skew;
        plan.lost = {{2.005, k}};
        plan.seed = seed * 1000 + k;
        check_exact(plan);
      }
}

// 2 s are 66 bursts: now and then that cannot settle the last turn of the counter; then it is bracketed.
TEST_CASE("in bursts of 30 ms a loss is exact or bracketed with 2 s on both sides, exact with 5 s") {
  int exact = 0, all = 0;
  for (const double side_s : {2.0, 5.0})
    for (const double skew : {-50.0, 0.0, 50.0})
      for (const std::uint64_t k : kSizes)
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
          CAPTURE(side_s);
          CAPTURE(skew);
          CAPTURE(k);
          CAPTURE(seed);
          StreamPlan plan;
          plan.for_s = 2 * side_s + 0.06 + 1e-5 * static_cast<double>(k);
          plan.piece_s = 0.030;
          plan.skew_ppm = skew;
          plan.lost = {{side_s + 0.03, k}};
          plan.seed = seed * 1000 + k;
          if (side_s > 2) {
            check_exact(plan);
            continue;
          }
          LossAccounting account(kClock);
          play(plan, account);
          const auto gaps = account.resolve();
          REQUIRE(gaps.size() == 1);
          CHECK(brackets(gaps[0], k));
          exact += gaps[0].length_limit == 0;
          ++all;
        }
  CHECK(exact >= all * 9 / 10);
}

TEST_CASE("several losses apart are each exact") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    StreamPlan plan;
    plan.for_s = 30;
    plan.skew_ppm = seed % 2 ? 50 : -50;
    plan.lost = {{3.0, 64}, {6.1, 1000}, {9.7, 6400}, {13.0, 1}, {17.5, 128}, {21.2, 65}, {26.0, 9984}};
    plan.seed = seed;
    check_exact(plan);
    plan.piece_s = 0.030;
    check_exact(plan);
  }
}

TEST_CASE("a stream without losses has no gap, whatever its skew, length and latency") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    StreamPlan plan;
    plan.for_s = 0.5 + static_cast<double>(seed);
    plan.skew_ppm = -60.0 + 3.0 * static_cast<double>(seed);
    plan.piece_s = seed % 2 ? 0.010 : 0.030;
    plan.latency_s = seed % 3 ? 0.002 : 0.0002;
    plan.seed = seed;
    check_exact(plan);
  }
}

TEST_CASE("a host that stalls and then gets everything has lost nothing") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    StreamPlan plan;
    plan.for_s = 16;
    plan.skew_ppm = 40;
    plan.stalls = {{2.0, 0.3}, {4.0, 1.4}, {7.5, 0.02}, {9.0, 3.0}, {15.2, 0.5}};
    plan.seed = seed;
    check_exact(plan);
  }
}

TEST_CASE("a loss during a stall is told apart from the stall") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    StreamPlan plan;
    plan.for_s = 9;
    plan.skew_ppm = -40;
    plan.stalls = {{4.0, 0.8}};
    plan.lost = {{4.4, seed % 2 ? 640U : 1001U}};
    plan.seed = seed;
    check_exact(plan);
  }
}

TEST_CASE("a loss with too little stream beside it is bracketed, and the bracket holds the truth") {
  int doubtful = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    StreamPlan plan;
    plan.for_s = 5;
    plan.skew_ppm = 30;
    plan.piece_s = 0.030;
    const std::uint64_t k = 65 + seed * 17 - (65 + seed * 17) % 64 + 1;  // 1 modulo 64
    plan.lost = {{4.9 - 1e-5 * static_cast<double>(k), k}};
    plan.seed = seed;
    LossAccounting account(kClock);
    play(plan, account);
    const auto gaps = account.resolve();
    REQUIRE(gaps.size() == 1);
    CAPTURE(seed);
    CHECK(brackets(gaps[0], k));
    CHECK(gaps[0].length % 64 == 1);
    doubtful += gaps[0].length_limit > 0;
  }
  CHECK(doubtful > 30);
}

TEST_CASE("two losses 60 ms apart: each bracketed, their sum exact") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    StreamPlan plan;
    plan.for_s = 10;
    plan.skew_ppm = -20;
    plan.lost = {{5.0, 203}, {5.063, 331}};
    plan.seed = seed;
    LossAccounting account(kClock);
    play(plan, account);
    const auto gaps = account.resolve();
    REQUIRE(gaps.size() == 2);
    CHECK(brackets(gaps[0], 203));
    CHECK(brackets(gaps[1], 331));
    CHECK(gaps[0].length + gaps[1].length == 534);
  }
}

TEST_CASE("two losses within one block are shared out, never lost") {
  LossAccounting account(kClock);
  std::uint64_t ordinal = 0;
  for (int i = 0; i < 1000; ++i) {
    const bool here = i == 500;
    const std::vector<CounterBreak> breaks{{ordinal + 100, 5, 64, 0, 0}, {ordinal + 200, 7, 64, 0, 0}};
    ordinal += 1000;
    account.add(ordinal, (i + 1) * 10'000'000LL + (i >= 500 ? (5 + 7 + 640) * 10'000LL : 0),
                here ? std::span(breaks) : std::span<const CounterBreak>{});
  }
  const auto gaps = account.resolve();
  REQUIRE(gaps.size() == 2);
  CHECK(gaps[0].length + gaps[1].length == 652);
  CHECK(brackets(gaps[0], 5));
  CHECK(brackets(gaps[1], 647));
}

TEST_CASE("a flipped counter is no gap, and breaks before the first sample are none either") {
  LossAccounting account(kClock);
  for (int i = 0; i < 500; ++i) {
    std::vector<CounterBreak> breaks;
    if (i == 0) breaks = {{0, 0, 0, 3, 0}};
    if (i == 200) breaks = {{200'123, 0, 0, 0, 0}};
    account.add(static_cast<std::uint64_t>(i + 1) * 1000, (i + 1) * 10'000'000LL, breaks);
  }
  CHECK(account.resolve().empty());
  CHECK(account.lost() == 0);
}

TEST_CASE("samples thrown away while finding the phase again are a gap of that length, caused by it") {
  LossAccounting account(kClock);
  std::uint64_t ordinal = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::vector<CounterBreak> breaks{{ordinal + 100, 6, 64, 3, 5}};
    ordinal += i == 500 ? 994 : 1000;
    account.add(ordinal, (i + 1) * 10'000'000LL, i == 500 ? std::span(breaks) : std::span<const CounterBreak>{});
  }
  const auto gaps = account.resolve();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].length == 6);
  CHECK(gaps[0].length_limit == 0);
  CHECK(gaps[0].cause == GapCause::resync);
}

TEST_CASE("more samples thrown away than the residue says make whole turns of the counter") {
  LossAccounting account(kClock);
  const std::vector<CounterBreak> breaks{{100, 6, 64, 3, 75}};
  account.add(1000, 10'000'000, breaks);
  const auto gaps = account.resolve();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].length >= 134);
  CHECK(gaps[0].length_limit > 0);
}

TEST_CASE("an unseen loss is placed between the arrivals around it") {
  StreamPlan plan;
  plan.for_s = 8;
  plan.lost = {{4.0, 6400}};
  LossAccounting account(kClock);
  const StreamTruth truth = play(plan, account);
  const auto gaps = account.resolve();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].cause == GapCause::host_clock);
  CHECK(gaps[0].place_limit <= 3000);
  CHECK(gaps[0].place_limit > 0);
}

TEST_CASE("nothing or next to nothing gives no gap and no number that is none") {
  LossAccounting account(kClock);
  CHECK(account.resolve().empty());
  account.add(10, 1'000, {});
  CHECK(account.resolve().empty());
  const ClockFit fit = account.fit();
  CHECK(fit.skew_ppm == 0);
  CHECK(fit.u_ppm == doctest::Approx(100 / std::sqrt(3.0)).epsilon(0.01));
  CHECK(std::isfinite(fit.index_at(0)));
  CHECK(std::isfinite(fit.ordinal_at(2'000'000'000)));
}

TEST_CASE("the skew is found within what the fit states, and to 0.3 ppm after a minute of bursts") {
  for (const double piece_s : {0.010, 0.030}) {
    double squares = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      StreamPlan plan;
      plan.for_s = 60;
      plan.piece_s = piece_s;
      plan.skew_ppm = -50.0 + 3.0 * static_cast<double>(seed);
      plan.lost = {{20, 1001}};
      plan.seed = seed;
      LossAccounting account(kClock);
      play(plan, account);
      const ClockFit fit = account.fit();
      CHECK(std::abs(fit.skew_ppm - plan.skew_ppm) < 1.0);
      const double z = (fit.skew_ppm - plan.skew_ppm) / fit.u_ppm;
      squares += z * z;
    }
    CHECK(std::sqrt(squares / 30) < 1.6);
    CHECK(std::sqrt(squares / 30) > 0.3);
  }
}

TEST_CASE("of an hour two arrivals a second are kept, and losses in its middle are still exact") {
  StreamPlan plan;
  plan.for_s = 3600;
  plan.skew_ppm = 20;
  plan.lost = {{900, 640}, {1800.5, 1001}};
  LossAccounting account(kClock);
  const StreamTruth truth = play(plan, account);
  const auto gaps = account.resolve();
  REQUIRE(gaps.size() == 2);
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(gaps[k].length == truth.gaps[k].length);
    CHECK(gaps[k].length_limit == 0);
  }
  CHECK(std::abs(account.fit().skew_ppm - plan.skew_ppm) < 0.3);
  CHECK(account.arrivals_kept() < 24'000);
}

TEST_CASE("host time and samples are told from each other across a gap") {
  StreamPlan plan;
  plan.for_s = 20;
  plan.skew_ppm = 30;
  plan.lost = {{10, 10000}};
  LossAccounting account(kClock);
  const StreamTruth truth = play(plan, account);
  const ClockFit fit = account.fit();
  for (const double index : {1.0, 500'000.0, 999'000.0, 1'020'000.0, 1'900'000.0}) {
    const std::int64_t ns = truth.start_ns + std::llround(index * truth.true_period_ns);
    const double ordinal = index > 1'000'000 ? index - 10'000 : index;
    CHECK(std::abs(fit.index_at(ns) - index) < 20);
    CHECK(std::abs(fit.ordinal_at(ns) - ordinal) < 20);
    CHECK(std::abs(fit.host_ns_at(ordinal) - ns) < 200'000);
    CHECK(std::abs(static_cast<double>(account.ordinal_at(ns)) - ordinal) < 20);
  }
  const std::int64_t in_gap = truth.start_ns + std::llround(1'005'000.0 * truth.true_period_ns);
  CHECK(fit.ordinal_at(in_gap) == doctest::Approx(1'000'000.0));
}

TEST_CASE("seconds of heavy load, in which even the least late arrival is later, are no loss") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::exponential_distribution<double> exponential;
    std::uniform_real_distribution<double> uniform;
    LossAccounting account(kClock);
    double latency_s = 1e-4, regime_until = 0, last = 0;
    const double end_s = 4 + 30 * uniform(random), skew = (uniform(random) - 0.5) * 120e-6;
    std::uint64_t ordinal = 0;
    for (double t = 0.01; t < end_s; t += 0.01) {
      if (t > regime_until) {
        latency_s = uniform(random) < 0.5 ? 1e-4 : 5e-4 * std::pow(20, uniform(random));
        regime_until = t + 0.3 + 3 * uniform(random);
      }
      last = std::max(last, t * (1 + skew) + latency_s * exponential(random));
      account.add(ordinal += 1000, std::llround(last * 1e9), {});
    }
    CHECK(account.resolve().empty());
  }
}

TEST_CASE("hours of stream take bounded memory and losses long ago stay exact") {
  StreamPlan plan;
  plan.for_s = 1800;
  plan.skew_ppm = 37;
  plan.lost = {{5, 64}, {50, 1000}, {100, 640}, {700, 65}, {1200, 6400}, {1795, 128}};
  check_exact(plan);
}

TEST_CASE("whole turns lost shortly before a counter jump widen the gap's place back to where they may lie") {
  constexpr std::uint64_t kUnseenAt = 230'000, kJumpAt = 300'000, kTurn = 64, kSeen = 9;
  jr::LossAccounting loss({1e-5, 50});
  std::uint64_t ordinal = 0;
  for (std::uint64_t piece = 0; piece < 1000; ++piece) {
    const std::uint64_t end = (piece + 1) * 1000;
    jr::SampleBlock block;
    block.first_ordinal = ordinal;
    const std::uint64_t lost = (end > kUnseenAt ? kTurn : 0) + (end > kJumpAt ? kSeen : 0);
    const std::uint64_t n = end - lost - ordinal;
    block.codes.resize(n), block.ranges.resize(n), block.lines.resize(n);
    if (end > kJumpAt && end <= kJumpAt + 1000) block.breaks.push_back({kJumpAt - kTurn, kSeen, 64, 0, 0});
    block.host_arrival_ns = static_cast<std::int64_t>(end) * 10'000 + 200'000 + static_cast<std::int64_t>(piece * 7919 % 500) * 1000;
    ordinal += n;
    loss.add(block);
  }
  const auto gaps = loss.resolve();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].length == kTurn + kSeen);
  CHECK(gaps[0].ordinal - gaps[0].place_limit <= kUnseenAt);
}
