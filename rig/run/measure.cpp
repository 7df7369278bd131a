// The steps of a run in their order. Each one either succeeds or ends the run with a reason.
#include "rig/run/measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "rig/capture/recorder.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/run/config.hpp"
#include "rig/run/evaluation.hpp"
#include "rig/run/session.hpp"
#include "rig/run/window_taker.hpp"

namespace jr {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

milliseconds in_ms(double seconds) { return milliseconds(std::llround(seconds * 1e3)); }

constexpr auto kPowerOffTime = 500ms;
constexpr double kFirstSample_s = 10;

class Measurement {
 public:
  Measurement(Store& store, Session& session, const Plan& plan, Setup setup, Firmware firmware,
              const MeasureRequest& request, Progress& progress)
      : store_(store), session_(session), plan_(plan), setup_(std::move(setup)),
        firmware_(std::move(firmware)), request_(request), progress_(progress) {}

  RunOutcome run();

 private:
  Result<void> begin();
  Result<void> steps();
  Result<void> flash();
  Result<void> start_capture();
  Result<void> boot();
  Result<void> warm_up();
  Result<void> windows();
  Result<bool> one_window(int group, int attempt);
  Result<void> save_conversation();
  Result<void> check_world();
  RunOutcome close(const Result<void>& done);
  void note_clock();
  Result<void> stop_capture();

  bool is_interrupted() const { return request_.interrupted && *request_.interrupted; }

