// Open, stream, wait, close. The same recorder as a measurement, so the same promises hold.
#include "rig/run/record.hpp"

#include <cmath>

#include "rig/capture/recorder.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/core/nearest.hpp"
#include "rig/run/accuracy_of_run.hpp"
#include "rig/run/calibration_bench.hpp"
#include "rig/run/lease.hpp"
#include "rig/run/power_guard.hpp"
#include "rig/run/record_model.hpp"
#include "rig/run/session.hpp"
#include "rig/run/setup.hpp"

namespace jr {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr double kSilence_s = 10;   // without a trigger the first sample comes at once
constexpr double kSettle_s = 0.2;   // a level is believed so long after the supply was switched on

Setup setup_for(const RecordRequest& request) {
  Bench bench;
  bench.monitor.source_mode = request.volts.has_value();
  bench.monitor.supply_V = request.volts.value_or(request.assumed_V);
  bench.monitor.supply_kind = request.volts ? "set" : "assumed";
  return setup_of(bench, Plan{});
}

/// The name under which its supply is noted as on.
std::string device_of(const MonitorIdentity& id) {
  return id.kind + ":" + (id.serial.empty() ? id.port : id.serial);
}

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

/// The board's supply, if the monitor is to feed it: off again at the end, whatever happens in between.
class FedBoard {
 public:
  FedBoard(Supply* supply, const MonitorIdentity& id) : supply_(supply), id_(id) {}
  FedBoard(const FedBoard&) = delete;
  FedBoard& operator=(const FedBoard&) = delete;
  ~FedBoard() { off(); }

  /// The note comes first, so that the guard or the next start can switch off what a dead process left on.
  Result<void> on() {
    if (!supply_) return {};
    if (auto noted = note_left_on({device_of(id_), id_.port, id_.kind, "record", 0, "", true, id_.serial}); !noted) return noted;
    if (auto beside = PowerGuard::start()) guard_.emplace(std::move(*beside));  // else the note has to do
    is_on_ = true;
    return supply_->on();
  }
  void off() {
    if (is_on_ && supply_->off()) forget_left_on(device_of(id_));
    is_on_ = false;
  }

 private:
  Supply* const supply_;
  const MonitorIdentity& id_;
  std::optional<PowerGuard> guard_;
  bool is_on_{};
};

/// One record, from the opened monitor to the closed run.
class Recording {
 public:
  Recording(Store& store, const RecordRequest& request, Progress& progress, Monitor& monitor, MonitorRequest opening, Setup setup)
      : store_(store), request_(request), progress_(progress), monitor_(monitor), supply_(opening.supply), setup_(std::move(setup)),
        board_(request.volts ? dynamic_cast<Supply*>(&monitor) : nullptr, monitor.identity()), clock_(monitor.clock()),
        wanted_(in_samples(request.duration_s)),
        gate_(request.trigger, in_samples(request.pre_trigger_s), wanted_, monitor.polynomials(), opening.supply) {}
  ~Recording() { monitor_.stop(); }  // before the gate goes
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  Result<RecordOutcome> take() {
    RecordOutcome outcome;
    outcome.trouble = start();
    if (!outcome.trouble) outcome.trouble = wait_for_trigger();
    if (outcome.trouble) return outcome;
    if (auto begun = begin_run(); !begun) return Failure(begun.error());
    outcome.run = run_;
    outcome.trouble = keep_samples();
    if (auto closed = close(outcome); !closed) return Failure(closed.error());
    return outcome;
  }

 private:
  std::uint64_t in_samples(double seconds) const {
    return static_cast<std::uint64_t>(std::max(0LL, std::llround(seconds / monitor_.clock().period_s)));
  }
  bool is_interrupted() const { return request_.interrupted && *request_.interrupted; }

  /// Without a trigger the trace begins with a board that is fed; with one, what happens when it is switched on may
  /// be what is waited for.
  std::optional<Error> start() {
    auto done = request_.trigger ? monitor_.start(gate_) : board_.on();
    if (done) done = request_.trigger ? board_.on() : monitor_.start(gate_);
    if (!done) return done.error();
    gate_.believe_level(in_samples(kSettle_s));
    return std::nullopt;
  }

  std::optional<Error> wait_for_trigger() {
    if (request_.trigger) progress_.step("waiting for the trigger");
    const auto begun = steady_clock::now();
    const double patience_s = request_.trigger ? request_.trigger_patience_s : kSilence_s;
    while (true) {
      const GateState state = gate_.wait(milliseconds(200));
      if (state.open) return say_level(state);
      if (state.ended) return state.ended;
      if (is_interrupted()) return Error{Trouble::interrupted, "Interrupted before anything was recorded."};
      if (seconds_since(begun) > std::max(patience_s, state.seen == 0 ? kSilence_s : 0)) return gave_up(state, patience_s);
    }
  }

