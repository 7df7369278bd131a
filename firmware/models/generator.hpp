// Seeded weights of a model as a C header, and the model's part of a manifest as JSON.
// Never random: the same plan gives the same bytes on every machine.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace jr {

struct LayerPlan {
  std::string name;
  int outputs;           ///< channels that have a bias
  int fan_in;            ///< taps of one output
  int positions;         ///< how often each channel is computed: output height times width
  bool per_channel;      ///< one multiplier for each output, or one for all
  double input_spread;   ///< root mean square of (code - zero point) that is expected at its input
  double output_spread;  ///< and that its output shall have
};

struct ModelPlan {
  std::string name;  ///< begins every name in the header
  std::uint32_t seed;
  int input_bytes;
  int outputs;
  std::vector<LayerPlan> layers;  ///< those that have weights, in the order in which they are drawn
};

/// Multiplications of one inference; taps in the padding count, as they do where MACs are
/// published.
long mac_count(const ModelPlan& plan);

/// The whole of a generator's main: arguments HEADER.h MODEL.json; 64 on bad usage, 1 when a file
/// cannot be written, 0.
int generate(const ModelPlan& plan, int argc, char** argv);

}  // namespace jr
