// Windows of values to energies: the sums from the store, the doubts from the instrument's spec card.
// Reads only the record, so that importing and recomputing give the same bits.
#include "rig/run/evaluation_values.hpp"

#include <algorithm>
#include <cmath>

#include "calibration/spec_card.hpp"
#include "rig/energy/value_energy.hpp"
#include "rig/run/record_model.hpp"
#include "rig/run/window_loss.hpp"

namespace jr {
namespace {

constexpr std::uint64_t kValuesAtOnce = 65'536;

VoltageKind kind_of(const std::string& name) {
  if (name == "measured") return VoltageKind::measured;
  return name == "set" ? VoltageKind::set : VoltageKind::assumed;
}

EnergyModel bare_model(const Evaluation& e) {
  EnergyModel model;
  model.instrument = instrument_scope(e.stream, e.row.facts.bench);
  model.bench = e.row.facts.bench;
  model.run = e.origin.run;
  model.supply = {e.setup.supply_V};
  model.supply_kind = kind_of(e.setup.supply_kind);
  model.u_supply_V = e.setup.u_supply_V;
  model.period_s = e.stream.period_s;
  model.ambient = {e.setup.ambient_C, e.setup.u_ambient_K};
  return model;
}

/// Values are ampere already: each range of the card has a gain of one about them.
std::vector<RangePolynomial> ampere_as_ampere(const SpecCard& card) {
  const std::size_t ranges = std::clamp<std::size_t>(card.ranges.size(), 1, kMaxRanges);
  return std::vector<RangePolynomial>(ranges, RangePolynomial{0, 1, 0, 0, 0});
}

/// Why the card's figures cannot be put on these values; empty: they can.
std::string obstacle(const Evaluation& e, const Accuracy& accuracy, ValueBasis basis) {
  const std::string card = "the spec card of " + e.stream.kind;
  for (const RangeAccuracy& range : accuracy.per_range) {
    if (!range.missing.empty()) return card + " states no " + range.missing.front().substr(0, range.missing.front().find_first_of(",:"));
    if (accuracy.per_range.size() > 1 && range.full_scale_A <= 0)
      return card + " does not say where its ranges end";
  }
  if (!accuracy.missing.empty())
    return card + " states no " + accuracy.missing.front().substr(0, accuracy.missing.front().find(':'));
  if (basis != ValueBasis::current_and_voltage && !(e.setup.supply_V > 0)) return "the supply voltage is not in the recording";
  if (basis == ValueBasis::current_and_voltage && accuracy.measured_voltage_V.source.empty())
    return card + " does not say how well it reads a voltage";
  return "";
}

/// The card of the record as the model's accuracy, or the reason why there is none.
Result<void> use_card(Evaluation& e, ValueBasis basis) {
  if (e.setup.spec_card.empty()) {
    e.not_stated = e.stream.kind.empty() ? "the recording names no instrument" : "no spec card of " + e.stream.kind;
    return {};
  }
  const auto card = parse_spec_card(e.setup.spec_card, "the spec card in the record");
  if (!card) return Failure(card.error());
  Accuracy accuracy = accuracy_of(*card, ampere_as_ampere(*card), e.model.instrument, e.setup.supply_V);
  e.not_stated = obstacle(e, accuracy, basis);
  if (e.not_stated.empty()) e.model.accuracy = std::move(accuracy);
  return {};
}

Result<std::vector<RangeShare>> shares_of(const Store& store, const Evaluation& e, const WindowRow& row) {
  if (!e.model.accuracy) return std::vector<RangeShare>{};
  RangeSorter sorter(e.model, e.stream.channels);
  for (std::uint64_t at = row.window.start; at < row.window.end; at += kValuesAtOnce) {
    const auto values = store.values_between(e.row.id, row.stream, at, std::min(at + kValuesAtOnce, row.window.end));
    if (!values) return Failure(values.error());
    sorter.add(values->channels);
  }
  return sorter.shares();
}

bool loses_too_much(const ValuePiece& piece) {
  const double without = static_cast<double>(piece.sums.missing + piece.lost + piece.lost_limit);
  return piece.sums.n == 0 || without > 0.001 * static_cast<double>(piece.sums.n);
}

Result<std::vector<ValuePiece>> collect_pieces(const Store& store, const std::vector<WindowRow>& windows, Evaluation& e) {
  std::vector<ValuePiece> pieces;
  for (const WindowRow& row : windows) {
    if (!row.valid || row.window.label != WindowLabel::infer || row.window.events == 0) continue;
    const auto sums = store.value_sums(e.row.id, row.stream, row.window.start, row.window.end);
    if (!sums) return Failure(sums.error());
    const WindowLoss loss = loss_in(row.window, e.parts[static_cast<std::size_t>(row.stream)].gaps);
    ValuePiece piece{row.window, *sums, loss.lost, row.lost_limit + loss.limit, {}};
    if (loses_too_much(piece)) continue;
    auto shares = shares_of(store, e, row);
    if (!shares) return Failure(shares.error());
    piece.shares = std::move(*shares);
    pieces.push_back(std::move(piece));
    e.inferences.push_back(row);
  }
  return pieces;
}

GradeFacts grade_facts_of_values(const Evaluation& e) {
  GradeFacts facts;
  facts.U_stated = e.summary->mean.stated;
  facts.calibration = e.calibration_id;
  facts.voltage_kind = e.setup.supply_kind;
  facts.found_by = name_of(e.inferences.front().window.found_by);
  for (const WindowResult& window : e.summary->windows) facts.lost_samples += window.lost_samples;
  facts.ambient_known = e.setup.ambient_C.has_value();
  facts.windows = static_cast<int>(e.inferences.size());
  facts.n_effective = e.summary->spread.n_effective;
  facts.raised = e.summary->spread.caution.empty() ? 0 : e.summary->spread.raised;
  facts.simulated = e.setup.simulated;
  facts.suspect_reason = e.setup.suspect_reason;
  facts.imported = e.imported ? e.imported->format : "another tool";
  facts.not_stated = e.not_stated;
  return facts;
}

std::string no_window_reason(const std::vector<WindowRow>& windows) {
  if (windows.empty())
    return "A trace without windows: it has no energy per inference (joulerig import --mark Dk cuts windows where a line is high).";
  return "None of its " + std::to_string(windows.size()) +
         " windows counts (no samples, no inferences, or more than 0.1 % of them missing): it has no energy per inference.";
}

}  // namespace

Result<void> evaluate_values(const Store& store, const std::vector<WindowRow>& windows, const std::string& calibration,
                             Evaluation& e) {
  if (!calibration.empty())
    return fail(Trouble::unsupported, "Run " + e.row.id + " holds values that another tool computed, and no codes: no "
                                      "bench calibration can be applied to it.");
  e.model = bare_model(e);
  e.calibration_id = e.setup.calibration_id;
  e.calibration_kind = e.setup.calibration_kind;
  if (e.row.state == "interrupted") {
    e.verdict = Verdict::rig_error;
    e.reason = e.row.reason;
    return {};
  }
  e.verdict = Verdict::pass;
  const auto basis = basis_of(e.stream.channels);
  if (!basis || (*basis == ValueBasis::current && !(e.setup.supply_V > 0))) {
    e.reason = basis ? "The recording holds a current and no voltage: import it again with --volts for an energy."
                     : "The recording holds no current, power or energy: it is a trace.";
    return {};
  }
  if (auto card = use_card(e, *basis); !card) return card;
  auto pieces = collect_pieces(store, windows, e);
  if (!pieces && pieces.error().trouble == Trouble::not_found) {  // the trace was dropped by policy: the facts stay
    e.inferences.clear();
    e.reason = pieces.error().message + " The result as it was stored: joulerig show " + e.row.id + " --json.";
    return {};
  }
  if (!pieces) return Failure(pieces.error());
  if (pieces->empty()) {
    e.reason = no_window_reason(windows);
    return {};
  }
  const std::size_t dropped = windows.size() - pieces->size();
  if (dropped > 0)
    e.reason = std::to_string(dropped) + " of its " + std::to_string(windows.size()) +
               " windows do not count: no inferences, or more than 0.1 % of their samples missing.";
  e.summary = summarise_values(e.model, e.stream.channels, *pieces);
  if (pieces->size() < kLeastWindowsForU) {
    const bool one = pieces->size() == 1;
    e.not_stated = "five windows are needed";
    e.reason += (e.reason.empty() ? "It holds " : " That leaves ") + std::to_string(pieces->size()) + (one ? " window" : " windows") +
               ": a stated uncertainty needs five.";
  }
  e.grade = grade_of(grade_facts_of_values(e));
  return {};
}

}  // namespace jr
