/* The three integer steps of requantisation, built from 16 x 16 bit products.
 * Never relies on signed overflow, only on >> of a negative number being arithmetic. */
#include "firmware/runtime/fixed_point.h"

int32_t jr_high_multiply(int32_t a, int32_t b) {
  const int16_t a_high = (int16_t)(a >> 16);
  const uint16_t a_low = (uint16_t)a;
  const uint16_t b_high = (uint16_t)((uint32_t)b >> 16); /* 15 bits: b is not negative */
  const uint16_t b_low = (uint16_t)b;

  /* Each partial sum stays below 2^31: 65535 * 32767 + 65535 and 32767 * 65535 + 65535. */
  const uint32_t low = (uint32_t)a_low * b_low;
  const int32_t mid = (int32_t)a_high * (int32_t)b_low + (int32_t)(low >> 16);
  const uint32_t cross = (uint32_t)a_low * b_high + (uint16_t)mid;
  uint32_t high =
      (uint32_t)((int32_t)a_high * (int32_t)b_high + (mid >> 16) + (int32_t)(cross >> 16));
  const uint32_t bottom = (cross << 16) | (low & 0xffffu);
  const uint32_t nudged = bottom + (UINT32_C(1) << 30);
  if (nudged < bottom) ++high;
  return (int32_t)((high << 1) | (nudged >> 31));
}

int32_t jr_rounding_shift_right(int32_t x, uint8_t exponent) {
  const uint32_t mask = (UINT32_C(1) << exponent) - 1u;
  const uint32_t remainder = (uint32_t)x & mask;
  const uint32_t threshold = (mask >> 1) + (x < 0 ? 1u : 0u);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

int32_t jr_requantize(int32_t x, int32_t multiplier, int8_t shift) {
  if (shift > 0) return jr_high_multiply((int32_t)((uint32_t)x << shift), multiplier);
  return jr_rounding_shift_right(jr_high_multiply(x, multiplier), (uint8_t)-shift);
}
