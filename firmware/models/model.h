/* A network, seen from the harness: seven functions whose names begin with the model's.
 * Never touches a pin, a clock or the serial line. */
#ifndef JR_MODELS_MODEL_H
#define JR_MODELS_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a model of this name provides.
 *  _name: JR_TEXT, read it with jr_const_char. _loaded: what `db` wrote; nothing else touches it.
 * _input: what _infer reads, of the same size; an inference leaves it as it was. _infer: the same
 * input gives the same output and the same cycles. _output: codes of scale 1/256, zero point -128.
 */
#define JR_DECLARE_MODEL(model)       \
  const char* model##_name(void);     \
  uint16_t model##_input_bytes(void); \
  uint8_t* model##_loaded(void);      \
  uint8_t* model##_input(void);       \
  void model##_infer(void);           \
  uint8_t model##_outputs(void);      \
  const int8_t* model##_output(void);

#ifdef JR_MODEL /* the one model of an image; its build says which, so the harness calls it \
                   directly */
#define JR_DECLARE_NAMED(model) JR_DECLARE_MODEL(model)
#define JR_JOIN_NAMES(model, function) model##_##function
#define JR_JOIN(model, function) JR_JOIN_NAMES(model, function)

JR_DECLARE_NAMED(JR_MODEL)

static inline const char* model_name(void) { return JR_JOIN(JR_MODEL, name)(); }
static inline uint16_t model_input_bytes(void) { return JR_JOIN(JR_MODEL, input_bytes)(); }
static inline uint8_t* model_loaded(void) { return JR_JOIN(JR_MODEL, loaded)(); }
static inline uint8_t* model_input(void) { return JR_JOIN(JR_MODEL, input)(); }
static inline void model_infer(void) { JR_JOIN(JR_MODEL, infer)(); }
static inline uint8_t model_outputs(void) { return JR_JOIN(JR_MODEL, outputs)(); }
static inline const int8_t* model_output(void) { return JR_JOIN(JR_MODEL, output)(); }
#endif

#ifdef __cplusplus
}
#endif
#endif
