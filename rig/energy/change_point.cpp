// One pass over prefix sums for the place; a renewal argument for its doubt.
// Never iterates towards an answer.
#include "rig/energy/change_point.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace jr {
namespace {

constexpr double kSureSigmas = 4;

/// Values next to the split, on both sides, that lie between the levels by more than noise
/// explains.
std::size_t values_between(std::span<const double> values, const StepFit& fit, double sd) {
  const double low = std::min(fit.before, fit.after) + kSureSigmas * sd;
  const double high = std::max(fit.before, fit.after) - kSureSigmas * sd;
  const auto is_between = [&](double value) { return low < value && value < high; };
  std::size_t first = fit.split, end = fit.split;
  while (first > 0 && is_between(values[first - 1])) --first;
  while (end < values.size() && is_between(values[end])) ++end;
  return end - first;
}

/// Scatter about the two levels in the outer halves of each side, where a slow step has settled.
double outer_sd(std::span<const double> values, const StepFit& fit) {
  double squares = 0, n = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_left = i < fit.split / 2;
    const bool is_right = i >= fit.split + (values.size() - fit.split + 1) / 2;
    if (!is_left && !is_right) continue;
    const double off = values[i] - (is_left ? fit.before : fit.after);
    squares += off * off;
    n += 1;
  }
  return n > 0 ? std::sqrt(squares / n) : fit.sd;
}

}  // namespace

StepFit fit_step(std::span<const double> values, std::size_t least_side) {
  const std::size_t n = values.size();
  if (n < 4 || least_side < 1 || 2 * least_side > n)
    throw std::invalid_argument("fit_step: too few values for two levels");
  double total = 0, squares = 0;
  for (const double value : values) {
    total += value - values[0];
    squares += (value - values[0]) * (value - values[0]);
  }
  StepFit fit;
  double sum = 0, best = -1;
  const auto count = static_cast<double>(n);
  for (std::size_t k = 1; k + least_side <= n; ++k) {
    sum += values[k - 1] - values[0];
    if (k < least_side) continue;
    const auto left = static_cast<double>(k);
    const double before = sum / left, after = (total - sum) / (count - left);
    const double explained = left * (count - left) / count * (after - before) * (after - before);
    if (explained <= best) continue;
    best = explained;
    fit.split = k;
    fit.before = values[0] + before;
    fit.after = values[0] + after;
  }
  const double all = squares - total * total / count;
  // What is left of `all` after subtraction is rounding when it is smaller than its last digits.
  const double rest = all - best > 1e-12 * all ? all - best : 0;
  fit.sd = std::sqrt(rest / std::max(1.0, count - 3));
  const double step = std::abs(fit.after - fit.before);
  fit.snr = fit.sd > 0 ? step / fit.sd : step > 0 ? std::numeric_limits<double>::infinity() : 0;
  fit.between = values_between(values, fit, outer_sd(values, fit));
  return fit;
}

double misplacement_sd(double snr) {
  if (!(snr > 0)) return std::numeric_limits<double>::infinity();
  // To one side the log likelihood is a walk that drifts down; S_k > 0 has probability p_k. By
  // Spitzer's identity the probability u_k that S_1 .. S_k are all positive follows from the p_k
  // alone, and so does the probability that the walk never is: the step is found k samples off with
  // at most u_k * never.
  constexpr std::size_t kFurthest = 400;
  std::vector<double> p{0}, u{1};
  double log_never = 0, variance = 0;
  for (std::size_t k = 1; k <= kFurthest; ++k) {
    const auto steps = static_cast<double>(k);
    p.push_back(0.5 * std::erfc(snr * std::sqrt(steps) / (2 * std::numbers::sqrt2)));
    double sum = 0;
    for (std::size_t j = 1; j <= k; ++j) sum += p[j] * u[k - j];
    u.push_back(sum / steps);
    log_never -= p[k] / steps;
    variance += 2 * steps * steps * u[k];
    if (p[k] < 1e-15) break;
  }
  return std::sqrt(variance * std::exp(log_never));
}

double edge_sd_samples(double snr, std::size_t between) {
  const double misplaced = misplacement_sd(snr);
  const auto slow = static_cast<double>(between);
  return std::sqrt(1.0 / 12 + misplaced * misplaced + slow * slow / 12);
}

double shortest_trusted(double edge_u_samples, double relative_u) {
  return std::numbers::sqrt2 * edge_u_samples / relative_u;
}

}  // namespace jr
