// Loads a run, joins its windows with its gaps, and lets the energy room do the rest.
// Never looks at a device, a clock or a file beside the record.
#include "rig/run/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numbers>

#include "rig/run/evaluation_values.hpp"
#include "rig/run/imported.hpp"
#include "rig/run/record_model.hpp"
#include "rig/run/window_loss.hpp"

namespace jr {
namespace {

/// The piece of a stored window with the loss that the final gap list puts into it.
Piece piece_of(const WindowRow& row, const std::vector<Gap>& gaps) {
  const WindowLoss loss = loss_in(row.window, gaps);
  Piece piece{row.window, row.moments, row.lost_limit + loss.limit};
  piece.moments.lost = loss.lost;
  return piece;
}

/// Labels of what MARK is high for.
bool is_marked(WindowLabel label) {
  switch (label) {
    case WindowLabel::infer:
    case WindowLabel::preprocess:
    case WindowLabel::invoke:
    case WindowLabel::postprocess:
    case WindowLabel::sham: return true;
    default: return false;
  }
}

/// Puts the pieces of one group in their places; nullopt when one is missing.
std::optional<WindowGroup> group_of(const std::vector<const WindowRow*>& rows,
                                    const std::vector<Gap>& gaps) {
  WindowGroup group;
  int idles = 0, guards = 0, marked = 0;
  for (const WindowRow* row : rows) {
    const Piece piece = piece_of(*row, gaps);
    switch (row->window.label) {
      case WindowLabel::guard: (guards++ ? group.settled : group.guard) = piece; break;
      case WindowLabel::idle: (idles++ ? group.idle_after : group.idle_before) = piece; break;
      case WindowLabel::sleep: group.sleep = piece; break;
      default:
        if (is_marked(row->window.label)) group.infer = piece, ++marked;
        break;
    }
  }
  if (marked != 1 || idles != 2) return std::nullopt;
  return group;
}

void collect_groups(Evaluation& e, const std::vector<WindowRow>& rows) {
  std::map<std::pair<int, int>, std::vector<const WindowRow*>> valid;
  for (const WindowRow& row : rows)
    if (row.valid) valid[{row.group, row.attempt}].push_back(&row);
  for (const auto& [key, pieces] : valid) {
    const auto part = static_cast<std::size_t>(pieces.front()->stream);
    if (pieces.front()->window.label == WindowLabel::sleep) {  // nothing stands around it
      for (const WindowRow* row : pieces) e.long_sleep.push_back(piece_of(*row, e.parts[part].gaps));
      continue;
    }
    auto group = group_of(pieces, e.parts[part].gaps);
    if (!group || loses_too_much(*group)) continue;
    for (const WindowRow* row : pieces) {
      const WindowLabel label = row->window.label;
      if (!is_marked(label)) continue;
      if (label != WindowLabel::infer) {
        (label == WindowLabel::sham ? e.shams : e.phases).push_back({label, *group, *row});
        continue;
      }
      e.groups.push_back(*group);
      e.inferences.push_back(*row);
    }
  }
}

/// Days from the calibration of the record to the run; nothing when it cannot be told.
std::optional<double> calibration_age(const Evaluation& e) {
  if (!e.model.accuracy || e.model.accuracy->kind != AccuracyKind::calibration) return std::nullopt;
  const auto calibration = calibration_from(e.setup.calibration_text);
  if (!calibration || calibration->id != e.calibration_id) return std::nullopt;
  return days_between(calibration->created, iso_date(e.row.facts.started_ms));
}

/// A calibration that leaves out a range which the windows used is the card in disguise.
bool rests_on_calibration(const Evaluation& e) {
  if (!e.model.accuracy || e.model.accuracy->kind != AccuracyKind::calibration) return false;
  const double u = e.summary->mean.energy.standard_uncertainty().value;
  return std::none_of(e.summary->mean.energy.sources.begin(), e.summary->mean.energy.sources.end(),
                      [&](const Source& s) { return s.key.starts_with("gain:") && std::abs(s.u_J) > 0.1 * u; });
}

GradeFacts grade_facts(const Evaluation& e) {
  GradeFacts facts;
  facts.U_stated = e.summary->mean.stated;
  facts.calibrated = rests_on_calibration(e);
  facts.calibration = e.calibration_id;
  facts.calibration_age_days = calibration_age(e);
  facts.voltage_kind = e.setup.supply_kind;
  facts.voltage_calibrated = e.setup.u_supply_V > 0;
  facts.found_by = name_of(e.inferences.front().window.found_by);
  for (const WindowResult& window : e.summary->windows) facts.lost_samples += window.lost_samples;
  const DriftAccount drift = drift_account(e.setup.health_checks);
  facts.drift_checked = drift.known;
  facts.drift_passed = drift.passed;
  facts.ambient_known = e.setup.ambient_C.has_value();
  facts.ambient_measured = e.setup.ambient_measured;
  facts.windows = static_cast<int>(e.groups.size());
  facts.n_effective = e.summary->spread.n_effective;
  facts.raised = e.summary->spread.caution.empty() ? 0 : e.summary->spread.raised;
  facts.simulated = e.setup.simulated;
  facts.suspect_reason = e.setup.suspect_reason;
  return facts;
}

/// In the order in which each label comes first.
std::vector<PhaseGroups> by_label(const std::vector<MarkedGroup>& marked) {
  std::vector<PhaseGroups> phases;
  for (const MarkedGroup& one : marked) {
    auto same = std::find_if(phases.begin(), phases.end(), [&](const PhaseGroups& p) { return p.label == one.label; });
    if (same == phases.end()) same = phases.insert(phases.end(), {one.label, {}});
    same->groups.push_back(one.pieces);
  }
  return phases;
}

std::string microjoules(double joule) {
  char text[48];
  std::snprintf(text, sizeof text, "%.6g uJ", joule * 1e6);
  return text;
}

/// Within the limit, above it, or too close to say at 95 %.
void judge(Evaluation& e) {
  e.verdict = Verdict::pass;
  if (!e.setup.limit_J) return;
  const double limit = *e.setup.limit_J, mean = e.summary->mean.value;
  const double U = e.summary->mean.stated ? e.summary->mean.interval.U : 0;
  if (mean + U <= limit) return;
  e.verdict = mean - U > limit ? Verdict::fail : Verdict::inconclusive;
  e.reason = microjoules(mean) + " +- " + microjoules(U) + " per inference against a limit of " +
             microjoules(limit) +
             (e.verdict == Verdict::fail ? "." : ": the interval holds the limit; calibrate the monitor, or measure more windows.");
}

/// The samples that were received, whether or not their trace is still there.
Result<std::uint64_t> samples_received(const Store& store, const std::string& id, int stream) {
  const auto dropped = store.dropped(id);
  if (!dropped) return Failure(dropped.error());
  for (const DroppedRow& trace : *dropped)
    if (trace.stream == stream) return trace.samples;
  return store.samples(id, stream);
}

/// The board was told how long each sham lasts, in its own time; every second one half as long.
std::optional<BoardClock> board_clock_of(const Evaluation& e) {
  constexpr double kStamp_s = 0.29e-6, kOnTheGrid = 0.29;  // 1 us and one sample, even over each
  if (!(e.setup.sham_s > 0)) return std::nullopt;
  std::vector<ClockPair> pairs;
  bool both[2] = {false, false};
  for (const MarkedGroup& sham : e.shams) {
    const Moments& m = sham.pieces.infer.moments;
    const auto samples = static_cast<double>(m.samples() + m.lost);
    const bool is_half = samples * e.model.period_s < 0.75 * e.setup.sham_s;
    both[is_half] = true;
    pairs.push_back({is_half ? std::round(e.setup.sham_s * 500) / 1000 : e.setup.sham_s, samples});
  }
  if (!both[0] || !both[1]) return std::nullopt;
  const auto clock = fit_edge_pairs(pairs, e.model.true_period_s(), kStamp_s, std::numbers::sqrt2 * kOnTheGrid);
  return clock ? std::optional<BoardClock>(*clock) : std::nullopt;
}

/// Every stream's gaps and samples into `e`; returns the windows of all of them.
Result<std::vector<WindowRow>> load_parts(const Store& store, const std::string& id, Evaluation& e) {
  const auto count = store.streams(id);
  if (!count) return Failure(count.error());
  std::vector<WindowRow> all;
  for (int stream = 0; stream < *count; ++stream) {
    const auto facts = store.stream(id, stream);
    if (!facts) return Failure(facts.error());
    if (facts->polynomials != e.stream.polynomials || facts->serial != e.stream.serial)
      return fail(Trouble::malformed, "Run " + id + " holds streams of different instruments: its windows "
                                      "cannot be put into one result.");
    auto gaps = store.gaps(id, stream);
    if (!gaps) return Failure(gaps.error());
    const auto samples = samples_received(store, id, stream);
    if (!samples) return Failure(samples.error());
    e.parts.push_back({std::move(*gaps), *samples});
    const auto windows = store.windows(id, stream);
    if (!windows) return Failure(windows.error());
    all.insert(all.end(), windows->begin(), windows->end());
  }
  return all;
}

std::string too_few_windows(const Evaluation& e) {
  std::string reason = "Only " + std::to_string(e.groups.size()) + " valid windows; five are needed.";
  const auto dropped = std::find_if(e.attempts.rbegin(), e.attempts.rend(),
                                    [](const AttemptRow& row) { return !row.valid; });
  if (dropped != e.attempts.rend()) reason += " The last that did not count: " + dropped->reason;
  return reason;
}

void conclude(Evaluation& e) {
  if (e.row.facts.kind == "record") {  // a trace: no number
    e.verdict = e.row.verdict == name_of(Verdict::pass) ? Verdict::pass : Verdict::rig_error;
    e.reason = e.row.state == "open" ? "This run is still going on." : e.row.reason;
    return;
  }
  if (e.row.state == "interrupted" || e.groups.size() < kLeastWindows) {
    e.verdict = Verdict::rig_error;
    e.reason = !e.row.reason.empty() ? e.row.reason : too_few_windows(e);
    return;
  }
  e.summary = summarise(e.model, e.groups);
  if (!e.long_sleep.empty()) e.summary->sleep_power = mean_power(e.model, e.long_sleep, "sleep");
  e.protocols = protocols_of(e.model, *e.summary, by_label(e.phases));
  std::vector<WindowGroup> shams;
  for (const MarkedGroup& sham : e.shams) shams.push_back(sham.pieces);
  e.sham = sham_of(e.model, *e.summary, shams);
  e.board_clock = board_clock_of(e);
  e.grade = grade_of(grade_facts(e));
  judge(e);
  if (!e.row.reason.empty() && e.row.verdict == name_of(Verdict::rig_error)) {
    e.verdict = Verdict::rig_error;
    e.reason = e.row.reason;
  }
}

/// The whole trace of a record in numbers. Of one that is not there any more the stored report keeps them.
Result<void> add_trace(const Store& store, Evaluation& e) {
  if (e.row.facts.kind != "record" || e.parts.empty() || e.parts.front().samples == 0) return {};
  const auto dropped = store.dropped(e.row.id);
  if (!dropped) return Failure(dropped.error());
  if (!dropped->empty()) {
    e.trace_trouble = "The trace of run " + e.row.id + " was dropped on " + iso_date(dropped->front().dropped_ms) +
                      " and a record keeps no sums beside it: its stored report stands.";
    return {};
  }
  auto moments = store.moments_between(e.row.id, 0, 0, e.parts.front().samples);
  if (!moments && moments.error().trouble != Trouble::malformed) return Failure(moments.error());
  if (!moments) {
    e.trace_trouble = moments.error().message;
    return {};
  }
  std::uint64_t limit = 0;
  for (const Gap& gap : e.parts.front().gaps) moments->lost += gap.length, limit += gap.length_limit;
  e.trace = summarise_trace(e.model, *moments, limit);
  return {};
}

}  // namespace

bool loses_too_much(const WindowGroup& group) {
  const double lost = static_cast<double>(group.infer.moments.lost + group.infer.lost_limit);
  return lost > 0.001 * static_cast<double>(group.infer.moments.samples());
}

std::uint64_t Evaluation::samples_received() const {
  std::uint64_t sum = 0;
  for (const StreamPart& part : parts) sum += part.samples;
  return sum;
}

std::uint64_t Evaluation::samples_lost() const {
  std::uint64_t sum = 0;
  for (const StreamPart& part : parts)
    for (const Gap& gap : part.gaps) sum += gap.length;
  return sum;
}

Result<Evaluation> evaluate(const Store& store, const std::string& id, const std::string& calibration, int version) {
  Evaluation e;
  e.version = version;
  auto row = store.run(id);
  if (!row) return Failure(row.error());
  e.row = std::move(*row);
  e.origin = origin_of(e.row);
  e.row.facts.source = e.origin.source;
  if (e.row.facts.kind == "import") e.imported = imported_from(e.row.facts.source);
  auto attempts = store.attempts(id);
  if (!attempts) return Failure(attempts.error());
  e.attempts = std::move(*attempts);
  auto setup = setup_from(e.row.facts.environment);
  if (!setup) return Failure(setup.error());
  e.setup = std::move(*setup);
  auto firmware = firmware_from(e.row.facts.firmware);
  if (!firmware) return Failure(firmware.error());
  e.firmware = std::move(*firmware);
  auto stream = store.stream(id, 0);
  if (!stream && stream.error().trouble != Trouble::not_found) return Failure(stream.error());
  if (!stream) {  // it ended before the monitor sent anything
    conclude(e);
    return e;
  }
  e.stream = std::move(*stream);
  auto windows = load_parts(store, id, e);
  if (!windows) return Failure(windows.error());
  if (e.holds_values()) {
    if (auto done = evaluate_values(store, *windows, calibration, e); !done) return Failure(done.error());
    return e;
  }
  RunRow as_measured = e.row;
  as_measured.id = e.origin.run;
  auto model = model_of(as_measured, e.stream, e.setup, calibration);
  if (!model) return Failure(model.error());
  e.model = std::move(*model);
  const bool own = calibration == kOwnCoefficients;
  e.calibration_id = e.model.accuracy ? e.model.accuracy->id : own ? "" : e.setup.calibration_id;
  e.calibration_kind = calibration.empty() ? e.setup.calibration_kind
                       : own               ? std::string(e.model.accuracy ? "spec card, " : "") + "device's own modifiers, as asked for"
                                           : "bench calibration, applied later";
  collect_groups(e, *windows);
  if (auto added = add_trace(store, e); !added) return Failure(added.error());
  conclude(e);
  return e;
}

Result<void> verify_moments(const Store& store, const std::string& id) {
  const auto count = store.streams(id);
  if (!count) return Failure(count.error());
  const auto dropped = store.dropped(id);
  if (!dropped) return Failure(dropped.error());
  for (int stream = 0; stream < *count; ++stream) {
    const auto is_this = [&](const DroppedRow& trace) { return trace.stream == stream; };
    if (std::any_of(dropped->begin(), dropped->end(), is_this)) continue;
    const auto facts = store.stream(id, stream);
    if (!facts) return Failure(facts.error());
    if (!facts->channels.empty()) continue;  // values are summed anew whenever they are evaluated
    auto windows = store.windows(id, stream);
    if (!windows) return Failure(windows.error());
    for (const WindowRow& row : *windows) {
      auto anew = store.moments_anew(id, stream, row.window.start, row.window.end);
      if (!anew) return Failure(anew.error());
      if (!(*anew == row.moments))
        return fail(Trouble::malformed, "Run " + id + ": the samples of window " +
                                            std::to_string(row.group) + " (" + name_of(row.window.label) +
                                            ") do not add up to the stored sums; the record is damaged.");
    }
  }
  return {};
}

}  // namespace jr
