// Air and loads before and after a run, their charts, and the sentence that makes a run suspect.
#include "rig/run/run_health.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/core/host_clock.hpp"
#include "rig/core/version.hpp"
#include "rig/run/control_chart.hpp"
#include "rig/run/record_model.hpp"
#include "rig/run/reference_check.hpp"

namespace jr {
namespace {

constexpr double kMsPerDay = 86'400'000.0;

void join(std::string& text, const std::string& sentence) {
  if (!sentence.empty()) text += (text.empty() ? "" : " ") + sentence;
}

std::string sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text.empty() || text.back() == '.' ? text : text + ".";
}

std::string printed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// A deviation in per cent, an energy in joule.
std::string shown(const HealthRow& look, double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.4f %%", 100 * value);
  return look.kind == "reference" ? text : printed(value) + " J";
}

std::string in_days(std::int64_t ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f days ago", static_cast<double>(ms) / kMsPerDay);
  return text;
}

StreamFacts facts_of(Monitor& monitor) {
  const MonitorIdentity& id = monitor.identity();
  const StreamClock clock = monitor.clock();
  return {id.kind,     id.serial,      id.hardware,     id.firmware,
          id.metadata, clock.period_s, clock.limit_ppm, to_json(monitor.polynomials())};
}

Result<EnergyModel> model_now(Session& session, const Setup& setup) {
  RunRow row;
  row.facts.bench = session.bench().name;
  row.facts.started_ms = wall_now_ms();
  return model_of(row, facts_of(session.monitor()), setup, "");
}

}  // namespace

std::vector<double> chart_history(const std::vector<HealthRow>& looks,
                                  const std::vector<QuarantineRow>& quarantines,
                                  const HealthRow& next) {
  std::int64_t since_ms = 0;
  for (const QuarantineRow& row : quarantines)
    if (row.new_baseline && row.instrument == next.instrument)
      since_ms = std::max(since_ms, row.lifted_ms);
  std::vector<double> values;
  for (const HealthRow& look : looks)
    if (look.passed && look.time_ms >= since_ms && look.time_ms <= next.time_ms &&
        look.instrument == next.instrument && look.kind == next.kind &&
        look.series == next.series && look.basis == next.basis)
      values.push_back(look.value);
  return values;
}

RunHealth::RunHealth(Store& store, const MeasureRequest& request, Progress& progress)
    : store_(store), request_(request), progress_(progress) {}

Result<void> RunHealth::prepare(const Bench& bench) {
  bench_ = bench.name;
  health_ = bench.health;
  ambient_ = bench.ambient;
  if (!request_.ambient.empty()) {
    auto given = ambient_given(request_.ambient, bench.ambient);
    if (!given) return Failure(given.error());
    ambient_ = *given;
  }
  if (health_.check_each) {
    auto reference = load_reference(bench.file);
    if (!reference) return Failure(reference.error());
    if (auto able = can_check(*reference, health_.check_A); !able) return able;
    reference_ = std::move(*reference);
  }
  auto now_C = read_ambient(ambient_);
  if (!now_C) return Failure(now_C.error());
  start_C_ = *now_C;
  return check_gate(ambient_, start_C_);
}

void RunHealth::air(Setup& setup, std::optional<double> end_C, const std::string& why) {
  const AmbientOfRun run = ambient_of_run(ambient_, start_C_, end_C, why);
  setup.ambient_C = run.temperature_C;
  setup.u_ambient_K = run.u_K;
  setup.ambient_source = run.source;
  setup.ambient_measured = run.measured;
}

/// What stands against the instrument; empty: nothing, or the record cannot be asked.
std::string RunHealth::standing() const {
  const auto rows = store_.quarantines(instrument_, "", true);
  if (!rows || rows->empty()) return "";
  const QuarantineRow& row = rows->back();  // the first that was found
  return instrument_ + " is in quarantine since " + iso_utc(row.since_ms) +
         (row.run.empty() ? "" : " (run " + row.run + ")") + ": " + sentence(row.reason) +
         " Look at it, then joulerig bench release " + row.bench + " --reason TEXT.";
}

