// Draws, propagates, sorts. The model is moved as the world may have moved it, then asked again.
// Never takes a derivative.
#include "rig/energy/monte_carlo.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

#include "rig/energy/draws.hpp"

namespace jr {
namespace {

constexpr double kCoverage = 0.95, kAgreement = 0.03;

struct MeanAndDeviation {
  double mean{}, standard{};
};

MeanAndDeviation spread_about_mean(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  MeanAndDeviation spread;
  for (const double v : values) spread.mean += v / n;
  double squares = 0;
  for (const double v : values) squares += (v - spread.mean) * (v - spread.mean);
  spread.standard = std::sqrt(squares / (n - 1));
  return spread;
}

/// Half width that holds the share of |deviations|, and a standard error by the neighbouring ranks.
void put_half_width(std::vector<double>& sizes, MonteCarlo& result) {
  std::sort(sizes.begin(), sizes.end());
  const auto n = static_cast<double>(sizes.size());
  const auto at = [&](double rank) {
    return sizes[static_cast<std::size_t>(std::clamp(rank, 0.0, n - 1))];
  };
  const double wanted = std::ceil(kCoverage * n) - 1,
               off = std::sqrt(n * kCoverage * (1 - kCoverage));
  result.U = at(wanted);
  result.U_tolerance = 0.5 * (at(wanted + off) - at(wanted - off));
}

/// The model with errors in place of its doubts.
class MovedModel {
 public:
  MovedModel(const EnergyModel& model, const std::vector<WindowGroup>& groups, bool net,
             const std::vector<Source>& sources)
      : model_(model), groups_(groups), net_(net), accuracy_(*model.accuracy) {
    model_.accuracy.reset();
    for (std::size_t k = 0; k < sources.size(); ++k) {
      place_[sources[k].key] = k;
      if (!is_input(sources[k].key)) added_.push_back({k, sources[k].u_J});
    }
    original_ = model_;
    unmoved_ = energy_per_event();
  }

  double deviation(std::span<const double> errors) {
    model_ = original_;
    move_coefficients(errors);
    move_gain_and_offsets(errors);
    move_rest(errors);
    double sum = energy_per_event() - unmoved_;
    for (const Added& added : added_) sum += added.u_J * errors[added.place];
    return sum;
  }

 private:
  struct Added {
    std::size_t place{};
    double u_J{};
  };

  bool is_input(const std::string& key) const {
    for (const char* prefix :
         {"voltage:", "clock:", "lead:", "misfit:", "offset-drift:", "offset-tempco:",
          "offset-temperature:", "tempco:", "temperature:", "drift:"})
      if (key.starts_with(prefix)) return true;
    return std::any_of(accuracy_.coefficients.begin(), accuracy_.coefficients.end(),
                       [&](const CoefficientDoubt& d) { return d.key == key; });
  }

  /// 0 for what is not among the statement's sources: it had no effect there.
  double error(std::span<const double> errors, const std::string& key) const {
    const auto found = place_.find(key);
    return found == place_.end() ? 0.0 : errors[found->second];
  }

  void move_coefficients(std::span<const double> errors) {
    for (const CoefficientDoubt& doubt : accuracy_.coefficients) {
      const double z = error(errors, doubt.key);
      if (z == 0) continue;
      for (const CoefficientShift& shift : doubt.shifts) {
        if (shift.range >= model_.ranges.size()) continue;
        RangePolynomial& p = model_.ranges[shift.range];
        p.a_A += z * shift.a_A;
        p.b_A_per_code += z * shift.b_A_per_code;
        p.q_A_per_code2 += z * shift.q_A_per_code2;
        p.s_A_per_V += z * shift.s_A_per_V;
      }
    }
  }

  /// A temperature coefficient that is off meets air that is off: a product, and one air for all
  /// ranges.
  void move_gain_and_offsets(std::span<const double> errors) {
    const EnergyModel& m = original_;
    const double away_K =
        m.ambient.temperature_C ? *m.ambient.temperature_C - accuracy_.temperature_C : 0;
    const double u_K = std::hypot(m.ambient.u_K, accuracy_.u_temperature_K);
    const double air_K = away_K + u_K * error(errors, "temperature:" + m.run);
    const double gain =
        1 + air_K * error(errors, "tempco:" + m.instrument) * accuracy_.gain_tempco_per_K.standard +
        error(errors, "drift:" + m.run) * accuracy_.gain_drift.standard;
    for (std::size_t r = 0; r < std::min(model_.ranges.size(), accuracy_.per_range.size()); ++r) {
      const RangeAccuracy& range = accuracy_.per_range[r];
      const std::string at = ":" + std::to_string(r);
      RangePolynomial& p = model_.ranges[r];
      p.a_A *= gain, p.b_A_per_code *= gain, p.q_A_per_code2 *= gain, p.s_A_per_V *= gain;
      p.a_A += error(errors, "misfit:" + m.instrument + at) * range.misfit_A.standard +
               error(errors, "offset-drift:" + m.run + at) * range.offset_drift_A.standard +
               air_K * error(errors, "offset-tempco:" + m.instrument + at) *
                   range.offset_tempco_A_per_K.standard;
    }
  }

