/* Int8 layers in the arithmetic of the TensorFlow Lite reference kernels, for cores from 8 bits up.
 * Never allocates, never recurses; every buffer and table is the caller's. */
#ifndef JR_RUNTIME_KERNELS_H
#define JR_RUNTIME_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Activations are stored height, width, channel (channel fastest). */
typedef struct {
  uint16_t height, width, channels;
} jr_shape;

typedef struct {
  jr_shape in, out;
  uint8_t kernel_height, kernel_width;
  uint8_t stride_height, stride_width;
  uint8_t pad_top,
      pad_left; /**< taps outside the input are skipped, so they count as the zero point */
  int16_t in_zero, out_zero; /**< zero points, -128..127 */
  int8_t lowest, highest;    /**< fused activation, already in output codes */
  const int8_t* weights;     /**< JR_CONST; order see each kernel */
  const int32_t* bias;       /**< JR_CONST, one for each output channel */
  const int32_t* multiplier; /**< JR_CONST, [2^30, 2^31) */
  const int8_t* shift;       /**< JR_CONST */
} jr_layer;

/** weights: out channel, row, column, in channel; multiplier and shift for each output channel. */
void jr_conv2d(const jr_layer* layer, const int8_t* in, int8_t* out);

/** weights: row, column, channel; depth multiplier 1; multiplier and shift for each channel. */
void jr_depthwise_conv2d(const jr_layer* layer, const int8_t* in, int8_t* out);

/** weights: out, in. Shapes are flattened; multiplier and shift are one for the whole layer. */
void jr_fully_connected(const jr_layer* layer, const int8_t* in, int8_t* out);

/** Mean over the part of each window that lies inside the input, halves rounded away from zero;
 *  input and output share scale and zero point. A kernel as large as the input is the global pool.
 */
void jr_average_pool(const jr_layer* layer, const int8_t* in, int8_t* out);

/** Index of the greatest of `count` >= 1 values; the first of equals. */
uint8_t jr_argmax(const int8_t* values, uint8_t count);

/** An output code of scale 1/256 and zero point -128 in thousandths, 0..996, halves rounded up:
 *  the scale that TensorFlow Lite fixes for probabilities. */
uint16_t jr_thousandths(int8_t code);

#ifdef __cplusplus
}
#endif
#endif
