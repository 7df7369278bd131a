// Sums per range in a fixed order, so that the same moments give the same bits everywhere.
// Sensitivities are the analytic derivatives of the same expression.
#include "rig/energy/model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace jr {
namespace {

__extension__ using Wide = unsigned __int128;

/// Sum of (c - mean)^2: n S2 - S1^2 is exact in 128 bits, so nothing cancels.
double centred_squares(const RangeMoments& row) {
  const Wide product = Wide{row.n} * row.sum_of_squares - Wide{row.sum} * row.sum;
  return static_cast<double>(product) / static_cast<double>(row.n);
}

/// One range's share of a piece: sums over its samples, and the current as a parabola about their mean code.
struct Share {
  double n{}, sum{}, sum_of_squares{}, centred{}, mean_code{};
  double current_sum_A{}, square_sum_A2{};
  double at_mean_A{}, slope_A{}, bend_A{};  ///< i, di/dc and d2i/dc2 at the mean code
  double series_ohm{}, supply_slope{};
};

Share share_of(const EnergyModel& model, const RangeMoments& row, const RangePolynomial& p) {
  Share share;
  share.n = static_cast<double>(row.n);
  share.supply_slope = p.s_A_per_V;
  share.series_ohm = model.lead_ohm + (model.burden_in_series ? p.burden_ohm : 0.0);
  if (row.n == 0) return share;
  share.sum = static_cast<double>(row.sum);
  share.sum_of_squares = static_cast<double>(row.sum_of_squares);
  share.centred = centred_squares(row);
  share.mean_code = share.sum / share.n;
  const double offset = p.a_A + p.s_A_per_V * model.supply.value;
  share.current_sum_A =
      offset * share.n + p.b_A_per_code * share.sum + p.q_A_per_code2 * share.sum_of_squares;
  share.at_mean_A = offset + share.mean_code * (p.b_A_per_code + share.mean_code * p.q_A_per_code2);
  share.slope_A = p.b_A_per_code + 2 * p.q_A_per_code2 * share.mean_code;
  share.bend_A = 2 * p.q_A_per_code2;
  share.square_sum_A2 =
      share.n * share.at_mean_A * share.at_mean_A +
      share.centred * (share.slope_A * share.slope_A + share.at_mean_A * share.bend_A);
  return share;
}

using Shares = std::array<Share, kMaxRanges>;

Shares shares_of(const EnergyModel& model, const Moments& moments) {
  Shares shares;
  for (std::size_t r = 0; r < std::min(kMaxRanges, model.ranges.size()); ++r)
    shares[r] = share_of(model, moments.ranges[r], model.ranges[r]);
  return shares;
}

/// V sum(di) - 2 R sum(i di) for a change of the coefficients: joule per second of period.
double moved_by(const Share& share, double volts, const CoefficientShift& d) {
  if (share.n == 0) return 0;
  const double m = share.mean_code, even_A = d.a_A + d.s_A_per_V * volts;
  const double sum_A = even_A * share.n + d.b_A_per_code * share.sum + d.q_A_per_code2 * share.sum_of_squares;
  const double at_mean = even_A + m * (d.b_A_per_code + m * d.q_A_per_code2);
  const double slope = d.b_A_per_code + 2 * d.q_A_per_code2 * m;
  const double product_A2 =
      share.n * share.at_mean_A * at_mean +
      share.centred * (share.slope_A * slope + 0.5 * (share.at_mean_A * 2 * d.q_A_per_code2 + share.bend_A * at_mean));
  return volts * sum_A - 2 * share.series_ohm * product_A2;
}

/// The same for an even shift of the current, and for a relative change of it.
double moved_by_offset(const Share& share, double volts) {
  return volts * share.n - 2 * share.series_ohm * share.current_sum_A;
}
double moved_by_gain(const Share& share, double volts) {
  return volts * share.current_sum_A - 2 * share.series_ohm * share.square_sum_A2;
}

/// Samples that have no current are billed at the mean power of those that have.
double billing(const EnergyModel& model, const Moments& moments) {
  const auto without = static_cast<double>(samples_without_current(model, moments));
  const double with = static_cast<double>(moments.samples() + moments.lost) - without;
  return with > 0 ? 1.0 + without / with : 1.0;
}

}  // namespace

std::string voltage_key(const EnergyModel& model) {
  char volts[32];
  std::snprintf(volts, sizeof volts, "%.3f", model.supply.value);
  // What a voltmeter said is another error than that of the instrument's own setting.
  return "voltage:" + (model.u_supply_V > 0 ? model.bench : model.instrument) + ":" + volts;
}

std::string clock_key(const EnergyModel& model) {
  return "clock:" + (model.clock_scope.empty() ? model.instrument : model.clock_scope);
}

ScalarDoubt clock_doubt(const EnergyModel& model) {
  if (model.u_clock > 0) return {model.u_clock, Distribution::normal, INFINITY, "the host's clock"};
  return model.accuracy->time_base;
}

namespace {

/// Collects the sources of one piece; leaves out what has no size.
class Sources {
 public:
  explicit Sources(Energy& energy) : energy_(energy) {}
  void add(std::string key, double u_J, Distribution distribution = Distribution::normal,
           double degrees_of_freedom = INFINITY) {
    if (u_J != 0) energy_.sources.push_back({std::move(key), u_J, degrees_of_freedom, distribution});
  }
  void add(std::string key, double sensitivity, const ScalarDoubt& doubt) {
    if (sensitivity == 0) return;  // an endless doubt about what does not matter
    add(std::move(key), sensitivity * doubt.standard, doubt.distribution, doubt.degrees_of_freedom);
  }