  void move_rest(std::span<const double> errors) {
    const EnergyModel& m = original_;
    const double u_V = m.u_supply_V > 0 ? m.u_supply_V : accuracy_.voltage_V.standard;
    const double u_clock = m.u_clock > 0 ? m.u_clock : accuracy_.time_base.standard;
    for (const auto& [key, place] : place_) {
      if (key.starts_with("voltage:")) model_.supply.value += u_V * errors[place];
      if (key.starts_with("clock:")) model_.period_s *= 1 + u_clock * errors[place];
      if (key.starts_with("lead:")) model_.lead_ohm += m.u_lead_ohm * errors[place];
    }
  }

  double energy_per_event() const {
    double sum = 0;
    for (const WindowGroup& group : groups_) {
      const Energy energy = net_ ? net_energy(model_, group) : settled_energy(model_, group);
      sum += energy.value.value / static_cast<double>(group.infer.window.events);
    }
    return sum / static_cast<double>(groups_.size());
  }

  EnergyModel model_, original_;
  const std::vector<WindowGroup>& groups_;
  bool net_;
  const Accuracy accuracy_;
  std::map<std::string, std::size_t> place_;
  std::vector<Added> added_;
  double unmoved_{};
};

/// The statement's sources, and those factors of a product that have no line of their own there: a
/// temperature coefficient at the calibration's own temperature.
std::vector<Source> inputs_of(const EnergyModel& model, std::vector<Source> sources) {
  const auto add = [&](const std::string& key, const ScalarDoubt& doubt) {
    if (std::none_of(sources.begin(), sources.end(), [&](const Source& s) { return s.key == key; }))
      sources.push_back({key, 0, doubt.degrees_of_freedom, doubt.distribution});
  };
  add("temperature:" + model.run, {});
  add("tempco:" + model.instrument, model.accuracy->gain_tempco_per_K);
  for (std::size_t r = 0; r < model.accuracy->per_range.size(); ++r)
    add("offset-tempco:" + model.instrument + ":" + std::to_string(r),
        model.accuracy->per_range[r].offset_tempco_A_per_K);
  return sources;
}

}  // namespace

double drawn(Draws& draws, const Source& source, bool estimated) {
  switch (source.distribution) {
    case Distribution::rectangular:
      return draws.rectangular();
    case Distribution::triangular:
      return draws.triangular();
    case Distribution::arcsine:
      return draws.arcsine();
    case Distribution::normal:
    case Distribution::student:
      break;
  }
  const double z = draws.normal();
  if (!std::isfinite(source.degrees_of_freedom)) return z;
  const double mean_square = draws.mean_square(source.degrees_of_freedom);
  return estimated ? z / std::sqrt(std::max(mean_square, 1e-12)) : z;
}

MonteCarlo monte_carlo(double value, const std::vector<Source>& sources, const Deviation& deviation,
                       std::uint64_t trials, std::uint64_t seed) {
  if (trials < 100) throw std::invalid_argument("monte_carlo: fewer than 100 trials say nothing");
  MonteCarlo result;
  result.trials = trials, result.seed = seed;
  double variance = 0;
  for (const Source& source : sources) variance += source.u_J * source.u_J;
  result.budget_u = std::sqrt(variance);
  const bool any_estimated = std::any_of(sources.begin(), sources.end(), [](const Source& s) {
    return std::isfinite(s.degrees_of_freedom);
  });

  Draws known(seed), estimated(seed);  // the same errors twice, once over their estimated scatter
  std::vector<double> errors(sources.size()), deviations, sizes;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    for (std::size_t k = 0; k < sources.size(); ++k) errors[k] = drawn(known, sources[k], false);
    deviations.push_back(deviation(errors));
    if (any_estimated) {
      for (std::size_t k = 0; k < sources.size(); ++k)
        errors[k] = drawn(estimated, sources[k], true);
      sizes.push_back(std::abs(deviation(errors)));
    } else {
      sizes.push_back(std::abs(deviations.back()));
    }
  }
  const MeanAndDeviation spread = spread_about_mean(deviations);
  result.mean = value + spread.mean;
  result.u = spread.standard;
  result.u_tolerance = spread.standard / std::sqrt(2.0 * static_cast<double>(trials));
  put_half_width(sizes, result);
  result.differs =
      std::abs(result.u - result.budget_u) > kAgreement * result.budget_u + 2 * result.u_tolerance;
  return result;
}

MonteCarlo monte_carlo(const Energy& energy, std::uint64_t trials, std::uint64_t seed) {
  const Energy merged = Energy{} + energy;
  const auto sum = [&](std::span<const double> errors) {
    double deviation = 0;
    for (std::size_t k = 0; k < errors.size(); ++k) deviation += merged.sources[k].u_J * errors[k];
    return deviation;
  };
  return monte_carlo(energy.value.value, merged.sources, sum, trials, seed);
}

MonteCarlo monte_carlo(const EnergyModel& model, const std::vector<WindowGroup>& groups, bool net,
                       const Energy& stated, std::uint64_t trials, std::uint64_t seed) {
  if (!model.accuracy)
    throw std::invalid_argument("monte_carlo: the model has no accuracy to draw from");
  const std::vector<Source> inputs = inputs_of(model, (Energy{} + stated).sources);
  MovedModel moved(model, groups, net, inputs);
  return monte_carlo(
      stated.value.value, inputs,
      [&](std::span<const double> errors) { return moved.deviation(errors); }, trials, seed);
}

}  // namespace jr
