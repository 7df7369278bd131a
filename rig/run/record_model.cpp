// Card or calibration, supply, wiring, air and clock, as the record's set-up states them.
#include "rig/run/record_model.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>

#include "calibration/calibration.hpp"
#include "rig/run/applicable.hpp"

namespace jr {
namespace {

VoltageKind voltage_kind_named(const std::string& name) {
  for (const auto kind : {VoltageKind::set, VoltageKind::measured, VoltageKind::assumed})
    if (name == name_of(kind)) return kind;
  return VoltageKind::assumed;
}

constexpr std::int64_t kDay_ms = 86'400'000;

/// Days since 1970 of an ISO date; nothing when it is none.
std::optional<std::int64_t> day_number(const std::string& iso) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(iso.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

/// The day of the run. A calibration that was made only later is used as if as much time had passed the other
/// way: an instrument drifts as far before as behind.
std::string day_for(const std::string& calibration, const RunRow& row) {
  const std::string day = iso_date(row.facts.started_ms);
  const auto later = calibration.empty() ? Result<Calibration>(fail(Trouble::not_found, ""))
                                         : calibration_from(calibration);
  if (!later || later->created.substr(0, 10) <= day) return day;
  const auto made = day_number(later->created), run = day_number(day);
  return made && run ? iso_date((2 * *made - *run) * kDay_ms) : day;
}

/// What the streams showed of the monitor's clock, carried on to SI seconds by what the host knows of its own:
/// used where that is better than the published limit.
void use_host_clock(EnergyModel& model, const Setup& setup) {
  if (!model.accuracy || setup.clock_u_ppm <= 0 || setup.host_u_ppm <= 0) return;
  const double u = 1e-6 * std::hypot(setup.clock_u_ppm, setup.host_u_ppm);
  if (u >= model.accuracy->time_base.standard) return;
  model.clock_correction = (1 + 1e-6 * setup.clock_skew_ppm) * (1 + 1e-6 * setup.host_correction_ppm) - 1;
  model.u_clock = u;
  model.clock_scope = "host:" + setup.host;
}

/// What the reference loads before and after the run showed takes the place of drift since calibration.
void use_drift(EnergyModel& model, const Setup& setup) {
  const DriftAccount drift = drift_account(setup.health_checks);
  if (!model.accuracy || !drift.known) return;
  for (const HealthCheck& check : setup.health_checks)
    if (check.basis != model.accuracy->id) return;  // they were judged by other coefficients
  for (RangePolynomial& range : model.ranges) {
    const double scale = 1 + drift.correct_by;
    range.a_A *= scale, range.b_A_per_code *= scale, range.q_A_per_code2 *= scale, range.s_A_per_V *= scale;
  }
  model.accuracy->gain_drift = {drift.u, Distribution::normal, INFINITY, drift.note};
}

}  // namespace

std::string iso_date(std::int64_t utc_ms) {
  const auto day = std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>(
      std::chrono::milliseconds(utc_ms)));
  const std::chrono::year_month_day date(day);
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::optional<double> days_between(const std::string& from, const std::string& to) {
  const auto a = day_number(from), b = day_number(to);
  if (!a || !b) return std::nullopt;
  return static_cast<double>(*b - *a);
}

std::string instrument_scope(const StreamFacts& stream, const std::string& bench) {
  return stream.kind + ":" + instrument_of(stream, bench).serial;
}

Instrument instrument_of(const StreamFacts& stream, const std::string& bench) {
  return {stream.kind, stream.serial.empty() ? "on-" + bench : stream.serial, stream.hardware, stream.firmware};
}

Result<EnergyModel> model_of(const RunRow& row, const StreamFacts& stream, const Setup& setup,
                             const std::string& calibration) {
  auto own = polynomials_from(stream.polynomials);
  if (!own) return Failure(own.error());
  EnergyModel model;
  model.instrument = instrument_scope(stream, row.facts.bench);
  model.bench = row.facts.bench;
  model.run = row.id;
  model.ranges = std::move(*own);
  const std::string other = calibration == kOwnCoefficients ? "" : calibration;
  const InstrumentInUse use{instrument_of(stream, row.facts.bench), model.ranges, setup.supply_V,
                            day_for(other, row)};
  auto accuracy = recorded_accuracy(calibration.empty() ? setup.calibration_text : other, use, setup.spec_card);
  if (!accuracy) return Failure(accuracy.error());
  model.accuracy = std::move(*accuracy);
  if (model.accuracy) model.ranges = model.accuracy->ranges;
  model.supply = {setup.supply_V};
  model.supply_kind = voltage_kind_named(setup.supply_kind);
  model.u_supply_V = setup.u_supply_V;
  model.period_s = stream.period_s;
  model.lead_ohm = setup.lead_ohm;
  model.u_lead_ohm = setup.u_lead_ohm;
  model.burden_in_series = !setup.source_mode;
  model.ambient = {setup.ambient_C, setup.u_ambient_K};
  model.pulse_s = setup.pulse_s;
  model.pulse_every_s = setup.pulse_every_s;
  use_drift(model, setup);
  use_host_clock(model, setup);
  return model;
}

}  // namespace jr
