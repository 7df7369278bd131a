/* The work around the model, kept in a file of its own: called from another one, none of it can be
 * moved out of the loop that repeats it. Never allocates: the scores of at most 32 classes. */
#include "firmware/app/phases.h"

#include "firmware/models/model.h"
#include "firmware/runtime/kernels.h"

enum { most_scores = 32 };

static uint16_t scores[most_scores];
static uint8_t top;

void phase_pre(void) {
  const uint8_t* from = model_loaded();
  uint8_t* to = model_input();
  for (uint16_t left = model_input_bytes(); left != 0u; --left) *to++ = *from++;
}

void phase_invoke(void) { model_infer(); }

void phase_post(void) {
  const int8_t* codes = model_output();
  uint8_t best = 0;
  for (uint8_t i = 0; i < model_outputs() && i < most_scores; ++i) {
    scores[i] = jr_thousandths(codes[i]);
    if (scores[i] > scores[best]) best = i;
  }
  top = best;
}

uint16_t phase_score(uint8_t i) { return i < most_scores ? scores[i] : 0u; }
uint8_t phase_top(void) { return top; }