std::string RunHealth::control_note(Session& session) const {
  if (!health_.control_days) return "";
  const auto looks = store_.health(bench_);
  const HealthRow* last = nullptr;
  if (looks)
    for (const HealthRow& look : *looks)
      if (look.kind == "control" && look.instrument == instrument_) last = &look;
  const std::string cure = ": joulerig bench control " + bench_;
  if (!last) return "CONTROL OVERDUE: there was none yet" + cure + ".";
  const std::int64_t age_ms = wall_now_ms() - last->time_ms;
  if (static_cast<double>(age_ms) > *health_.control_days * kMsPerDay)
    return "CONTROL OVERDUE: the last was " + in_days(age_ms) + ", and is due every " +
           printed(*health_.control_days) + " days" + cure + ".";
  const auto run = store_.run(last->run);
  const auto stream = store_.stream(last->run, 0);
  const auto setup = run ? setup_from(run->facts.environment) : Result<Setup>(Failure(run.error()));
  if (setup && tool_version_of(*setup) != tool_version())
    return "CONTROL DUE: joulerig was updated since the last (" + last->run + ")" + cure + ".";
  if (stream && stream->firmware != session.monitor().identity().firmware)
    return "CONTROL DUE: the instrument's own firmware was updated since the last (" + last->run +
           ")" + cure + ".";
  return "control run " + last->run + ", " + in_days(age_ms) +
         (last->passed ? ", passed" : ", out of limits");
}

Result<void> RunHealth::before(Session& session, Setup& setup) {
  instrument_ = instrument_scope(facts_of(session.monitor()), bench_);
  basis_ = setup.calibration_id;
  setup.health_checks.clear();
  setup.suspect_reason = standing();
  if (!setup.suspect_reason.empty()) progress_.note(setup.suspect_reason);
  air(setup, std::nullopt, "the run did not come to its end");
  if (!setup.control) setup.control_note = control_note(session);
  if (setup.control_note.starts_with("CONTROL")) progress_.note(setup.control_note);
  if (!reference_) return {};
  progress_.step("checking the reference load");
  const auto model = model_now(session, setup);
  if (!model) return Failure(model.error());
  auto checks = look_at_loads(session, *reference_, *model, request_.interrupted);
  if (!checks) return Failure(checks.error());
  setup.health_checks = std::move(*checks);
  return {};
}

void RunHealth::after(Session& session, Setup& setup, const std::string& run, bool finished) {
  const auto end_C = read_ambient(ambient_);
  air(setup, end_C ? *end_C : std::nullopt, end_C ? "" : end_C.error().message);
  if (finished && end_C)
    if (const auto gate = check_gate(ambient_, *end_C); !gate)
      join(setup.suspect_reason,
           "The air left the bench's gate during the run: " + gate.error().message);
  if (!reference_) return;
  if (finished) {
    progress_.step("checking the reference load again");
    const auto model = model_now(session, setup);
    const auto later = model ? look_at_loads(session, *reference_, *model, request_.interrupted)
                             : Result<std::vector<HealthCheck>>(Failure(model.error()));
    if (later)
      join_after(setup.health_checks, *later);
    else
      join(setup.suspect_reason,
           "The reference load could not be checked after the run: " + later.error().message);
  }
  keep_looks(setup, run, finished);
}

