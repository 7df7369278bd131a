// Schedules a board's life in virtual time, lets the virtual PPK2 sample it and the product measure
// it. Never looks into the ledger before the summary is made.
#include "tests/property/chain.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numeric>
#include <stdexcept>
#include <string>

#include "calibration/spec_card.hpp"
#include "drivers/monitors/ppk2_decoder.hpp"
#include "drivers/monitors/ppk2_metadata.hpp"
#include "fixtures/sim/random.hpp"
#include "fixtures/sim/world_file.hpp"
#include "rig/capture/loss.hpp"

namespace jr::test {
namespace {

constexpr std::int64_t kPowerOn_ns = 0, kBooted_ns = 3'000'000, kStreamOn_ns = 50'000'000;
constexpr double kLead_s =
    2.1;  ///< stream before the first and after the last window: losses become exact
constexpr double kWake_s = 0.002, kAnswer_s = 0.001;
constexpr std::uint8_t kMarkWire = 0;

std::int64_t ns(double seconds) { return std::llround(seconds * 1e9); }

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error("the chain: " + what);
}

/// The world around the instrument: what flows, and the ledger that hears of every sample.
class Surroundings : public sim::Ppk2Surroundings {
 public:
  Surroundings(sim::LoadHistory& history, sim::Ledger& ledger)
      : history_(history), ledger_(ledger) {}
  sim::Ppk2Probe at(double t_s) override {
    const double current_A = history_.lead_current_A(t_s * 1e9);
    const sim::LoadSegment& segment = history_.at(t_s * 1e9);
    return {.current_A = current_A, .lines = segment.lines, .window = segment.window};
  }
  void supply(double t_s, bool on, double volts) override { history_.supply(ns(t_s), on, volts); }
  void sent(const sim::Ppk2Sample& s) override {
    ledger_.sampled(s.window, s.stream, s.ordinal, s.range, s.current_A);
  }
  void lost(std::int32_t window) override { ledger_.lost(window); }

