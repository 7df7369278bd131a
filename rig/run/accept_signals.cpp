// Steps about what the board shows on its pins and draws from its supply: pulses, windows, idle.
#include <algorithm>
#include <chrono>
#include <cmath>

#include "calibration/calibration.hpp"
#include "rig/core/extremes.hpp"
#include "rig/energy/model.hpp"
#include "rig/run/acceptance.hpp"
#include "rig/run/window_cutter.hpp"

namespace jr {
namespace {

using namespace std::chrono_literals;

constexpr int kPulses = 20, kWindows = 5;
constexpr int kMissedInARow = 3;
constexpr double kShotPatience_s = 1.0;
constexpr double kAfterPulse_s = 0.01, kAfterWindow_s = 0.1;  ///< for an edge too many to show
constexpr auto kInferLimit = 120s;

/// One command and the edges it made.
struct Shot {
  InferReply reply;  ///< of a timestamp: only the times
  std::uint64_t from{};
  std::vector<Edge> mark;
  bool gave_lap{};
};

/// What all shots together have shown.
struct Tally {
  PulseSight pulses;
  std::array<int, 8> as_mark{};  ///< a line: shots in which it rose, fell, and did no more
  double shortest_s{INFINITY};

  void add(const Acceptance& a, const Shot& shot) {
    ++pulses.asked;
    pulses.edges.push_back(static_cast<int>(shot.mark.size()));
    for (std::size_t i = 0; i + 1 < shot.mark.size(); ++i)
      if (shot.mark[i].level)
        shortest_s = std::min(
            shortest_s, a.watch->period_s() *
                            static_cast<double>(shot.mark[i + 1].ordinal - shot.mark[i].ordinal));
    for (int line = 0; line < 8; ++line) {
      const auto edges = a.watch->edges(line, shot.from);
      if (edges.size() == 2 && edges[0].level) ++as_mark[static_cast<std::size_t>(line)];
    }
  }
  PulseSight sight(int mark_line) const {
    PulseSight sight = pulses;
    sight.mark_line = mark_line;
    for (int line = 0; line < 8; ++line)
      if (line != mark_line && as_mark[static_cast<std::size_t>(line)] == pulses.asked)
        sight.lines_moved.push_back(line);
    return sight;
  }
  bool is_missing() const {
    const auto& e = pulses.edges;
    return e.size() >= kMissedInARow &&
           std::all_of(e.end() - kMissedInARow, e.end(), [](int n) { return n < 2; });
  }
};

/// Waits for both edges of MARK, or until they can no longer come; a little longer, for one too
/// many.
Result<void> collect_edges(Acceptance& a, Shot& shot, double after_s) {
  const int line = a.bench().wiring.mark_line;
  const std::uint64_t latest =
      a.watch->ordinal_at(shot.reply.replied_ns) + a.watch->samples(kShotPatience_s);
  for (;;) {
    shot.mark = a.watch->edges(line, shot.from);
    const std::uint64_t now = a.watch->state().received;
    if ((shot.mark.size() >= 2 && !shot.mark.back().level) || now >= latest) break;
    if (auto came = a.watch->wait_for(now + a.watch->samples(kEdgeLook_s), 15); !came) return came;
  }
  if (auto came = a.watch->wait_fresh(after_s); !came) return came;
  shot.mark = a.watch->edges(line, shot.from);
  return {};
}

/// The error of a board that stops answering is in `trouble`; a returned error ends the acceptance.
Result<Shot> timestamp_shot(Acceptance& a, std::optional<Error>& trouble) {
  Shot shot;
  shot.from = a.watch->state().received;
  const auto asked = a.dut->ask("timestamp", 5s);
  if (!asked) trouble = asked.error();
  shot.gave_lap = asked && has_lap(*asked);
  shot.reply.replied_ns = a.report.conversation.empty() ? 0 : a.report.conversation.back().host_ns;
  if (trouble) return shot;
  if (auto came = collect_edges(a, shot, kAfterPulse_s); !came) return Failure(came.error());
  return shot;
}

Result<Shot> infer_shot(Acceptance& a, std::uint32_t inferences, std::optional<Error>& trouble) {
  Shot shot;
  shot.from = a.watch->state().received;
  const auto reply = a.dut->infer(inferences, 0, kInferLimit);
  if (!reply) {
    trouble = reply.error();
    return shot;
  }
  shot.reply = *reply;
  if (auto came = collect_edges(a, shot, kAfterWindow_s); !came) return Failure(came.error());
  return shot;
}

Result<void> pulses(Acceptance& a, Tally& tally) {
  std::optional<Error> trouble;
  // A pulse that the firmware made while it booted must be past: the stream may lag a second.
  if (auto past = a.watch->wait_fresh(1.0); !past) return past;
  while (tally.pulses.asked < kPulses && !tally.is_missing()) {
    const auto shot = timestamp_shot(a, trouble);
    if (!shot) return Failure(shot.error());
    if (trouble) break;
    tally.add(a, *shot);
    if (a.other_image_gives_laps && !a.is_concluded("flash.other"))
      a.conclude(judge_other_image(*a.other_image_gives_laps, shot->gave_lap));
  }
  if (trouble)
    a.conclude(judged("mark.pulses", false, {}, trouble->message));
  else
    a.conclude(judge_pulses("mark.pulses", tally.sight(a.bench().wiring.mark_line),
                            tally.is_missing() ? kMissedInARow : kPulses));
  return {};
}

/// Windows as a run cuts them, kept as energies and shares.
class Windows {
 public:
  explicit Windows(Acceptance& a)
      : a_(a),
        rule_{a.watch->period_s(), a.request.quick ? 0.15 : 0.5, a.bench().wiring.settle_guard_s} {
    model_.ranges = a.session->monitor().polynomials();
    if (a.card) model_.accuracy = accuracy_of(*a.card, model_.ranges, "monitor");
    model_.instrument = "monitor";
    model_.bench = "bench";
    model_.supply = {a.bench().monitor.supply_V};
    model_.u_supply_V = a.bench().monitor.u_supply_V;
    model_.period_s = rule_.period_s;
    model_.lead_ohm = a.bench().wiring.lead_ohm;
    model_.u_lead_ohm = a.bench().wiring.u_lead_ohm;
    model_.burden_in_series = !a.bench().monitor.source_mode;
  }