  Store& store_;
  Session& session_;
  const Plan& plan_;
  Setup setup_;
  Firmware firmware_;
  const MeasureRequest& request_;
  Progress& progress_;
  std::string run_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Dut> dut_;
  std::vector<DutLine> conversation_;
  std::unique_ptr<WindowTaker> taker_;
  std::uint64_t inferences_{1};
};

Result<void> Measurement::begin() {
  RunFacts facts{session_.bench().name, "measure", session_.bench().is_virtual, wall_now_ms(),
                 plan_.verbatim, session_.bench().verbatim, to_json(setup_), to_json(firmware_)};
  auto run = store_.begin_run(facts);
  if (!run) return Failure(run.error());
  run_ = *run;
  return {};
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
  auto stream = store_.add_stream(run_, {id.kind, id.serial, id.hardware, id.firmware, id.metadata,
                                         clock.period_s, clock.limit_ppm,
                                         to_json(monitor.polynomials())});
  if (!stream) return Failure(stream.error());
  const BenchWiring& wiring = session_.bench().wiring;
  const int watched = (1 << wiring.mark_line) | (wiring.sleep_line ? 1 << *wiring.sleep_line : 0);
  recorder_ = std::make_unique<Recorder>(
      store_, run_, *stream, clock, static_cast<std::uint8_t>(watched),
      [this](std::uint64_t committed) { progress_.committed(run_, committed); });
  if (auto started = monitor.start(*recorder_); !started) return started;
  return wait_for_sample(*recorder_, 1, kFirstSample_s, session_.monitor_port(), request_.interrupted);
}

Result<void> Measurement::boot() {
  progress_.step("booting the board");
  if (auto cycled = session_.power_cycle(kPowerOffTime); !cycled) return cycled;
  auto dut = session_.dut([this](const DutLine& line) { conversation_.push_back(line); });
  if (!dut) return Failure(dut.error());
  dut_ = std::move(*dut);
  if (auto hello = dut_->handshake(in_ms(session_.bench().link.boot_wait_s)); !hello) return hello;
  auto profile = dut_->profile();
  if (!profile) return Failure(profile.error());
  setup_.model = profile->model;
  if (!request_.model.empty() && request_.model != profile->model)
    return fail(Trouble::refused, "The board runs the model '" + profile->model + "', not '" +
                                      request_.model + "': give the firmware of that model with --firmware.");
  if (firmware_.input_bytes == 0) return {};
  // The same input in every run: energy may depend on it.
  std::vector<std::uint8_t> input(static_cast<std::size_t>(firmware_.input_bytes));
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::uint8_t>(i * 37 + 11);
  return dut_->load(input);
}

Result<void> Measurement::warm_up() {
  progress_.step("warming up");
  const CutRule rule{session_.monitor().clock().period_s, plan_.idle_s,
                     session_.bench().wiring.settle_guard_s};
  taker_ = std::make_unique<WindowTaker>(store_, run_, *recorder_, *dut_, session_.bench(), rule,
                                         session_.monitor_port(), request_.interrupted);
  auto latency_s = taker_->pilot(static_cast<std::uint32_t>(plan_.warmups));
  if (!latency_s) return Failure(latency_s.error());
  inferences_ = std::max<std::uint64_t>(
      static_cast<std::uint64_t>(plan_.least_inferences),
      static_cast<std::uint64_t>(std::ceil(plan_.window_s / std::max(*latency_s, rule.period_s))));
  return {};
}

Result<bool> Measurement::one_window(int group, int attempt) {
  auto trouble = taker_->take(group, attempt, inferences_);
  if (!trouble) return Failure(trouble.error());
  if (auto saved = save_conversation(); !saved) return Failure(saved.error());
  if (!trouble->empty())
    progress_.note("Window " + std::to_string(group) + ", attempt " + std::to_string(attempt) +
                   " does not count: " + *trouble);
  return trouble->empty();
}

Result<void> Measurement::windows() {
  for (int group = 1; group <= plan_.windows; ++group) {
    progress_.step("window " + std::to_string(group) + " of " + std::to_string(plan_.windows) + ", " +
                   std::to_string(inferences_) + " inferences");
    progress_.fraction(0.25 + 0.75 * (group - 1) / plan_.windows);
    bool valid = false;
    for (int attempt = 1; !valid && attempt <= 1 + plan_.retries; ++attempt) {
      if (is_interrupted()) return fail(Trouble::interrupted, "Interrupted.");
      auto done = one_window(group, attempt);
      if (!done) return Failure(done.error());
      valid = *done;
    }
  }
  progress_.fraction(1);
  return {};
}

Result<void> Measurement::save_conversation() {
  std::vector<ConversationRow> rows;
  const bool streaming = recorder_->state().received > 0;
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
  const auto overrun = session_.world()->overrun();
  if (overrun && *overrun)
    return fail(Trouble::timeout, "Simulation overran: this host was too busy for the virtual bench; "
                                  "measure again with less load.");
  return {};
}

Result<void> Measurement::steps() {
  if (auto on = session_.power_on(); !on) return on;
  progress_.fraction(0.02);
  if (auto flashed = flash(); !flashed) return flashed;
  progress_.fraction(0.15);
  if (is_interrupted()) return fail(Trouble::interrupted, "Interrupted.");
  if (auto capturing = start_capture(); !capturing) return capturing;
  if (auto booted = boot(); !booted) return booted;
  progress_.fraction(0.2);
  if (auto warm = warm_up(); !warm) return warm;
  return windows();
}

void Measurement::note_clock() {
  const ClockFit fit = recorder_->clock_fit();
  setup_.clock_skew_ppm = fit.skew_ppm;
  setup_.clock_u_ppm = fit.u_ppm;
}

Result<void> Measurement::stop_capture() {
  taker_.reset();
  dut_.reset();
  session_.monitor().stop();
  const auto off = session_.power_off();
  if (!recorder_) return off;
  if (auto saved = save_conversation(); !saved) return saved;
  if (auto finished = recorder_->finish(); !finished) return finished;
  note_clock();
  if (auto kept = store_.set_documents(run_, to_json(setup_), to_json(firmware_)); !kept) return kept;
  return off;
}

RunOutcome Measurement::close(const Result<void>& done) {
  RunOutcome outcome;
  outcome.run = run_;
  if (!done) {
    outcome.reason = done.error().message;
    outcome.interrupted = done.error().trouble == Trouble::interrupted;
  } else if (auto evaluation = evaluate(store_, run_)) {
    outcome.verdict = evaluation->verdict;
    outcome.reason = evaluation->reason;
  } else {
    outcome.reason = evaluation.error().message;
  }
  const auto closed = store_.close_run(run_, name_of(outcome.verdict), outcome.reason, false,
                                       wall_now_ms(), outcome.interrupted ? "interrupted" : "closed");
  if (!closed) {
    outcome.verdict = Verdict::rig_error;
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
  if (auto begun = begin(); !begun) return {"", Verdict::rig_error, begun.error().message, false, ""};
  auto done = steps();
  // A world that overran is at fault for whatever else went wrong, except that a person stopped it.
  if (done || done.error().trouble != Trouble::interrupted)
    if (auto world = check_world(); !world) done = world;
  const auto stopped = stop_capture();
  if (done && !stopped) done = stopped;
  return close(done);
}

Result<void> add_spec_card(Setup& setup, const std::string& kind, Progress& progress) {
  auto card = load_spec_card(cards_folder(), kind);
  if (card) {
    setup.spec_card = card->text;
    setup.calibration_id = card->id;
    setup.calibration_kind = "spec card, device's own modifiers";
  } else if (card.error().trouble == Trouble::not_found) {
    setup.calibration_kind = "none";
    progress.note(card.error().message);
  } else {
    return Failure(card.error());
  }
  return {};
}

}  // namespace

Result<RunOutcome> measure(Store& store, const MeasureRequest& request, Progress& progress) {
  auto bench = load_bench(request.bench);
  if (!bench) return Failure(bench.error());
  auto plan = load_plan(request.plan);
  if (!plan) return Failure(plan.error());
  Firmware firmware;
  const std::string image = request.firmware.empty() ? bench->firmware : request.firmware;
  if (bench->flash.tool != "none") {
    auto file = find_firmware(image);
    if (!file) return Failure(file.error());
    auto described = describe_firmware(*file);
    if (!described) return Failure(described.error());
    firmware = std::move(*described);
  }
  Setup setup = setup_of(*bench, *plan);
  if (auto card = add_spec_card(setup, bench->monitor.kind, progress); !card) return Failure(card.error());
  progress.step("opening bench " + bench->name);
  auto session = Session::open(std::move(*bench), request.world, "measure");
  if (!session) return Failure(session.error());
  Measurement measurement(store, **session, *plan, std::move(setup), std::move(firmware), request, progress);
  return measurement.run();
}

}  // namespace jr
