/* What one inference consists of, a function a phase; what the harness repeats while MARK is high.
 * Never prints and never waits. */
#ifndef JR_APP_PHASES_H
#define JR_APP_PHASES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Before the model: the loaded bytes become its input. The host sends codes in the input's own
 * scale, as the benchmark does, so this is a copy. */
void phase_pre(void);

/** The model, and nothing beside it. */
void phase_invoke(void);

/** After the model: its output codes become thousandths, and the highest of them is found. */
void phase_post(void);

/** Score `i` of the last phase_post, 0 to 999; `i` below model_outputs(). */
uint16_t phase_score(uint8_t i);
/** Which score of the last phase_post was the highest; of equals the first. */
uint8_t phase_top(void);

#ifdef __cplusplus
}
#endif
#endif
