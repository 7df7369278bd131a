// The virtual PPK2 as a pure machine: what it answers, what it streams, what it hides.
// Never opens a port.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "fixtures/sim/ledger.hpp"
#include "fixtures/sim/load.hpp"
#include "fixtures/sim/monitors/ppk2.hpp"

using namespace jr::sim;

namespace {

struct Bench : Ppk2Surroundings {
  double current_A{5e-3};
  std::uint8_t lines{};
  std::vector<std::pair<bool, double>> supplies;
  std::uint64_t sent_n{}, lost_n{};
  CarefulSum sum_A;
  Ppk2Probe at(double) override { return {.current_A = current_A, .lines = lines}; }
  void supply(double, bool on, double volts) override { supplies.emplace_back(on, volts); }
  void sent(const Ppk2Sample& sample) override {
    ++sent_n;
    sum_A.add(sample.current_A);
  }
  void lost(std::int32_t) override { ++lost_n; }
};

std::vector<std::byte> bytes(std::initializer_list<int> octets) {
  std::vector<std::byte> out;
  for (const int octet : octets) out.push_back(static_cast<std::byte>(octet));
  return out;
}

std::string text_of(const std::vector<std::byte>& raw) {
  std::string text;
  for (const auto b : raw) text += static_cast<char>(b);
  return text;
}

std::vector<std::uint32_t> words_of(const std::vector<std::byte>& raw) {
  std::vector<std::uint32_t> words;
  for (std::size_t i = 0; i + 4 <= raw.size(); i += 4) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 4; ++k)
      word |= std::to_integer<std::uint32_t>(raw[i + k]) << (8 * k);
    words.push_back(word);
  }
  return words;
}

std::uint32_t counter_of(std::uint32_t word) { return word >> 18 & 63; }

std::vector<std::uint32_t> stream(VirtualPpk2& instrument, double from_s, std::size_t samples) {
  instrument.receive(bytes({0x06}), from_s);
  instrument.generate(from_s + 1e9, samples);
  const auto words = words_of(instrument.take_output());
  instrument.receive(bytes({0x07}), from_s);
  return words;
}

/// A reader of the metadata and the formula, from the published text alone.
struct Reader {
  std::map<std::string, double> value;
  explicit Reader(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (const auto colon = line.find(": "); colon != line.npos)
        value[line.substr(0, colon)] = std::strtod(line.c_str() + colon + 2, nullptr);
  }
  double ampere(std::uint32_t word) const {
    const std::string r = std::to_string(word >> 14 & 7);
    const double adc = static_cast<double>((word & 0x3FFF) * 4);
    const double x = (adc - value.at("O" + r)) * (1.8 / 163840) / value.at("R" + r);
    return value.at("UG" + r) * (x * (value.at("GS" + r) * x + value.at("GI" + r)) +
                                 value.at("S" + r) * (value.at("VDD") / 1000) + value.at("I" + r));
  }
};

}  // namespace

TEST_CASE("the metadata names every key once, in the order of the real text, and ends with END") {
  Bench bench;
  VirtualPpk2 instrument({}, bench);
  instrument.receive(bytes({0x19}), 0);
  const std::string text = text_of(instrument.take_output());
  std::vector<std::string> wanted{"Calibrated"};
  const auto row = [&](const char* key) {
    for (int r = 0; r < 5; ++r) wanted.push_back(key + std::to_string(r));
  };
  for (const char* key : {"R", "GS", "GI", "O"}) row(key);
  for (const char* key : {"VDD", "HW", "mode"}) wanted.emplace_back(key);
  for (const char* key : {"S", "I", "UG"}) row(key);
  wanted.emplace_back("IA");
  std::vector<std::string> seen;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line) && line != "END")
    seen.push_back(line.substr(0, line.find(": ")));
  CHECK(seen == wanted);
  CHECK(line == "END");
  CHECK(text.ends_with("IA: 56\nEND\n"));
  CHECK(text.size() > 500);
  CHECK(text.size() < 1000);
}

