// Joules from streams of values: a window's sums, and what a spec card can say about such sums.
// Never knows a code: what another tool computed from codes is taken as it is, and named as that.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rig/core/value_sums.hpp"
#include "rig/core/window.hpp"
#include "rig/energy/summary.hpp"

namespace jr {

/// What the channels of a stream make an energy of.
enum class ValueBasis { current, current_and_voltage, power, energy };

/// Nothing when they make none: a voltage alone, or two of one kind. Current and voltage in either order.
std::optional<ValueBasis> basis_of(const std::vector<Quantity>& channels);

/// The samples of a window that lay in one range of the instrument, told by their current.
struct RangeShare {
  double energy_J{};      ///< of these samples
  double volt_seconds{};  ///< integral of the voltage over them: what an offset in ampere costs
};

/// A window and what was summed in it. `lost`: samples that gaps took out of it; `lost_limit`: by how much that
/// may be wrong. `shares` one a range of the model's accuracy; empty without one.
struct ValuePiece {
  Window window;
  ValueSums sums;
  std::uint64_t lost{}, lost_limit{};
  std::vector<RangeShare> shares;
};

/// Sorts values into the instrument's ranges: the smallest whose full scale holds the current. Which range the
/// instrument was really in at a sample is not recorded; near a boundary the two neighbours are alike.
class RangeSorter {
 public:
  /// Requires an accuracy. `channels` as stored; a power or an energy is divided by the model's supply.
  RangeSorter(const EnergyModel& model, const std::vector<Quantity>& channels);
  /// Requires the channels' shape. NaN is missing and counts nowhere.
  void add(std::span<const std::vector<double>> values);
  std::vector<RangeShare> shares() const;

 private:
  struct Sums { CompensatedSum energy_J, volt_seconds; };
  std::size_t range_of(double current_A) const;
  const EnergyModel& model_;
  std::vector<Quantity> channels_;
  ValueBasis basis_;
  std::vector<Sums> ranges_;
};

/// Energy of a window, its missing and lost samples billed at the mean power of the others, with the same source
/// keys as from codes. Without an accuracy: the value alone. Requires a basis.
Energy energy_of_values(const EnergyModel& model, const std::vector<Quantity>& channels, const ValuePiece& piece);

/// Charge of a window in coulomb; NaN when no channel holds a current.
double charge_of_values(const EnergyModel& model, const std::vector<Quantity>& channels, const ValuePiece& piece);

/// With fewer windows no uncertainty is stated.
inline constexpr std::size_t kLeastWindowsForU = 5;

/// Requires a basis and at least one window, each with inferences and samples. Nothing is known of the idle, so
/// no marginal energy and no idle power. The doubt of edges counts as if nothing flowed beside the windows.
EnergySummary summarise_values(const EnergyModel& model, const std::vector<Quantity>& channels,
                               const std::vector<ValuePiece>& pieces);

}  // namespace jr