  Result<void> take_all();
  void conclude();

 private:
  /// One window; of a lone inference only the edges count: its energy may be that of a few samples.
  Result<void> take(std::uint32_t inferences, bool with_energy);
  void cut(const Shot& shot, std::uint32_t inferences);
  double mean_power_W(const Window& window) const;

  Acceptance& a_;
  const CutRule rule_;
  EnergyModel model_;
  Tally tally_;
  std::optional<Error> trouble_;
  double latency_s_{};
  PowerSight power_;
  std::vector<double> energy_J_;
  SleepSight sleep_{1, 0};
  LeadSight lead_;
};

double Windows::mean_power_W(const Window& window) const {
  const auto moments = a_.watch->moments(window.start, window.end);
  if (!moments) return NAN;
  const Integral integral = integrate(model_, *moments);
  return integral.energy_J / integral.duration_s;
}

void Windows::cut(const Shot& shot, std::uint32_t inferences) {
  InferTrace trace{std::max(shot.from, a_.watch->ordinal_at(shot.reply.sent_ns)), inferences,
                   static_cast<double>(shot.reply.replied_ns - shot.reply.sent_ns) * 1e-9,
                   shot.mark};
  const CutWindow cut = cut_window(trace, rule_);
  const auto moments = a_.watch->moments(cut.infer.start, cut.infer.end);
  if (!cut.invalid.empty() || !moments) return;
  const double each = 1.0 / static_cast<double>(inferences);
  const Energy energy = energy_of(model_, *moments);
  energy_J_.push_back(energy.value.value * each);
  power_.active_W.push_back(mean_power_W(cut.infer));
  power_.idle_W.push_back(mean_power_W(cut.idle_before));
  lead_ = {model_.lead_ohm, model_.u_lead_ohm, energy_J_.back(),
           model_.lead_ohm * integrate(model_, *moments).square_A2s * each,
           model_.u_lead_ohm * integrate(model_, *moments).square_A2s * each};
  if (const auto line = a_.bench().wiring.sleep_line) {
    sleep_.idle_high = min_or_nan(
        sleep_.idle_high, a_.watch->share_high(*line, cut.idle_before.start, cut.idle_before.end));
    sleep_.window_high =
        max_or_nan(sleep_.window_high, a_.watch->share_high(*line, cut.infer.start, cut.infer.end));
  }
}

Result<void> Windows::take(std::uint32_t inferences, bool with_energy) {
  // The board has to have been idle for as long as the window's idle part will be.
  if (auto quiet = a_.watch->wait_fresh(rule_.idle_s + 0.05); !quiet) return quiet;
  const auto shot = infer_shot(a_, inferences, trouble_);
  if (!shot) return Failure(shot.error());
  if (trouble_) return {};
  tally_.add(a_, *shot);
  if (shot->mark.size() == 2 && latency_s_ == 0)
    latency_s_ = rule_.period_s *
                 static_cast<double>(shot->mark[1].ordinal - shot->mark[0].ordinal) / inferences;
  else if (shot->mark.size() == 2 && with_energy)
    cut(*shot, inferences);
  return {};
}

Result<void> Windows::take_all() {
  if (const int n = a_.report.firmware.input_bytes; n > 0) {
    const std::vector<std::uint8_t> input(
        static_cast<std::size_t>(n));  // any will do: it has to repeat, no more
    if (auto loaded = a_.dut->load(input); !loaded) trouble_ = loaded.error();
  }
  if (!trouble_)
    if (auto pilot = take(1, false); !pilot) return pilot;
  const double window_s = a_.request.quick ? 0.3 : 1.0;
  const auto inferences =
      latency_s_ > 0 ? static_cast<std::uint32_t>(std::max(1.0, std::ceil(window_s / latency_s_)))
                     : 1U;
  const int more =
      !a_.request.quick && latency_s_ > 0 && latency_s_ < 0.5 ? kPulses - kWindows - 1 : 0;
  for (int i = 0; i < kWindows + more && !trouble_ && !tally_.is_missing(); ++i)
    if (auto taken = take(i < kWindows ? inferences : 1, i < kWindows); !taken) return taken;
  return {};
}

void Windows::conclude() {
  if (trouble_) {
    a_.conclude(judged("mark.infer", false, {}, trouble_->message));
  } else {
    a_.conclude(judge_pulses("mark.infer", tally_.sight(a_.bench().wiring.mark_line),
                             tally_.is_missing() ? kMissedInARow : kWindows + 1));
  }
  if (energy_J_.empty()) {
    a_.conclude_all({"sleep.line", "power.idle", "energy.repeats", "lead.resistance"},
                    "no window could be cut");
    return;
  }
  const bool has_sleep = a_.bench().wiring.sleep_line.has_value();
  const Claim sleep =
      has_sleep ? judge_sleep(sleep_) : not_tested("sleep.line", "[wiring] names no SLEEP line");
  a_.conclude(sleep);
  a_.conclude(judge_idle(
      power_, has_sleep ? std::optional(sleep.verdict == ClaimVerdict::ok) : std::nullopt));
  a_.conclude(judge_repeats(energy_J_));
  a_.conclude(judge_lead(lead_));
}

}  // namespace

Result<void> accept_signals(Acceptance& a) {
  const auto claims = {"mark.pulses", "mark.infer",     "mark.width",     "sleep.line",
                       "power.idle",  "energy.repeats", "lead.resistance"};
  if (!a.begins("The board pulses MARK and infers in short windows. Nothing to do.", claims))
    return {};
  Tally tally;
  if (auto done = pulses(a, tally); !done) return done;
  Windows windows(a);
  if (auto done = windows.take_all(); !done) return done;
  windows.conclude();
  const auto* inputs = dynamic_cast<DigitalInputs*>(&a.session->monitor());
  if (std::isfinite(tally.shortest_s) && inputs)
    a.conclude(judge_width(tally.shortest_s, inputs->sure_pulse().value, a.watch->period_s()));
  else
    a.conclude(not_tested("mark.width", "no pulse was seen"));
  return {};
}

}  // namespace jr