TEST_CASE("the instrument computes with exactly the decimals that its metadata shows") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Bench bench;
    VirtualPpk2 instrument({.seed = seed}, bench);
    const Reader reader(instrument.metadata());
    for (std::size_t r = 0; r < kPpk2Ranges; ++r) {
      const std::string n = std::to_string(r);
      CHECK(reader.value.at("R" + n) == instrument.modifiers().R[r]);
      CHECK(reader.value.at("GS" + n) == instrument.modifiers().GS[r]);
      CHECK(reader.value.at("S" + n) == instrument.modifiers().S[r]);
      CHECK(reader.value.at("I" + n) == instrument.modifiers().I[r]);
      CHECK(reader.value.at("UG" + n) == instrument.modifiers().UG[r]);
    }
    CHECK(reader.value.at("GS0") == 0.0);
    CHECK(reader.value.at("R0") == doctest::Approx(1003.35).epsilon(0.021));
  }
}

TEST_CASE("two seeds draw different modifiers, one seed the same") {
  CHECK(draw_ppk2_modifiers(4).R == draw_ppk2_modifiers(4).R);
  CHECK(draw_ppk2_modifiers(4).R != draw_ppk2_modifiers(5).R);
}

TEST_CASE("the regulator takes big-endian millivolts and stays within 0.8 to 5 V") {
  struct Case {
    int high, low, millivolt;
  };
  for (const Case c : {Case{0x03, 0x20, 800},
                       {0x07, 0x08, 1800},
                       {0x0C, 0xE4, 3300},
                       {0x13, 0x88, 5000},
                       {0x00, 0x01, 800},
                       {0xFF, 0xFF, 5000}}) {
    Bench bench;
    VirtualPpk2 instrument({}, bench);
    instrument.receive(bytes({0x0D, c.high, c.low}), 0);
    CHECK(instrument.metadata().find("VDD: " + std::to_string(c.millivolt) + "\n") !=
          std::string::npos);
    CHECK(bench.supplies.back() == std::pair(false, c.millivolt / 1000.0));
  }
}

TEST_CASE("a conversation split at any byte has the same effect as one in a single write") {
  const auto whole = bytes({0x11, 2,    0x0D, 0x0C, 0xE4, 0x25, 3,    0, 0,    0x90,
                            0x3F, 0xEE, 0x00, 0x01, 0x07, 0x19, 0x0C, 1, 0x19, 0x06});
  Bench reference_bench;
  VirtualPpk2 reference({}, reference_bench);
  reference.receive(whole, 0);
  const auto answer = reference.take_output();
  CHECK(reference.metadata().find("UG3: 1.125000000\n") != std::string::npos);
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    Bench bench;
    VirtualPpk2 instrument({}, bench);
    instrument.receive(std::span(whole).first(cut), 0);
    instrument.receive(std::span(whole).subspan(cut), 0);
    CHECK(instrument.take_output() == answer);
    CHECK(instrument.streaming());
    CHECK(instrument.output_on());
    CHECK(bench.supplies == reference_bench.supplies);
  }
}

TEST_CASE("an unknown opcode costs one byte and nothing else") {
  Bench bench;
  VirtualPpk2 instrument({}, bench);
  for (int op = 0; op < 256; ++op) {
    const bool known = op == 0x01 || op == 0x03 || op == 0x06 || op == 0x0C || op == 0x0D ||
                       op == 0x0E || op == 0x0F || op == 0x11 || op == 0x19 || op == 0x20 ||
                       op == 0x25;
    if (known) continue;
    instrument.receive(bytes({op, 0x19}), 0);
    CHECK_FALSE(instrument.take_output().empty());
  }
}

TEST_CASE("the counter runs on over stop and start, modulo 64") {
  Bench bench;
  VirtualPpk2 instrument({}, bench);
  auto words = stream(instrument, 0, 100);
  const auto more = stream(instrument, 1, 100);
  words.insert(words.end(), more.begin(), more.end());
  REQUIRE(words.size() == 200);
  for (std::size_t i = 1; i < words.size(); ++i)
    CHECK(counter_of(words[i]) == (counter_of(words[i - 1]) + 1) % 64);
}

TEST_CASE("the metadata comes between whole samples of a running stream") {
  Bench bench;
  VirtualPpk2 instrument({}, bench);
  instrument.receive(bytes({0x06}), 0);
  instrument.generate(1e9, 7);
  instrument.receive(bytes({0x19}), 0);
  instrument.generate(1e9, 7);
  const std::string raw = text_of(instrument.take_output());
  CHECK(raw.find("Calibrated: 0\n") == 28);
  CHECK(raw.size() == 56 + instrument.metadata().size());
}