 private:
  sim::LoadHistory& history_;
  sim::Ledger& ledger_;
};

/// When the host asked and when it had the answer, in world time.
struct Asked {
  std::int64_t asked_ns{}, replied_ns{};
};

/// One window: asked, MARK high for all inferences, answered. Every edge falls between two samples
/// at random.
Asked schedule_window(const ChainScript& script, sim::Dice& dice, sim::LoadHistory& board,
                      std::int64_t& now_ns) {
  const auto somewhere_ns = [&] { return ns(5e-6 * (1 + dice.even())); };
  Asked asked{.asked_ns = now_ns, .replied_ns = 0};
  now_ns += ns(kWake_s) + somewhere_ns();
  board.pin(now_ns, sim::kMarkLine, true);
  for (std::uint64_t i = 0; i < script.inferences; ++i)
    for (const Phase& phase : script.inference) {
      board.state(now_ns, phase.state);
      now_ns += ns(phase.duration_s);
    }
  now_ns += somewhere_ns();
  board.pin(now_ns, sim::kMarkLine, false);
  board.state(now_ns, script.between);
  asked.replied_ns = now_ns + ns(kAnswer_s);
  now_ns = asked.replied_ns + ns(script.idle_s + 2 * script.guard_s + 0.02);
  return asked;
}

struct Life {
  std::vector<Asked> windows;
  std::int64_t end_ns{};
};

Life schedule(const ChainScript& script, sim::LoadHistory& board) {
  sim::Dice dice(script.seed, 77);
  Life life;
  board.state(kBooted_ns - 1'000'000, sim::BoardState::reset);
  board.state(kBooted_ns, script.between);
  const double lead_s = script.losses.empty() ? script.idle_s + 0.01 : kLead_s;
  std::int64_t now_ns = kStreamOn_ns + ns(lead_s);
  for (int i = 0; i < script.windows; ++i)
    life.windows.push_back(schedule_window(script, dice, board, now_ns));
  life.end_ns = now_ns + ns(lead_s);
  return life;
}

void tell(sim::VirtualPpk2& instrument, std::initializer_list<int> octets, std::int64_t now_ns) {
  std::vector<std::byte> bytes;
  for (const int octet : octets) bytes.push_back(static_cast<std::byte>(octet));
  instrument.receive(bytes, static_cast<double>(now_ns) * 1e-9);
}

/// The instrument as the driver would leave it: source mode, voltage set, output on, asked who it
/// is.
std::vector<RangePolynomial> power_up(sim::VirtualPpk2& instrument, double supply_V) {
  const int millivolt = static_cast<int>(std::lround(supply_V * 1000));
  tell(instrument, {0x11, 2, 0x0D, millivolt >> 8, millivolt & 0xFF, 0x0C, 1, 0x19}, kPowerOn_ns);
  std::string text;
  for (const std::byte b : instrument.take_output()) text += static_cast<char>(b);
  const auto metadata = parse_ppk2_metadata(text);
  if (!metadata) broken(metadata.error().message);
  const auto polynomials = ppk2_polynomials(*metadata, false);
  return {polynomials.begin(), polynomials.end()};
}

void join(SampleBlock& whole, const SampleBlock& block) {
  whole.codes.insert(whole.codes.end(), block.codes.begin(), block.codes.end());
  whole.ranges.insert(whole.ranges.end(), block.ranges.begin(), block.ranges.end());
  whole.lines.insert(whole.lines.end(), block.lines.begin(), block.lines.end());
  whole.breaks.insert(whole.breaks.end(), block.breaks.begin(), block.breaks.end());
}

/// Streams to the end in 10 ms pieces; a host that is 0.2 to 0.7 ms late keeps account of what is
/// missing.
void stream(sim::VirtualPpk2& instrument, const Life& life, std::uint64_t seed, ChainOutcome& out) {
  sim::Dice dice(seed, 78);
  Ppk2Decoder decoder;
  LossAccounting loss({sim::kPpk2Period_s, 50});
  tell(instrument, {0x06}, kStreamOn_ns);
  for (std::int64_t t_ns = kStreamOn_ns; t_ns < life.end_ns;) {
    t_ns += 10'000'000;
    instrument.generate(static_cast<double>(t_ns) * 1e-9);
    SampleBlock block;
    decoder.decode(instrument.take_output(), block);
    if (t_ns >= life.end_ns) decoder.finish(block);
    block.host_arrival_ns = t_ns + ns(0.45e-3 + 0.25e-3 * dice.even());
    loss.add(block);
    join(out.samples, block);
    out.blocks.push_back(std::move(block));
  }
  out.gaps = loss.resolve();
  out.sent = instrument.samples_sent();
  out.lost = instrument.samples_lost();
}

std::vector<Edge> edges_of_mark(const SampleBlock& samples, std::uint64_t from,
                                std::uint64_t until) {
  std::vector<Edge> edges;
  until = std::min<std::uint64_t>(until, samples.size());
  for (std::uint64_t i = std::max<std::uint64_t>(from, 1); i < until; ++i) {
    const bool level = samples.lines[i] & 1 << kMarkWire;
    if (level != bool(samples.lines[i - 1] & 1 << kMarkWire))
      edges.push_back({i, kMarkWire, level});
  }
  return edges;
}

/// The host's view of one `infer`: which samples, by a clock that knows the nominal period only.
InferTrace trace_of(const ChainScript& script, const ChainOutcome& out, const Asked& asked) {
  const auto ordinal_at = [&](std::int64_t t_ns) {
    auto ordinal = static_cast<std::uint64_t>(static_cast<double>(t_ns - kStreamOn_ns) * 1e-9 /
                                              sim::kPpk2Period_s);
    for (const Gap& gap : out.gaps)
      if (gap.ordinal < ordinal) ordinal -= gap.length;
    return ordinal;
  };
  const std::uint64_t from = ordinal_at(asked.asked_ns);
  return {from, script.inferences, static_cast<double>(asked.replied_ns - asked.asked_ns) * 1e-9,
          edges_of_mark(out.samples, from, ordinal_at(asked.replied_ns) + 500)};
}

/// Sums and loss of a piece, as the evaluation of a stored run makes them.
Piece piece_of(const ChainOutcome& out, const Window& window) {
  const auto n = static_cast<std::size_t>(window.end - window.start);
  if (window.end > out.samples.size()) broken("the stream ends before the piece does");
  Piece piece{window,
              moments_of(std::span(out.samples.codes).subspan(window.start, n),
                         std::span(out.samples.ranges).subspan(window.start, n),
                         window.start > 0 ? out.samples.ranges[window.start - 1] : kMaxRanges),
              0};
  for (const Gap& gap : out.gaps) {
    if (gap.ordinal <= window.start || gap.ordinal >= window.end) continue;
    piece.moments.lost += gap.length;
    piece.lost_limit += gap.length_limit;
  }
  return piece;
}

void cut_windows(const ChainScript& script, const Life& life, ChainOutcome& out) {
  for (const Asked& asked : life.windows) {
    out.traces.push_back(trace_of(script, out, asked));
    const CutWindow cut =
        cut_window(out.traces.back(), {sim::kPpk2Period_s, script.idle_s, script.guard_s});
    if (!cut.invalid.empty()) broken(cut.invalid);
    out.cuts.push_back(cut);
    WindowGroup group;
    group.infer = piece_of(out, cut.infer);
    group.guard = piece_of(out, cut.guard);
    group.settled = piece_of(out, cut.settled);
    group.idle_before = piece_of(out, cut.idle_before);
    group.idle_after = piece_of(out, cut.idle_after);
    out.groups.push_back(group);
  }
}

EnergyModel model_of(const ChainScript& script, std::vector<RangePolynomial> polynomials) {
  EnergyModel model;
  model.ranges = std::move(polynomials);
  model.instrument = "ppk2:on-chain";
  model.accuracy = accuracy_of(card_of_the_chain(), model.ranges, model.instrument, script.supply_V);
  model.bench = "chain";
  model.run = "chain-1";
  model.supply = {script.supply_V};
  model.supply_kind = VoltageKind::set;
  model.period_s = sim::kPpk2Period_s;
  model.lead_ohm = script.lead_ohm;
  model.u_lead_ohm = script.u_lead_ohm;
  return model;
}

}  // namespace