 private:
  Energy& energy_;
};

void add_coefficients(Sources& sources, const EnergyModel& model, const Shares& shares, double Ts) {
  for (const CoefficientDoubt& doubt : model.accuracy->coefficients) {
    double moved = 0;
    for (const CoefficientShift& shift : doubt.shifts)
      if (shift.range < kMaxRanges) moved += moved_by(shares[shift.range], model.supply.value, shift);
    sources.add(doubt.key, Ts * moved, doubt.distribution, doubt.degrees_of_freedom);
  }
}

/// What the ranges have beside their coefficients.
void add_ranges(Sources& sources, const EnergyModel& model, const Shares& shares, double Ts) {
  const Accuracy& accuracy = *model.accuracy;
  const double V = model.supply.value, u_K = std::hypot(model.ambient.u_K, accuracy.u_temperature_K);
  const double away_K = model.ambient.temperature_C ? *model.ambient.temperature_C - accuracy.temperature_C : 0;
  double gain_J = 0;
  for (std::size_t r = 0; r < std::min(kMaxRanges, accuracy.per_range.size()); ++r) {
    if (shares[r].n == 0) continue;
    const RangeAccuracy& range = accuracy.per_range[r];
    const double offset_J = Ts * moved_by_offset(shares[r], V);
    const std::string at = ":" + std::to_string(r);
    gain_J += Ts * moved_by_gain(shares[r], V);
    sources.add("misfit:" + model.instrument + at, offset_J, range.misfit_A);
    sources.add("offset-drift:" + model.run + at, offset_J, range.offset_drift_A);
    sources.add("offset-tempco:" + model.instrument + at, offset_J * away_K, range.offset_tempco_A_per_K);
    sources.add("offset-temperature:" + model.run + at, offset_J * u_K * range.offset_tempco_A_per_K.standard);
  }
  // The coefficient is the instrument's and the same in each run; how far the air was off is the run's own.
  sources.add("tempco:" + model.instrument, gain_J * away_K, accuracy.gain_tempco_per_K);
  sources.add("temperature:" + model.run, gain_J * u_K * accuracy.gain_tempco_per_K.standard);
  sources.add("drift:" + model.run, gain_J, accuracy.gain_drift);
}

}  // namespace

const char* name_of(VoltageKind kind) {
  switch (kind) {
    case VoltageKind::set: return "set";
    case VoltageKind::measured: return "measured";
    case VoltageKind::assumed: return "assumed";
  }
  throw std::logic_error("a voltage kind has no name");
}

std::uint64_t samples_without_current(const EnergyModel& model, const Moments& moments) {
  std::uint64_t n = moments.lost + moments.illegal;
  for (std::size_t r = model.ranges.size(); r < kMaxRanges; ++r) n += moments.ranges[r].n;
  return n;
}

Integral integrate(const EnergyModel& model, const Moments& moments) {
  Integral integral;
  for (const Share& share : shares_of(model, moments)) {
    const double charge = share.current_sum_A * model.period_s;
    const double square = share.square_sum_A2 * model.period_s;
    integral.charge_C += charge;
    integral.square_A2s += square;
    integral.energy_J += model.supply.value * charge - share.series_ohm * square;
  }
  integral.energy_J *= 1 + model.clock_correction;
  integral.duration_s =
      static_cast<double>(moments.samples() + moments.lost) * model.true_period_s();
  return integral;
}

Energy energy_of(const EnergyModel& model, const Moments& moments) {
  const double bill = billing(model, moments);
  Energy energy{{integrate(model, moments).energy_J * bill}, {}};
  if (!model.accuracy) return energy;
  const Accuracy& accuracy = *model.accuracy;
  const double Ts = model.true_period_s() * bill, V = model.supply.value;
  const Shares shares = shares_of(model, moments);
  Sources sources(energy);
  add_coefficients(sources, model, shares, Ts);
  add_ranges(sources, model, shares, Ts);
  double per_volt = 0, square = 0;
  for (const Share& share : shares) {
    // The vendor's formula may hold the supply voltage, so a wrong one moves the current too.
    per_volt += Ts * (share.current_sum_A + share.supply_slope * moved_by_offset(share, V));
    square += Ts * share.square_sum_A2;
  }
  const ScalarDoubt measured_V{model.u_supply_V, Distribution::normal, INFINITY, "the bench file"};
  sources.add(voltage_key(model), per_volt, model.u_supply_V > 0 ? measured_V : accuracy.voltage_V);
  sources.add(clock_key(model), energy.value.value, clock_doubt(model));
  sources.add("lead:" + model.bench, -square * model.u_lead_ohm);
  return energy;
}

double noise_of(const EnergyModel& model, const Moments& moments) {
  if (!model.accuracy) return 0;
  const Shares shares = shares_of(model, moments);
  double variance = 0;
  for (std::size_t r = 0; r < std::min(kMaxRanges, model.accuracy->per_range.size()); ++r) {
    const double one = shares[r].slope_A * model.accuracy->per_range[r].noise_codes;
    variance += shares[r].n * one * one;
  }
  return model.supply.value * model.true_period_s() * std::sqrt(variance);
}

double hidden_by_switches(const EnergyModel& model, const Moments& moments) {
  if (!model.accuracy || moments.switches == 0) return 0;
  const auto& ranges = model.accuracy->per_range;
  double highest_A = 0, blanked = 0;
  for (std::size_t r = 0; r < std::min(kMaxRanges, ranges.size()); ++r) {
    if (moments.ranges[r].n == 0) continue;
    highest_A = std::max(highest_A, ranges[r].full_scale_A);
    blanked = std::max(blanked, static_cast<double>(ranges[r].blanked_samples));
  }
  return model.supply.value * model.true_period_s() * static_cast<double>(moments.switches) * blanked * highest_A;
}

}  // namespace jr