TEST_CASE(
    "an ideal instrument reads a current back within one code, in every range, at any supply") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Ppk2Modifiers m = draw_ppk2_modifiers(seed);
    for (const double vdd_V : {0.8, 1.8, 3.3, 5.0})
      for (std::size_t r = 0; r < kPpk2Ranges; ++r)
        for (int code = 40; code < 16000; code += 333) {
          const double current_A = m.current_A(r, code, vdd_V);
          CHECK(std::fabs(m.code_for(r, current_A, vdd_V, m.UG) - code) < 1e-6);
        }
  }
}

TEST_CASE("what an ideal instrument streams reads back as what flowed, whatever the range") {
  for (const double current_A : {0.0, 1e-6, 50e-6, 500e-6, 5e-3, 20.5e-3, 0.1, 0.5, 0.9}) {
    Bench bench;
    bench.current_A = current_A;
    VirtualPpk2 instrument({.seed = 9}, bench);
    instrument.receive(bytes({0x0D, 0x0C, 0xE4}), 0);
    const auto words = stream(instrument, 0, 20);
    const Reader reader(instrument.metadata());
    for (const auto word : words) {
      const double step_A = instrument.modifiers().step_A(word >> 14 & 7);
      CHECK(std::fabs(reader.ampere(word) - current_A) < 1.2 * step_A);
      CHECK((word & 0x3FFF) < 16383);
    }
  }
}

TEST_CASE("hidden gain, offset and noise appear in the codes and nowhere in the metadata") {
  Bench bench, plain_bench;
  Ppk2Setup setup{.seed = 3};
  const auto m = draw_ppk2_modifiers(3);
  setup.hidden =
      draw_ppk2_hidden(3, {.gain = 0.2, .offset_A = 200e-9, .clock_ppm = 50, .noise_lsb = 0.7}, m);
  VirtualPpk2 instrument(setup, bench), plain({.seed = 3}, plain_bench);
  CHECK(instrument.metadata() == plain.metadata());
  const auto words = stream(instrument, 0, 20000);
  const std::size_t range = words[0] >> 14 & 7;
  const double wanted_A = 5e-3 * (1 + setup.hidden.gain[range]) + setup.hidden.offset_A[range];
  const double mean_A = bench.sum_A.value() / 20000;
  CHECK(std::fabs(mean_A - wanted_A) < 0.05 * m.step_A(range));
  double squares = 0, mean_code = 0;
  for (const auto word : words) mean_code += (word & 0x3FFF) / 20000.0;
  for (const auto word : words) squares += std::pow((word & 0x3FFF) - mean_code, 2) / 20000;
  CHECK(std::sqrt(squares) == doctest::Approx(std::sqrt(0.7 * 0.7 + 1.0 / 12)).epsilon(0.03));
  for (const double gain : setup.hidden.gain) CHECK(std::fabs(1 / (1 + gain) - 1) <= 0.2);
}

TEST_CASE("the instrument's clock error stretches its samples over world time") {
  Bench bench;
  Ppk2Setup setup;
  setup.hidden.clock_ppm = 40;
  VirtualPpk2 instrument(setup, bench);
  instrument.receive(bytes({0x06}), 2.0);
  const auto n = instrument.generate(102.0);  // 100 s of world time
  CHECK(n == 9999601);                        // 1e7 / (1 + 40e-6), and the sample at the start
}

TEST_CASE("a code saturates at both ends instead of wrapping") {
  Bench bench;
  bench.current_A = 100;
  VirtualPpk2 instrument({}, bench);
  for (const auto word : stream(instrument, 0, 5))
    CHECK((word & 0x7FFFF) % 0x20000 == (4u << 14 | 16383));
  bench.current_A = -1;
  for (const auto word : stream(instrument, 1, 5)) CHECK((word & 0x1FFFF) == 0);
}

TEST_CASE("lost samples vanish, the counter tells of them modulo 64, and the tap knows") {
  for (const std::uint64_t k : {1u, 63u, 64u, 65u, 1000u}) {
    Bench bench;
    VirtualPpk2 instrument({.losses = {{k, 50}}}, bench);
    const auto words = stream(instrument, 0, 2000);
    REQUIRE(words.size() == 2000 - k);
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto step = (counter_of(words[i]) - counter_of(words[i - 1]) + 64) % 64;
      CHECK(step == (i == 50 ? (k + 1) % 64 : 1));
    }
    CHECK(bench.lost_n == k);
    CHECK(bench.sent_n == 2000 - k);
    CHECK(stream(instrument, 1, 2000).size() == 2000);  // a fault strikes once
  }
}

