// Numbers come from the evaluation, or from the energy room for one window alone.
#include "rig/cli/view_facts.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "rig/cli/printing.hpp"
#include "rig/run/applicable.hpp"

namespace jr::cli {
namespace {

constexpr std::size_t kShownId = 12, kMostRows = 1'000;

std::string no_trace(const std::string& run) {
  return "Run " + run + " has no trace to draw: nothing was captured, or its samples were dropped to save room; 'joulerig show " +
         run + "' has what is kept.";
}

/// Where an inference window is; the last attempt counts.
std::optional<int> stream_of_window(const Store& store, const std::string& run, int streams, int group) {
  std::optional<int> found;
  for (int stream = 0; stream < streams; ++stream)
    if (const auto windows = store.windows(run, stream))
      for (const WindowRow& row : *windows)
        if (row.group == group && is_marked(row.window.label)) found = stream;
  return found;
}

int first_worth_seeing(const Store& store, const std::string& run, int streams) {
  int with_samples = -1;
  for (int stream = 0; stream < streams; ++stream) {
    const auto samples = store.samples(run, stream);
    if (!samples || *samples == 0) continue;
    if (with_samples < 0) with_samples = stream;
    const auto windows = store.windows(run, stream);
    if (windows && std::any_of(windows->begin(), windows->end(), [](const WindowRow& row) { return row.valid; })) return stream;
  }
  return std::max(with_samples, 0);
}

std::string short_id(const std::string& id) { return id.substr(0, kShownId); }

std::string seconds(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.6f s", value);
  return text;
}

std::string change_text(double share) {
  char text[48];
  std::snprintf(text, sizeof text, "%+.3f %%", 100 * share);
  return text;
}

std::string stated_text(const Statement& s, const std::string& unit) {
  return s.stated ? with_unit(s.value, s.interval.U, unit) : with_unit(s.value, unit) + " (U not stated)";
}

std::string headline_of(const Viewed& v) {
  if (!v.evaluation || !v.evaluation->summary) return "";
  const EnergySummary& s = *v.evaluation->summary;
  std::string line = stated_text(s.mean, "J") + " per inference";
  char more[64];
  if (s.mean.stated) {
    std::snprintf(more, sizeof more, " (%g %%, k = %.2f, n = %zu)", 100 * s.mean.interval.coverage, s.mean.interval.k, s.windows.size());
    line += more;
  }
  return line;
}

std::vector<std::string> flags_of(const Viewed& v) {
  std::vector<std::string> flags;
  if (v.row.facts.simulated) flags.push_back("simulated: a property of a model, not of a chip");
  if (!v.row.facts.source.empty()) {
    const auto source = nlohmann::json::parse(v.row.facts.source, nullptr, false);
    const bool known = source.is_object() && source.value("format", nlohmann::json()).is_string();
    flags.push_back("imported" + (known ? " from " + source["format"].get<std::string>() : std::string()));
  }
  if (v.row.suspect || !v.row.recalled.empty()) {
    const std::string why = !v.row.recalled.empty() ? v.row.recalled : v.evaluation ? v.evaluation->setup.suspect_reason : "";
    flags.push_back("suspect" + (why.empty() ? "" : ": " + why));
  }
  if (v.row.state == "interrupted") flags.push_back("interrupted");
  if (v.row.state == "open") flags.push_back("still going on");
  return flags;
}

/// "bench calibration (a0540ddddef5)", "spec card, device's own modifiers (ppk2)".
std::string calibration_of(const Viewed& v) {
  if (!v.evaluation) return "";
  std::string id = v.evaluation->calibration_id;
  const std::string kind = v.evaluation->calibration_kind;
  if (id.find_first_not_of("0123456789abcdef") == std::string::npos) id = short_id(id);  // a hash; a card has a name
  return id.empty() ? kind : kind.empty() ? id : kind + " (" + id + ")";
}

/// What the values of the trace rest on.
std::string basis_of(const Viewed& v) {
  if (!v.facts.channels.empty())
    return v.facts.channels.front() == Quantity::energy_J ? "Values as they were recorded: the energy of each sample." : "Values as they were recorded.";
  if (!v.is_calibrated()) return "Current by the instrument's own coefficients.";
  const DriftAccount drift = drift_account(v.evaluation->setup.health_checks);
  return "Current by " + calibration_of(v) + (drift.known && drift.correct_by != 0 ? ", corrected by the drift that the reference loads showed." : ".");
}

/// The same, and what the energies rest on, where there are some.
std::string basis_of_all(const Viewed& v) {
  if (v.is_calibrated()) return "Current and energies" + basis_of(v).substr(std::string("Current").size());
  const std::string calibration = calibration_of(v);
  const bool has_energies = v.evaluation && v.evaluation->summary;
  return basis_of(v) + (has_energies && !calibration.empty() ? " Energies by " + calibration + "." : "");
}

std::vector<std::pair<std::string, std::string>> run_facts(const Viewed& v) {
  std::vector<std::pair<std::string, std::string>> facts{{v.row.facts.source.empty() ? "measured" : "recorded", local_time(v.row.facts.started_ms)}};
  if (v.row.facts.source.empty() && !v.row.facts.bench.empty()) facts.emplace_back("bench", v.row.facts.bench);
  std::string instrument = v.facts.kind;
  for (const std::string& more : {v.facts.serial, v.facts.hardware, v.facts.firmware})
    if (!more.empty()) instrument += ", " + more;
  facts.emplace_back("instrument", instrument + ", a sample each " + with_unit(v.facts.period_s, "s"));
  if (v.streams > 1)
    facts.emplace_back("stream", std::to_string(v.stream) + " of " + std::to_string(v.streams) + " (counted from 0; the instrument was connected again)");
  std::uint64_t lost = 0;
  for (const Gap& gap : v.gaps) lost += gap.length;
  facts.emplace_back("samples", std::to_string(v.samples) + " received, " + std::to_string(lost) + " lost in " + std::to_string(v.gaps.size()) + " gaps");
  return facts;
}

std::vector<std::pair<std::string, std::string>> evaluation_facts(const Evaluation& e) {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* label, const std::string& text) {
    if (!text.empty()) facts.emplace_back(label, text);
  };
  if (e.summary) {
    const EnergySummary& s = *e.summary;
    add("median", stated_text(s.median, "J") + " per inference");
    add("net of idle", stated_text(s.marginal, "J") + " per inference");
    add("idle power", stated_text(s.idle_power, "W"));
    add("latency", stated_text(s.latency, "s"));
  }
  if (e.grade) add("grade", e.grade->line);
  add("board", e.setup.board + (e.setup.mcu.empty() ? "" : ", " + e.setup.mcu));
  add("model", e.setup.model);
  if (!e.firmware.name.empty()) add("firmware", e.firmware.name + ", sha256 " + short_id(e.firmware.sha256) + (e.firmware.commit.empty() ? "" : ", commit " + e.firmware.commit));
  if (e.setup.supply_V > 0) add("supply", with_unit(e.setup.supply_V, "V") + " (" + e.setup.supply_kind + ")");
  if (e.setup.ambient_C) add("ambient", with_unit(*e.setup.ambient_C, "\u00b0C") + (e.setup.ambient_source.empty() ? "" : ", " + e.setup.ambient_source));
  add("made by", "joulerig " + tool_version_of(e.setup));
  return facts;
}

std::vector<std::string> cells_of(const Viewed& v, const WindowRow& row) {
  const TraceClock clock = v.clock();
  const double start_s = clock.begin_of(row.window.start), end_s = clock.end_before(row.window.end);
  std::string energy = "\u2013", against = energy, current = energy, lost = energy;
  if (const auto number = number_of(v, row); number) {
    energy = number->U_J ? with_unit(number->energy_J, *number->U_J, "J") : with_unit(number->energy_J, "J");
    // What all windows share hides in U how far apart they are.
    if (const double mean_J = v.evaluation->summary->mean.value; mean_J != 0) against = change_text(number->energy_J / mean_J - 1);
    current = with_unit(number->mean_current_A, "A");
    lost = std::to_string(number->lost);
  }
  return {seconds(start_s), with_unit(end_s - start_s, "s"), std::to_string(row.window.events), energy, against, current, lost,
          row.valid ? "" : row.reason.empty() ? "does not count" : row.reason};
}

}  // namespace

