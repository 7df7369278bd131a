// Sums in the order of the samples, doubts by the same keys as from codes.
// Never states an uncertainty that the spec card cannot give for values.
#include "rig/energy/value_energy.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "rig/energy/estimators.hpp"

namespace jr {
namespace {

ValueBasis required_basis(const std::vector<Quantity>& channels) {
  if (const auto basis = basis_of(channels)) return *basis;
  throw std::invalid_argument("energy of values: the channels make no energy");
}

double samples_of(const ValuePiece& piece) { return static_cast<double>(piece.sums.n); }

double without_of(const ValuePiece& piece) { return static_cast<double>(piece.sums.missing + piece.lost); }

double duration_of(const EnergyModel& model, const ValuePiece& piece) {
  return (samples_of(piece) + without_of(piece)) * model.period_s;
}

/// What the samples that have a value hold, in joule.
double received_J(const EnergyModel& model, ValueBasis basis, const ValueSums& sums) {
  switch (basis) {
    case ValueBasis::current: return model.supply.value * model.period_s * sums.first.value();
    case ValueBasis::current_and_voltage: return model.period_s * sums.product.value();
    case ValueBasis::power: return model.period_s * sums.first.value();
    case ValueBasis::energy: return sums.first.value();
  }
  throw std::logic_error("a basis has no energy");
}

/// Samples without a value are billed at the mean power of those that have one.
double billing(const ValuePiece& piece) {
  return piece.sums.n > 0 ? 1.0 + without_of(piece) / samples_of(piece) : 1.0;
}

/// The index of the current among two channels.
std::size_t current_at(const std::vector<Quantity>& channels) {
  return channels.front() == Quantity::current_A ? 0 : 1;
}

void add(Energy& energy, std::string key, double sensitivity, const ScalarDoubt& doubt) {
  if (sensitivity == 0 || doubt.standard == 0) return;
  energy.sources.push_back({std::move(key), sensitivity * doubt.standard, doubt.degrees_of_freedom, doubt.distribution});
}

const ScalarDoubt kNobodyKnows{INFINITY, Distribution::rectangular, INFINITY, ""};

/// Of the voltage that the energy was, or is, multiplied with.
void add_voltage(const EnergyModel& model, ValueBasis basis, Energy& energy) {
  const Accuracy& accuracy = *model.accuracy;
  const double value_J = energy.value.value, V = model.supply.value;
  if (basis == ValueBasis::current) {
    const ScalarDoubt measured{model.u_supply_V, Distribution::normal, INFINITY, "the bench file"};
    return add(energy, voltage_key(model), value_J / V, model.u_supply_V > 0 ? measured : accuracy.voltage_V);
  }
  // The instrument's own reading went into it, or, where it reads none, its own setting.
  const bool reads = !accuracy.measured_voltage_V.source.empty();
  if (!(V > 0)) return add(energy, "voltage:" + model.instrument, value_J, kNobodyKnows);
  add(energy, voltage_key(model), value_J / V, reads ? accuracy.measured_voltage_V : accuracy.voltage_V);
}

void add_ranges(const EnergyModel& model, const ValuePiece& piece, double bill, Energy& energy) {
  const Accuracy& accuracy = *model.accuracy;
  for (const CoefficientDoubt& doubt : accuracy.coefficients) {
    double moved_J = 0;
    for (const CoefficientShift& shift : doubt.shifts) {
      if (shift.range >= piece.shares.size()) continue;
      const RangeShare& share = piece.shares[shift.range];
      if (share.volt_seconds != 0) moved_J += bill * shift.a_A * share.volt_seconds;
      if (share.energy_J != 0) moved_J += bill * shift.b_A_per_code * share.energy_J;
    }
    if (moved_J != 0)
      energy.sources.push_back({doubt.key, moved_J, doubt.degrees_of_freedom, doubt.distribution});
  }
  const double u_K = std::hypot(model.ambient.u_K, accuracy.u_temperature_K);
  const double away_K = model.ambient.temperature_C ? *model.ambient.temperature_C - accuracy.temperature_C : 0;
  for (std::size_t r = 0; r < std::min(piece.shares.size(), accuracy.per_range.size()); ++r) {
    const RangeAccuracy& range = accuracy.per_range[r];
    const double per_ampere = bill * piece.shares[r].volt_seconds;
    const std::string at = ":" + std::to_string(r);
    add(energy, "misfit:" + model.instrument + at, per_ampere, range.misfit_A);
    add(energy, "offset-tempco:" + model.instrument + at, per_ampere * away_K, range.offset_tempco_A_per_K);
    const double unknown_J = per_ampere * u_K * range.offset_tempco_A_per_K.standard;
    if (unknown_J != 0) energy.sources.push_back({"offset-temperature:" + model.run + at, unknown_J});
  }
  add(energy, "tempco:" + model.instrument, energy.value.value * away_K, accuracy.gain_tempco_per_K);
  const double unknown_J = energy.value.value * u_K * accuracy.gain_tempco_per_K.standard;
  if (unknown_J != 0) energy.sources.push_back({"temperature:" + model.run, unknown_J});
}

struct PerInference {
  std::vector<Energy> energies;
  std::vector<double> values_J, latencies_s;
};

PerInference per_inference(const EnergyModel& model, const std::vector<Quantity>& channels,
                           const std::vector<ValuePiece>& pieces) {
  PerInference all;
  for (const ValuePiece& piece : pieces) {
    if (piece.window.events < 1 || piece.sums.n < 1)
      throw std::invalid_argument("summarise_values: a window without inferences or samples");
    const double share = 1.0 / static_cast<double>(piece.window.events);
    all.energies.push_back(share * energy_of_values(model, channels, piece));
    all.values_J.push_back(all.energies.back().value.value);
    all.latencies_s.push_back(duration_of(model, piece) * share);
  }
  return all;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// What scatter cannot show: the same in every window. Each edge may be late by the line's latency, and beside the
/// window nothing is known to flow: the step there is at most the whole.
void add_window_doubts(const EnergyModel& model, const std::vector<ValuePiece>& pieces, Energy& energy) {
  if (!model.accuracy) return;
  const Accuracy& accuracy = *model.accuracy;
  const double share = 1.0 / static_cast<double>(pieces.size());
  double events = 0, duration_s = 0, lost_J = 0;
  for (const ValuePiece& piece : pieces) {
    const double n = static_cast<double>(piece.window.events), all = samples_of(piece) + without_of(piece);
    events += share * n;
    duration_s += share * duration_of(model, piece) / n;
    // A lost sample may have been anything between nothing and twice the mean.
    lost_J += share * std::abs(energy.value.value) * (without_of(piece) + static_cast<double>(piece.lost_limit)) / all;
  }
  const double active_W = energy.value.value / duration_s;
  add(energy, "lines:" + model.instrument, active_W / events, accuracy.line_latency_s);
  add_rectangle(energy, "debounce:" + model.instrument, std::abs(active_W) * accuracy.debounce_s / events);
  add(energy, "leakage:" + model.instrument, model.supply.value * duration_s, accuracy.line_leakage_A);
  add_rectangle(energy, "gaps:" + model.run, lost_J);
}

WindowResult window_result(const EnergyModel& model, const std::vector<Quantity>& channels, const ValuePiece& piece) {
  WindowResult result;
  result.duration_s = duration_of(model, piece);
  result.energy_J = energy_of_values(model, channels, piece).value.value;
  result.net_energy_J = NAN;
  result.charge_C = charge_of_values(model, channels, piece);
  result.mean_current_A = result.charge_C / (samples_of(piece) * model.period_s);
  result.inferences = piece.window.events;
  result.lost_samples = piece.sums.missing + piece.lost;
  return result;
}

Statement nothing() {
  Statement statement;
  statement.value = NAN;
  return statement;
}

}  // namespace

std::optional<ValueBasis> basis_of(const std::vector<Quantity>& channels) {
  const auto count = [&](Quantity quantity) { return std::count(channels.begin(), channels.end(), quantity); };
  if (channels.size() == 2 && count(Quantity::current_A) == 1 && count(Quantity::voltage_V) == 1)
    return ValueBasis::current_and_voltage;
  if (channels.size() != 1) return std::nullopt;
  switch (channels.front()) {
    case Quantity::current_A: return ValueBasis::current;
    case Quantity::power_W: return ValueBasis::power;
    case Quantity::energy_J: return ValueBasis::energy;
    case Quantity::voltage_V: return std::nullopt;
  }
  return std::nullopt;
}

RangeSorter::RangeSorter(const EnergyModel& model, const std::vector<Quantity>& channels)
    : model_(model), channels_(channels), basis_(required_basis(channels)), ranges_(model.accuracy->per_range.size()) {
  if (ranges_.empty()) throw std::invalid_argument("RangeSorter: an accuracy without ranges");
}

std::size_t RangeSorter::range_of(double current_A) const {
  if (ranges_.size() == 1) return 0;
  std::size_t best = 0, highest = 0;
  bool held = false;
  for (std::size_t r = 0; r < ranges_.size(); ++r) {
    const double full_A = model_.accuracy->per_range[r].full_scale_A;
    const auto scale = [&](std::size_t other) { return model_.accuracy->per_range[other].full_scale_A; };
    if (full_A >= scale(highest)) highest = r;
    if (full_A < std::abs(current_A) || (held && full_A >= scale(best))) continue;
    best = r, held = true;
  }
  return held ? best : highest;
}

void RangeSorter::add(std::span<const std::vector<double>> values) {
  const double V = model_.supply.value, Ts = model_.period_s;
  const bool pair = basis_ == ValueBasis::current_and_voltage;
  const std::vector<double>& first = values[pair ? current_at(channels_) : 0];
  for (std::size_t i = 0; i < first.size(); ++i) {
    const double x = first[i], v = pair ? values[1 - current_at(channels_)][i] : V;
    if (std::isnan(x) || std::isnan(v)) continue;
    double current_A = x, energy_J = x * v * Ts;
    if (basis_ == ValueBasis::power) current_A = x / V, energy_J = x * Ts;
    if (basis_ == ValueBasis::energy) current_A = x / (V * Ts), energy_J = x;
    Sums& range = ranges_[range_of(current_A)];
    range.energy_J.add(energy_J);
    range.volt_seconds.add(v * Ts);
  }
}

std::vector<RangeShare> RangeSorter::shares() const {
  std::vector<RangeShare> shares;
  for (const Sums& range : ranges_) shares.push_back({range.energy_J.value(), range.volt_seconds.value()});
  return shares;
}

double charge_of_values(const EnergyModel& model, const std::vector<Quantity>& channels, const ValuePiece& piece) {
  const ValueBasis basis = required_basis(channels);
  if (basis == ValueBasis::power || basis == ValueBasis::energy) return NAN;
  const bool is_second = basis == ValueBasis::current_and_voltage && current_at(channels) == 1;
  return model.period_s * (is_second ? piece.sums.second : piece.sums.first).value();
}

Energy energy_of_values(const EnergyModel& model, const std::vector<Quantity>& channels, const ValuePiece& piece) {
  const ValueBasis basis = required_basis(channels);
  const double bill = billing(piece);
  Energy energy{{received_J(model, basis, piece.sums) * bill}, {}};
  if (!model.accuracy) return energy;
  add_ranges(model, piece, bill, energy);
  add_voltage(model, basis, energy);
  add(energy, clock_key(model), energy.value.value, clock_doubt(model));
  return energy;
}

EnergySummary summarise_values(const EnergyModel& given, const std::vector<Quantity>& channels,
                               const std::vector<ValuePiece>& pieces) {
  if (pieces.empty()) throw std::invalid_argument("summarise_values: no window");
  EnergyModel model = given;
  if (pieces.size() < kLeastWindowsForU) model.accuracy.reset();
  EnergySummary summary;
  for (const ValuePiece& piece : pieces) summary.windows.push_back(window_result(model, channels, piece));
  const PerInference all = per_inference(model, channels, pieces);
  Energy total = mean_of(all.energies);
  add_window_doubts(model, pieces, total);
  Energy median = total;
  add_repeatability(model, "total", all.values_J, 1, total);
  add_repeatability(model, "median", all.values_J, median_over_mean(all.values_J.size()), median);
  median.value = {median_of(all.values_J)};
  summary.mean = state(model, std::move(total));
  summary.median = state(model, std::move(median));

  Energy latency{{mean(all.latencies_s)}, {}};
  if (model.accuracy) add(latency, clock_key(model), latency.value.value, clock_doubt(model));
  add_repeatability(model, "latency", all.latencies_s, 1, latency);
  summary.latency = state(model, std::move(latency));
  summary.idle_known = false;
  summary.marginal = summary.idle_power = nothing();
  if (summary.mean.stated) summary.budget = budget_of(model, summary.mean.energy);
  summary.spread = spread_of_windows(all.values_J);
  return summary;
}

}  // namespace jr
