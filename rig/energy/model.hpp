// The measurement model: exact moments times coefficients, a voltage and a time base -> Energy.
// Pure functions; nothing here knows a file, a device or a database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibration/accuracy.hpp"
#include "rig/core/energy.hpp"
#include "rig/core/moments.hpp"
#include "rig/core/range_polynomial.hpp"
#include "rig/core/units.hpp"

namespace jr {

enum class VoltageKind { set, measured, assumed };
const char* name_of(VoltageKind kind);

/// Air around the instrument during a run.
struct Ambient {
  std::optional<double> temperature_C;  ///< absent: nobody measured it, and u_K says how far it may be off
  double u_K{5.0};                      ///< standard; of the temperature, or of its distance from calibration
};

/// Everything that turns moments into joules at the board's terminals.
struct EnergyModel {
  std::vector<RangePolynomial> ranges;  ///< coefficients to use, in ampere per code
  std::optional<Accuracy> accuracy;     ///< absent: values are stated, uncertainties are not
  std::string instrument;               ///< "kind:serial", the scope of its source keys
  std::string bench;                    ///< scope of wiring's source keys
  std::string run;                      ///< scope of what is drawn anew for each run
  Volt supply;
  VoltageKind supply_kind{VoltageKind::set};
  double u_supply_V{};                  ///< standard; 0: the limit for a set voltage
  double period_s{};                    ///< nominal
  double clock_correction{};            ///< relative: true period = period_s (1 + this), as far as it was measured
  double u_clock{};                     ///< standard of that; 0: not measured, the limit of the time base applies
  std::string clock_scope;              ///< whose clock that doubt is; empty: the instrument's
  double lead_ohm{};                    ///< between monitor and board, both conductors
  double u_lead_ohm{};                  ///< standard
  bool burden_in_series{};              ///< ampere mode: the shunt lowers the board's voltage
  Ambient ambient;
  double pulse_s{};                     ///< shortest pulses in which the load draws its current; 0: none known
  double pulse_every_s{};               ///< 0: not known how often

  double true_period_s() const { return period_s * (1 + clock_correction); }
};

/// The key of a supply's voltage: of the instrument's setting, or of what was measured on the bench.
std::string voltage_key(const EnergyModel& model);

/// The time base as a source: its key, and its relative doubt. Requires an accuracy.
std::string clock_key(const EnergyModel& model);
ScalarDoubt clock_doubt(const EnergyModel& model);

/// Samples that tell no current: lost ones, and those in a range that has no coefficients.
std::uint64_t samples_without_current(const EnergyModel& model, const Moments& moments);

/// Plain sums of one piece of trace, no doubt attached: received samples in known ranges.
struct Integral {
  double charge_C{};    ///< with the nominal period, as the codes say
  double square_A2s{};  ///< integral of i^2 dt (second order about each range's mean)
  double energy_J{};    ///< V Q - R integral of i^2, with the true period
  double duration_s{};  ///< received and lost samples times the true period
};
Integral integrate(const EnergyModel& model, const Moments& moments);

/// The energy of a piece with every systematic source, keyed by what is shared:
/// the accuracy's own keys (gain, offset, reference, fit); `voltage:INSTRUMENT:V` (of a measured one `voltage:BENCH:V`),
/// `clock:INSTRUMENT`,
/// `lead:BENCH`, `misfit:INSTRUMENT:R`, `tempco:INSTRUMENT`, `offset-tempco:INSTRUMENT:R`; and, drawn anew for
/// each run, `temperature:RUN`, `drift:RUN`, `offset-drift:RUN:R`.
/// Lost samples are billed at the mean power of the received ones; their doubt is summarise()'s.
Energy energy_of(const EnergyModel& model, const Moments& moments);

/// Standard uncertainty of the sum of a piece's noise, in joule, one code's noise independent of the next;
/// 0 where the noise of a range is not known. For a result of one window; more windows show it by themselves.
double noise_of(const EnergyModel& model, const Moments& moments);

/// Half width of what samples around range switches may hide, in joule: each blanked sample may have been
/// anything up to the full scale of the highest range in the piece.
double hidden_by_switches(const EnergyModel& model, const Moments& moments);

}  // namespace jr
