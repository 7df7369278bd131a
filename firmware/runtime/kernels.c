/* The layers themselves: plain loops, one accumulator, requantised once for each output.
 * Never reads a tap outside the input. */
#include "firmware/runtime/kernels.h"

#include "firmware/runtime/constants.h"
#include "firmware/runtime/fixed_point.h"

/* The taps of a window that lie inside the input: first input row, and kernel rows [begin, end). */
typedef struct {
  uint16_t first;
  uint8_t begin, end;
} tap_range;

static tap_range taps_inside(uint16_t out_position, uint8_t stride, uint8_t pad, uint8_t kernel,
                             uint16_t in_size) {
  const int32_t origin = (int32_t)out_position * stride - pad;
  tap_range range;
  range.begin = origin < 0 ? (uint8_t)-origin : 0u;
  range.end = origin + kernel > (int32_t)in_size ? (uint8_t)((int32_t)in_size - origin) : kernel;
  range.first = (uint16_t)(origin + range.begin);
  return range;
}

static tap_range rows_inside(const jr_layer* l, uint16_t row) {
  return taps_inside(row, l->stride_height, l->pad_top, l->kernel_height, l->in.height);
}

static tap_range columns_inside(const jr_layer* l, uint16_t column) {
  return taps_inside(column, l->stride_width, l->pad_left, l->kernel_width, l->in.width);
}

static int8_t to_code(const jr_layer* l, int32_t accumulator, uint16_t table_index) {
  int32_t code = jr_requantize(accumulator, jr_const_i32(l->multiplier + table_index),
                               jr_const_i8(l->shift + table_index)) +
                 l->out_zero;
  if (code < l->lowest) code = l->lowest;
  if (code > l->highest) code = l->highest;
  return (int8_t)code;
}

/* |x - zero| <= 255 and |w| <= 128, so a product fits 16 bits: the widest multiply an AVR has to
 * do. */
static int32_t dot(const int8_t* in, const int8_t* weights, uint16_t count, int16_t zero,
                   int32_t accumulator) {
  while (count-- != 0u) {
    const int16_t product = (int16_t)((int16_t)(*in++ - zero) * jr_const_i8(weights++));
    accumulator += product;
  }
  return accumulator;
}

static int32_t conv_window(const jr_layer* l, const int8_t* in, const int8_t* filter,
                           tap_range rows, tap_range columns, int32_t accumulator) {
  const uint16_t depth = l->in.channels;
  /* Taps of one kernel row are adjacent in the input and in the filter: one dot product a row. */
  const uint16_t run = (uint16_t)((columns.end - columns.begin) * depth);
  const int8_t* in_row = in + ((uint32_t)rows.first * l->in.width + columns.first) * depth;
  const int8_t* filter_row = filter + (rows.begin * l->kernel_width + columns.begin) * depth;
  for (uint8_t row = rows.begin; row < rows.end; ++row) {
    accumulator = dot(in_row, filter_row, run, l->in_zero, accumulator);
    in_row += l->in.width * depth;
    filter_row += l->kernel_width * depth;
  }
  return accumulator;
}

void jr_conv2d(const jr_layer* l, const int8_t* in, int8_t* out) {
  const uint16_t filter_size = (uint16_t)(l->kernel_height * l->kernel_width * l->in.channels);
  for (uint16_t y = 0; y < l->out.height; ++y) {
    const tap_range rows = rows_inside(l, y);
    for (uint16_t x = 0; x < l->out.width; ++x) {
      const tap_range columns = columns_inside(l, x);
      const int8_t* filter = l->weights;
      for (uint16_t c = 0; c < l->out.channels; ++c, filter += filter_size) {
        const int32_t sum = conv_window(l, in, filter, rows, columns, jr_const_i32(l->bias + c));
        *out++ = to_code(l, sum, c);
      }
    }
  }
}

static int32_t depthwise_window(const jr_layer* l, const int8_t* in, uint16_t channel,
                                tap_range rows, tap_range columns, int32_t accumulator) {
  const uint16_t depth = l->in.channels;
  for (uint8_t row = rows.begin; row < rows.end; ++row) {
    const uint16_t in_row = (uint16_t)(rows.first + (row - rows.begin));
    const int8_t* x = in + ((uint32_t)in_row * l->in.width + columns.first) * depth + channel;
    const int8_t* w = l->weights + (row * l->kernel_width + columns.begin) * depth + channel;
    for (uint8_t column = columns.begin; column < columns.end; ++column, x += depth, w += depth) {
      const int16_t product = (int16_t)((int16_t)(*x - l->in_zero) * jr_const_i8(w));
      accumulator += product;
    }
  }
  return accumulator;
}

void jr_depthwise_conv2d(const jr_layer* l, const int8_t* in, int8_t* out) {
  for (uint16_t y = 0; y < l->out.height; ++y) {
    const tap_range rows = rows_inside(l, y);
    for (uint16_t x = 0; x < l->out.width; ++x) {
      const tap_range columns = columns_inside(l, x);
      for (uint16_t c = 0; c < l->out.channels; ++c) {
        const int32_t sum = depthwise_window(l, in, c, rows, columns, jr_const_i32(l->bias + c));
        *out++ = to_code(l, sum, c);
      }
    }
  }
}

static uint16_t elements(const jr_shape* shape) {
  return (uint16_t)(shape->height * shape->width * shape->channels);
}

void jr_fully_connected(const jr_layer* l, const int8_t* in, int8_t* out) {
  const uint16_t inputs = elements(&l->in), outputs = elements(&l->out);
  const int8_t* row = l->weights;
  for (uint16_t o = 0; o < outputs; ++o, row += inputs) {
    const int32_t sum = dot(in, row, inputs, l->in_zero, jr_const_i32(l->bias + o));
    *out++ = to_code(l, sum, 0);
  }
}

static int8_t pool_window(const jr_layer* l, const int8_t* in, uint16_t channel, tap_range rows,
                          tap_range columns) {
  const int32_t count = (int32_t)(rows.end - rows.begin) * (columns.end - columns.begin);
  int32_t sum = 0;
  for (uint8_t row = 0; row < rows.end - rows.begin; ++row) {
    const uint32_t start = (uint32_t)(rows.first + row) * l->in.width + columns.first;
    const int8_t* x = in + start * l->in.channels + channel;
    for (uint8_t column = columns.begin; column < columns.end; ++column, x += l->in.channels)
      sum += *x;
  }
  const int32_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
  if (mean < l->lowest) return l->lowest;
  return mean > l->highest ? l->highest : (int8_t)mean;
}

void jr_average_pool(const jr_layer* l, const int8_t* in, int8_t* out) {
  for (uint16_t y = 0; y < l->out.height; ++y) {
    const tap_range rows = rows_inside(l, y);
    for (uint16_t x = 0; x < l->out.width; ++x) {
      const tap_range columns = columns_inside(l, x);
      for (uint16_t c = 0; c < l->out.channels; ++c) *out++ = pool_window(l, in, c, rows, columns);
    }
  }
}

uint8_t jr_argmax(const int8_t* values, uint8_t count) {
  uint8_t best = 0;
  for (uint8_t i = 1; i < count; ++i)
    if (values[i] > values[best]) best = i;
  return best;
}

uint16_t jr_thousandths(int8_t code) {
  return (uint16_t)(((int32_t)(code + 128) * 1000 + 128) / 256);
}
