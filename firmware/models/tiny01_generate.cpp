// Writes the seeded weights of tiny01 as a C header, and the model's part of a manifest as JSON.
// Never random: the same seed gives the same bytes on every machine.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

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

struct LayerPlan {
  std::string name;
  int outputs;           ///< channels that have a bias
  int fan_in;            ///< taps of one output
  bool per_channel;      ///< one multiplier for each output, or one for all
  double input_spread;   ///< root mean square of (code - zero point) that is expected at its input
  double output_spread;  ///< and that its output shall have
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

void write_layer(std::ostream& out, const LayerPlan& plan, Xorshift& draw) {
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
  write_table(out, "int8_t", "tiny01_" + plan.name + "_weights", weights);
  write_table(out, "int32_t", "tiny01_" + plan.name + "_bias", biases);
  write_table(out, "int32_t", "tiny01_" + plan.name + "_multiplier", multipliers);
  write_table(out, "int8_t", "tiny01_" + plan.name + "_shift", shifts);
}

constexpr int inputs = 16 * 10, outputs = 4;
constexpr int macs = 16 * 10 * 8 * 9 + 8 * 5 * 8 * 9 + 8 * 5 * 16 * 8 + outputs * 8 * 5 * 16;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: tiny01_generate HEADER.h MODEL.json\n";
    return 64;
  }
  std::ofstream header(argv[1]), json(argv[2]);
  header << "/* Weights of tiny01, drawn by firmware/models/tiny01_generate.cpp (seed 20250501).\n"
            " * Never edited by hand: change the generator. */\n"
         << "#define TINY01_INPUTS " << inputs << "\n#define TINY01_OUTPUTS " << outputs << "\n";
  Xorshift draw(20250501u);
  // After a ReLU whose codes start at the zero point, about half of the outputs are zero.
  write_layer(header, {"conv", 8, 9, true, 74.0, 80.0}, draw);
  write_layer(header, {"depthwise", 8, 9, true, 57.0, 80.0}, draw);
  write_layer(header, {"pointwise", 16, 8, true, 57.0, 80.0}, draw);
  write_layer(header, {"classify", outputs, 8 * 5 * 16, false, 57.0, 60.0}, draw);
  json << "{\"model\": \"tiny01\", \"mac_count\": " << macs << ", \"input_bytes\": " << inputs
       << ", \"outputs\": " << outputs << "}\n";
  header.close();
  json.close();
  if (header && json) return 0;
  std::cerr << "tiny01_generate: could not write " << argv[1] << " or " << argv[2]
            << "; check the disk and the folder's permissions\n";
  return 1;
}
