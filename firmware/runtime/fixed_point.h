/* From a 32-bit accumulator to an 8-bit code, in the arithmetic of TensorFlow Lite's reference.
 * Never uses floating point or 64-bit integers: an 8-bit core does this once for each output. */
#ifndef JR_RUNTIME_FIXED_POINT_H
#define JR_RUNTIME_FIXED_POINT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** round(a * b / 2^31), halves rounded up, for b >= 0.
 *  Equal to the reference's saturating rounding doubling high multiply (whose nudge is 2^30 for a
 * positive product, 1 - 2^30 for a negative one, before a truncating division): both are floor((ab
 * + 2^30) / 2^31). Saturation cannot occur since b is never -2^31. */
int32_t jr_high_multiply(int32_t a, int32_t b);

/** x / 2^exponent, halves rounded away from zero; exponent 0..31. */
int32_t jr_rounding_shift_right(int32_t x, uint8_t exponent);

/** x * multiplier * 2^(shift - 31): multiplier in [2^30, 2^31), shift in [-31, 30].
 *  The caller promises that x * 2^shift fits 32 bits when shift > 0. */
int32_t jr_requantize(int32_t x, int32_t multiplier, int8_t shift);

#ifdef __cplusplus
}
#endif
#endif
