// Faults of the supply and of the load against the ledger in closed form; faults inside the monitor
// against its own words. Never starts a world.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "fixtures/sim/history.hpp"
#include "fixtures/sim/ledger.hpp"
#include "fixtures/sim/load.hpp"
#include "fixtures/sim/monitors/ppk2.hpp"

using namespace jr::sim;

namespace {

constexpr std::int64_t kMilli_ns = 1'000'000;
constexpr double kLoad_A = 0.02, kSource_V = 3.3;

StateCurrents currents() {
  return {.off = 0, .reset = 4e-3, .active = kLoad_A, .idle = 2e-3, .sleep = 18e-6, .mark_pin = 0};
}

/// MARK is high from 10 to 110 ms.
struct OneWindow {
  Ledger ledger;
  SupplyNetwork network;
  LoadHistory history;
  explicit OneWindow(const SupplyNetwork& leads)
      : network(leads), history(leads, currents(), ledger) {
    history.supply(0, true, kSource_V);
    history.state(1 * kMilli_ns, BoardState::active);
    history.pin(10 * kMilli_ns, kMarkLine, true);
    history.pin(110 * kMilli_ns, kMarkLine, false);
  }
  const WindowTruth& truth() {
    history.commit(200 * kMilli_ns);
    REQUIRE(ledger.windows().size() == 1);
    return ledger.windows()[0];
  }
  /// The charge that left the monitor in the window, by Simpson's rule between the given instants.
  double lead_charge_by_steps_C(const std::vector<std::int64_t>& cuts_ns) {
    double charge_C = 0;
    for (std::size_t k = 0; k + 1 < cuts_ns.size(); ++k) {
      constexpr int kSteps = 2000;
      const double from = static_cast<double>(cuts_ns[k]), to = static_cast<double>(cuts_ns[k + 1]);
      for (int i = 0; i <= kSteps; ++i) {
        const double t_ns = std::min(from + (to - from) * i / kSteps, to - 1e-3);
        const double weight = i == 0 || i == kSteps ? 1 : i % 2 ? 4 : 2;
        charge_C += weight / 3 * (to - from) * 1e-9 / kSteps * history.lead_current_A(t_ns);
      }
    }
    return charge_C;
  }
};

struct Word {
  int code, range, counter, lines;
};

std::vector<Word> words_of(VirtualPpk2& instrument) {
  const auto bytes = instrument.take_output();
  std::vector<Word> words;
  for (std::size_t i = 0; i + 3 < bytes.size(); i += 4) {
    std::uint32_t w = 0;
    for (std::size_t k = 0; k < 4; ++k)
      w |= std::to_integer<std::uint32_t>(bytes[i + k]) << (8 * k);
    words.push_back({static_cast<int>(w & 0x3FFF), static_cast<int>(w >> 14 & 7),
                     static_cast<int>(w >> 18 & 0x3F), static_cast<int>(w >> 24)});
  }
  return words;
}

/// An instrument without errors that streams 5 mA from time 0.
struct Streaming {
  LoadAlone load{SteadyLoad{5e-3}};
  VirtualPpk2 instrument{{}, load};
  Streaming() {
    for (const int octet : {0x0C, 1, 0x06}) {
      const std::byte byte{static_cast<unsigned char>(octet)};
      instrument.receive({&byte, 1}, 0);
    }
  }
  std::vector<Word> until(double t_s) {
    instrument.generate(t_s);
    return words_of(instrument);
  }
};

}  // namespace

TEST_CASE("a source that droops costs the window exactly the volts that are missing") {
  OneWindow bench({0.15, 0});
  bench.history.droop(30 * kMilli_ns, 0.5, 0);
  bench.history.droop(70 * kMilli_ns, 0, 0);
  const WindowTruth& w = bench.truth();
  const double at_board_V = kSource_V - 0.15 * kLoad_A;
  CHECK(w.energy_J == doctest::Approx(kLoad_A * (at_board_V * 0.1 - 0.5 * 0.04)).epsilon(1e-13));
  CHECK(w.charge_C == doctest::Approx(kLoad_A * 0.1).epsilon(1e-13));
}

TEST_CASE("leads that get worse cost the window what they burn") {
  OneWindow bench({0.15, 0});
  bench.history.droop(30 * kMilli_ns, 0, 10);
  bench.history.droop(70 * kMilli_ns, 0, 0);
  const double burnt_J = kLoad_A * kLoad_A * (0.15 * 0.1 + 10 * 0.04);
  CHECK(bench.truth().energy_J ==
        doctest::Approx(kSource_V * kLoad_A * 0.1 - burnt_J).epsilon(1e-13));
}

