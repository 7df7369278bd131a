// Sums over samples that come as physical values (current, voltage, power, energy) and not as codes.
// Fixed order, compensated: the same values give the same bits on any machine. Never counts a missing sample as 0.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jr {

/// What one channel of a stream of values holds, in SI units.
enum class Quantity {
  current_A,
  voltage_V,
  power_W,
  energy_J  ///< of each sample's own period
};

const char* name_of(Quantity quantity);  ///< "current_A"
std::optional<Quantity> quantity_named(const std::string& name);

/// A sum and what its roundings have left out (Neumaier). value() is right to the last bits for as many
/// additions as a trace has.
struct CompensatedSum {
  double sum{}, rest{};

  void add(double x) {
    const double next = sum + x;
    rest += std::abs(sum) >= std::abs(x) ? (sum - next) + x : (x - next) + sum;
    sum = next;
  }
  double value() const { return sum + rest; }
  bool operator==(const CompensatedSum&) const = default;
};

/// Sums over [start, end) of a stream with one or two channels. A sample with a NaN in any channel is missing.
/// Not additive bit by bit: a window's sums are taken anew from its samples, in their order.
struct ValueSums {
  std::uint64_t n{}, missing{};
  CompensatedSum first, first_squared;
  CompensatedSum second, product;  ///< of a second channel, and of both (current times voltage)
};

/// Requires one or two channels of equal length.
void add_values(ValueSums& sums, std::span<const std::vector<double>> channels);

}  // namespace jr
