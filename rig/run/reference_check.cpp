// One current after the other from the reference, and what the monitor makes of it.
#include "rig/run/reference_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "calibration/points.hpp"

namespace jr {
namespace {

constexpr double kNobodyKnows = 1;  // relative u where there is neither card nor calibration
constexpr int kUnsteadyLooks = 4;
constexpr double kSteady = 1e-4, kSteadyLookSigmas = 4;  // relative; and of both looks' own scatter
constexpr double kDitheredCodes =
    0.5;  // noise below which a code hides where in it the current lies
const double kWithinOneCode = 1 / std::sqrt(12.0);

double current_at(const RangePolynomial& p, double code, Volt supply) {
  return p.a_A + p.s_A_per_V * supply.value + code * (p.b_A_per_code + code * p.q_A_per_code2);
}

/// Keys of the doubts that this range of the reference brings into a calibration made against it.
std::string shared_prefix(const Reference& reference, const std::string& range) {
  return "reference:" + reference.model + ":" + reference.serial + ":" + reference.certificate +
         ":" + range + ":";
}

/// What one standard deviation of a doubt does to the monitor's reading at this code, relative.
double relative_shift(const CoefficientDoubt& doubt, std::size_t range, double code,
                      double current_A, Volt supply) {
  double shift_A = 0;
  for (const CoefficientShift& one : doubt.shifts)
    if (one.range == range)
      shift_A += one.a_A + one.s_A_per_V * supply.value +
                 code * (one.b_A_per_code + code * one.q_A_per_code2);
  return std::abs(shift_A / current_A);
}

/// Relative, standard: the reference's own error in its reading, by the last word of the doubt's
/// key.
double own_error(const ReferenceRange& range, const std::string& key, double reading_A) {
  return key.ends_with(":offset") ? range.u_offset_A / reading_A : range.u_gain;
}

struct Doubts {
  double own{}, common{};
};

/// Relative, standard, of monitor over reference. An error of the reference's range that both have
/// is left only as far as the fit did not follow it, other ranges of the reference having had their
/// say.
Doubts doubts_of(const EnergyModel& model, std::size_t range, double code, double current_A,
                 const std::string& shared, const ReferenceRange* reference) {
  if (!model.accuracy) return {kNobodyKnows, 0};
  const Accuracy& accuracy = *model.accuracy;
  double own = 0;
  for (const CoefficientDoubt& doubt : accuracy.coefficients) {
    double shift = relative_shift(doubt, range, code, current_A, model.supply);
    if (reference && doubt.key.starts_with(shared))
      shift -= own_error(*reference, doubt.key, current_A);
    own += shift * shift;
  }
  const double warmer_K = std::hypot(
      model.ambient.temperature_C.value_or(accuracy.temperature_C) - accuracy.temperature_C,
      model.ambient.u_K);
  if (range < accuracy.per_range.size()) {
    const RangeAccuracy& of_range = accuracy.per_range[range];
    own +=
        (std::pow(of_range.misfit_A.standard, 2) + std::pow(of_range.offset_drift_A.standard, 2) +
         std::pow(of_range.offset_tempco_A_per_K.standard * warmer_K, 2)) /
        (current_A * current_A);
  }
  const double common =
      std::hypot(accuracy.gain_drift.standard, accuracy.gain_tempco_per_K.standard * warmer_K);
  const auto known = [](double u) {
    return std::isfinite(u) ? std::min(u, kNobodyKnows) : kNobodyKnows;
  };
  return {known(std::sqrt(own)), known(common)};
}

const ReferenceRange* range_named(const Reference& reference, const std::string& name) {
  for (const ReferenceRange& range : reference.ranges)
    if (range.name == name) return &range;
  return nullptr;
}

bool rests_on(const EnergyModel& model, const std::string& prefix) {
  return model.accuracy &&
         std::any_of(model.accuracy->coefficients.begin(), model.accuracy->coefficients.end(),
                     [&](const CoefficientDoubt& doubt) { return doubt.key.starts_with(prefix); });
}

/// Applies a current until two looks at it agree: on a busy host the first samples of a stream may
/// be taken for later ones than they are. A monitor that moves from look to look is taken as it is:
/// that is what it shows.
Result<HealthCheck> steady_look(CalibrationBench& bench, double asked_A, std::uint64_t samples,
                                const Reference& reference, const EnergyModel& model) {
  std::optional<HealthCheck> last;
  for (int i = 0;; ++i) {
    const auto seen = bench.average(asked_A, samples);
    if (!seen) return Failure(seen.error());
    if (!(seen->reading.reading.value > 0))
      return fail(Trouble::malformed, "The reference read no current where " +
                                          printed_current(asked_A) +
                                          " were asked for: check its leads and its output.");
    const HealthCheck check = check_of(asked_A, *seen, reference, model);
    if (last && last->range == check.range &&
        std::abs(deviation(check) - deviation(*last)) <=
            kSteady + kSteadyLookSigmas * (check.u_repeat + last->u_repeat))
      return check;
    if (i == kUnsteadyLooks) return check;
    last = check;
  }
}

}  // namespace

Result<void> can_check(const ReferenceFile& reference, const std::vector<double>& check_A) {
  if (reference.kind == "hand" || (reference.kind == "table" && reference.command.empty()))
    return fail(Trouble::usage,
                "[health] check = \"each\" needs a reference that switches by itself, and the "
                "bench's is set by "
                "hand: give [reference] another kind, or check = \"never\".");
  for (const double current_A : check_A)
    if (!range_for(reference.identity, current_A)) {
      char text[160];
      std::snprintf(text, sizeof text,
                    "[health] check_A asks for %g A, and the bench's reference reaches to %g A: "
                    "choose a smaller current.",
                    current_A, reference.highest_A());
      return fail(Trouble::usage, text);
    }
  return {};
}

HealthCheck check_of(double asked_A, const AveragedCodes& seen, const Reference& reference,
                     const EnergyModel& model) {
  HealthCheck check;
  check.asked_A = asked_A;
  const double reading_A = seen.reading.reading.value;
  if (!seen.range || *seen.range >= model.ranges.size()) {
    check.before = LoadSight{reading_A, reading_A};
    return check;
  }
  const RangePolynomial& polynomial = model.ranges[*seen.range];
  const double monitor_A = current_at(polynomial, seen.mean, model.supply);
  const double scatter_codes =
      seen.sd / std::sqrt(static_cast<double>(std::max<std::uint64_t>(1, seen.samples)));
  const double hidden_codes = seen.sd < kDitheredCodes ? kWithinOneCode : 0;
  const std::string shared = shared_prefix(reference, seen.reading.range);
  check.range = static_cast<int>(*seen.range);
  check.before = LoadSight{reading_A, monitor_A};
  check.u_repeat = std::hypot(seen.reading.u_repeat_A,
                              polynomial.b_A_per_code * std::hypot(scatter_codes, hidden_codes)) /
                   reading_A;
  const ReferenceRange* own = range_named(reference, seen.reading.range);
  const double u_reference = own ? std::hypot(own->u_gain, own->u_offset_A / reading_A) : 0;
  check.u_check =
      rests_on(model, shared) ? check.u_repeat : std::hypot(check.u_repeat, u_reference);
  const Doubts doubts = doubts_of(model, *seen.range, seen.mean, monitor_A, shared, own);
  check.u_own = doubts.own;
  check.u_monitor = std::hypot(doubts.own, doubts.common);
  check.calibrated = model.accuracy && model.accuracy->kind == AccuracyKind::calibration;
  if (model.accuracy) check.basis = model.accuracy->id;
  return check;
}

Result<std::vector<HealthCheck>> look_at_loads(Session& session, const ReferenceFile& reference,
                                               const EnergyModel& model,
                                               const std::atomic<bool>* interrupted) {
  CalibrationBenchRequest request;
  request.reference = reference;
  request.interrupted = interrupted;
  auto bench = CalibrationBench::on(session, request);
  if (!bench) return Failure(bench.error());
  const BenchHealth& health = session.bench().health;
  const auto samples = static_cast<std::uint64_t>(std::ceil(health.check_s / (*bench)->period_s()));
  std::vector<HealthCheck> checks;
  for (const double asked_A : health.check_A) {
    auto check = steady_look(**bench, asked_A, samples, reference.identity, model);
    if (!check) return Failure(check.error());
    checks.push_back(std::move(*check));
    checks.back().change_limit = health.change_limit;
  }
  return checks;
}

void join_after(std::vector<HealthCheck>& checks, const std::vector<HealthCheck>& later) {
  for (std::size_t i = 0; i < checks.size() && i < later.size(); ++i) {
    checks[i].after = later[i].before;
    checks[i].u_repeat = std::max(checks[i].u_repeat, later[i].u_repeat);
    checks[i].u_check = std::max(checks[i].u_check, later[i].u_check);
    if (checks[i].range != later[i].range) checks[i].range = -1;
  }
}

}  // namespace jr