TEST_CASE("lost bytes shorten the stream by exactly their number and begin inside the sample") {
  for (std::uint64_t k = 1; k <= 9; ++k) {
    Bench bench;
    VirtualPpk2 hurt({.byte_losses = {{k, 10}}}, bench), whole({}, bench);
    for (auto* instrument : {&hurt, &whole}) {
      instrument->receive(bytes({0x06}), 0);
      instrument->generate(1e9, 100);
    }
    const auto short_one = hurt.take_output(), long_one = whole.take_output();
    CHECK(short_one.size() == long_one.size() - k);
    CHECK(std::equal(short_one.begin(), short_one.begin() + 40, long_one.begin()));
    CHECK(std::equal(short_one.rbegin(), short_one.rbegin() + 300, long_one.rbegin()));
  }
}

TEST_CASE("what overflows is lost to the host but not to the counter") {
  Bench bench;
  VirtualPpk2 instrument({}, bench);
  instrument.receive(bytes({0x06}), 0);
  instrument.generate(0.009955);
  const auto before = words_of(instrument.take_output());
  CHECK(instrument.overflow(0.019955) == 1000);
  instrument.generate(0.029955);
  const auto after = words_of(instrument.take_output());
  CHECK((counter_of(after.front()) - counter_of(before.back()) + 64) % 64 == 1001 % 64);
  CHECK(bench.lost_n == 1000);
}

TEST_CASE("RESET stops the stream and forgets what came behind it; power-up is a fresh device") {
  Bench bench;
  VirtualPpk2 instrument({}, bench);
  instrument.receive(bytes({0x0D, 0x0C, 0xE4, 0x0C, 1, 0x06, 0x20, 0x19}), 0);
  CHECK(instrument.rebooting());
  CHECK_FALSE(instrument.streaming());
  CHECK(instrument.take_output().empty());
  instrument.power_up(1);
  CHECK_FALSE(instrument.rebooting());
  CHECK_FALSE(instrument.output_on());
  CHECK(instrument.metadata().find("VDD: 3741\n") != std::string::npos);
}

TEST_CASE("in ampere mode the board's own supply counts, not the regulator") {
  Bench bench;
  VirtualPpk2 instrument({.external_V = 5.0}, bench);
  instrument.receive(bytes({0x0D, 0x0C, 0xE4, 0x11, 1, 0x0C, 1}), 0);
  CHECK(bench.supplies.back() == std::pair(true, 5.0));
  CHECK(instrument.metadata().find("mode: 1\n") != std::string::npos);
  instrument.receive(bytes({0x11, 2}), 0);
  CHECK(bench.supplies.back() == std::pair(true, 3.3));
}

TEST_CASE("a square wave comes out with its levels, its period and its logic line") {
  LoadAlone load(SquareLoad{10e-6, 5e-3, 10e-3});
  VirtualPpk2 instrument({}, load);
  instrument.receive(bytes({0x0D, 0x0C, 0xE4, 0x0C, 1}), 1.0);
  const auto words = stream(instrument, 1.0, 10000);
  const Reader reader(instrument.metadata());
  double charge_C = 0;
  std::size_t edges = 0, wrong = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    charge_C += reader.ampere(words[i]) * 1e-5;
    const bool high = words[i] >> 24 & 1;
    edges += i > 0 && high != (words[i - 1] >> 24 & 1);
    if (high != (reader.ampere(words[i]) > 1e-3)) ++wrong;
  }
  CHECK(edges == 19);
  // After each rising step one sample saturates in the low range before the instrument has
  // switched.
  CHECK(wrong == 10);
  CHECK(charge_C == doctest::Approx(0.1 * 2.505e-3).epsilon(0.003));
}

TEST_CASE("the noise has mean 0, variance 1 and no two streams alike") {
  Dice a(1, 3), again(1, 3), other(1, 4);
  double sum = 0, squares = 0;
  int equal = 0;
  for (int i = 0; i < 200000; ++i) {
    const double x = a.normal();
    CHECK_EQ(x, again.normal());
    equal += x == other.normal();
    sum += x;
    squares += x * x;
  }
  CHECK(std::fabs(sum / 200000) < 0.01);
  CHECK(squares / 200000 == doctest::Approx(1).epsilon(0.01));
  CHECK(equal < 20);
}

TEST_CASE("the dice give the bits they have always given") {
  Dice dice(1, 3);
  CHECK(dice.bits() == 7220779873573546416u);
}
