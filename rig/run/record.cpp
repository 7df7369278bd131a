// Open, stream, wait, close. The same recorder as a measurement, so the same promises hold.
#include "rig/run/record.hpp"

#include <cmath>

#include "rig/capture/recorder.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/core/nearest.hpp"
#include "rig/energy/model.hpp"
#include "rig/run/lease.hpp"
#include "rig/run/power_guard.hpp"
#include "rig/run/session.hpp"
#include "rig/run/setup.hpp"

namespace jr {
namespace {

using std::chrono::milliseconds;

Setup setup_for(const RecordRequest& request) {
  Bench bench;
  bench.monitor.source_mode = request.volts.has_value();
  bench.monitor.supply_V = request.volts.value_or(request.assumed_V);
  bench.monitor.supply_kind = request.volts ? "set" : "assumed";
  Setup setup = setup_of(bench, Plan{});
  setup.calibration_kind = "device's own modifiers";
  return setup;
}

/// The name under which its supply is noted as on.
std::string device_of(const MonitorIdentity& id) {
  return id.kind + ":" + (id.serial.empty() ? id.port : id.serial);
}

/// Waits for the trigger and then for the samples; says why it ended early, if it did.
std::string wait_for_samples(const Recorder& recorder, const RecordRequest& request, std::uint64_t wanted,
                             Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  const double patience_s = request.trigger ? request.trigger_patience_s : 10;
  while (true) {
    const bool done = recorder.wait([&](const CaptureState& s) { return s.received >= wanted; }, milliseconds(200));
    const CaptureState state = recorder.state();
    progress.fraction(std::min(1.0, static_cast<double>(state.received) / static_cast<double>(wanted)));
    if (done) return "";
    if (state.ended) return state.ended->message;
    if (request.interrupted && *request.interrupted) return "Interrupted.";
    const double waited_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (state.received == 0 && waited_s > patience_s)
      return request.trigger ? "The trigger did not come within " + std::to_string(std::lround(patience_s)) + " s."
                             : "The monitor sent nothing for 10 s: unplug it and plug it in again.";
    if (waited_s > 2 * request.duration_s + request.pre_trigger_s + patience_s + 10)
      return "The monitor sends fewer samples than its rate promises.";
  }
}

}  // namespace

Result<std::pair<const MonitorDriver*, MonitorRequest>> parse_monitor(const std::string& text) {
  const auto split = text.find_first_of(":@");
  const std::string kind = text.substr(0, split);
  const MonitorDriver* driver = find_monitor_driver(kind);
  if (!driver) {
    std::string known;
    for (const MonitorDriver* one : monitor_drivers()) known += (known.empty() ? "" : ", ") + std::string(one->kind);
    return fail(Trouble::usage, "There is no driver for '" + kind + "'; there is: " + known +
                                    ". Write KIND, KIND:SERIAL or KIND@PORT.");
  }
  MonitorRequest request;
  if (split != std::string::npos) (text[split] == '@' ? request.port : request.serial) = text.substr(split + 1);
  return std::pair{driver, request};
}

Result<RecordOutcome> record(Store& store, const RecordRequest& request, Progress& progress) {
  auto chosen = parse_monitor(request.monitor);
  if (!chosen) return Failure(chosen.error());
  auto& [driver, opening] = *chosen;
  opening.source_mode = request.volts.has_value();
  opening.supply = {request.volts.value_or(request.assumed_V)};
  progress.step("opening " + request.monitor);
  auto monitor = driver->open(opening);
  if (!monitor) return Failure(monitor.error());
  auto* supply = request.volts ? dynamic_cast<Supply*>(monitor->get()) : nullptr;
  if (request.volts && !supply) return fail(Trouble::refused, request.monitor + " cannot feed a board: leave --volts away.");

  const MonitorIdentity& id = (*monitor)->identity();
  const StreamClock clock = (*monitor)->clock();
  auto run = store.begin_run({"record", "record", false, wall_now_ms(), "", "", to_json(setup_for(request)), to_json(Firmware{})});
  if (!run) return Failure(run.error());
  auto stream = store.add_stream(*run, {id.kind, id.serial, id.hardware, id.firmware, id.metadata, clock.period_s,
                                        clock.limit_ppm, to_json((*monitor)->polynomials()), {},
                                        {(*monitor)->polynomials(), opening.supply.value}});
  if (!stream) return Failure(stream.error());
  RecordOutcome outcome;
  outcome.run = *run;
  std::optional<PowerGuard> guard;
  {
    Recorder recorder(store, *run, *stream, clock, 0xFF,
                      [&](std::uint64_t committed) { progress.committed(*run, committed); });
    const auto in_samples = [&](double s) { return static_cast<std::uint64_t>(std::ceil(s / clock.period_s)); };
    TriggerGate gate(recorder, request.trigger, in_samples(request.pre_trigger_s), (*monitor)->polynomials(), opening.supply);
    progress.step(request.trigger ? "waiting for the trigger" : "recording");
    // The note comes first, so that the guard or the next start can switch off what a dead process left on.
    Result<void> started;
    if (supply) started = note_left_on({device_of(id), id.port, id.kind, *run, 0, "", true, id.serial});
    if (supply && started)
      if (auto beside = PowerGuard::start()) guard.emplace(std::move(*beside));  // else the note has to do
    if (started) started = (*monitor)->start(gate);
    if (started && supply) started = supply->on();
    outcome.trouble = started ? wait_for_samples(recorder, request, in_samples(request.duration_s), progress)
                              : started.error().message;
    (*monitor)->stop();
    if (supply && supply->off()) forget_left_on(device_of(id));
    if (auto finished = recorder.finish(); !finished) outcome.trouble = finished.error().message;
    for (const Gap& gap : recorder.gaps()) outcome.lost += gap.length;
    outcome.samples = recorder.state().committed;
  }
  if (auto moments = store.moments_between(*run, *stream, 0, outcome.samples)) {
    EnergyModel model;
    model.ranges = (*monitor)->polynomials();
    model.supply = opening.supply;
    model.period_s = clock.period_s;
    const Integral sum = integrate(model, *moments);
    outcome.duration_s = static_cast<double>(outcome.samples + outcome.lost) * clock.period_s;
    outcome.charge_C = sum.charge_C;
    outcome.mean_A = outcome.samples ? sum.charge_C / (static_cast<double>(outcome.samples) * clock.period_s) : 0;
  }
  const Verdict verdict = outcome.trouble.empty() ? Verdict::pass : Verdict::rig_error;
  const bool stopped = !outcome.trouble.empty() && request.interrupted && *request.interrupted;
  if (auto closed = store.close_run(*run, name_of(verdict), outcome.trouble, false, wall_now_ms(),
                                    stopped ? "interrupted" : "closed");
      !closed)
    return Failure(closed.error());
  return outcome;
}

}  // namespace jr