std::string Viewed::unit(std::size_t channel) const {
  return channel < facts.channels.size() ? unit_of(facts.channels[channel]) : "A";
}

bool is_marked(WindowLabel label) {
  return label != WindowLabel::idle && label != WindowLabel::guard && label != WindowLabel::sleep && label != WindowLabel::sync;
}

std::string label_of(const WindowRow& row) {
  return std::string(name_of(row.window.label)) + " " + std::to_string(row.group) +
         (row.attempt > 1 ? " (attempt " + std::to_string(row.attempt) + ")" : "");
}

bool Viewed::is_calibrated() const {
  const auto own = polynomials_from(facts.polynomials);
  return evaluation && facts.channels.empty() && !(own && same_coefficients(*own, evaluation->model.ranges));
}

Result<Viewed> look_at(const Store& store, const std::string& run, std::optional<int> stream, std::optional<int> window,
                       const std::string& calibration) {
  Viewed v;
  auto row = store.run(run);
  if (!row) return Failure(row.error());
  v.row = std::move(*row);
  const auto streams = store.streams(run);
  if (!streams) return Failure(streams.error());
  v.streams = *streams;
  if (v.streams == 0) return fail(Trouble::not_found, no_trace(run));
  if (stream && (*stream < 0 || *stream >= v.streams))
    return fail(Trouble::usage, "Run " + run + " has no stream " + std::to_string(*stream) + "; its streams are 0 to " + std::to_string(v.streams - 1) + ".");
  if (!stream && window) stream = stream_of_window(store, run, v.streams, *window);
  v.stream = stream ? *stream : first_worth_seeing(store, run, v.streams);
  auto facts = store.stream(run, v.stream);
  if (!facts) return Failure(facts.error());
  v.facts = std::move(*facts);
  const auto samples = store.samples(run, v.stream);
  if (!samples) return Failure(samples.error());
  v.samples = *samples;
  if (v.samples == 0) return fail(Trouble::not_found, no_trace(run));
  if (!(v.facts.period_s > 0)) return fail(Trouble::malformed, "Run " + run + " does not say how long a sample lasts; its trace cannot be drawn.");
  auto gaps = store.gaps(run, v.stream);
  if (!gaps) return Failure(gaps.error());
  v.gaps = std::move(*gaps);
  auto windows = store.windows(run, v.stream);
  if (!windows) return Failure(windows.error());
  v.windows = std::move(*windows);
  auto evaluation = evaluate(store, run, calibration);
  if (!evaluation && !calibration.empty()) return Failure(evaluation.error());
  if (evaluation) v.evaluation = std::move(*evaluation);
  else v.trouble = evaluation.error().message;
  if (v.evaluation && v.facts.channels.empty()) v.coefficients = {v.evaluation->model.ranges, v.evaluation->model.supply.value};
  else if (auto ranges = polynomials_from(v.facts.polynomials); ranges && !v.facts.coefficients.known()) v.coefficients.ranges = std::move(*ranges);
  return v;
}

