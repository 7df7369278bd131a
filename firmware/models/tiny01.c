/* tiny01: conv 3x3, depthwise 3x3 stride 2, pointwise, dense, on a 16 x 10 patch; 22,080 MACs.
 * Never trained: seeded weights, for energy and timing, not for accuracy. */
#include "firmware/models/model.h"
#include "firmware/runtime/constants.h"
#include "firmware/runtime/kernels.h"
#include "tiny01_weights.h" /* written by tiny01_generate at build time */

JR_DECLARE_MODEL(tiny01)

/* What was loaded and the input have buffers of their own, so that N inferences in a row all see
 * the same bytes. */
static uint8_t loaded[TINY01_INPUTS];
static int8_t input[TINY01_INPUTS];
static int8_t wide[16 * 10 * 8], narrow[8 * 5 * 8], deep[8 * 5 * 16];
static int8_t output[TINY01_OUTPUTS];

/* A layer is read as a table. */
/* clang-format off */
static const jr_layer conv = {
    .in = {16, 10, 1}, .out = {16, 10, 8}, .kernel_height = 3, .kernel_width = 3,
    .stride_height = 1, .stride_width = 1, .pad_top = 1, .pad_left = 1,
    .in_zero = 0, .out_zero = -128, .lowest = -128, .highest = 127,
    .weights = tiny01_conv_weights, .bias = tiny01_conv_bias,
    .multiplier = tiny01_conv_multiplier, .shift = tiny01_conv_shift};

/* SAME padding, stride 2: (7 * 2 + 3 - 16) / 2 = 0 rows, (4 * 2 + 3 - 10) / 2 = 0 columns. */
static const jr_layer depthwise = {
    .in = {16, 10, 8}, .out = {8, 5, 8}, .kernel_height = 3, .kernel_width = 3,
    .stride_height = 2, .stride_width = 2, .pad_top = 0, .pad_left = 0,
    .in_zero = -128, .out_zero = -128, .lowest = -128, .highest = 127,
    .weights = tiny01_depthwise_weights, .bias = tiny01_depthwise_bias,
    .multiplier = tiny01_depthwise_multiplier, .shift = tiny01_depthwise_shift};

static const jr_layer pointwise = {
    .in = {8, 5, 8}, .out = {8, 5, 16}, .kernel_height = 1, .kernel_width = 1,
    .stride_height = 1, .stride_width = 1, .pad_top = 0, .pad_left = 0,
    .in_zero = -128, .out_zero = -128, .lowest = -128, .highest = 127,
    .weights = tiny01_pointwise_weights, .bias = tiny01_pointwise_bias,
    .multiplier = tiny01_pointwise_multiplier, .shift = tiny01_pointwise_shift};

static const jr_layer classify = {
    .in = {8, 5, 16}, .out = {1, 1, TINY01_OUTPUTS},
    .in_zero = -128, .out_zero = 0, .lowest = -128, .highest = 127,
    .weights = tiny01_classify_weights, .bias = tiny01_classify_bias,
    .multiplier = tiny01_classify_multiplier, .shift = tiny01_classify_shift};
/* clang-format on */

const char* tiny01_name(void) { return JR_TEXT("tiny01"); }
uint16_t tiny01_input_bytes(void) { return TINY01_INPUTS; }
uint8_t* tiny01_loaded(void) { return loaded; }
uint8_t* tiny01_input(void) { return (uint8_t*)input; }
uint8_t tiny01_outputs(void) { return TINY01_OUTPUTS; }
const int8_t* tiny01_output(void) { return output; }

void tiny01_infer(void) {
  jr_conv2d(&conv, input, wide);
  jr_depthwise_conv2d(&depthwise, wide, narrow);
  jr_conv2d(&pointwise, narrow, deep);
  jr_fully_connected(&classify, deep, output);
}
