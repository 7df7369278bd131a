// Paragraphs of facts: technology, sampling, treatment, collection.
// An empty fact leaves its words out; nothing is made up for it.
#include "rig/cli/lca_record.hpp"

#include <algorithm>

#include "rig/core/words.hpp"
#include "rig/run/evaluation.hpp"

namespace jr::cli {
namespace {

constexpr std::size_t kBudgetLines = 8;

/// " words: fact." or nothing.
std::string said(const std::string& words, const std::string& fact) { return fact.empty() ? "" : " " + words + fact + "."; }

std::string technology_of(const Evaluation& e) {
  const Firmware& firmware = e.firmware;
  std::string text = "Board " + e.setup.board + (e.setup.mcu.empty() ? "" : " (" + e.setup.mcu + ")") + ".";
  text += said("Model ", firmware.model.empty() ? e.setup.model : firmware.model);
  text += said("Firmware ", firmware.name) + said("SHA-256 of the firmware ", firmware.sha256) + said("Commit ", firmware.commit);
  text += said("Compiler ", firmware.compiler + (firmware.flags.empty() ? "" : " " + firmware.flags));
  if (e.setup.supply_V > 0) text += " Supply " + digits(e.setup.supply_V, 5) + " V" + (e.setup.supply_kind.empty() ? "" : " (" + e.setup.supply_kind + ")") + ".";
  if (e.setup.ambient_C) text += " Air " + digits(*e.setup.ambient_C) + " degC" + (e.setup.ambient_source.empty() ? "" : " (" + e.setup.ambient_source + ")") + ".";
  return text;
}

std::string sampling_of(const Evaluation& e) {
  const EnergySummary& summary = *e.summary;
  std::string text = "Run " + e.row.id + ": " + std::to_string(summary.windows.size()) + " valid windows";
  std::uint64_t inferences = 0;
  double duration_s = 0;
  for (const WindowResult& window : summary.windows) {
    inferences += window.inferences;
    duration_s += window.duration_s;
  }
  text += ", " + std::to_string(inferences) + " inferences, " + digits(duration_s) + " s in all.";
  if (e.stream.period_s > 0) text += " Monitor " + e.stream.kind + " at " + digits(1 / e.stream.period_s) + " samples a second.";
  text += " Scatter by " + summary.spread.method + ", n effective " + digits(summary.spread.n_effective) + ".";
  return text + " Samples lost: " + std::to_string(e.samples_lost()) + ".";
}

std::string treatment_of(const Evaluation& e) {
  const Statement& mean = e.summary->mean;
  std::string text = e.calibration_id.empty() ? "No bench calibration." : "Calibration " + e.calibration_id + " (" + e.calibration_kind + ").";
  if (!mean.stated) return text + " No uncertainty is stated" + (e.not_stated.empty() ? "." : ": " + e.not_stated + ".");
  text += " Energy of one inference " + digits(mean.value, 6) + " J, U = " + digits(mean.interval.U) + " J (k = " + digits(mean.interval.k) + ", " +
          digits(100 * mean.interval.coverage) + " %). Budget, standard uncertainties:";
  for (std::size_t i = 0; i < std::min(kBudgetLines, e.summary->budget.size()); ++i) {
    const BudgetTerm& term = e.summary->budget[i];
    text += (i ? "; " : " ") + term.term + " " + digits(term.u_J) + " J (" + term.kind + ", " + term.distribution + ", " + digits(term.contribution_percent, 2) + " %)";
  }
  const std::size_t more = e.summary->budget.size() > kBudgetLines ? e.summary->budget.size() - kBudgetLines : 0;
  return text + (more ? "; and " + std::to_string(more) + " smaller ones." : ".");
}

std::string collection_of(const Evaluation& e) {
  std::string text = "JouleRig " + tool_version_of(e.setup) + " on bench " + e.row.facts.bench + ".";
  if (e.imported) text += " Imported from " + e.imported->format + ".";
  text += said("Grade ", e.grade ? e.grade->line : "");
  for (const std::string& note : e.setup.notes) text += " " + note;
  return text;
}

}  // namespace

Result<lca::RunRecord> run_record(const Store& store, const std::string& run) {
  const auto e = evaluate(store, run);
  if (!e) return Failure(e.error());
  if (!e->summary) return fail(Trouble::not_found, "Run " + run + " has no energy for a life cycle: " + e->reason);
  lca::RunRecord record;
  record.started_ms = e->row.facts.started_ms;
  record.identity = e->setup.host + "/" + e->row.facts.bench + "/" + run + "/" + std::to_string(record.started_ms);
  record.technology = technology_of(*e);
  record.sampling = sampling_of(*e);
  record.treatment = treatment_of(*e);
  record.collection = collection_of(*e);
  return record;
}

}  // namespace jr::cli