TEST_CASE(
    "the bypass capacitor keeps its voltage through a droop, and its charge comes back after it") {
  OneWindow bench({2.0, 100e-6});  // 0.2 ms
  bench.history.droop(30 * kMilli_ns, 0.4, 0);
  bench.history.commit(30 * kMilli_ns);
  const double steady_V = kSource_V - 2.0 * kLoad_A;
  // At the first instant the leads carry what the capacitor's voltage leaves over them: backwards.
  CHECK(bench.history.lead_current_A(30e6) ==
        doctest::Approx((kSource_V - 0.4 - steady_V) / 2.0).epsilon(1e-12));
  bench.history.droop(70 * kMilli_ns, 0, 0);
  const WindowTruth& w = bench.truth();
  // v falls by 0.4 (1 - exp(-t/RC)) and rises again in the same way: the two tails cancel but for
  // e^-200.
  CHECK(w.energy_J == doctest::Approx(kLoad_A * (steady_V * 0.1 - 0.4 * 0.04)).epsilon(1e-12));
  CHECK(w.lead_charge_C == doctest::Approx(kLoad_A * 0.1).epsilon(1e-12));  // what left came back
}

TEST_CASE("what leaves the monitor in a droop is the integral of what its samples would show") {
  OneWindow bench({2.0, 100e-6});
  bench.history.droop(30 * kMilli_ns, 0.4, 3.0);
  bench.history.droop(30 * kMilli_ns + 150'000, 0, 0);  // the tail is still under way
  OneWindow twin({2.0, 100e-6});
  twin.history.droop(30 * kMilli_ns, 0.4, 3.0);
  twin.history.droop(30 * kMilli_ns + 150'000, 0, 0);
  twin.history.commit(200 * kMilli_ns);
  const double stepped_C =
      twin.lead_charge_by_steps_C({10 * kMilli_ns, 11 * kMilli_ns, 30 * kMilli_ns,
                                   30 * kMilli_ns + 150'000, 34 * kMilli_ns, 110 * kMilli_ns});
  CHECK(bench.truth().lead_charge_C == doctest::Approx(stepped_C).epsilon(1e-6));
}

TEST_CASE("a storm costs the window the mean of its two levels over whole turns") {
  OneWindow bench({0.15, 0});
  bench.history.storm(5 * kMilli_ns, INT64_MAX / 2, 1e-3, 9e-3,
                      100'000);  // 5 kHz, 500 turns inside MARK
  const WindowTruth& w = bench.truth();
  const auto at_V = [](double i_A) { return kSource_V - 0.15 * i_A; };
  CHECK(w.charge_C == doctest::Approx(5e-3 * 0.1).epsilon(1e-12));
  CHECK(w.energy_J ==
        doctest::Approx(0.05 * (at_V(1e-3) * 1e-3 + at_V(9e-3) * 9e-3)).epsilon(1e-12));
  CHECK(w.expected_J == doctest::Approx(kSource_V * 5e-3 * 0.1).epsilon(1e-12));
}

TEST_CASE("a storm leaves the load alone outside MARK and after its end") {
  OneWindow bench({0.15, 0});
  bench.history.storm(5 * kMilli_ns, 60 * kMilli_ns, 0, 50e-3, 250'000);
  bench.history.commit(200 * kMilli_ns);
  CHECK(bench.history.lead_current_A(9.0e6) == kLoad_A);
  CHECK(bench.history.lead_current_A(10.1e6) == 0);
  CHECK(bench.history.lead_current_A(10.3e6) == 50e-3);
  CHECK(bench.history.lead_current_A(60.1e6) == kLoad_A);
  CHECK(bench.history.lead_current_A(150e6) == kLoad_A);
  CHECK(bench.truth().charge_C == doctest::Approx(25e-3 * 0.05 + kLoad_A * 0.05).epsilon(1e-12));
}

TEST_CASE("a storm through a bypass capacitor gives the same truth at once and piece by piece") {
  OneWindow at_once({0.5, 20e-6}), by_pieces({0.5, 20e-6});
  for (OneWindow* one : {&at_once, &by_pieces})
    one->history.storm(5 * kMilli_ns, INT64_MAX / 2, 0.3e-3, 9e-3, 236'630);
  for (std::int64_t t_ns = 0; t_ns < 200 * kMilli_ns; t_ns += 333'333)
    by_pieces.history.commit(t_ns);
  CHECK(at_once.truth().energy_J == by_pieces.truth().energy_J);
  CHECK(at_once.truth().lead_charge_C == by_pieces.truth().lead_charge_C);
}

TEST_CASE(
    "below its brown-out voltage the board is dead from that instant until it says so and is fed") {
  OneWindow bench({0.15, 10e-6});
  bench.history.set_brown_out(2.7);
  bench.history.droop(50 * kMilli_ns, 1.0, 0);
  bench.history.droop(70 * kMilli_ns, 0, 0);
  const WindowTruth& w = bench.truth();
  CHECK(w.end_ns == 50 * kMilli_ns);
  CHECK(w.energy_J == doctest::Approx(kLoad_A * (kSource_V - 0.15 * kLoad_A) * 0.04).epsilon(1e-9));
  const auto seen = bench.history.brown_outs();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].dead);
  CHECK(seen[0].terminal_V == doctest::Approx(2.3 - 0.15 * kLoad_A));
  CHECK_FALSE(seen[1].dead);
  CHECK(bench.history.brown_outs().empty());
  CHECK(bench.history.lead_current_A(190e6) == 0);  // it ran on, not knowing: that did not happen
  bench.history.state(210 * kMilli_ns, BoardState::sleep);
  bench.history.state(220 * kMilli_ns, BoardState::reset);
  bench.history.state(230 * kMilli_ns, BoardState::active);
  bench.history.commit(300 * kMilli_ns);
  CHECK(bench.history.lead_current_A(215e6) == 0);
  CHECK(bench.history.lead_current_A(225e6) == doctest::Approx(4e-3));
  CHECK(bench.history.lead_current_A(240e6) == doctest::Approx(kLoad_A));
}

TEST_CASE("a droop that stays above the brown-out voltage kills nothing") {
  OneWindow bench({0.15, 0});
  bench.history.set_brown_out(2.7);
  bench.history.droop(50 * kMilli_ns, 0.59, 0);
  CHECK(bench.truth().end_ns == 110 * kMilli_ns);
  CHECK(bench.history.brown_outs().empty());
}

TEST_CASE("a loss begins with the very sample of its instant") {
  Streaming rig;
  Ppk2Fault fault;
  fault.t_s = 0.00105;  // between the samples 104 and 105, or exactly the latter
  fault.lose_samples = 7;
  rig.instrument.strike(fault);
  const auto words = rig.until(0.002);
  REQUIRE(words.size() > 110);
  CHECK(words[104].counter == (104 & 63));
  CHECK(words[105].counter == (112 & 63));
  CHECK(rig.instrument.samples_lost() == 7);
}

TEST_CASE("a freeze whose counter stops cannot be seen in the counter") {
  Streaming rig;
  Ppk2Fault fault;
  fault.t_s = 0.001;
  fault.lose_samples = 5000;
  fault.counter_stops = true;
  rig.instrument.strike(fault);
  const auto words = rig.until(0.06);
  CHECK(rig.instrument.samples_lost() == 5000);
  for (std::size_t i = 1; i < words.size(); ++i)
    REQUIRE(words[i].counter == ((words[i - 1].counter + 1) & 63));
}

TEST_CASE("a freeze for ever ends when the instrument loses its power") {
  Streaming rig;
  Ppk2Fault fault;
  fault.lose_samples = UINT64_MAX;
  rig.instrument.strike(fault);
  CHECK(rig.until(0.5).empty());
  rig.instrument.power_up(0.5);
  const std::byte start{0x06};
  rig.instrument.receive({&start, 1}, 0.5);
  CHECK(rig.until(0.6).size() >= 9999);
}

TEST_CASE("a drift is linear from its instant, and stays where it has got to") {
  Streaming rig;
  Ppk2Fault begin, end;
  begin.t_s = 1.0;
  begin.gain_per_s = 0.01;
  end.t_s = 3.0;
  end.gain_per_s = 0.0;
  rig.instrument.strike(begin);
  rig.instrument.strike(end);
  const auto mean_A = [&](const std::vector<Word>& words) {
    double sum_A = 0;
    for (const Word& w : words)
      sum_A += rig.instrument.modifiers().current_A(static_cast<std::size_t>(w.range), w.code,
                                                    rig.instrument.supply_V());
    return sum_A / static_cast<double>(words.size());
  };
  const double before_A = mean_A(rig.until(1.0)), rising_A = mean_A(rig.until(3.0));
  CHECK(rising_A / before_A == doctest::Approx(1.01).epsilon(1e-3));
  CHECK(mean_A(rig.until(4.0)) / before_A == doctest::Approx(1.02).epsilon(1e-3));
}

TEST_CASE("a clock that steps goes on from where it was") {
  Streaming rig;
  Ppk2Fault fault;
  fault.t_s = 1.0;
  fault.clock_ppm = 1000;
  rig.instrument.strike(fault);
  const auto first = rig.until(0.999995).size();
  CHECK(first == 100'000);
  CHECK(std::abs(static_cast<double>(rig.until(2.0).size()) - 100'000 / 1.001) <= 1);
}

TEST_CASE(
    "a stuck line shows its level whatever is wired to it, and follows again when it is loose") {
  Streaming rig;
  Ppk2Fault stick, let_go;
  stick.t_s = 0.001;
  stick.stuck = 2;
  stick.stuck_level = 2;
  let_go.t_s = 0.002;
  let_go.loose = 2;
  rig.instrument.strike(stick);
  rig.instrument.strike(let_go);
  CHECK(rig.until(0.000995).back().lines == 0);
  CHECK(rig.until(0.001995).back().lines == 2);
  CHECK(rig.until(0.003).back().lines == 0);
}
