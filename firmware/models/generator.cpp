// Draws weights, biases and multipliers so that every layer's codes fill their range about half.
// Never trains anything: the weights only have to look busy.
#include "firmware/models/generator.hpp"

#include <cctype>
#include <cmath>
#include <fstream>
#include <iostream>

namespace jr {
namespace {

/// xorshift32: 32 bits of state, good enough for weights that only have to look busy.
class Xorshift {
 public:
  explicit Xorshift(std::uint32_t seed) : state_(seed) {}
  std::int32_t within(std::int32_t lowest, std::int32_t highest) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    const auto span = static_cast<std::uint32_t>(highest - lowest + 1);
    return lowest + static_cast<std::int32_t>(state_ % span);
  }

 private:
  std::uint32_t state_;
};

struct Multiplier {
  std::int32_t q31;
  int shift;
};

/// A real factor as q31 * 2^(shift - 31), q31 in [2^30, 2^31).
Multiplier fixed_point(double factor) {
  int shift = 0;
  const double fraction = std::frexp(factor, &shift);
  auto q31 = static_cast<std::int64_t>(std::llround(fraction * 2147483648.0));
  if (q31 == (std::int64_t{1} << 31)) {
    q31 /= 2;
    ++shift;
  }
  return {static_cast<std::int32_t>(q31), shift};
}

template <class T>
void write_table(std::ostream& out, const char* type, const std::string& name,
                 const std::vector<T>& values) {
  out << "static const " << type << ' ' << name << '[' << values.size() << "] JR_CONST = {";
  for (std::size_t i = 0; i < values.size(); ++i)
    out << (i % 16 == 0 ? "\n    " : " ") << static_cast<long>(values[i]) << ',';
  out << "\n};\n";
}

void write_layer(std::ostream& out, const std::string& prefix, const LayerPlan& plan,
                 Xorshift& draw) {
  std::vector<std::int8_t> weights, shifts;
  std::vector<std::int32_t> biases, multipliers;
  for (int i = 0; i < plan.outputs * plan.fan_in; ++i)
    weights.push_back(static_cast<std::int8_t>(draw.within(-127, 127)));
  // A sum of fan_in products, each of spread (weights) * (input), brought to the spread that is
  // wanted.
  const double weight_spread = 127.0 / std::sqrt(3.0);
  const double sum_spread = std::sqrt(plan.fan_in) * weight_spread * plan.input_spread;
  for (int i = 0; i < plan.outputs; ++i) {
    const auto reach = static_cast<std::int32_t>(sum_spread / 2.0);
    biases.push_back(draw.within(-reach, reach));
    if (i != 0 && !plan.per_channel) continue;
    const double jitter = draw.within(800, 1250) / 1000.0;
    const Multiplier m = fixed_point(plan.output_spread * jitter / sum_spread);
    multipliers.push_back(m.q31);
    shifts.push_back(static_cast<std::int8_t>(m.shift));
  }
  write_table(out, "int8_t", prefix + plan.name + "_weights", weights);
  write_table(out, "int32_t", prefix + plan.name + "_bias", biases);
  write_table(out, "int32_t", prefix + plan.name + "_multiplier", multipliers);
  write_table(out, "int8_t", prefix + plan.name + "_shift", shifts);
}

void write_header(std::ostream& out, const ModelPlan& plan) {
  std::string upper;
  for (const char c : plan.name) upper += static_cast<char>(std::toupper(c));
  out << "/* Weights of " << plan.name << ", drawn by firmware/models/" << plan.name
      << "_generate.cpp (seed " << plan.seed
      << ").\n * Never edited by hand: change the generator. */\n"
      << "#include \"firmware/runtime/constants.h\"\n"
      << "#define " << upper << "_INPUTS " << plan.input_bytes << "\n#define " << upper
      << "_OUTPUTS " << plan.outputs << "\n";
  Xorshift draw(plan.seed);
  for (const LayerPlan& layer : plan.layers) write_layer(out, plan.name + "_", layer, draw);
}

}  // namespace

long mac_count(const ModelPlan& plan) {
  long macs = 0;
  for (const LayerPlan& l : plan.layers) macs += long{l.outputs} * l.fan_in * l.positions;
  return macs;
}

int generate(const ModelPlan& plan, int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: " << plan.name << "_generate HEADER.h MODEL.json\n";
    return 64;
  }
  std::ofstream header(argv[1]), json(argv[2]);
  write_header(header, plan);
  json << "{\"model\": \"" << plan.name << "\", \"mac_count\": " << mac_count(plan)
       << ", \"input_bytes\": " << plan.input_bytes << ", \"outputs\": " << plan.outputs << "}\n";
  header.close();
  json.close();
  if (header && json) return 0;
  std::cerr << plan.name << "_generate: could not write " << argv[1] << " or " << argv[2]
            << "; check the disk and the folder's permissions\n";
  return 1;
}

}  // namespace jr
