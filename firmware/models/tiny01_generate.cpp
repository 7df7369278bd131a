// The plan of tiny01's weights: what each layer of it draws.
// Never the layers' geometry beyond the number of their taps: that is tiny01.c.
#include "firmware/models/generator.hpp"

int main(int argc, char** argv) {
  // After a ReLU whose codes start at the zero point, about half of the outputs are zero.
  const jr::ModelPlan plan{"tiny01",
                           20250501u,
                           16 * 10,
                           4,
                           {{"conv", 8, 9, 16 * 10, true, 74.0, 80.0},
                            {"depthwise", 8, 9, 8 * 5, true, 57.0, 80.0},
                            {"pointwise", 16, 8, 8 * 5, true, 57.0, 80.0},
                            {"classify", 4, 8 * 5 * 16, 1, false, 57.0, 60.0}}};
  return jr::generate(plan, argc, argv);
}
