// Reads a run's trace in pieces: the peak current of its inferences, and their way through a converter.
// Memory stays that of one piece, whatever the length of the trace.
#include "rig/cli/lca_run.hpp"

#include <algorithm>
#include <cmath>

#include "rig/core/sha256.hpp"
#include "rig/core/words.hpp"
#include "rig/run/record_model.hpp"

namespace jr::cli {
namespace {

constexpr std::uint64_t kPiece = 1u << 16;

/// Samples of one kind of window in ampere, piece by piece; the first trouble ends it.
class Trace {
 public:
  Trace(const Store& store, const Evaluation& e, const std::vector<WindowRow>& windows) : store_(store), e_(e), windows_(windows) {}

  lca::CurrentFeed feed() {
    return [this](const std::function<void(std::span<const double>)>& take) { run(take); };
  }
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  /// What a stream of values holds of current: its own channel, or nothing.
  void run_values(const std::function<void(std::span<const double>)>& take) {
    const std::vector<Quantity>& channels = e_.stream.channels;
    const auto place = std::find(channels.begin(), channels.end(), Quantity::current_A);
    if (place == channels.end()) return;
    for (const WindowRow& row : windows_)
      for (std::uint64_t at = row.window.start; at < row.window.end && !trouble_; at += kPiece) {
        auto stretch = store_.values_between(e_.row.id, row.stream, at, std::min(row.window.end, at + kPiece));
        if (!stretch) {
          trouble_ = stretch.error();
          return;
        }
        std::vector<double>& currents = stretch->channels[static_cast<std::size_t>(place - channels.begin())];
        std::erase_if(currents, [](double current) { return std::isnan(current); });
        take(currents);
      }
  }

  void run(const std::function<void(std::span<const double>)>& take) {
    if (e_.holds_values()) return run_values(take);
    std::vector<double> currents;
    for (const WindowRow& row : windows_)
      for (std::uint64_t at = row.window.start; at < row.window.end && !trouble_; at += kPiece) {
        const auto stretch = store_.samples_between(e_.row.id, row.stream, at, std::min(row.window.end, at + kPiece));
        if (!stretch) {
          trouble_ = stretch.error();
          return;
        }
        currents.clear();
        for (std::size_t i = 0; i < stretch->codes.size(); ++i)
          if (stretch->ranges[i] < e_.model.ranges.size())
            currents.push_back(e_.model.ranges[stretch->ranges[i]].current(stretch->codes[i], e_.model.supply).value);
        take(currents);
      }
  }

