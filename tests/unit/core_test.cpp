// Moments, energies and their keys: closed forms.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "rig/core/energy.hpp"
#include "rig/core/moments.hpp"
#include "rig/core/verdict.hpp"
#include "rig/core/window.hpp"

using namespace jr;

TEST_CASE("the sums of a ramp 0..n-1 are n(n-1)/2 and (n-1)n(2n-1)/6") {
  constexpr std::uint64_t n = 16384;
  std::vector<std::uint16_t> codes(n);
  for (std::size_t i = 0; i < n; ++i) codes[i] = static_cast<std::uint16_t>(i);
  const std::vector<std::uint8_t> ranges(n, 2);
  const Moments m = moments_of(codes, ranges);
  CHECK(m.ranges[2].n == n);
  CHECK(m.ranges[2].sum == n * (n - 1) / 2);
  CHECK(m.ranges[2].sum_of_squares == (n - 1) * n * (2 * n - 1) / 6);
  CHECK(m.switches == 0);
}

TEST_CASE("codes that alternate c-1, c+1 have a centred square sum of n") {
  std::vector<std::uint16_t> codes;
  for (int i = 0; i < 1000; ++i) codes.push_back(static_cast<std::uint16_t>(500 + (i % 2 ? 1 : -1)));
  const Moments m = moments_of(codes, std::vector<std::uint8_t>(1000, 0));
  const auto& r = m.ranges[0];
  CHECK(r.sum_of_squares - r.sum * r.sum / r.n == r.n);
}

TEST_CASE("moments of a whole equal the sum over any partition, switches at the seams included") {
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> ranges;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    codes.push_back(static_cast<std::uint16_t>(i * 2654435761u >> 18));
    ranges.push_back(static_cast<std::uint8_t>((i / 37) % 5));
  }
  const Moments whole = moments_of(codes, ranges);
  for (const std::size_t cut : {1u, 37u, 38u, 2500u, 4999u}) {
    Moments sum = moments_of(std::span(codes).first(cut), std::span(ranges).first(cut));
    sum += moments_of(std::span(codes).subspan(cut), std::span(ranges).subspan(cut), ranges[cut - 1]);
    CHECK(sum == whole);
  }
}

TEST_CASE("a range storm and ranges the wire does not know are counted, not dropped") {
  const std::vector<std::uint16_t> codes(6, 100);
  const std::vector<std::uint8_t> ranges{0, 1, 0, 9, 200, 4};
  const Moments m = moments_of(codes, ranges);
  CHECK(m.illegal == 2);
  CHECK(m.switches == 5);
  CHECK(m.samples() == 6);
}

TEST_CASE("2^32 samples of full-scale code do not overflow the sum of squares") {
  const std::uint64_t full = 16383;
  CHECK(full * full <= ~0ull / (1ull << 32));
}

TEST_CASE("equal source keys cancel in a difference, different ones add in squares") {
  const Energy a{{2.0}, {{"gain", 0.2}, {"run-a", 0.03}}};
  const Energy b{{1.5}, {{"gain", 0.15}, {"run-b", 0.04}}};
  const Energy d = a - b;
  CHECK(d.value.value == doctest::Approx(0.5));
  CHECK(d.standard_uncertainty().value == doctest::Approx(std::hypot(0.05, 0.05)));
}

TEST_CASE("a common gain cancels exactly in the ratio of two energies") {
  const Energy a{{3.0}, {{"gain", 0.3}}}, b{{2.0}, {{"gain", 0.2}}};
  const Ratio r = ratio(a, b);
  CHECK(r.value == doctest::Approx(1.5));
  CHECK(r.u == doctest::Approx(0).epsilon(1e-15));
}

TEST_CASE("an empty key is shared with nothing, not even with itself") {
  const Energy e{{1.0}, {{"", 3.0}, {"", 4.0}}};
  CHECK(e.standard_uncertainty().value == doctest::Approx(5.0));
}

TEST_CASE("a ratio over zero is a broken promise and throws") {
  CHECK_THROWS(ratio(Energy{{1.0}, {}}, Energy{}));
}

TEST_CASE("every name reads back as itself and an unknown one throws") {
  for (const auto v : {Verdict::pass, Verdict::fail, Verdict::inconclusive, Verdict::rig_error})
    CHECK(verdict_named(name_of(v)) == v);
  for (const auto l : {WindowLabel::infer, WindowLabel::idle, WindowLabel::guard, WindowLabel::sleep,
                       WindowLabel::preprocess, WindowLabel::invoke, WindowLabel::postprocess, WindowLabel::sham})
    CHECK(window_label_named(name_of(l)) == l);
  CHECK_THROWS(verdict_named("maybe"));
  CHECK(exit_code(Verdict::rig_error) == 3);
}
