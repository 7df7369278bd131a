// Card or calibration, supply, wiring, air and clock, as the record's set-up states them.
#include "rig/run/record_model.hpp"

#include <chrono>
#include <cstdio>

#include "calibration/calibration.hpp"

namespace jr {
namespace {

VoltageKind voltage_kind_named(const std::string& name) {
  for (const auto kind : {VoltageKind::set, VoltageKind::measured, VoltageKind::assumed})
    if (name == name_of(kind)) return kind;
  return VoltageKind::assumed;
}

Result<Accuracy> calibrated(const std::string& text, const RunRow& row, const StreamFacts& stream,
                            const Setup& setup) {
  auto calibration = calibration_from(text);
  if (!calibration) return Failure(calibration.error());
  return accuracy_of(*calibration, {stream.kind, stream.serial, stream.hardware, stream.firmware}, setup.supply_V,
                     iso_date(row.facts.started_ms));
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

std::string instrument_scope(const StreamFacts& stream, const std::string& bench) {
  return stream.kind + ":" + (stream.serial.empty() ? "on-" + bench : stream.serial);
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
  const std::string& text = calibration.empty() ? setup.calibration_text : calibration;
  if (!text.empty()) {
    auto accuracy = calibrated(text, row, stream, setup);
    if (!accuracy) return Failure(accuracy.error());
    model.ranges = accuracy->ranges;
    model.accuracy = std::move(*accuracy);
  } else if (!setup.spec_card.empty()) {
    auto card = parse_spec_card(setup.spec_card, "the record's spec card");
    if (!card) return Failure(card.error());
    model.accuracy = accuracy_of(*card, model.ranges, model.instrument, setup.supply_V);
  }
  model.supply = {setup.supply_V};
  model.supply_kind = voltage_kind_named(setup.supply_kind);
  model.u_supply_V = setup.u_supply_V;
  model.period_s = stream.period_s;
  model.lead_ohm = setup.lead_ohm;
  model.u_lead_ohm = setup.u_lead_ohm;
  model.burden_in_series = !setup.source_mode;
  model.ambient = {setup.ambient_C, setup.u_ambient_K};
  return model;
}

}  // namespace jr