  std::optional<Error> say_level(const GateState& state) {
    if (!state.opened_by_level) return std::nullopt;
    setup_.notes.push_back("The trigger's condition held already when the recording began: it starts there, and not with an edge.");
    progress_.note(setup_.notes.back());
    return std::nullopt;
  }

  Error gave_up(const GateState& state, double patience_s) const {
    if (state.seen == 0)
      return {Trouble::timeout, "The monitor sent nothing for 10 s: unplug it and plug it in again. Nothing was recorded."};
    const std::string why = state.held_from_start ? " The line had that level all the time, and a line trigger waits for an edge."
                                                  : "";
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g", patience_s);
    return {Trouble::timeout, "The trigger did not come within " + std::string(seconds) + " s, and nothing was recorded." + why};
  }

  Result<void> begin_run() {
    const MonitorIdentity& id = monitor_.identity();
    const auto before_ms = std::llround(1e3 * clock_.period_s * static_cast<double>(gate_.wait(milliseconds(0)).before));
    auto run = store_.begin_run({"record", "record", false, wall_now_ms() - before_ms, "", "", to_json(setup_), to_json(Firmware{})});
    if (!run) return Failure(run.error());
    run_ = *run;
    auto stream = store_.add_stream(run_, {id.kind, id.serial, id.hardware, id.firmware, id.metadata, clock_.period_s, clock_.limit_ppm,
                                           to_json(monitor_.polynomials()), {}, {monitor_.polynomials(), supply_.value}});
    if (!stream) return Failure(stream.error());
    stream_ = *stream;
    return {};
  }

  std::optional<Error> keep_samples() {
    Recorder recorder(store_, run_, stream_, clock_, 0xFF,
                      [this](std::uint64_t committed) { progress_.committed(run_, committed); });
    progress_.step("recording");
    gate_.attach(recorder);
    auto trouble = wait_for_samples(recorder);
    monitor_.stop();
    board_.off();
    if (auto finished = recorder.finish(); !finished) trouble = finished.error();
    return trouble;
  }

  std::optional<Error> wait_for_samples(const Recorder& recorder) {
    const auto begun = steady_clock::now();
    while (true) {
      const bool done = recorder.wait([&](const CaptureState& s) { return s.received >= wanted_; }, milliseconds(200));
      const CaptureState state = recorder.state();
      progress_.fraction(std::min(1.0, static_cast<double>(state.received) / static_cast<double>(wanted_)));
      if (done) return std::nullopt;
      if (state.ended) return state.ended;
      if (is_interrupted()) return Error{Trouble::interrupted, "Interrupted."};
      if (seconds_since(begun) > 2 * request_.duration_s + 20)
        return Error{Trouble::timeout, "The monitor sends fewer samples than its rate promises."};
    }
  }

  Result<void> close(RecordOutcome& outcome) {
    const Verdict verdict = outcome.trouble ? Verdict::rig_error : Verdict::pass;
    const bool stopped = outcome.trouble && outcome.trouble->trouble == Trouble::interrupted;
    if (auto closed = store_.close_run(run_, name_of(verdict), outcome.trouble ? outcome.trouble->message : "", false,
                                       wall_now_ms(), stopped ? "interrupted" : "closed");
        !closed)
      return closed;
    auto evaluation = evaluate(store_, run_);
    if (!evaluation) return Failure(evaluation.error());
    outcome.evaluation = std::move(*evaluation);
    return store_.add_result(run_, setup_.calibration_id, report_json(*outcome.evaluation, ""));
  }

  Store& store_;
  const RecordRequest& request_;
  Progress& progress_;
  Monitor& monitor_;
  const Volt supply_;
  Setup setup_;
  FedBoard board_;
  const StreamClock clock_;
  const std::uint64_t wanted_;
  TriggerGate gate_;
  std::string run_;
  int stream_{};
};

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
  if (request.volts && !dynamic_cast<Supply*>(monitor->get()))
    return fail(Trouble::refused, request.monitor + " cannot feed a board: leave --volts away.");
  Setup setup = setup_for(request);
  const MonitorIdentity& id = (*monitor)->identity();
  if (auto card = add_spec_card(setup, id.kind, progress); !card) return Failure(card.error());
  const InstrumentInUse use{instrument_of(id, "record"), (*monitor)->polynomials(), setup.supply_V, iso_date(wall_now_ms())};
  if (auto applied = choose_calibration(store, use, setup, progress); !applied) return Failure(applied.error());
  return Recording(store, request, progress, **monitor, opening, std::move(setup)).take();
}

}  // namespace jr
