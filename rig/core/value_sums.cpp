// Adding values in their order, and the words for what they are.
// Never reorders: the order is part of the result's bits.
#include "rig/core/value_sums.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace jr {
namespace {

constexpr std::array<std::pair<Quantity, const char*>, 4> kQuantities{{
    {Quantity::current_A, "current_A"},
    {Quantity::voltage_V, "voltage_V"},
    {Quantity::power_W, "power_W"},
    {Quantity::energy_J, "energy_J"},
}};

void add_one_channel(ValueSums& sums, const std::vector<double>& values) {
  for (const double x : values) {
    if (std::isnan(x)) {
      ++sums.missing;
      continue;
    }
    ++sums.n;
    sums.first.add(x);
    sums.first_squared.add(x * x);
  }
}

void add_two_channels(ValueSums& sums, const std::vector<double>& first, const std::vector<double>& second) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    const double x = first[i], y = second[i];
    if (std::isnan(x) || std::isnan(y)) {
      ++sums.missing;
      continue;
    }
    ++sums.n;
    sums.first.add(x);
    sums.first_squared.add(x * x);
    sums.second.add(y);
    sums.product.add(x * y);
  }
}

}  // namespace

const char* name_of(Quantity quantity) {
  for (const auto& [key, name] : kQuantities)
    if (key == quantity) return name;
  throw std::logic_error("a quantity has no name");
}

std::optional<Quantity> quantity_named(const std::string& name) {
  for (const auto& [key, known] : kQuantities)
    if (name == known) return key;
  return std::nullopt;
}

void add_values(ValueSums& sums, std::span<const std::vector<double>> channels) {
  if (channels.size() == 1) return add_one_channel(sums, channels[0]);
  if (channels.size() != 2 || channels[0].size() != channels[1].size())
    throw std::invalid_argument("add_values: one or two channels of equal length");
  add_two_channels(sums, channels[0], channels[1]);
}

}  // namespace jr
