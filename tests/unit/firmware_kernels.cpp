// The int8 layers of the firmware against loops that anyone can check, in 64-bit integers.
// Never shares an index computation with the code it checks.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "firmware/models/model.h"
#include "firmware/runtime/kernels.h"

namespace {

using Codes = std::vector<std::int8_t>;

int draw(int lowest, int highest) { return *rc::gen::inRange(lowest, highest + 1); }

int any_seed() { return draw(1, 1 << 30); }

// A layer with everything it points to.
struct Layer {
  jr_layer l{};
  Codes weights, shift, in;
  std::vector<std::int32_t> bias, multiplier;

  // One seed each: drawing every weight through the property's generator would shrink for minutes.
  void fill(std::size_t weight_count, std::size_t outputs, bool per_channel, int seed) {
    auto state = static_cast<std::uint32_t>(seed);
    const auto next = [&state](int lowest, int highest) {
      state = state * 1664525u + 1013904223u;
      return lowest +
             static_cast<int>((state >> 8) % static_cast<std::uint32_t>(highest - lowest + 1));
    };
    for (std::size_t i = 0; i < weight_count; ++i)
      weights.push_back(static_cast<std::int8_t>(next(-128, 127)));
    for (std::size_t i = 0; i < outputs; ++i) bias.push_back(next(-20000, 20000));
    for (std::size_t i = 0; i < (per_channel ? outputs : 1); ++i) {
      multiplier.push_back((1 << 30) + next(0, (1 << 30) - 1));
      shift.push_back(static_cast<std::int8_t>(next(-12, -4)));
    }
    for (int i = 0; i < l.in.height * l.in.width * l.in.channels; ++i)
      in.push_back(static_cast<std::int8_t>(next(-128, 127)));
    l.in_zero = static_cast<std::int16_t>(next(-128, 127));
    l.out_zero = static_cast<std::int16_t>(next(-128, 127));
    l.lowest = static_cast<std::int8_t>(next(0, 1) != 0 ? l.out_zero : -128);  // ReLU, or none
    l.highest = 127;
    l.weights = weights.data();
    l.bias = bias.data();
    l.multiplier = multiplier.data();
    l.shift = shift.data();
  }

  std::size_t outputs() const { return std::size_t{l.out.height} * l.out.width * l.out.channels; }

  // Zero point where the window hangs over the edge, so that the tap counts for nothing.
  std::int64_t at(int row, int column, int channel) const {
    if (row < 0 || row >= l.in.height || column < 0 || column >= l.in.width) return l.in_zero;
    return in[static_cast<std::size_t>((row * l.in.width + column) * l.in.channels + channel)];
  }

  std::int8_t code(std::int64_t sum, std::size_t table) const {
    const std::int64_t product = sum * multiplier[table];
    std::int64_t x = (product + (product >= 0 ? 1LL << 30 : 1 - (1LL << 30))) / (1LL << 31);
    const int right = -shift[table];
    const std::int64_t half = 1LL << (right - 1);
    x = x >= 0 ? (x + half) >> right : -((-x + half) >> right);
    return static_cast<std::int8_t>(std::clamp<std::int64_t>(x + l.out_zero, l.lowest, l.highest));
  }
};

// SAME or VALID padding as TensorFlow defines them, on a random small shape.
void random_window(jr_layer& l, bool one_to_one) {
  l.in = {static_cast<std::uint16_t>(draw(1, 9)), static_cast<std::uint16_t>(draw(1, 9)),
          static_cast<std::uint16_t>(draw(1, 5))};
  const bool same = draw(0, 1) == 1;
  const auto axis = [same](int in, std::uint8_t& kernel, std::uint8_t& stride, std::uint8_t& pad) {
    kernel = static_cast<std::uint8_t>(draw(1, same ? 4 : std::min(4, in)));
    stride = static_cast<std::uint8_t>(draw(1, 3));
    const int out = same ? (in + stride - 1) / stride : (in - kernel) / stride + 1;
    pad = static_cast<std::uint8_t>(same ? std::max(0, (out - 1) * stride + kernel - in) / 2 : 0);
    return static_cast<std::uint16_t>(out);
  };
  l.out.height = axis(l.in.height, l.kernel_height, l.stride_height, l.pad_top);
  l.out.width = axis(l.in.width, l.kernel_width, l.stride_width, l.pad_left);
  l.out.channels = one_to_one ? l.in.channels : static_cast<std::uint16_t>(draw(1, 6));
}

template <class OneOutput>
Codes over_outputs(const Layer& layer, OneOutput one) {
  Codes out;
  for (int y = 0; y < layer.l.out.height; ++y)
    for (int x = 0; x < layer.l.out.width; ++x)
      for (int c = 0; c < layer.l.out.channels; ++c)
        out.push_back(one(y * layer.l.stride_height - layer.l.pad_top,
                          x * layer.l.stride_width - layer.l.pad_left, c));
  return out;
}

// Two bytes more than the output, to see that nothing writes behind it.
Codes run(void (*kernel)(const jr_layer*, const std::int8_t*, std::int8_t*), const Layer& layer) {
  Codes out(layer.outputs() + 2, 85);
  kernel(&layer.l, layer.in.data(), out.data());
  CHECK(out[out.size() - 1] == 85);
  CHECK(out[out.size() - 2] == 85);
  out.resize(layer.outputs());
  return out;
}

}  // namespace