Result<OrdinalSpan> span_of_window(const Viewed& v, int group) {
  const WindowRow* wanted = nullptr;
  std::string known;
  for (const WindowRow& row : v.windows) {
    if (!is_marked(row.window.label)) continue;
    if (row.group == group && (!wanted || !wanted->valid || row.valid)) wanted = &row;
    if (known.size() < 60) known += (known.empty() ? "" : ", ") + std::to_string(row.group);
    else if (!known.ends_with("...")) known += ", ...";
  }
  if (!wanted)
    return fail(Trouble::usage, "Run " + v.row.id + " has no window " + std::to_string(group) + " in stream " + std::to_string(v.stream) +
                                    (known.empty() ? "; it has none at all." : "; it has " + known + "."));
  OrdinalSpan span{wanted->window.start, wanted->window.end};
  for (const WindowRow& row : v.windows)
    if (row.group == group && row.attempt == wanted->attempt)
      span = {std::min(span.start, row.window.start), std::max(span.end, row.window.end)};
  const std::uint64_t most = std::max<std::uint64_t>((wanted->window.end - wanted->window.start) / 2, 1);
  span.start = std::max(span.start, wanted->window.start - std::min(wanted->window.start, most));
  span.end = std::min({span.end, wanted->window.end + most, v.samples});
  return span;
}

