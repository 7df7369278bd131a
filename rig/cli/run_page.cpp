// Text only: every number on the page comes from the evaluation.
#include "rig/cli/run_page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "rig/cli/labels.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/value_plot.hpp"
#include "rig/core/words.hpp"

namespace jr::cli {
namespace {

constexpr std::size_t kPlotColumns = 64;
constexpr int kPlotRows = 8;
constexpr std::uint64_t kPlotSamples = 2'000'000;  // of a trace without windows: its first 20 s
constexpr std::size_t kTermsShown = 3;

std::string stated(const Statement& statement, const std::string& unit, const std::string& why = "no spec card") {
  return statement.stated ? with_unit(statement.value, statement.interval.U, unit)
                          : with_unit(statement.value, unit) + " (U not stated" + (why.empty() ? "" : ": " + why) + ")";
}

std::string window_table(const Evaluation& e) {
  std::vector<std::vector<std::string>> rows{
      {"window", "inferences", "duration", "energy/inference", "mean current", "lost"}};
  for (std::size_t i = 0; i < e.summary->windows.size(); ++i) {
    const WindowResult& w = e.summary->windows[i];
    rows.push_back({std::to_string(e.inferences[i].group), std::to_string(w.inferences),
                    number_text("%.4f s", w.duration_s),
                    with_unit(w.energy_J / static_cast<double>(w.inferences), "J"),
                    std::isfinite(w.mean_current_A) ? with_unit(w.mean_current_A, "A") : "-", std::to_string(w.lost_samples)});
  }
  return table(rows);
}

std::string budget_lines(const EnergySummary& summary) {
  std::vector<std::vector<std::string>> rows{{"largest doubts", "standard u", "share"}};
  for (std::size_t i = 0; i < std::min(kTermsShown, summary.budget.size()); ++i) {
    const BudgetTerm& term = summary.budget[i];
    rows.push_back({term.term + " (" + term.kind + ", " + term.distribution + ")",
                    with_unit(term.u_J, "J"), number_text("%.1f %%", term.contribution_percent)});
  }
  return table(rows);
}

/// A stretch of the trace, reduced to columns.
std::string trace_plot(const Store& store, const Evaluation& e, int stream, std::uint64_t start,
                       std::uint64_t end) {
  if (e.holds_values()) return value_plot(store, e, stream, start, end);
  const auto stretch = store.samples_between(e.row.id, stream, start, end);
  if (!stretch || stretch->codes.size() < kPlotColumns) return "";
  std::vector<PlotColumn> columns(kPlotColumns);
  for (std::size_t c = 0; c < kPlotColumns; ++c) {
    const std::size_t from = c * stretch->codes.size() / kPlotColumns;
    const std::size_t to = (c + 1) * stretch->codes.size() / kPlotColumns;
    PlotColumn column{INFINITY, 0, -INFINITY};
    double sum = 0, n = 0;
    for (std::size_t i = from; i < to; ++i) {
      if (stretch->ranges[i] >= e.model.ranges.size()) continue;
      const double i_A =
          e.model.ranges[stretch->ranges[i]].current(stretch->codes[i], e.model.supply).value;
      column.low = std::min(column.low, i_A);
      column.high = std::max(column.high, i_A);
      sum += i_A, n += 1;
    }
    column.mean = n > 0 ? sum / n : 0;
    columns[c] = n > 0 ? column : PlotColumn{};
  }
  return plot(columns, kPlotRows, "mA", 1e3,
              static_cast<double>(stretch->codes.size()) * e.model.period_s);
}

/// The first valid window with its idle on both sides.
std::string window_plot(const Store& store, const Evaluation& e) {
  const Window& infer = e.inferences.front().window;
  const std::uint64_t margin = std::min<std::uint64_t>((infer.end - infer.start) / 8, infer.start);
  return trace_plot(store, e, e.inferences.front().stream, infer.start - margin, infer.end + margin);
}

std::string truth_lines(const Evaluation& e, const std::string& ledger) {
  const Truth truth = truth_of(e, ledger);
  if (!truth.known) return "";
  const Statement& mean = e.summary->mean;
  const double error = mean.value - truth.energy_per_inference_J;
  std::string line = "  truth       " + with_unit(truth.energy_per_inference_J, "J") +
                     " per inference (virtual bench); error " +
                     number_text("%+.3f %%", 100 * error / truth.energy_per_inference_J);
  if (mean.stated) line += number_text(" = %+.2f U", error / mean.interval.U);
  return line + "\n";
}

std::string heading(const Evaluation& e) {
  std::string line = e.row.id + ": " + name_of(e.verdict);
  if (e.row.state == "interrupted") line += " (interrupted)";
  if (e.row.suspect) line += " (suspect: " + e.setup.suspect_reason + ")";
  if (e.setup.simulated) line += " (simulated: a property of a model, not of a chip)";
  if (e.imported) line += " (imported from " + e.imported->format + ")";
  return line + "\n" + (e.reason.empty() ? "" : "  " + e.reason + "\n");
}

/// Board, instrument and supply, as far as they are known.
std::string bench_line(const Evaluation& e) {
  const std::string supply = e.setup.supply_V > 0 || !e.holds_values()
                                 ? number_text("%g V", e.setup.supply_V) + " (" + e.setup.supply_kind + ")"
                             : e.setup.supply_kind == "measured" ? std::string("voltage measured")
                                                                 : "supply voltage not in the recording";
  std::string line;
  for (const std::string& part : {e.setup.board, e.stream.kind + (e.stream.serial.empty() ? "" : " " + e.stream.serial), supply})
    if (!part.empty()) line += (line.empty() ? "" : ", ") + part;
  return "  bench       " + e.row.facts.bench + ": " + line + "\n";
}

std::string origin_lines(const Evaluation& e) {
  std::string lines = bench_line(e);
  if (e.imported)
    for (const ImportedFrom::File& file : e.imported->files)
      lines += "  imported    " + file.name + ", " + std::to_string(file.bytes) + " bytes, sha256 " + file.sha256.substr(0, 12) + "\n";
  if (!e.firmware.name.empty())
    lines += "  firmware    " + e.firmware.name + " sha256 " + e.firmware.sha256.substr(0, 12) +
             (e.setup.flash_verified ? ", flashed and verified by " + e.setup.flash_tool : "") + "\n";
  if (!e.setup.model.empty()) lines += "  model       " + e.setup.model + "\n";
  lines += "  calibration " + (e.calibration_id.empty() ? "" : e.calibration_id + ", ") +
           e.calibration_kind + "\n";
  return lines;
}

std::string number_lines(const Evaluation& e) {
  const EnergySummary& s = *e.summary;
  const std::string why = e.not_stated.empty() ? "no spec card" : e.not_stated;
  const std::string said = e.imported ? "" : why;  // once is enough
  std::string lines = "  energy      " + stated(s.mean, "J", why) + " per inference";
  if (s.mean.stated)
    lines += number_text(" (%g %%", 100 * s.mean.interval.coverage) + number_text(", k = %.2f", s.mean.interval.k) +
             ", n = " + std::to_string(s.windows.size()) + ")";
  lines += "\n  median      " + stated(s.median, "J", said) + "\n";
  if (s.windows.size() > 1 && !s.mean.stated)
    lines += "  scatter     " + with_unit(s.spread.standard_error_J, "J") + " is the standard error of the mean, from " +
             std::to_string(s.windows.size()) + " windows alone\n";
  if (s.idle_known)
    lines += "  net of idle " + stated(s.marginal, "J") + "\n  idle        " + stated(s.idle_power, "W") + "\n";
  if (s.sleep_power) lines += "  asleep      " + stated(*s.sleep_power, "W") + "\n";
  lines += "  latency     " + stated(s.latency, "s", said) + "\n";
  return lines;
}

/// The two protocols side by side, and what windows of nothing show.
std::string protocol_lines(const Evaluation& e) {
  std::string lines;
  if (e.protocols) {
    const Protocols& p = *e.protocols;
    std::vector<std::vector<std::string>> rows{{"protocol", "energy/inference", "time"}};
    rows.push_back({"MLCommons, whole window", stated(p.whole, "J"), with_unit(e.summary->latency.value, "s")});
    for (const PhaseStatement& phase : p.phases)
      rows.push_back({std::string("phase ") + name_of(phase.label), stated(phase.energy, "J"), with_unit(phase.duration_s, "s")});
    rows.push_back({"sum of the phases", stated(p.sum, "J"), ""});
    rows.push_back({"bias (whole - sum)", stated(p.bias, "J"), ""});
    lines += "\n" + table(rows);
  }
  if (e.sham)
    lines += "\n  sham        " + stated(e.sham->excess, "W") + " above idle in windows that do nothing (" +
             with_unit(e.sham->per_inference_J, "J") + " per inference, not subtracted)\n";
  if (e.board_clock)
    lines += "  board clock " + number_text("%+.0f", e.board_clock->correction_ppm) + number_text(" ppm (standard u %.0f ppm)", e.board_clock->u_ppm) +
             ": the one that times its idling, against the trace\n";
  return lines;
}

/// What did not go well at the first try; nothing when all did.
std::string attempt_lines(const Evaluation& e) {
  std::string lines;
  for (const EarlierRun& earlier : e.setup.earlier_runs)
    lines += "  begun again after " + earlier.run + ": " + earlier.reason + "\n";
  for (const AttemptRow& row : e.attempts)
    if (!row.valid)
      lines += "  window " + std::to_string(row.group) + ", attempt " + std::to_string(row.attempt) +
               ", does not count: " + row.reason + "\n";
  if (e.summary && !e.summary->spread.caution.empty()) lines += "  note: " + e.summary->spread.caution + "\n";
  for (const std::string& note : e.setup.notes) lines += "  note: " + note + "\n";
  return lines.empty() ? "" : "\n" + lines;
}

/// Why there is no trace to look at, and under which name the run came here.
std::string record_lines(const Store& store, const Evaluation& e) {
  std::string lines;
  if (e.origin.bundled) lines += "\n  bundle      it was measured as " + e.origin.run + ", and came here in a bundle\n";
  if (const auto dropped = store.dropped(e.row.id))
    for (const DroppedRow& trace : *dropped)
      lines += "\n  trace       dropped on " + local_time(trace.dropped_ms).substr(0, 10) + " (" + trace.why + "): " +
               std::to_string(trace.samples) + " samples; the sums of the windows were kept\n";
  return lines;
}

/// Budget and protocols, with a line of air behind them; nothing where neither is known.
std::string account_lines(const Evaluation& e) {
  const std::string lines = (e.summary->budget.empty() ? "" : budget_lines(*e.summary)) + protocol_lines(e);
  return lines.empty() ? "" : lines + "\n";
}

/// A value and its U as a stored report has them; U absent: it was not stated.
struct StoredNumber { double value{}; std::optional<double> U; };

std::optional<StoredNumber> stored_number(const nlohmann::json& report, const std::string& key) {
  if (!report.is_object() || !report.contains(key) || !report[key].is_number()) return std::nullopt;
  StoredNumber number{report[key].get<double>(), std::nullopt};
  if (const auto U = report.find("U_" + key); U != report.end() && U->is_number()) number.U = U->get<double>();
  return number;
}

std::string number_or_dash(const std::optional<StoredNumber>& number, const std::string& unit) {
  if (!number) return "-";
  return number->U ? with_unit(number->value, *number->U, unit) : with_unit(number->value, unit) + " (U not stated)";
}

std::string trace_numbers(const std::string& mean, const std::string& charge, const std::string& duration) {
  return "  current     " + mean + ", mean\n  charge      " + charge + "\n  duration    " + duration + "\n";
}

/// The trace is gone; its numbers are in the report that was stored with it.
std::string stored_trace_lines(const Store& store, const std::string& run) {
  const auto stored = store.result(run);
  const auto report = stored && *stored ? nlohmann::json::parse(**stored, nullptr, false) : nlohmann::json();
  const auto mean = stored_number(report, "mean_current_A");
  if (!mean) return "";
  return "  (as stored)\n" + trace_numbers(number_or_dash(mean, "A"), number_or_dash(stored_number(report, "charge_C"), "C"),
                       number_or_dash(stored_number(report, "duration_s"), "s"));
}

}  // namespace

std::string trace_lines(const Store& store, const Evaluation& e) {
  if (e.row.facts.kind != "record") return "";
  if (!e.trace) return e.trace_trouble.empty() ? "" : "  " + e.trace_trouble + "\n" + stored_trace_lines(store, e.row.id);
  const Interval& interval = e.trace->mean_current.interval;
  const std::string coverage = e.trace->mean_current.stated ? number_text(" (%g %%", 100 * interval.coverage) + number_text(", k = %.2f)", interval.k) : "";
  return trace_numbers(stated(e.trace->mean_current, "A") + coverage, stated(e.trace->charge, "C", ""), stated(e.trace->duration, "s", ""));
}

std::string run_page(const Store& store, const Evaluation& e, const std::string& truth) {
  std::string page = heading(e);
  if (e.summary) page += number_lines(e) + truth_lines(e, truth);
  page += trace_lines(store, e);
  if (e.grade) page += "  grade       " + e.grade->line + "\n";
  page += origin_lines(e) + label_lines(store, e.row);
  if (e.summary)
    page += "\n" + window_table(e) + "\n" + account_lines(e) + window_plot(store, e);
  else
    page += "\n" + trace_plot(store, e, 0, 0, std::min(e.parts.empty() ? 0 : e.parts.front().samples, kPlotSamples));
  page += attempt_lines(e) + record_lines(store, e);
  page += "\n  record      " + e.row.id + " in " + store.file().string() + ", " +
          std::to_string(e.samples_received()) + " samples, " + std::to_string(e.samples_lost()) + " lost\n" +
          "  look again  joulerig show " + e.row.id + "   joulerig recompute " + e.row.id + "\n";
  return page;
}

std::filesystem::path database_named(const std::string& db) {
  return db.empty() ? default_database() : std::filesystem::path(db);
}

namespace {

/// What the dead left behind. On a full disk it cannot be noted, and what is stored can be read all the same.
Result<std::vector<std::string>> unless_full(Result<std::vector<std::string>> ids) {
  if (ids || ids.error().trouble != Trouble::storage) return ids;
  std::cerr << ids.error().message << " Until then it can only be read.\n";
  return std::vector<std::string>{};
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& db) {
  auto store = Store::open(database_named(db));
  if (!store) return store;
  const auto halves = unless_full((*store)->remove_dead_arrivals());
  if (!halves) return Failure(halves.error());
  for (const std::string& run : *halves)
    std::cerr << "The import of run " << run << " was cut off (its process is gone); the half that was taken in is removed: "
              << "import it again.\n";
  const auto orphans = unless_full((*store)->mark_interrupted());
  if (!orphans) return Failure(orphans.error());
  for (const std::string& run : *orphans)
    std::cerr << "Run " << run << " was cut off (its process is gone); it is marked interrupted, "
              << "with everything captured so far.\n";
  return store;
}

}  // namespace jr::cli
