// dscnn01, layer by layer, against loops in double precision that round once at the end.
// Never shares an index computation or a fixed-point step with the code it checks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "firmware/models/dscnn01.h"

namespace {

using Codes = std::vector<std::int8_t>;

std::vector<dscnn01_step> steps() {
  std::uint8_t count = 0;
  const dscnn01_step* first = dscnn01_steps(&count);
  return {first, first + count};
}

int size(const jr_shape& shape) { return shape.height * shape.width * shape.channels; }

// A layer's input with real distance from its zero point; what hangs over the edge is zero.
struct Reference {
  const jr_layer& l;
  const Codes& in;

  double at(int row, int column, int channel) const {
    if (row < 0 || row >= l.in.height || column < 0 || column >= l.in.width) return 0.0;
    return in[static_cast<std::size_t>((row * l.in.width + column) * l.in.channels + channel)] -
           double{1} * l.in_zero;
  }

  double scaled(double sum, int table) const {
    return std::ldexp(sum * l.multiplier[table], l.shift[table] - 31) + l.out_zero;
  }

  double conv(int y, int x, int c) const {
    double sum = l.bias[c];
    for (int i = 0; i < l.kernel_height; ++i)
      for (int j = 0; j < l.kernel_width; ++j)
        for (int k = 0; k < l.in.channels; ++k)
          sum += at(y * l.stride_height - l.pad_top + i, x * l.stride_width - l.pad_left + j, k) *
                 l.weights[((c * l.kernel_height + i) * l.kernel_width + j) * l.in.channels + k];
    return scaled(sum, c);
  }

  double depthwise(int y, int x, int c) const {
    double sum = l.bias[c];
    for (int i = 0; i < l.kernel_height; ++i)
      for (int j = 0; j < l.kernel_width; ++j)
        sum += at(y * l.stride_height - l.pad_top + i, x * l.stride_width - l.pad_left + j, c) *
               l.weights[(i * l.kernel_width + j) * l.in.channels + c];
    return scaled(sum, c);
  }

  double pooled(int c) const {
    double sum = 0.0;
    for (int i = 0; i < l.in.height; ++i)
      for (int j = 0; j < l.in.width; ++j) sum += at(i, j, c);
    return sum / (l.in.height * l.in.width) + l.out_zero;
  }

  double connected(int o) const {
    double sum = l.bias[o];
    for (int k = 0; k < l.in.channels; ++k) sum += at(0, 0, k) * l.weights[o * l.in.channels + k];
    return scaled(sum, 0);
  }

  double code(const dscnn01_step& step, int y, int x, int c) const {
    double real = 0.0;
    if (step.kernel == jr_conv2d)
      real = conv(y, x, c);
    else if (step.kernel == jr_depthwise_conv2d)
      real = depthwise(y, x, c);
    else if (step.kernel == jr_average_pool)
      real = pooled(c);
    else
      real = connected(c);
    return std::clamp(real, double{1} * l.lowest, double{1} * l.highest);
  }
};

// The greatest distance of the layer's codes from the real values, in codes.
double worst_distance(const dscnn01_step& step, const Codes& in) {
  const jr_layer& l = *step.layer;
  const Reference reference{l, in};
  double worst = 0.0;
  int index = 0;
  for (int y = 0; y < l.out.height; ++y)
    for (int x = 0; x < l.out.width; ++x)
      for (int c = 0; c < l.out.channels; ++c, ++index)
        worst = std::max(worst, std::fabs(step.out[index] - reference.code(step, y, x, c)));
  return worst;
}

void set_input(int factor, int offset) {
  for (int i = 0; i < dscnn01_input_bytes(); ++i)
    dscnn01_input()[i] = static_cast<std::uint8_t>(i * factor + offset);
}

Codes infer(int factor, int offset) {
  set_input(factor, offset);
  const Codes before(dscnn01_input(), dscnn01_input() + dscnn01_input_bytes());
  dscnn01_infer();
  CHECK(std::equal(before.begin(), before.end(), reinterpret_cast<std::int8_t*>(dscnn01_input())));
  return {dscnn01_output(), dscnn01_output() + dscnn01_outputs()};
}

}  // namespace