std::optional<WindowNumber> number_of(const Viewed& v, const WindowRow& row) {
  if (!row.valid || !v.evaluation || !v.evaluation->summary) return std::nullopt;
  const Evaluation& e = *v.evaluation;
  for (std::size_t k = 0; k < std::min(e.inferences.size(), e.summary->windows.size()); ++k) {
    const WindowRow& known = e.inferences[k];
    if (known.group != row.group || known.attempt != row.attempt || known.stream != v.stream || known.window.label != row.window.label) continue;
    const WindowResult& result = e.summary->windows[k];
    if (result.inferences == 0) return std::nullopt;
    WindowNumber number{result.energy_J / static_cast<double>(result.inferences), {}, result.mean_current_A, result.lost_samples};
    // Of codes only: the energies of values are not made of moments.
    if (k < e.groups.size() && v.facts.channels.empty())
      if (const Statement alone = mean_energy(e.model, {e.groups[k]}, "energy"); alone.stated) number.U_J = alone.interval.U;
    return number;
  }
  return std::nullopt;
}

TraceView view_of(const Viewed& v, double start_s, double end_s, std::size_t channel) {
  TraceView view;
  view.title = v.row.id + (v.streams > 1 ? ", stream " + std::to_string(v.stream) : "");
  if (const std::string headline = headline_of(v); !headline.empty()) view.title += ": " + headline;
  for (const std::string& flag : flags_of(v)) view.notes.push_back(flag);
  view.notes.push_back(headline_of(v).empty() ? basis_of(v) : basis_of_all(v));
  view.unit = v.unit(channel);
  view.start_s = start_s, view.end_s = end_s;
  view.period_s = v.facts.period_s;
  const TraceClock clock = v.clock();
  for (const WindowRow& row : v.windows)
    view.windows.push_back({clock.begin_of(row.window.start), clock.end_before(row.window.end), label_of(row), is_marked(row.window.label), row.valid});
  view.gaps = gaps_in_time(v.gaps, v.facts.period_s);
  return view;
}

TracePage page_of(const Viewed& v, std::size_t channel) {
  TracePage page;
  page.run = v.row.id;
  page.verdict = v.row.verdict.empty() ? v.row.state : v.row.verdict;
  page.headline = headline_of(v);
  if (page.headline.empty()) page.headline = !v.row.reason.empty() ? v.row.reason : "A trace without a number.";
  page.flags = flags_of(v);
  page.facts = run_facts(v);
  if (const std::string calibration = calibration_of(v); !calibration.empty()) page.facts.emplace_back("calibration", calibration);
  if (v.evaluation)
    for (auto& fact : evaluation_facts(*v.evaluation)) page.facts.push_back(std::move(fact));
  else
    page.remarks.push_back(v.trouble);
  page.window_columns = {"start", "duration", "inferences", "energy/inference", "against the mean", "mean current", "lost", ""};
  std::size_t rows = 0;
  for (const WindowRow& row : v.windows) {
    const bool marked = is_marked(row.window.label);
    page.windows.push_back({label_of(row), row.window.start, row.window.end, marked, row.valid, {}});
    // The page shows no more rows than this, and an interval takes its time.
    if (marked) page.windows.back().cells = ++rows <= kMostRows ? cells_of(v, row) : std::vector<std::string>(page.window_columns.size());
  }
  page.gaps = v.gaps;
  page.samples = v.samples, page.stream = v.stream, page.channel = channel;
  page.period_s = v.facts.period_s;
  page.unit = v.unit(channel);
  page.basis = basis_of(v);
  // Beside a recorded voltage a constant one would be a worse claim.
  if (v.evaluation && v.evaluation->setup.supply_V > 0 && v.facts.channels.size() < 2) page.supply_V = v.evaluation->setup.supply_V;
  if (v.evaluation && page.unit == "A") page.lead_ohm = v.evaluation->model.lead_ohm;
  page.footer = "Made by joulerig view from run " + v.row.id + ". The file holds no more than it shows: the record is in the database.";
  return page;
}

}  // namespace jr::cli