TEST_CASE("a convolution equals plain loops for any shape, stride and padding") {
  CHECK(rc::check([] {
    Layer layer;
    jr_layer& l = layer.l;
    random_window(l, false);
    layer.fill(std::size_t{l.out.channels} * l.kernel_height * l.kernel_width * l.in.channels,
               l.out.channels, true, any_seed());
    RC_ASSERT(
        run(jr_conv2d, layer) == over_outputs(layer, [&](int top, int left, int c) {
          std::int64_t sum = layer.bias[static_cast<std::size_t>(c)];
          for (int i = 0; i < l.kernel_height; ++i)
            for (int j = 0; j < l.kernel_width; ++j)
              for (int k = 0; k < l.in.channels; ++k)
                sum += (layer.at(top + i, left + j, k) - l.in_zero) *
                       layer.weights[static_cast<std::size_t>(
                           ((c * l.kernel_height + i) * l.kernel_width + j) * l.in.channels + k)];
          return layer.code(sum, static_cast<std::size_t>(c));
        }));
  }));
}

TEST_CASE("a depthwise convolution equals plain loops for any shape, stride and padding") {
  CHECK(rc::check([] {
    Layer layer;
    jr_layer& l = layer.l;
    random_window(l, true);
    layer.fill(std::size_t{l.kernel_height} * l.kernel_width * l.in.channels, l.out.channels, true,
               any_seed());
    RC_ASSERT(run(jr_depthwise_conv2d, layer) == over_outputs(layer, [&](int top, int left, int c) {
                std::int64_t sum = layer.bias[static_cast<std::size_t>(c)];
                for (int i = 0; i < l.kernel_height; ++i)
                  for (int j = 0; j < l.kernel_width; ++j)
                    sum += (layer.at(top + i, left + j, c) - l.in_zero) *
                           layer.weights[static_cast<std::size_t>(
                               (i * l.kernel_width + j) * l.in.channels + c)];
                return layer.code(sum, static_cast<std::size_t>(c));
              }));
  }));
}

TEST_CASE("a fully connected layer equals plain loops and uses one multiplier for all outputs") {
  CHECK(rc::check([] {
    Layer layer;
    jr_layer& l = layer.l;
    l.in = {1, static_cast<std::uint16_t>(draw(1, 6)), static_cast<std::uint16_t>(draw(1, 70))};
    l.out = {1, 1, static_cast<std::uint16_t>(draw(1, 8))};
    const int inputs = l.in.width * l.in.channels;
    layer.fill(static_cast<std::size_t>(inputs) * l.out.channels, l.out.channels, false,
               any_seed());
    Codes expected;
    for (int o = 0; o < l.out.channels; ++o) {
      std::int64_t sum = layer.bias[static_cast<std::size_t>(o)];
      for (int i = 0; i < inputs; ++i)
        sum += (layer.in[static_cast<std::size_t>(i)] - l.in_zero) *
               std::int64_t{layer.weights[static_cast<std::size_t>(o * inputs + i)]};
      expected.push_back(layer.code(sum, 0));
    }
    RC_ASSERT(run(jr_fully_connected, layer) == expected);
  }));
}

TEST_CASE("an average pool divides by the taps inside the input and rounds halves away from zero") {
  CHECK(rc::check([] {
    Layer layer;
    jr_layer& l = layer.l;
    random_window(l, true);
    layer.fill(0, 1, false, any_seed());
    RC_ASSERT(run(jr_average_pool, layer) == over_outputs(layer, [&](int top, int left, int c) {
                int sum = 0, count = 0;
                for (int i = top; i < top + l.kernel_height; ++i)
                  for (int j = left; j < left + l.kernel_width; ++j)
                    if (i >= 0 && i < l.in.height && j >= 0 && j < l.in.width) {
                      sum += static_cast<int>(layer.at(i, j, c));
                      ++count;
                    }
                const int mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
                return static_cast<std::int8_t>(std::clamp<int>(mean, l.lowest, l.highest));
              }));
  }));
}

TEST_CASE("the extreme activation and weight multiply without overflow") {
  Layer layer;
  layer.l.in = {1, 1, 1};
  layer.l.out = {1, 1, 1};
  layer.fill(1, 1, false, 1);
  layer.in = {127};
  layer.l.in_zero = -128;
  layer.weights = {-128};
  layer.l.weights = layer.weights.data();
  layer.bias = {0};
  layer.multiplier = {1 << 30};
  layer.shift = {-7};  // -32640 / 2 / 128 = -127.5
  layer.l.bias = layer.bias.data();
  layer.l.multiplier = layer.multiplier.data();
  layer.l.shift = layer.shift.data();
  layer.l.out_zero = 0;
  layer.l.lowest = -128;
  CHECK(run(jr_fully_connected, layer) == Codes{-128});
}

TEST_CASE("tiny01 gives the same output for the same input, and leaves the input as it was") {
  REQUIRE(model_input_bytes() == 160);
  const auto infer = [](int step) {
    std::vector<std::uint8_t> in;
    for (int i = 0; i < 160; ++i) in.push_back(static_cast<std::uint8_t>(i * step + 3));
    std::copy(in.begin(), in.end(), model_input());
    model_infer();
    CHECK(std::equal(in.begin(), in.end(), model_input()));
    return Codes(model_output(), model_output() + model_outputs());
  };
  const Codes ramp = infer(7), other = infer(11);
  CHECK(ramp != other);
  CHECK(infer(7) == ramp);
  // What the simulated ATmega2560 printed for this input, 0.625 0.852 0.527 0.488, as codes.
  CHECK(ramp == Codes{32, 90, 7, -3});
}