/// Fills in the limits of a look by its chart; returns why it does not keep them.
std::string RunHealth::out_of_chart(HealthRow& look, double allowance, double least_sigma) {
  const auto looks = store_.health("");
  const auto quarantines = store_.quarantines(look.instrument, "", false);
  if (!looks || !quarantines) return "";
  const std::vector<double> history = chart_history(*looks, *quarantines, look);
  // A deviation is relative already; an energy's allowance is relative to the energies before it.
  const double level = look.kind == "control" && !history.empty() ? std::abs(history.back()) : 1;
  const ChartRule rule{allowance * level, least_sigma};
  const ChartLimits limits = chart_limits(history, rule);
  if (limits.values > 0) look.lowest = limits.lowest, look.highest = limits.highest;
  if (!std::isfinite(look.value)) return look.series + " was not measured: its value is no number";
  if (!limits.hold(look.value))
    return look.series + " is at " + shown(look, look.value) + ", and its chart of " +
           std::to_string(limits.values) + (limits.values == 1 ? " value" : " values") +
           " allows " + shown(look, limits.lowest) + " to " + shown(look, limits.highest);
  if (const std::string word = chart_warning(history, look.value, rule); !word.empty())
    progress_.note("The chart of " + look.instrument + ", " + look.series + ", shows " + word +
                   ": within limits, and worth a look (joulerig bench history " + bench_ + ").");
  return "";
}

void RunHealth::put_in_quarantine(const std::string& run, const std::string& reason) {
  if (const auto standing = store_.quarantines(instrument_, "", true);
      standing && !standing->empty()) {
    progress_.note(instrument_ + " is in quarantine already: " + sentence(reason));
    return;
  }
  progress_.note(instrument_ + " goes into quarantine: " + sentence(reason) +
                 " Its runs are suspect until someone has looked: joulerig bench release " +
                 bench_ + " --reason TEXT.");
  const auto kept =
      store_.quarantine({0, instrument_, bench_, wall_now_ms(), run, reason, 0, "", "", false});
  if (!kept) progress_.note(kept.error().message);
}

void RunHealth::keep_looks(Setup& setup, const std::string& run, bool finished) {
  std::string worst;
  for (const HealthCheck& check : setup.health_checks) {
    HealthRow look{instrument_,
                   bench_,
                   "reference",
                   name_of(check),
                   check.basis,
                   wall_now_ms(),
                   deviation(check),
                   check.u_check,
                   {},
                   {},
                   run,
                   true,
                   ""};
    look.reason = failure_of(check, finished);
    const std::string chart = out_of_chart(look, health_.drift_limit, check.u_repeat);
    if (look.reason.empty()) look.reason = chart;
    look.passed = look.reason.empty();
    if (worst.empty()) worst = look.reason;
    if (!std::isfinite(look.value)) continue;  // nothing to draw into a chart
    if (auto kept = store_.add_health(look); !kept) progress_.note(kept.error().message);
  }
  if (worst.empty()) return;
  join(setup.suspect_reason, sentence(worst));
  put_in_quarantine(run, worst);
}

std::string RunHealth::keep_control(const RunOutcome& outcome) {
  const auto report = nlohmann::json::parse(outcome.report, nullptr, false);
  if (report.is_discarded() || !report.contains("energy_per_inference") ||
      !report["energy_per_inference"].is_object())
    return "";
  const auto& energy = report["energy_per_inference"];
  const auto& firmware = report["firmware"];
  std::string series = report.value("model", "");
  if (const std::string hash = firmware.value("sha256", ""); !hash.empty())
    join(series, hash.substr(0, 12));
  if (request_.plan != "default")
    series += ", plan " + std::filesystem::path(request_.plan).stem().string();
  const double u_J =
      energy["u_independent_J"].is_number() ? energy["u_independent_J"].get<double>() : 0;
  HealthRow look{instrument_,
                 bench_,
                 "control",
                 series,
                 basis_,
                 wall_now_ms(),
                 energy.contains("mean_J") && energy["mean_J"].is_number() ? energy["mean_J"].get<double>() : NAN,
                 u_J,
                 {},
                 {},
                 outcome.run,
                 true,
                 ""};
  look.reason = out_of_chart(look, health_.control_limit, u_J);
  look.passed = look.reason.empty();
  if (std::isfinite(look.value))
    if (auto kept = store_.add_health(look); !kept) progress_.note(kept.error().message);
  if (!look.passed) {
    look.reason = "the control run is out of limits: " + look.reason + " per inference";
    put_in_quarantine(outcome.run, look.reason);
  }
  return look.reason;
}

}  // namespace jr
