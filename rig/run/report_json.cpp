// The machine-readable report of a run: stable snake_case keys, SI units in the key, nothing rounded.
// Never computes; what is not in the evaluation is null.
#include <cmath>
#include <nlohmann/json.hpp>

#include "rig/run/evaluation.hpp"
#include "rig/run/json_number.hpp"

namespace jr {
namespace {

using nlohmann::ordered_json;

ordered_json energy_block(const Statement& mean, const Statement* median, double n, double n_effective) {
  ordered_json block{{"mean_J", mean.value}};
  if (median) block["median_J"] = median->value;
  const auto stated = [&](double value) { return mean.stated ? ordered_json(value) : ordered_json(); };
  block["U_J"] = stated(mean.interval.U);
  if (median) block["U_median_J"] = stated(median->interval.U);
  block["k"] = stated(mean.interval.k);
  block["coverage"] = stated(mean.interval.coverage);
  block["degrees_of_freedom"] = mean.stated ? finite(mean.interval.degrees_of_freedom) : ordered_json();
  block["n"] = n;
  block["n_effective"] = n_effective;
  block["u_common_J"] = stated(mean.u_common);
  block["u_independent_J"] = stated(mean.u_independent);
  ordered_json sources = ordered_json::array();
  for (const Source& source : mean.energy.sources)
    sources.push_back({{"key", source.key}, {"u_J", source.u_J},
                       {"distribution", name_of(source.distribution)},
                       {"degrees_of_freedom", finite(source.degrees_of_freedom)}});
  block["sources"] = std::move(sources);
  return block;
}

ordered_json U_of(const Statement& statement) { return statement.stated ? ordered_json(statement.interval.U) : ordered_json(); }

ordered_json value_with_U(const Statement& statement, const char* value_key, const char* U_key) {
  return {{value_key, statement.value},
          {U_key, statement.stated ? ordered_json(statement.interval.U) : ordered_json()}};
}

ordered_json windows_of(const Evaluation& e) {
  ordered_json windows = ordered_json::array();
  for (std::size_t i = 0; i < e.summary->windows.size(); ++i) {
    const WindowResult& w = e.summary->windows[i];
    const WindowRow& row = e.inferences[i];
    windows.push_back({{"index", row.group}, {"attempt", row.attempt}, {"stream", row.stream},
                       {"label", name_of(row.window.label)},
                       {"found_by", name_of(row.window.found_by)},
                       {"start_sample", row.window.start}, {"end_sample", row.window.end},
                       {"duration_s", w.duration_s}, {"inferences", w.inferences},
                       {"energy_J", w.energy_J}, {"net_energy_J", finite(w.net_energy_J)},
                       {"charge_C", finite(w.charge_C)}, {"mean_current_A", finite(w.mean_current_A)},
                       {"range_switches", w.range_switches}, {"lost_samples", w.lost_samples}});
  }
  return windows;
}

ordered_json budget_of(const EnergySummary& summary) {
  ordered_json budget = ordered_json::array();
  for (const BudgetTerm& term : summary.budget)
    budget.push_back({{"term", term.term}, {"key", term.key}, {"kind", term.kind}, {"distribution", term.distribution},
                      {"u_J", term.u_J}, {"input_u", term.input_u}, {"input_unit", term.unit},
                      {"sensitivity", term.sensitivity},
                      {"contribution_percent", term.contribution_percent},
                      {"degrees_of_freedom", finite(term.degrees_of_freedom)},
                      {"correlated", term.correlated}});
  return budget;
}

ordered_json protocols_block(const Protocols& protocols, const Statement& median) {
  ordered_json phases = ordered_json::array();
  for (const PhaseStatement& phase : protocols.phases)
    phases.push_back({{"phase", name_of(phase.label)}, {"windows", phase.windows},
                      {"energy_J", phase.energy.value}, {"U_J", U_of(phase.energy)},
                      {"duration_s", phase.duration_s}});
  return {{"mlcommons", {{"median_J", median.value}, {"U_median_J", U_of(median)},
                         {"mean_J", protocols.whole.value}, {"U_J", U_of(protocols.whole)}}},
          {"phase_separated", {{"phases", std::move(phases)},
                               {"sum_J", protocols.sum.value}, {"U_J", U_of(protocols.sum)}}},
          {"bias_J", protocols.bias.value}, {"U_bias_J", U_of(protocols.bias)}};
}

ordered_json sham_block(const ShamStatement& sham) {
  return {{"windows", sham.windows}, {"excess_power_W", sham.excess.value}, {"U_W", U_of(sham.excess)},
          {"per_inference_J", sham.per_inference_J}};
}

ordered_json firmware_of(const Evaluation& e) {
  const Firmware& f = e.firmware;
  return {{"name", f.name}, {"sha256", f.sha256}, {"commit", f.commit}, {"compiler", f.compiler},
          {"flags", f.flags}, {"flash_tool", e.setup.flash_tool},
          {"flash_verified", e.setup.flash_verified}};
}

ordered_json supply_of(const Evaluation& e) {
  const double u = e.model.u_supply_V > 0 ? e.model.u_supply_V
                   : e.model.accuracy     ? e.model.accuracy->voltage_V.standard
                                          : NAN;
  const bool known = e.setup.supply_V > 0 || !e.holds_values();
  return {{"voltage_V", known ? ordered_json(e.setup.supply_V) : ordered_json()}, {"u_V", finite(u)}, {"kind", e.setup.supply_kind},
          {"plane", "board terminals"}, {"lead_ohm", e.setup.lead_ohm},
          {"inrush_F", e.setup.inrush_F ? ordered_json(*e.setup.inrush_F) : ordered_json()}};
}

void add_numbers(ordered_json& report, const Evaluation& e) {
  const EnergySummary& s = *e.summary;
  const auto n = static_cast<double>(s.windows.size());
  report["windows"] = windows_of(e);
  report["energy_per_inference"] = energy_block(s.mean, &s.median, n, s.spread.n_effective);
  report["marginal_energy_per_inference"] =
      s.idle_known ? energy_block(s.marginal, nullptr, n, s.spread.n_effective) : ordered_json();
  report["idle_power"] = s.idle_known ? value_with_U(s.idle_power, "value_W", "U_W") : ordered_json();
  report["sleep_power"] = s.sleep_power ? value_with_U(*s.sleep_power, "value_W", "U_W") : ordered_json();
  report["latency_per_inference"] = value_with_U(s.latency, "value_s", "U_s");
  report["budget"] = budget_of(s);
  report["spread"] = {{"method", s.spread.method}, {"insufficient", s.spread.insufficient}, {"caution", s.spread.caution},
                      {"standard_error_J", s.windows.size() > 1 ? ordered_json(s.spread.standard_error_J) : ordered_json()},
                      {"p5_J", s.spread.p5_J}, {"p95_J", s.spread.p95_J},
                      {"cleaned_mean_J", s.spread.cleaned_mean_J}, {"outliers", s.spread.outliers}, {"raised", s.spread.raised}};
  report["protocols"] = e.protocols ? protocols_block(*e.protocols, s.median) : ordered_json();
  report["sham"] = e.sham ? sham_block(*e.sham) : ordered_json();
}

/// A record's whole trace; the same keys as `joulerig record --json` prints.
void add_trace_numbers(ordered_json& report, const Evaluation& e) {
  report.update(value_with_U(e.trace->mean_current, "mean_current_A", "U_mean_current_A"));
  report.update(value_with_U(e.trace->charge, "charge_C", "U_charge_C"));
  report.update(value_with_U(e.trace->duration, "duration_s", "U_duration_s"));
  const Statement& mean = e.trace->mean_current;
  report["coverage"] = mean.stated ? ordered_json(mean.interval.coverage) : ordered_json();
}

ordered_json gaps_of(const Evaluation& e) {
  ordered_json gaps = ordered_json::array();
  for (std::size_t stream = 0; stream < e.parts.size(); ++stream)
    for (const Gap& gap : e.parts[stream].gaps)
      gaps.push_back({{"stream", stream}, {"sample", gap.ordinal}, {"length", gap.length},
                      {"length_limit", gap.length_limit}, {"place_limit", gap.place_limit},
                      {"cause", name_of(gap.cause)}});
  return gaps;
}

ordered_json attempts_of(const Evaluation& e) {
  ordered_json attempts = ordered_json::array();
  for (const AttemptRow& row : e.attempts)
    attempts.push_back({{"window", row.group}, {"attempt", row.attempt}, {"stream", row.stream},
                        {"started_ms", row.started_ms}, {"valid", row.valid}, {"reason", row.reason},
                        {"mended", row.mended}});
  return attempts;
}

ordered_json imported_of(const Evaluation& e) {
  if (!e.imported) return ordered_json();
  ordered_json files = ordered_json::array();
  for (const ImportedFrom::File& file : e.imported->files)
    files.push_back({{"name", file.name}, {"sha256", file.sha256}, {"bytes", file.bytes}});
  return {{"format", e.imported->format}, {"files", std::move(files)}};
}

ordered_json earlier_runs_of(const Evaluation& e) {
  ordered_json earlier = ordered_json::array();
  for (const EarlierRun& run : e.setup.earlier_runs)
    earlier.push_back({{"run", run.run}, {"reason", run.reason}});
  return earlier;
}

}  // namespace

std::string report_json(const Evaluation& e, const std::string& truth) {
  ordered_json report{{"run", e.origin.run},
                      {"verdict", name_of(e.verdict)},
                      {"reason", e.reason},
                      {"state", e.row.state},
                      {"simulated", e.setup.simulated},
                      {"imported", imported_of(e)},
                      {"suspect", e.row.suspect},
                      {"suspect_reason", e.setup.suspect_reason},
                      {"grade", e.grade ? ordered_json{{"letter", std::string(1, e.grade->letter)}, {"line", e.grade->line}} : ordered_json()},
                      {"started_ms", e.row.facts.started_ms},
                      {"tool_version", e.setup.tool_version},
                      {"tool_commit", e.setup.tool_commit},
                      {"evaluation_version", e.version},
                      {"bench", e.row.facts.bench},
                      {"board", {{"name", e.setup.board}, {"mcu", e.setup.mcu}}},
                      {"monitor", {{"kind", e.stream.kind}, {"serial", e.stream.serial},
                                   {"hardware", e.stream.hardware}, {"firmware", e.stream.firmware}}},
                      {"firmware", firmware_of(e)},
                      {"model", e.setup.model},
                      {"supply", supply_of(e)},
                      {"ambient_C", e.setup.ambient_C ? ordered_json(*e.setup.ambient_C) : ordered_json()},
                      {"ambient", {{"u_K", e.setup.u_ambient_K}, {"source", e.setup.ambient_source},
                                   {"measured", e.setup.ambient_measured}}},
                      {"health_checks", ordered_json::parse(to_json(e.setup.health_checks))},
                      {"notes", e.setup.notes}};
  if (e.summary)
    add_numbers(report, e);
  else
    for (const char* key : {"energy_per_inference", "marginal_energy_per_inference", "idle_power",
                            "sleep_power", "latency_per_inference"})
      report[key] = ordered_json();
  if (e.trace) add_trace_numbers(report, e);
  if (!e.summary) report["windows"] = report["budget"] = ordered_json::array();
  report["calibration"] = {{"id", e.calibration_id}, {"kind", e.calibration_kind}};
  report["clock"] = {{"skew_ppm", e.setup.clock_skew_ppm}, {"u_ppm", e.setup.clock_u_ppm},
                     {"host_correction_ppm", e.setup.host_correction_ppm}, {"host_u_ppm", e.setup.host_u_ppm},
                     {"host_clock", e.setup.host_clock}, {"applied", e.model.u_clock > 0}};
  report["board_clock"] = e.board_clock ? ordered_json{{"correction_ppm", e.board_clock->correction_ppm},
                                               {"u_ppm", e.board_clock->u_ppm}, {"pairs", e.board_clock->pairs}}
                                        : ordered_json();
  report["samples"] = {{"received", e.samples_received()}, {"lost", e.samples_lost()},
                       {"streams", e.parts.size()}, {"gaps", gaps_of(e)}};
  report["attempts"] = attempts_of(e);
  report["earlier_runs"] = earlier_runs_of(e);
  const Truth known = truth_of(e, truth);
  if (known.known) {
    ordered_json windows = ordered_json::array();
    for (std::size_t i = 0; i < known.window_J.size(); ++i)
      windows.push_back({{"energy_J", known.window_J[i]}, {"sampled_J", known.sampled_J[i]}});
    report["truth"] = {{"energy_per_inference_J", known.energy_per_inference_J},
                       {"expected_J", known.expected_J}, {"windows", std::move(windows)}};
  }
  return report.dump();
}

Truth truth_of(const Evaluation& e, const std::string& ledger_json) {
  Truth truth;
  if (ledger_json.empty() || !e.summary) return truth;
  const ordered_json ledger = ordered_json::parse(ledger_json, nullptr, false);
  if (ledger.is_discarded() || !ledger.contains("windows")) return truth;
  double energy = 0, expected = 0;
  for (const WindowRow& row : e.inferences) {
    const ordered_json* nearest = nullptr;
    double distance = INFINITY;
    for (const ordered_json& window : ledger["windows"]) {
      if (window.value("stream", 0) != e.setup.starts_before + row.stream + 1) continue;
      const double off = std::abs(window.value("first_ordinal", 0.0) -
                                  static_cast<double>(row.window.start));
      if (off < distance) distance = off, nearest = &window;
    }
    if (!nearest) return truth;
    const auto events = static_cast<double>(row.window.events);
    truth.window_J.push_back(nearest->value("energy_J", 0.0));
    truth.sampled_J.push_back(nearest->value("sampled_J", 0.0));
    energy += truth.window_J.back() / events;
    expected += nearest->value("expected_J", 0.0) / events;
  }
  const auto n = static_cast<double>(e.inferences.size());
  truth.known = true;
  truth.energy_per_inference_J = energy / n;
  truth.expected_J = expected / n;
  return truth;
}

}  // namespace jr
