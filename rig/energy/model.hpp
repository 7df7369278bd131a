// The measurement model: exact moments times a calibration, a voltage and a time base -> Energy.
// Pure functions; nothing here knows a file, a device or a run.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "calibration/spec_card.hpp"
#include "rig/core/energy.hpp"
#include "rig/core/moments.hpp"
#include "rig/core/range_polynomial.hpp"
#include "rig/core/units.hpp"

namespace jr {

enum class VoltageKind { set, measured, assumed };
const char* name_of(VoltageKind kind);

/// Everything that turns moments into joules at the board's terminals.
struct EnergyModel {
  std::vector<RangePolynomial> ranges;  ///< one a range, in ampere per code
  std::optional<SpecCard> card;         ///< absent: values are stated, uncertainties are not
  std::string instrument;               ///< "kind:serial", the scope of its source keys
  std::string bench;                    ///< scope of wiring's source keys
  Volt supply;
  VoltageKind supply_kind{VoltageKind::set};
  double u_supply_V{};                  ///< standard; 0: the card's limit for a set voltage
  double period_s{};
  double lead_ohm{};                    ///< between monitor and board, both conductors
  double u_lead_ohm{};                  ///< standard
  bool burden_in_series{};              ///< ampere mode: the shunt lowers the board's voltage
};

/// Samples that tell no current: lost ones, and those in a range that has no calibration.
std::uint64_t samples_without_current(const EnergyModel& model, const Moments& moments);

/// Plain sums of one piece of trace, no doubt attached: received samples in calibrated ranges.
struct Integral {
  double charge_C{};
  double square_A2s{};  ///< integral of i^2 dt (second order about each range's mean)
  double energy_J{};    ///< V Q - R integral of i^2
  double duration_s{};  ///< received and lost samples times the period
};
Integral integrate(const EnergyModel& model, const Moments& moments);

/// The energy of a piece with every systematic source, keyed by what is shared:
/// `gain:INSTRUMENT:R`, `offset:INSTRUMENT:R`, `voltage:INSTRUMENT:V`, `clock:INSTRUMENT`, `lead:BENCH`.
/// Lost samples are billed at the mean power of the received ones; their doubt is summarise()'s.
Energy energy_of(const EnergyModel& model, const Moments& moments);

/// Standard uncertainty of the input behind a source key and the unit it is stated in.
struct InputDoubt { double u{}; const char* unit{""}; };
InputDoubt input_doubt(const EnergyModel& model, const std::string& key);

}  // namespace jr