  const Store& store_;
  const Evaluation& e_;
  const std::vector<WindowRow>& windows_;
  std::optional<Error> trouble_;
};

lca::MeasuredRun measured_run(const Evaluation& e) {
  lca::MeasuredRun run;
  run.run = e.row.id;
  run.bench = e.row.facts.bench;
  run.board = e.setup.board;
  run.model = e.firmware.model.empty() ? e.setup.model : e.firmware.model;
  run.firmware_sha256 = e.firmware.sha256;
  run.tool_version = tool_version_of(e.setup);
  run.grade = e.grade ? e.grade->line : "";
  run.instrument = e.stream.kind + (e.stream.serial.empty() ? "" : " " + e.stream.serial);
  run.calibration = joined(e.calibration_kind, e.calibration_id, "; ");
  run.windows = static_cast<double>(e.summary->windows.size());
  run.date = iso_date(e.row.facts.started_ms);
  run.simulated = e.setup.simulated || e.row.facts.simulated;
  run.suspect = e.row.suspect || !e.row.recalled.empty() || !e.setup.suspect_reason.empty();
  run.suspect_reason = joined(e.setup.suspect_reason, e.row.recalled, "; ");
  const EnergySummary& summary = *e.summary;
  run.U_stated = summary.mean.stated;
  run.energy_per_inference_J = summary.mean.value;
  run.U_energy_J = summary.mean.interval.U;
  run.marginal_energy_J = summary.marginal.value;
  run.latency_s = summary.latency.value;
  run.U_latency_s = summary.latency.interval.U;
  run.U_sleep_W = summary.sleep_power ? summary.sleep_power->interval.U : summary.idle_power.interval.U;
  run.notes = e.setup.notes;
  return run;
}

Energy energy_of(const Statement& statement) {
  Energy energy = statement.energy;
  energy.value = {statement.value};
  return energy;
}

/// All valid windows of a label, with the stream that each counts in.
Result<std::vector<WindowRow>> windows_between(const Store& store, const Evaluation& e, WindowLabel label) {
  std::vector<WindowRow> found;
  for (std::size_t stream = 0; stream < e.parts.size(); ++stream) {
    auto rows = store.windows(e.row.id, static_cast<int>(stream));
    if (!rows) return Failure(rows.error());
    for (WindowRow& row : *rows)
      if (row.valid && row.window.label == label) found.push_back(std::move(row));
  }
  return found;
}

/// Through the converter, or through none: then only the peak is of interest.
Result<lca::Passage> pass(const Store& store, const Evaluation& e, const std::vector<WindowRow>& windows,
                          const std::optional<lca::Converter>& converter) {
  Trace trace(store, e, windows);
  lca::Passage passage;
  if (converter) {
    passage = lca::through(*converter, trace.feed(), {e.model.true_period_s()});
  } else {
    trace.feed()([&](std::span<const double> currents) {
      for (const double current : currents) passage.peak_A = std::max(passage.peak_A, current);
      passage.samples += static_cast<double>(currents.size());
    });
  }
  if (trace.trouble()) return Failure(*trace.trouble());
  return passage;
}

Result<void> add_sleep(const Store& store, const Evaluation& e, const lca::SupplyChain& supply, lca::MeasuredUse& use) {
  const EnergySummary& summary = *e.summary;
  if (summary.sleep_power) use.sleep = energy_of(*summary.sleep_power);
  if (summary.idle_known && std::isfinite(summary.idle_power.value)) use.idle = energy_of(summary.idle_power);
  if (!supply.converter) return {};
  auto& passage = use.sleep ? use.sleep_passage : use.idle_passage;
  auto windows = windows_between(store, e, use.sleep ? WindowLabel::sleep : WindowLabel::idle);
  if (!windows) return Failure(windows.error());
  if (windows->empty()) return {};
  auto passed = pass(store, e, *windows, supply.converter);
  if (!passed) return Failure(passed.error());
  if (passed->output_J > 0) passage = *passed;
  return {};
}

}  // namespace

Result<lca::MeasuredUse> measured_use(const Store& store, const std::string& id, const lca::SupplyChain& supply) {
  auto e = evaluate(store, id);
  if (!e) return Failure(e.error());
  if (!e->summary) return fail(Trouble::not_found, "Run " + id + " has no energy for a life cycle: " + e->reason);
  lca::MeasuredUse use;
  use.run = measured_run(*e);
  if (const auto result = store.result(id); result && *result) use.run.result_sha256 = sha256_of(std::as_bytes(std::span(**result)));
  use.events.push_back({"infer", energy_of(e->summary->mean), energy_of(e->summary->latency), {}});
  if (e->protocols)
    for (const PhaseStatement& phase : e->protocols->phases)
      use.events.push_back({name_of(phase.label), energy_of(phase.energy), Energy{{phase.duration_s}, {}}, {}});
  auto passed = pass(store, *e, e->inferences, supply.converter);
  if (!passed && !supply.converter) {  // only the peak is missing: a trace may have been let go
    use.run.notes.push_back("The highest current is not known: " + passed.error().message);
    passed = lca::Passage{};
  }
  if (!passed) return Failure(passed.error());
  if (passed->samples > 0) use.run.peak_current_A = passed->peak_A;
  if (supply.converter && passed->output_J > 0) use.events.front().passage = *passed;
  if (auto added = add_sleep(store, *e, supply, use); !added) return Failure(added.error());
  return use;
}

}  // namespace jr::cli
