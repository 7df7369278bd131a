/* What a test may look at of dscnn01 besides the model's interface: each layer with its buffers.
 * Never needed by an image's harness. */
#ifndef JR_MODELS_DSCNN01_H
#define JR_MODELS_DSCNN01_H

#include "firmware/models/model.h"
#include "firmware/runtime/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

JR_DECLARE_MODEL(dscnn01)

/** One layer at work. */
typedef struct {
  void (*kernel)(const jr_layer* layer, const int8_t* in, int8_t* out);
  const jr_layer* layer;
  const int8_t* in;
  int8_t* out; /**< never the same as `in`; a later step may write to it again */
} dscnn01_step;

/** The steps of an inference, in their order; `count` gets their number. */
const dscnn01_step* dscnn01_steps(uint8_t* count);

#ifdef __cplusplus
}
#endif
#endif
