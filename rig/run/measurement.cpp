// The steps of a run in their order; one that fails ends it. The windows are in measurement_windows.cpp and
// measurement_phases.cpp.
// Never leaves the board powered or the stream running.
#include "rig/run/measurement.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <thread>

#include "rig/core/host_clock.hpp"
#include "rig/run/evaluation.hpp"

namespace jr {
namespace {

using namespace std::chrono_literals;


constexpr auto kPowerOffTime = 500ms;
constexpr double kFirstSample_s = 10;
constexpr auto kLinkEvery = 100ms;

/// Takes a stream that is watched for its current and not for its samples.
class Unrecorded : public SampleSink {
 public:
  void take(SampleBlock) override {}
  void ended(Error why) override {
    const std::lock_guard guard(lock_);
    why_ = std::move(why);
  }
  std::optional<Error> why() const {
    const std::lock_guard guard(lock_);
    return why_;
  }

 private:
  mutable std::mutex lock_;
  std::optional<Error> why_;
};

}  // namespace

bool may_pass(Trouble trouble) {
  switch (trouble) {
    case Trouble::not_found:
    case Trouble::busy:
    case Trouble::timeout:
    case Trouble::hang_up:
    case Trouble::malformed:
    case Trouble::refused: return true;
    default: return false;
  }
}

Measurement::Measurement(Store& store, Session& session, const Plan& plan, Setup setup, Firmware firmware,
                         const MeasureRequest& request, Progress& progress, RunHealth* health)
    : store_(store), session_(session), plan_(plan), setup_(std::move(setup)), firmware_(std::move(firmware)),
      request_(request), progress_(progress), health_(health) {
}

Result<void> Measurement::begin() {
  RunFacts facts{session_.bench().name, "measure", session_.bench().is_virtual, wall_now_ms(),
                 plan_.verbatim, session_.bench().verbatim, to_json(setup_), to_json(firmware_)};
  auto run = store_.begin_run(facts);
  if (!run) return Failure(run.error());
  run_ = *run;
  return {};
}

/// Nothing is recorded yet, but a board that draws too much is cut off from its first moment on.
Result<void> Measurement::power_on_and_flash() {
  Unrecorded watched;
  if (auto started = session_.start_stream(watched); !started) return started;
  auto done = session_.power_on();
  progress_.fraction(0.02);
  if (done) done = flash();
  session_.stop_stream();
  // A monitor that went away or cut off takes the board with it; the tool's complaint is then a symptom.
  if (const auto why = watched.why()) return Failure(*why);
  return done;
}

Result<void> Measurement::flash() {
  auto flasher = session_.flasher();
  if (!flasher) return Failure(flasher.error());
  auto tool = (*flasher)->identify();
  if (!tool) return Failure(tool.error());
  if (*tool != "none") progress_.step("flashing " + firmware_.name + " with " + *tool);
  auto report = (*flasher)->program(firmware_.file);
  if (!report) return Failure(report.error());
  setup_.flash_tool = *tool;
  setup_.flash_command = report->command;
  setup_.flash_verified = report->verified;
  return store_.set_documents(run_, to_json(setup_), to_json(firmware_));
}

Result<void> Measurement::start_capture() {
  Monitor& monitor = session_.monitor();
  const MonitorIdentity& id = monitor.identity();
  const StreamClock clock = monitor.clock();
  if (stream_ < 0) {
    setup_.starts_before = session_.streams_started();
    if (const auto clock_now = read_host_clock()) host_clock_ = *clock_now;
  }
  const StreamFacts facts{id.kind, id.serial, id.hardware, id.firmware, id.metadata,
                          clock.period_s, clock.limit_ppm, to_json(monitor.polynomials()), {},
                          {monitor.polynomials(), setup_.supply_V}};
  auto stream = store_.add_stream(run_, facts);
  if (!stream) return Failure(stream.error());
  stream_ = *stream;
  const BenchWiring& wiring = session_.bench().wiring;
  const int watched = (wiring.mark_line >= 0 ? 1 << wiring.mark_line : 0) |
                      (wiring.sleep_line ? 1 << *wiring.sleep_line : 0);
  recorder_ = std::make_unique<Recorder>(
      store_, run_, stream_, clock, static_cast<std::uint8_t>(watched),
      [this](std::uint64_t committed) { progress_.committed(run_, committed_before_ + committed); });
  if (auto started = session_.start_stream(*recorder_); !started) return started;
  return wait_for_sample(*recorder_, 1, kFirstSample_s, session_.monitor_port(), request_.interrupted);
}

Result<void> Measurement::boot() {
  progress_.step("booting the board");
  if (auto cycled = session_.power_cycle(kPowerOffTime); !cycled) return cycled;
  const std::int64_t on_ns = host_now_ns();
  if (auto linked = open_link(); !linked) return linked;
  if (auto hello = dut_->handshake(in_ms(session_.bench().link.boot_wait_s)); !hello) return hello;
  auto profile = dut_->profile();
  if (!profile) return Failure(profile.error());
  if (auto learned = learn_bypass(on_ns); !learned) return learned;
  setup_.model = profile->model;
  if (!request_.model.empty() && request_.model != profile->model)
    return fail(Trouble::usage, "The board runs the model '" + profile->model + "', not '" + request_.model +
                                    "': give the firmware of that model with --firmware.");
  return load_input();
}

/// A board with a port of its own takes a while to be there again after its power came back.
Result<void> Measurement::open_link() {
  const auto deadline = std::chrono::steady_clock::now() + in_ms(plan_.reconnect_s);
  const auto give_up = [this] { return is_interrupted() || (recorder_ && recorder_->state().ended); };
  while (true) {
    auto dut = session_.dut([this](const DutLine& line) { conversation_.push_back(line); }, give_up);
    if (dut) {
      dut_ = std::move(*dut);
      return {};
    }
    const Trouble trouble = dut.error().trouble;
    const bool may_come = trouble == Trouble::not_found || trouble == Trouble::hang_up;
    if (!may_come || give_up() || std::chrono::steady_clock::now() > deadline) return Failure(dut.error());
    std::this_thread::sleep_for(kLinkEvery);
  }
}

/// The same input in every run: energy may depend on it.
Result<void> Measurement::load_input() {
  if (firmware_.input_bytes == 0) return {};
  std::vector<std::uint8_t> input(static_cast<std::size_t>(firmware_.input_bytes));
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::uint8_t>(i * 37 + 11);
  return dut_->load(input);
}

Result<void> Measurement::warm_up() {
  progress_.step("warming up");
  const CutRule rule{session_.monitor().clock().period_s, plan_.idle_s,
                     session_.bench().wiring.settle_guard_s};
  auto taker = std::make_unique<WindowTaker>(store_, run_, stream_, *recorder_, *dut_, session_.bench(), rule,
                                             session_.monitor().polynomials(), session_.monitor_port(), request_.interrupted);
  auto latency_s = taker->pilot(static_cast<std::uint32_t>(plan_.warmups));
  if (!latency_s) return Failure(latency_s.error());
  const auto& stated_F = session_.bench().wiring.bypass_F;
  const std::optional<double> bypass_F = stated_F ? stated_F : setup_.inrush_F;
  if (auto fitted = taker->fit_guard(session_.monitor().polynomials(), bypass_F); !fitted) return fitted;
  if (inferences_ == 0) {  // once: all windows of a run are alike
    latency_s_ = *latency_s;
    inferences_ = std::max<std::uint64_t>(
        static_cast<std::uint64_t>(plan_.least_inferences),
        static_cast<std::uint64_t>(std::ceil(plan_.window_s / std::max(*latency_s, rule.period_s))));
  }
  taker_ = std::move(taker);
  return {};
}

Result<void> Measurement::save_conversation() {
  std::vector<ConversationRow> rows;
  const bool streaming = recorder_ && recorder_->state().received > 0;
  const ClockFit fit = streaming ? recorder_->clock_fit() : ClockFit{};
  for (const DutLine& line : conversation_) {
    const double ordinal = streaming ? std::max(0.0, fit.ordinal_at(line.host_ns)) : 0;
    rows.push_back({static_cast<std::uint64_t>(ordinal), line.host_ns, line.sent, line.text});
  }
  conversation_.clear();
  return store_.add_conversation(run_, rows);
}

Result<void> Measurement::check_world() {
  if (!session_.world()) return {};
  const auto overrun = session_.world()->overrun_after(setup_.starts_before);
  if (overrun && !overrun->empty())
    return fail(Trouble::timeout, "Simulation overran: this host was too busy for the virtual bench (" + *overrun +
                                      "); measure again with less load.");
  return {};
}

Result<void> Measurement::steps() {
  if (auto flashed = power_on_and_flash(); !flashed) return flashed;
  progress_.fraction(0.15);
  if (is_interrupted()) return fail(Trouble::interrupted, "Interrupted.");
  if (auto capturing = start_capture(); !capturing) return capturing;
  if (auto booted = boot(); !booted) return Failure(cause_of(booted.error()));
  progress_.fraction(0.2);
  if (auto warm = warm_up(); !warm) return Failure(cause_of(warm.error()));
  return windows();
}

/// The stream's account is closed: gaps, clock, and the words that were exchanged during it.
Result<void> Measurement::end_stream() {
  taker_.reset();
  session_.stop_stream();
  if (!recorder_) return {};
  const auto saved = save_conversation();
  const auto finished = recorder_->finish();
  const CaptureState state = recorder_->state();
  if (state.received > longest_stream_) {
    longest_stream_ = state.received;
    const ClockFit fit = recorder_->clock_fit();
    setup_.clock_skew_ppm = fit.skew_ppm;
    setup_.clock_u_ppm = fit.u_ppm;
  }
  committed_before_ += state.committed;
  recorder_.reset();
  return saved ? finished : saved;
}

/// How far this computer's seconds were true while the streams ran.
void Measurement::note_host_clock() {
  const auto now = read_host_clock();
  const HostDiscipline known = host_clock_ && now ? host_discipline(*host_clock_, *now)
                                                  : undisciplined_host("The kernel does not answer.");
  setup_.host_correction_ppm = known.correction_ppm;
  setup_.host_u_ppm = known.u_ppm;
  setup_.host_clock = known.source;
}

Result<void> Measurement::stop_capture() {
  dut_.reset();
  taker_.reset();
  session_.stop_stream();
  const auto off = session_.power_off();
  if (auto ended = end_stream(); !ended) return ended;
  note_host_clock();
  if (auto kept = store_.set_documents(run_, to_json(setup_), to_json(firmware_)); !kept) return kept;
  return off;
}

RunOutcome Measurement::close(const Result<void>& done) {
  RunOutcome outcome;
  outcome.run = run_;
  if (!done) {
    outcome.reason = done.error().message;
    outcome.interrupted = done.error().trouble == Trouble::interrupted;
    outcome.may_pass = may_pass(done.error().trouble);
  } else if (auto evaluation = evaluate(store_, run_)) {
    outcome.verdict = evaluation->verdict;
    outcome.reason = evaluation->reason;
    outcome.may_pass = outcome.verdict == Verdict::rig_error;
  } else {
    outcome.reason = evaluation.error().message;
  }
  const auto closed = store_.close_run(run_, name_of(outcome.verdict), outcome.reason, !setup_.suspect_reason.empty(),
                                       wall_now_ms(), outcome.interrupted ? "interrupted" : "closed");
  if (!closed) {
    outcome.verdict = Verdict::rig_error;
    outcome.may_pass = false;
    if (outcome.reason.empty()) outcome.reason = closed.error().message;
    return outcome;
  }
  std::string truth;  // asked for only now: the verdict is written
  if (session_.world())
    if (auto ledger = session_.world()->ledger(); ledger && store_.add_truth(run_, *ledger))
      truth = *ledger;
  if (auto evaluation = evaluate(store_, run_)) {
    outcome.report = report_json(*evaluation, truth);
    store_.add_result(run_, setup_.calibration_id, outcome.report);
  }
  return outcome;
}

RunOutcome Measurement::run() {
  if (auto begun = begin(); !begun) {
    RunOutcome none;
    none.reason = begun.error().message;
    return none;
  }
  auto done = steps();
  // A world that overran is at fault for whatever else went wrong, except that a person stopped it.
  if (done || done.error().trouble != Trouble::interrupted)
    if (auto world = check_world(); !world) done = world;
  const auto stopped = stop_capture();
  if (done && !stopped) done = stopped;
  if (health_) {
    health_->after(session_, setup_, run_, done.has_value());
    if (auto kept = store_.set_documents(run_, to_json(setup_), to_json(firmware_)); done && !kept) done = kept;
  }
  return close(done);
}

}  // namespace jr
