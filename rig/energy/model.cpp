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

/// One range's share of a piece.
struct Share {
  double n{}, current_sum_A{}, square_sum_A2{}, series_ohm{}, supply_slope{};
};

__extension__ using Wide = unsigned __int128;

/// Sum of (c - mean)^2: n S2 - S1^2 is exact in 128 bits, so nothing cancels.
double centred_squares(const RangeMoments& row) {
  const Wide product = Wide{row.n} * row.sum_of_squares - Wide{row.sum} * row.sum;
  return static_cast<double>(product) / static_cast<double>(row.n);
}

Share share_of(const EnergyModel& model, const RangeMoments& row, const RangePolynomial& p) {
  Share share;
  share.n = static_cast<double>(row.n);
  share.supply_slope = p.s_A_per_V;
  share.series_ohm = model.lead_ohm + (model.burden_in_series ? p.burden_ohm : 0.0);
  if (row.n == 0) return share;
  const double offset = p.a_A + p.s_A_per_V * model.supply.value;
  share.current_sum_A = offset * share.n + p.b_A_per_code * static_cast<double>(row.sum) +
                        p.q_A_per_code2 * static_cast<double>(row.sum_of_squares);
  const double mean_code = static_cast<double>(row.sum) / share.n;
  const double at_mean = offset + mean_code * (p.b_A_per_code + mean_code * p.q_A_per_code2);
  const double slope = p.b_A_per_code + 2 * p.q_A_per_code2 * mean_code;
  share.square_sum_A2 =
      share.n * at_mean * at_mean +
      centred_squares(row) * (slope * slope + 2 * at_mean * p.q_A_per_code2);
  return share;
}

std::array<Share, kMaxRanges> shares_of(const EnergyModel& model, const Moments& moments) {
  std::array<Share, kMaxRanges> shares;
  for (std::size_t r = 0; r < std::min(kMaxRanges, model.ranges.size()); ++r)
    shares[r] = share_of(model, moments.ranges[r], model.ranges[r]);
  return shares;
}

/// Samples that have no current are billed at the mean power of those that have.
double billing(const EnergyModel& model, const Moments& moments) {
  const auto without = static_cast<double>(samples_without_current(model, moments));
  const double with = static_cast<double>(moments.samples() + moments.lost) - without;
  return with > 0 ? 1.0 + without / with : 1.0;
}

std::string voltage_key(const EnergyModel& model) {
  char volts[32];
  std::snprintf(volts, sizeof volts, "%.3f", model.supply.value);
  return "voltage:" + model.instrument + ":" + volts;
}

double voltage_u(const EnergyModel& model) {
  return model.u_supply_V > 0 ? model.u_supply_V : model.card->voltage_V.standard();
}

Distribution voltage_distribution(const EnergyModel& model) {
  return model.u_supply_V > 0 ? Distribution::normal : model.card->voltage_V.distribution;
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
  integral.duration_s =
      static_cast<double>(moments.samples() + moments.lost) * model.period_s;
  return integral;
}

Energy energy_of(const EnergyModel& model, const Moments& moments) {
  const double bill = billing(model, moments);
  Energy energy{{integrate(model, moments).energy_J * bill}, {}};
  if (!model.card) return energy;
  const SpecCard& card = *model.card;
  const double Ts = model.period_s * bill, V = model.supply.value;
  const auto shares = shares_of(model, moments);
  double per_volt = 0, square = 0;
  for (std::size_t r = 0; r < kMaxRanges; ++r) {
    const Share& share = shares[r];
    if (share.n == 0) continue;
    const std::string scope = model.instrument + ":" + std::to_string(r);
    const double R = share.series_ohm;
    energy.sources.push_back({"gain:" + scope,
                              Ts * (V * share.current_sum_A - 2 * R * share.square_sum_A2) *
                                  card.gain.standard(),
                              INFINITY, card.gain.distribution});
    Limit offset = card.offset;
    offset.half_width = card.offset_limit_A(r);
    energy.sources.push_back({"offset:" + scope,
                              Ts * (V * share.n - 2 * R * share.current_sum_A) * offset.standard(),
                              INFINITY, offset.distribution});
    // The vendor's formula holds the supply voltage, so a wrong one moves the current too.
    per_volt += Ts * (share.current_sum_A +
                      share.supply_slope * (V * share.n - 2 * R * share.current_sum_A));
    square += Ts * share.square_sum_A2;
  }
  energy.sources.push_back({voltage_key(model), per_volt * voltage_u(model), INFINITY,
                            voltage_distribution(model)});
  energy.sources.push_back({"clock:" + model.instrument,
                            energy.value.value * card.time_base.standard(), INFINITY,
                            card.time_base.distribution});
  energy.sources.push_back({"lead:" + model.bench, -square * model.u_lead_ohm});
  return energy;
}

InputDoubt input_doubt(const EnergyModel& model, const std::string& key) {
  if (!model.card) return {};
  const SpecCard& card = *model.card;
  if (key.starts_with("gain:")) return {card.gain.standard(), "1"};
  if (key.starts_with("offset:")) {
    Limit offset = card.offset;
    offset.half_width = card.offset_limit_A(std::stoul(key.substr(key.rfind(':') + 1)));
    return {offset.standard(), "A"};
  }
  if (key.starts_with("voltage:")) return {voltage_u(model), "V"};
  if (key.starts_with("clock:")) return {card.time_base.standard(), "1"};
  if (key.starts_with("lines:")) return {card.line_latency_s.standard(), "s"};
  if (key.starts_with("lead:")) return {model.u_lead_ohm, "ohm"};
  return {};
}

}  // namespace jr
