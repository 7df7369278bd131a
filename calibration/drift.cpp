// Arithmetic of reference-load checks and of control charts for single values.
// The constants are the usual ones: 1.128 is the mean range of two normal values in their sigma.
#include "calibration/drift.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

namespace jr {
namespace {

constexpr double kSignificant = 3;
constexpr double kSupporting = 2;  // enough to confirm what another load shows
constexpr double kMeanRangeOfTwo = 1.128;
constexpr std::size_t kFewestValues = 8;
constexpr std::size_t kRunLength = 8;

struct Shift {
  const LoadCheck* check{};
  double m{}, u{};
};

bool significant(const Shift& s) { return !(std::fabs(s.m) <= kSignificant * s.u); }
bool same(const Shift& a, const Shift& b) {
  return std::fabs(a.m - b.m) <= kSignificant * std::hypot(a.u, b.u);
}

double weighted_mean(const std::vector<Shift>& shifts) {
  double sum = 0, weights = 0;
  for (const Shift& s : shifts) {
    const double weight = 1 / (s.u * s.u);
    sum += weight * s.m, weights += weight;
  }
  return sum / weights;
}

Diagnosis judge(const std::vector<Shift>& shifts) {
  std::vector<const Shift*> off;
  for (const Shift& s : shifts)
    if (significant(s)) off.push_back(&s);
  if (off.empty()) return {};
  if (shifts.size() < 2) return {Drifted::unclear, {}, off.front()->m};
  const auto agrees = [&](const Shift& s) { return same(s, *off.front()); };
  const auto confirms = [&](const Shift& s) {
    return agrees(s) && std::fabs(s.m) > kSupporting * s.u;
  };
  if (std::all_of(shifts.begin(), shifts.end(), confirms))
    return {Drifted::meter, {}, weighted_mean(shifts)};
  // A load too uncertain to contradict does not acquit the meter.
  if (off.size() == 1 && std::count_if(shifts.begin(), shifts.end(), agrees) == 1)
    return {Drifted::load, off.front()->check->load, off.front()->m};
  return {Drifted::unclear, {}, weighted_mean(shifts)};
}

/// How many of the values (first, last] lie beyond `sigmas` on the side of the last one.
std::size_t beyond(const ControlLimits& limits, const std::vector<double>& values, std::size_t last,
                   std::size_t length, double sigmas) {
  const double side = values[last] > limits.centre ? 1.0 : -1.0;
  std::size_t count = 0;
  // What is no number lies beyond every limit.
  for (std::size_t i = last + 1 - length; i <= last; ++i)
    count += !(side * (values[i] - limits.centre) <= sigmas * limits.sigma);
  return count;
}

}  // namespace

const char* name_of(Drifted what) {
  switch (what) {
    case Drifted::nothing:
      return "nothing";
    case Drifted::meter:
      return "meter";
    case Drifted::load:
      return "load";
    case Drifted::unclear:
      return "unclear";
  }
  throw std::logic_error("a cause of drift has no name");
}

const char* name_of(ControlRule rule) {
  switch (rule) {
    case ControlRule::beyond_three_sigma:
      return "one beyond 3 sigma";
    case ControlRule::two_of_three_beyond_two_sigma:
      return "two of three beyond 2 sigma";
    case ControlRule::eight_on_one_side:
      return "eight on one side";
  }
  throw std::logic_error("a control rule has no name");
}

Result<Drift> drift_of(const LoadCheck& c) {
  if (!std::isfinite(c.reference_A + c.before_A + c.after_A + c.u_check) || c.reference_A == 0 ||
      c.u_check < 0)
    return fail(Trouble::malformed,
                "The check with the reference load '" + c.load +
                    "' holds no usable reading or reference value; measure it again.");
  const double before = c.before_A / c.reference_A - 1, after = c.after_A / c.reference_A - 1;
  Drift drift;
  drift.shift = 0.5 * (before + after);
  drift.change = after - before;
  drift.u_corrected = std::hypot(drift.change / std::sqrt(12.0), c.u_check);
  drift.u_uncorrected = std::hypot(drift.shift, drift.u_corrected);
  return drift;
}

Result<Diagnosis> diagnose(const std::vector<LoadCheck>& checks) {
  std::vector<Shift> shifts;
  for (const LoadCheck& check : checks) {
    const auto drift = drift_of(check);
    if (!drift) return Failure(drift.error());
    // The change during the run is part of what the mean is known by; a load without any doubt is
    // not.
    if (!(drift->u_corrected > 0))
      return fail(Trouble::malformed, "The reference load '" + check.load +
                                          "' states no uncertainty of its check; give it one.");
    shifts.push_back({&check, drift->shift, drift->u_corrected});
  }
  return judge(shifts);
}

Result<ControlLimits> control_limits(const std::vector<double>& history, double least_sigma) {
  if (history.size() < kFewestValues)
    return fail(Trouble::malformed, "A control chart needs " + std::to_string(kFewestValues) +
                                        " earlier checks and has " +
                                        std::to_string(history.size()) +
                                        "; go on checking before each run.");
  if (!std::isfinite(std::accumulate(history.begin(), history.end(), least_sigma)))
    return fail(Trouble::malformed,
                "The history of a control chart holds a value that is not finite; "
                "leave that check out.");
  const auto n = static_cast<double>(history.size());
  double moving = 0;
  for (std::size_t i = 1; i < history.size(); ++i) moving += std::fabs(history[i] - history[i - 1]);
  return ControlLimits{std::accumulate(history.begin(), history.end(), 0.0) / n,
                       std::max(moving / (n - 1) / kMeanRangeOfTwo, least_sigma), history.size()};
}

std::vector<ControlSignal> out_of_control(const ControlLimits& limits,
                                          const std::vector<double>& values) {
  std::vector<ControlSignal> signals;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (beyond(limits, values, i, 1, 3) == 1)
      signals.push_back({ControlRule::beyond_three_sigma, i});
    if (i >= 2 && beyond(limits, values, i, 1, 2) == 1 && beyond(limits, values, i, 3, 2) >= 2)
      signals.push_back({ControlRule::two_of_three_beyond_two_sigma, i});
    if (i + 1 >= kRunLength && beyond(limits, values, i, kRunLength, 0) == kRunLength)
      signals.push_back({ControlRule::eight_on_one_side, i});
  }
  return signals;
}

}  // namespace jr
