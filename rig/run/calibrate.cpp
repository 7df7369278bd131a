// The procedure from the first check to the stored record; calibration_points.cpp measures.
// Never opens anything before what was asked for is known to be allowed.
#include "rig/run/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "calibration/spec_card.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/run/applicable.hpp"
#include "rig/run/calibration_points.hpp"
#include "rig/run/config.hpp"

namespace jr {
namespace {

constexpr double kShareOfTrip = 0.8;  // an instrument that reads a fifth too much must not trip
constexpr int kLeastPoints = 7;
constexpr double kVirtualWarmUp_s = 1, kWarmUp_s = 1800;
constexpr const char* kProcedure =
    "joulerig-calibrate 1: warm-up, zero, currents up and down in each range, reference read at "
    "each, "
    "generalised least squares, three independent currents a range";

struct Prepared {
  Bench bench;
  ReferenceFile reference;
  double highest_A{};
};

/// The currents of a reference that can draw only some; empty: any.
Result<std::vector<double>> listed_currents(const ReferenceFile& file,
                                            const CalibrateRequest& request) {
  if (file.kind != "table" && file.kind != "resistors") return std::vector<double>{};
  auto reference =
      open_reference(file, {nullptr, request.answers, request.questions, request.interrupted});
  if (!reference) return Failure(reference.error());
  return (*reference)->currents_A();
}

/// All that can be refused without touching a device.
Result<Prepared> prepare(const CalibrateRequest& request) {
  auto bench = load_bench(request.bench);
  if (!bench) return Failure(bench.error());
  auto reference = load_reference(request.reference.empty() ? bench->file : request.reference);
  if (!reference) return Failure(reference.error());
  if (reference->kind == "virtual" && !bench->is_virtual)
    return fail(Trouble::usage,
                "A virtual reference cannot stand in for the board of a real bench: give the real "
                "reference's file with --reference.");
  const auto listed_A = listed_currents(*reference, request);
  if (!listed_A) return Failure(listed_A.error());
  const auto highest_A = highest_allowed_A(request.highest_A, bench->trip_A, *reference, *listed_A);
  if (!highest_A) return Failure(highest_A.error());
  return Prepared{std::move(*bench), std::move(*reference), *highest_A};
}

CalibrationBenchRequest bench_request(const Prepared& prepared, const CalibrateRequest& request) {
  return {prepared.bench,  prepared.reference, request.world,      request.settle_s,
          request.answers, request.questions,  request.interrupted};
}

double warm_up_of(const CalibrateRequest& request, const Bench& bench) {
  return request.warm_up_s.value_or(bench.is_virtual ? kVirtualWarmUp_s : kWarmUp_s);
}

/// Everything about a calibration that is known before its points.
Calibration head_of(const CalibrationBench& on, const Instrument& instrument, const Bench& bench,
                    const Reference& reference, const CalibrateRequest& request) {
  Calibration c;
  c.instrument = instrument;
  c.reference = reference;
  const std::int64_t now_ms = wall_now_ms();
  c.created = iso_utc(now_ms);
  c.expires = iso_utc(now_ms + static_cast<std::int64_t>(request.valid_days * 86'400'000.0));
  c.operator_name = request.operator_name;
  c.procedure = kProcedure;
  c.note = bench.is_virtual ? "simulated: bench " + bench.name : "bench " + bench.name;
  c.ambient_C = bench.ambient_C.value_or(23.0);
  c.u_ambient_K = bench.u_ambient_K;
  c.supply_V = on.supply_V();
  c.as_found = on.own();
  if (const auto card = load_spec_card(cards_folder(), instrument.kind)) c.spec_card = card->text;
  return c;
}

std::string parent_of(const Store& store, const Instrument& instrument) {
  const auto active = store.calibrations({instrument.kind, instrument.serial, "active", ""});
  return active && !active->empty() ? active->front().id : "";
}

/// Fit, checks and independent points: what makes points a calibration.
Result<Calibration> concluded(Calibration head, const MeasuredPoints& measured) {
  head.points = measured.points;
  auto fitted = fit_calibration(std::move(head));
  if (!fitted) return fitted;
  if (auto verified = verify_calibration(*fitted, measured.verification); !verified)
    return Failure(verified.error());
  return fitted;
}

}  // namespace

Result<double> highest_allowed_A(std::optional<double> wanted_A, double trip_A,
                                 const ReferenceFile& reference,
                                 const std::vector<double>& listed_A) {
  const double reach_A = reference.highest_A();
  const std::string name = reference.identity.model + " " + reference.identity.serial;
  const auto above = [&](double current_A) -> std::string {
    if (trip_A > 0 && current_A > trip_A)
      return in_ampere(current_A) + " is above the board's trip current of " + in_ampere(trip_A) +
             ": nothing was opened; ask for less with --highest, or use a bench file of an output "
             "without a board.";
    if (current_A > reach_A)
      return in_ampere(current_A) + " is more than the reference " + name + " measures (" +
             in_ampere(reach_A) + "): nothing was opened; ask for less with --highest.";
    return "";
  };
  if (wanted_A && !(*wanted_A > 0)) return fail(Trouble::usage, "--highest must be above 0 A.");
  if (wanted_A)
    if (const std::string why = above(*wanted_A); !why.empty()) return fail(Trouble::usage, why);
  for (const double listed : listed_A)
    if (const std::string why = above(listed); !why.empty())
      return fail(Trouble::usage, "The reference's current " + why);
  if (wanted_A) return *wanted_A;
  return trip_A > 0 ? std::min(reach_A, kShareOfTrip * trip_A) : reach_A;
}

std::string failed_checks(const Calibration& calibration) {
  std::string text;
  char figures[64];
  for (const CalibrationCheck& check : calibration.checks) {
    if (check.passed) continue;
    std::snprintf(figures, sizeof figures, " (%.3g, limit %.3g)", check.value, check.limit);
    text += (text.empty() ? "" : "; ") + check.name + figures;
  }
  return text;
}

CalibrationRow row_of(const Calibration& c, bool passed, const std::string& reason) {
  return {c.id,      c.instrument.kind,       c.instrument.serial,          c.created,
          c.expires, c.reference.certificate, passed ? "active" : "failed", reason,
          to_text(c)};
}

Result<CalibrateOutcome> calibrate(Store& store, const CalibrateRequest& request,
                                   Progress& progress) {
  if (request.points < kLeastPoints)
    return fail(
        Trouble::usage,
        "--points must be at least 7 currents a range: fewer do not show whether a line fits.");
  if (!(request.valid_days > 0)) return fail(Trouble::usage, "--expires must be above 0 days.");
  const auto prepared = prepare(request);
  if (!prepared) return Failure(prepared.error());
  if (auto valid = store.check_certificate(prepared->reference.identity.certificate); !valid)
    return Failure(valid.error());
  CalibrateOutcome outcome;
  {
    progress.step("opening the bench");
    auto on = CalibrationBench::open(bench_request(*prepared, request), "calibrate");
    if (!on) return Failure(on.error());
    const Instrument instrument =
        instrument_of((*on)->session().monitor().identity(), prepared->bench.name);
    Calibration head =
        head_of(**on, instrument, prepared->bench, prepared->reference.identity, request);
    head.parent = parent_of(store, instrument);
    const PointsRequest wanted{request.points, request.ranges, prepared->highest_A,
                               warm_up_of(request, prepared->bench)};
    auto measured = measure_points(**on, wanted, progress);
    if (!measured) return Failure(measured.error());
    outcome.notes = measured->notes;
    progress.step("fitting");
    auto concluded_ = concluded(std::move(head), *measured);
    if (!concluded_) return Failure(concluded_.error());
    outcome.calibration = std::move(*concluded_);
  }
  outcome.passed = passed(outcome.calibration);
  outcome.reason = failed_checks(outcome.calibration);
  if (auto kept =
          store.add_calibration(row_of(outcome.calibration, outcome.passed, outcome.reason));
      !kept)
    return Failure(kept.error());
  return outcome;
}

Result<Calibration> verify_on_bench(const Calibration& kept, const CalibrateRequest& request,
                                    Progress& progress) {
  const auto prepared = prepare(request);
  if (!prepared) return Failure(prepared.error());
  progress.step("opening the bench");
  auto on = CalibrationBench::open(bench_request(*prepared, request), "verify a calibration");
  if (!on) return Failure(on.error());
  const Instrument instrument =
      instrument_of((*on)->session().monitor().identity(), prepared->bench.name);
  if (instrument.kind != kept.instrument.kind || instrument.serial != kept.instrument.serial)
    return fail(Trouble::refused, "Calibration " + kept.id.substr(0, 12) + " is of the " +
                                      kept.instrument.kind + " " + kept.instrument.serial +
                                      ", but the " + instrument.kind + " " + instrument.serial +
                                      " stands on this bench: name the bench of the first.");
  if (!same_coefficients((*on)->own(), kept.as_found))
    return fail(Trouble::refused,
                "The " + instrument.kind +
                    " on this bench states other coefficients than when it was "
                    "calibrated: it is another instrument, or was programmed anew; calibrate it.");
  PointsRequest wanted{request.points, {}, prepared->highest_A, request.warm_up_s.value_or(0)};
  for (std::size_t r = 0; r < kept.ranges.size(); ++r)
    if (kept.ranges[r].points > 0) wanted.ranges.push_back(r);
  wanted.only_verification = true;
  auto measured = measure_points(**on, wanted, progress);
  if (!measured) return Failure(measured.error());
  Calibration again = kept;
  again.verification.clear();
  again.checks.clear();
  again.reference = prepared->reference.identity;
  if (auto verified = verify_calibration(again, measured->verification); !verified)
    return Failure(verified.error());
  again.id = kept.id;  // it is that one, seen anew; nothing of this is kept
  return again;
}

}  // namespace jr
