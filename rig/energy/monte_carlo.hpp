// JCGM 101 as a second opinion: every source drawn from its own distribution, propagated without
// linearising. Never the number that is reported, only the judge of it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "rig/energy/window_energy.hpp"

namespace jr {

inline constexpr std::uint64_t kMonteCarloSeed =
    20231101;  ///< fixed: an opinion can be asked for again

struct MonteCarlo {
  std::uint64_t trials{}, seed{};
  double mean{};  ///< of the quantity over the trials; off the value by what is not linear
  double u{};     ///< standard deviation, type A scatters taken at their estimates
  double U{};     ///< half width about the value that holds 95 % of the trials, each type A term
                  ///< Student's (JCGM 101, 6.4.9): wider than coverage_interval() for few windows
  double u_tolerance{};  ///< standard error of u that is left by the number of trials
  double U_tolerance{};  ///< the same of U
  double budget_u{};
  bool differs{};  ///< u and budget_u differ by more than 3 %, beyond two tolerances
};

/// The quantity's change when source k is off by errors[k] times its own standard uncertainty.
using Deviation = std::function<double(std::span<const double> errors)>;

/// Requires trials >= 100; 10,000 give u to 0.7 %. Sources with one key must have been summed.
MonteCarlo monte_carlo(double value, const std::vector<Source>& sources, const Deviation& deviation,
                       std::uint64_t trials, std::uint64_t seed = kMonteCarloSeed);

/// The budget itself, drawn: shapes without their products.
MonteCarlo monte_carlo(const Energy& energy, std::uint64_t trials,
                       std::uint64_t seed = kMonteCarloSeed);

/// The mean energy per event of these windows, recomputed from the moments in every trial with
/// coefficients, voltage, period, lead, temperature and drift as drawn: gain times voltage,
/// temperature coefficient times kelvin, R i^2 are products then. What is no input of the model
/// (repeatability, lines, gaps, ...) is added as the statement has it. `net`: idle taken off.
/// Requires model.accuracy, and a statement of these very windows.
MonteCarlo monte_carlo(const EnergyModel& model, const std::vector<WindowGroup>& groups, bool net,
                       const Energy& stated, std::uint64_t trials,
                       std::uint64_t seed = kMonteCarloSeed);

}  // namespace jr
