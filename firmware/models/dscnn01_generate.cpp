// The plan of dscnn01's weights: what each layer of it draws.
// Never the layers' geometry beyond the number of their taps: that is dscnn01.c.
#include "firmware/models/generator.hpp"

int main(int argc, char** argv) {
  constexpr int channels = 64, positions = 25 * 5, classes = 12;
  jr::ModelPlan plan{"dscnn01", 20250601u, 49 * 10, classes, {}};
  plan.layers.push_back({"conv", channels, 10 * 4, positions, true, 74.0, 80.0});
  for (const char* block : {"1", "2", "3", "4"}) {
    plan.layers.push_back(
        {std::string("depthwise") + block, channels, 9, positions, true, 57.0, 80.0});
    plan.layers.push_back(
        {std::string("pointwise") + block, channels, channels, positions, true, 57.0, 80.0});
  }
  // Behind the pool every channel is near its mean, about 80 / sqrt(2 pi) above the zero point.
  plan.layers.push_back({"classify", classes, channels, 1, false, 40.0, 60.0});
  return jr::generate(plan, argc, argv);
}
