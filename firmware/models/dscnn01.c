/* dscnn01: the DS-CNN of keyword spotting (49 x 10 features, 64 channels, 12 words); 2,656,768
 * MACs. Never trained: seeded weights, for energy and timing, not for accuracy. */
#include "firmware/models/dscnn01.h"

#include "dscnn01_weights.h" /* written by dscnn01_generate at build time */
#include "firmware/runtime/constants.h"

enum { rows = 25, columns = 5, channels = 64 };

/* What was loaded and the input have buffers of their own, so that N inferences in a row all see
 * the same bytes. */
static uint8_t loaded[DSCNN01_INPUTS];
static int8_t input[DSCNN01_INPUTS];
static int8_t odd[rows * columns * channels], even[rows * columns * channels];
static int8_t pooled[channels];
static int8_t output[DSCNN01_OUTPUTS];

/* A layer is read as a table. */
/* clang-format off */

/* SAME padding, stride 2: 24 * 2 + 10 - 49 = 9 rows, 4 of them above; 4 * 2 + 4 - 10 = 2 columns. */
static const jr_layer conv = {
    .in = {49, 10, 1}, .out = {rows, columns, channels}, .kernel_height = 10, .kernel_width = 4,
    .stride_height = 2, .stride_width = 2, .pad_top = 4, .pad_left = 1,
    .in_zero = 0, .out_zero = -128, .lowest = -128, .highest = 127,
    .weights = dscnn01_conv_weights, .bias = dscnn01_conv_bias,
    .multiplier = dscnn01_conv_multiplier, .shift = dscnn01_conv_shift};

#define SEPARABLE(name, kernel, pad)                                                           \
    {.in = {rows, columns, channels}, .out = {rows, columns, channels},                        \
     .kernel_height = kernel, .kernel_width = kernel, .stride_height = 1, .stride_width = 1,   \
     .pad_top = pad, .pad_left = pad,                                                          \
     .in_zero = -128, .out_zero = -128, .lowest = -128, .highest = 127,                        \
     .weights = dscnn01_##name##_weights, .bias = dscnn01_##name##_bias,                       \
     .multiplier = dscnn01_##name##_multiplier, .shift = dscnn01_##name##_shift}

static const jr_layer depthwise[] = {SEPARABLE(depthwise1, 3, 1), SEPARABLE(depthwise2, 3, 1),
                                     SEPARABLE(depthwise3, 3, 1), SEPARABLE(depthwise4, 3, 1)};
static const jr_layer pointwise[] = {SEPARABLE(pointwise1, 1, 0), SEPARABLE(pointwise2, 1, 0),
                                     SEPARABLE(pointwise3, 1, 0), SEPARABLE(pointwise4, 1, 0)};

static const jr_layer pool = {
    .in = {rows, columns, channels}, .out = {1, 1, channels},
    .kernel_height = rows, .kernel_width = columns, .stride_height = 1, .stride_width = 1,
    .in_zero = -128, .out_zero = -128, .lowest = -128, .highest = 127};

static const jr_layer classify = {
    .in = {1, 1, channels}, .out = {1, 1, DSCNN01_OUTPUTS},
    .in_zero = -128, .out_zero = 0, .lowest = -128, .highest = 127,
    .weights = dscnn01_classify_weights, .bias = dscnn01_classify_bias,
    .multiplier = dscnn01_classify_multiplier, .shift = dscnn01_classify_shift};

static const dscnn01_step steps[] = {
    {jr_conv2d, &conv, input, odd},
    {jr_depthwise_conv2d, depthwise + 0, odd, even}, {jr_conv2d, pointwise + 0, even, odd},
    {jr_depthwise_conv2d, depthwise + 1, odd, even}, {jr_conv2d, pointwise + 1, even, odd},
    {jr_depthwise_conv2d, depthwise + 2, odd, even}, {jr_conv2d, pointwise + 2, even, odd},
    {jr_depthwise_conv2d, depthwise + 3, odd, even}, {jr_conv2d, pointwise + 3, even, odd},
    {jr_average_pool, &pool, odd, pooled},
    {jr_fully_connected, &classify, pooled, output}};
/* clang-format on */

enum { step_count = sizeof steps / sizeof steps[0] };

const char* dscnn01_name(void) { return JR_TEXT("dscnn01"); }
uint16_t dscnn01_input_bytes(void) { return DSCNN01_INPUTS; }
uint8_t* dscnn01_loaded(void) { return loaded; }
uint8_t* dscnn01_input(void) { return (uint8_t*)input; }
uint8_t dscnn01_outputs(void) { return DSCNN01_OUTPUTS; }
const int8_t* dscnn01_output(void) { return output; }

const dscnn01_step* dscnn01_steps(uint8_t* count) {
  *count = step_count;
  return steps;
}

void dscnn01_infer(void) {
  for (uint8_t i = 0; i < step_count; ++i)
    steps[i].kernel(steps[i].layer, steps[i].in, steps[i].out);
}