sim::Ppk2Limits limits_of_the_default_bench() {
  const auto world = sim::read_world_file(JOULERIG_SOURCE_DIR "/fixtures/benches/sim.toml");
  if (!world) broken(world.error().message);
  return world->limits;
}

SpecCard card_of_the_chain() {
  auto card = load_spec_card(JOULERIG_SOURCE_DIR "/calibration/cards", "ppk2");
  if (!card) broken(card.error().message);
  return std::move(*card);
}

double ChainOutcome::true_J() const {
  double sum_J = 0;
  for (const sim::WindowTruth& window : truth) sum_J += window.energy_J;
  return sum_J / static_cast<double>(truth.size() * inferences);
}

ChainOutcome run_chain(const ChainScript& script) {
  sim::Ledger ledger;
  sim::LoadHistory history(script.network, script.currents, ledger);
  Surroundings surroundings(history, ledger);
  sim::Ppk2Setup setup{.seed = script.seed};
  setup.hidden =
      sim::draw_ppk2_hidden(script.seed, script.hidden, sim::draw_ppk2_modifiers(script.seed));
  setup.losses = script.losses;
  sim::VirtualPpk2 instrument(setup, surroundings);

  ChainOutcome out;
  out.inferences = script.inferences;
  out.model = model_of(script, power_up(instrument, script.supply_V));
  const Life life = schedule(script, history);
  history.commit(life.end_ns + 1'000'000'000);
  stream(instrument, life, script.seed, out);
  cut_windows(script, life, out);
  out.summary = summarise(out.model, out.groups);

  out.truth = ledger.windows();
  out.idle_power_W = ledger.idle_power_W();
  if (out.truth.size() != out.groups.size()) broken("the ledger has other windows than the trace");
  return out;
}

}  // namespace jr::test
