// Phases of a duty cycle, drawn one after the other; sums and products only, so that every machine rounds alike.
// Never calls a function of the mathematical library.
#include "tests/reference_trace.hpp"

#include <algorithm>
#include <random>

namespace jr::test {
namespace {

class Board {
 public:
  explicit Board(std::size_t samples) : samples_(samples) {}

  ReferenceTrace run() {
    while (trace_.codes.size() < samples_) {
      sleep();
      wake();
      compute();
      recover();
    }
    trace_.codes.resize(samples_);
    trace_.ranges.resize(samples_);
    trace_.lines.resize(samples_);
    return std::move(trace_);
  }

 private:
  static constexpr double kSleepNoise = 1.3, kSwitchNoise = 1.6, kActiveNoise = 1.9;

  double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  /// Near enough to a normal deviate: twelve uniform ones of 16 bits, added up.
  double normal() {
    double sum = -6;
    for (int word = 0; word < 3; ++word)
      for (std::uint64_t bits = random_(), part = 0; part < 4; ++part, bits >>= 16)
        sum += static_cast<double>(bits & 0xFFFF) * 0x1p-16;
    return sum;
  }

  std::size_t around(double samples, double spread) {
    return static_cast<std::size_t>(samples * (1 - spread + 2 * spread * uniform()));
  }

  void put(std::uint8_t range, double level, double noise, std::uint8_t lines) {
    const double code = std::clamp(level + noise * normal() + 0.5, 0.0, 16383.0);
    trace_.codes.push_back(static_cast<std::uint16_t>(code));
    trace_.ranges.push_back(range);
    trace_.lines.push_back(lines);
  }

  void sleep() {
    const double floor = 2200 + 12 * uniform();
    double above = 400;
    for (std::size_t n = around(1070, 0.2); n > 0; --n, above *= 0.78) put(1, floor + above, kSleepNoise, 0);
  }

  void wake() {
    double level = 1500;
    for (std::size_t n = around(8, 0.5); n > 0; --n, level += 300) put(2, level, kSwitchNoise, 0);
    double below = 350;
    for (std::size_t n = around(430, 0.1); n > 0; --n, below *= 0.78) put(3, 3100 - below, kActiveNoise, 0);
  }

  /// Layers of 40 to 120 samples, each at a level of its own, and a ripple that remembers half of itself.
  void compute() {
    double ripple = 0;
    for (std::size_t left = around(350, 0.1); left > 0;) {
      const std::size_t layer = std::min(left, around(80, 0.5));
      const double level = 3160 + 20 * normal();
      for (std::size_t n = layer; n > 0; --n) {
        ripple = 0.5 * ripple + 7.1 * normal();
        put(3, level + ripple, kActiveNoise, 1);
      }
      left -= layer;
    }
  }

  void recover() {
    double above = 5000;
    for (std::size_t n = around(20, 0.3); n > 0; --n, above *= 0.85) put(2, 1800 + above, kSwitchNoise, 0);
  }

  const std::size_t samples_;
  std::mt19937_64 random_{20'260'101};
  ReferenceTrace trace_;
};

}  // namespace

ReferenceTrace reference_trace(std::size_t samples) { return Board(samples).run(); }

std::vector<std::byte> wire_words(const ReferenceTrace& trace) {
  std::vector<std::byte> wire;
  wire.reserve(4 * trace.codes.size());
  for (std::size_t i = 0; i < trace.codes.size(); ++i) {
    const std::uint32_t word = trace.codes[i] | std::uint32_t{trace.ranges[i]} << 14 |
                               static_cast<std::uint32_t>(i % 64) << 18 | std::uint32_t{trace.lines[i]} << 24;
    for (int shift = 0; shift < 32; shift += 8) wire.push_back(static_cast<std::byte>(word >> shift & 0xFF));
  }
  return wire;
}

}  // namespace jr::test