TEST_CASE("every layer of dscnn01 is within one code of a reference in double precision") {
  for (const int factor : {7, 31, 113}) {
    set_input(factor, 3);
    int index = 0;
    for (const dscnn01_step& step : steps()) {
      CAPTURE(factor);
      CAPTURE(index);
      const Codes in(step.in, step.in + size(step.layer->in));
      step.kernel(step.layer, step.in, step.out);
      CHECK(worst_distance(step, in) <= 1.0);
      ++index;
    }
  }
}

TEST_CASE("no layer of dscnn01 is dead or saturated: its codes spread, and few sit at either end") {
  set_input(7, 3);
  dscnn01_infer();
  for (const dscnn01_step& step : steps()) {
    step.kernel(step.layer, step.in, step.out);
    const Codes out(step.out, step.out + size(step.layer->out));
    const auto top = std::count(out.begin(), out.end(), 127);
    const auto [lowest, highest] = std::minmax_element(out.begin(), out.end());
    CHECK(*highest - *lowest > 40);
    CHECK(top * 4 < static_cast<long>(out.size()));
    if (step.in == reinterpret_cast<std::int8_t*>(dscnn01_input())) continue;
    CHECK(std::count(out.begin(), out.end(), -128) * 10 < static_cast<long>(out.size()) * 9);
  }
}

TEST_CASE("the layers of dscnn01 fit together, with SAME padding as TensorFlow defines it") {
  const auto all = steps();
  REQUIRE(all.size() == 11);
  CHECK(size(all.front().layer->in) == dscnn01_input_bytes());
  CHECK(size(all.back().layer->out) == dscnn01_outputs());
  CHECK(all.front().in == reinterpret_cast<std::int8_t*>(dscnn01_input()));
  CHECK(all.back().out == dscnn01_output());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const jr_layer& l = *all[i].layer;
    CAPTURE(i);
    CHECK(all[i].in != all[i].out);
    if (i != 0) {
      CHECK(all[i].in == all[i - 1].out);
      CHECK(size(l.in) == size(all[i - 1].layer->out));
      CHECK(l.in_zero == all[i - 1].layer->out_zero);
    }
    if (all[i].kernel != jr_conv2d && all[i].kernel != jr_depthwise_conv2d) continue;
    const auto same = [](int in, int out, int kernel, int stride, int pad) {
      CHECK(out == (in + stride - 1) / stride);
      CHECK(pad == std::max(0, (out - 1) * stride + kernel - in) / 2);
    };
    same(l.in.height, l.out.height, l.kernel_height, l.stride_height, l.pad_top);
    same(l.in.width, l.out.width, l.kernel_width, l.stride_width, l.pad_left);
  }
}

TEST_CASE("the manifest of dscnn01 counts the multiplications of its layers") {
  long macs = 0;
  for (const dscnn01_step& step : steps()) {
    const jr_layer& l = *step.layer;
    const long positions = long{l.out.height} * l.out.width * l.out.channels;
    if (step.kernel == jr_conv2d)
      macs += positions * l.kernel_height * l.kernel_width * l.in.channels;
    else if (step.kernel == jr_depthwise_conv2d)
      macs += positions * l.kernel_height * l.kernel_width;
    else if (step.kernel == jr_fully_connected)
      macs += positions * size(l.in);
  }
  CHECK(macs == 2'656'768);
  std::ifstream file(std::string(JOULERIG_BINARY_DIR) + "/firmware/generated/dscnn01.json");
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == "{\"model\": \"dscnn01\", \"mac_count\": " + std::to_string(macs) +
                          ", \"input_bytes\": 490, \"outputs\": 12}\n");
}

TEST_CASE("dscnn01 gives the same output for the same input, and leaves the input as it was") {
  REQUIRE(dscnn01_input_bytes() == 490);
  const Codes ramp = infer(7, 3), other = infer(11, 3);
  CHECK(ramp != other);
  CHECK(infer(7, 3) == ramp);
  CHECK(std::string(dscnn01_name()) == "dscnn01");
}

TEST_CASE("dscnn01 on this machine prints what the emulated Cortex-M4 printed") {
  const Codes ramp = infer(7, 3);
  std::vector<int> thousandths;
  for (const std::int8_t code : ramp) thousandths.push_back(jr_thousandths(code));
  CHECK(thousandths == std::vector<int>{828, 195, 996, 383, 379, 55, 574, 156, 145, 945, 332, 855});
}
