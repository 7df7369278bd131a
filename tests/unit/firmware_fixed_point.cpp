// The requantisation of the firmware against the reference, in 64-bit integers and doubles.
// Never reuses a step of the code it checks.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstdint>

#include "firmware/runtime/fixed_point.h"
#include "firmware/runtime/kernels.h"

namespace {

// "Saturating rounding doubling high multiply": a nudge by the sign, then a division that
// truncates.
std::int64_t reference_high_multiply(std::int64_t a, std::int64_t b) {
  const std::int64_t product = a * b;
  const std::int64_t nudge = product >= 0 ? (1LL << 30) : 1 - (1LL << 30);
  return (product + nudge) / (1LL << 31);
}

// Halves away from zero, spelled out on the magnitude.
std::int64_t reference_shift(std::int64_t x, int exponent) {
  const std::int64_t half = exponent == 0 ? 0 : 1LL << (exponent - 1);
  return x >= 0 ? (x + half) >> exponent : -((-x + half) >> exponent);
}

std::int32_t any_i32() { return *rc::gen::arbitrary<std::int32_t>(); }
std::int32_t any_multiplier() { return *rc::gen::inRange<std::int32_t>(1 << 30, INT32_MAX); }

}  // namespace

TEST_CASE("the high multiply equals the reference at every corner of its range") {
  const std::int32_t as[] = {
      INT32_MIN, INT32_MIN + 1, -65537, -65536, -65535, -3,       -2, -1, 0, 1, 2,
      3,         32767,         32768,  65535,  65536,  INT32_MAX};
  const std::int32_t bs[] = {
      0, 1, 2, 32767, 32768, 65535, 65536, 1 << 30, (1 << 30) + 1, INT32_MAX - 1, INT32_MAX};
  for (const auto a : as)
    for (const auto b : bs) {
      CAPTURE(a);
      CAPTURE(b);
      CHECK(jr_high_multiply(a, b) == reference_high_multiply(a, b));
    }
}

TEST_CASE("the high multiply equals the reference for any accumulator and multiplier") {
  CHECK(rc::check([] {
    const auto a = any_i32();
    const auto b = *rc::gen::inRange<std::int32_t>(0, INT32_MAX);
    RC_ASSERT(jr_high_multiply(a, b) == reference_high_multiply(a, b));
  }));
}

TEST_CASE("a product that ends in exactly one half rounds up, below zero too") {
  CHECK(jr_high_multiply(1, 1 << 30) == 1);    // +0.5
  CHECK(jr_high_multiply(-1, 1 << 30) == 0);   // -0.5
  CHECK(jr_high_multiply(3, 1 << 30) == 2);    // +1.5
  CHECK(jr_high_multiply(-3, 1 << 30) == -1);  // -1.5
}

TEST_CASE("the rounding shift takes halves away from zero for any number and exponent") {
  CHECK(rc::check([] {
    const auto x = any_i32();
    const auto exponent = *rc::gen::inRange(0, 32);
    RC_ASSERT(jr_rounding_shift_right(x, static_cast<std::uint8_t>(exponent)) ==
              reference_shift(x, exponent));
  }));
}

TEST_CASE("requantisation is within one of the real product") {
  CHECK(rc::check([] {
    const auto x = *rc::gen::inRange<std::int32_t>(-(1 << 24), 1 << 24);
    const auto multiplier = any_multiplier();
    const auto shift = static_cast<std::int8_t>(*rc::gen::inRange(-31, 7));
    const double real = std::ldexp(static_cast<double>(x) * multiplier, shift - 31);
    RC_ASSERT(std::fabs(jr_requantize(x, multiplier, shift) - real) <= 1.0);
  }));
}

TEST_CASE("a probability code prints as thousandths from 0 to 996, halves up") {
  CHECK(jr_thousandths(-128) == 0);
  CHECK(jr_thousandths(0) == 500);
  CHECK(jr_thousandths(127) == 996);
  CHECK(jr_thousandths(-112) == 63);  // 62.5
  for (int code = -128; code < 128; ++code)
    CHECK(jr_thousandths(static_cast<std::int8_t>(code)) ==
          std::floor((code + 128) / 256.0 * 1000.0 + 0.5));
}

TEST_CASE("argmax names the first of equal values") {
  const std::int8_t values[] = {-5, 7, 7, -128};
  CHECK(jr_argmax(values, 4) == 1);
  CHECK(jr_argmax(values, 1) == 0);
}
