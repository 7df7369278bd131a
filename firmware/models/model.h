/* The one network of a firmware image, seen from the harness.
 * Never touches a pin, a clock or the serial line. */
#ifndef JR_MODELS_MODEL_H
#define JR_MODELS_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

const char* model_name(void); /**< JR_TEXT: read it with jr_const_char */
uint16_t model_input_bytes(void);
uint8_t* model_input(void); /**< written by `db`; an inference leaves it as it was */
void model_infer(void);     /**< the same input gives the same output and the same cycles */
uint8_t model_outputs(void);
const int8_t* model_output(void); /**< codes of scale 1/256, zero point -128 */

#ifdef __cplusplus
}
#endif
#endif
