// From a stored run to its numbers and back: the one way in which a result comes to be.
// Reads only the record, so that measuring and recomputing give the same bits.
#pragma once

#include <string>
#include <vector>

#include "rig/capture/board_clock.hpp"
#include "rig/core/verdict.hpp"
#include "rig/energy/protocols.hpp"
#include "rig/energy/trace_summary.hpp"
#include "rig/run/evaluation_rules.hpp"
#include "rig/run/grade.hpp"
#include "rig/run/setup.hpp"
#include "rig/store/origin.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// Fewer valid windows give no result.
inline constexpr int kLeastWindows = 5;

/// One uninterrupted stream of the monitor. A run has more than one when the monitor went away and
/// came back; ordinals count from 0 in each.
struct StreamPart {
  std::vector<Gap> gaps;
  std::uint64_t samples{};
};

/// A window that is no inference: one of its phases alone, or a sham. `pieces.infer` is what MARK was high for.
struct MarkedGroup {
  WindowLabel label{};
  WindowGroup pieces;
  WindowRow marked;  ///< as stored: group, attempt, events, place
};

/// What an imported run was made from.
struct ImportedFrom {
  struct File { std::string name, sha256; std::uint64_t bytes{}; };
  std::string format;
  std::vector<File> files;
  std::vector<std::string> remarks;  ///< what was assumed or left out, a sentence each
  std::string metadata, options;     ///< JSON: what else the recording says; how it was asked for
};

/// Everything that stands behind the JSON of a run.
struct Evaluation {
  RunRow row;        ///< with the source that it had where it was measured
  Origin origin;     ///< what it is called there: report and source keys carry that name, so that they stay the same
  StreamFacts stream;  ///< of the first; the others are of the same instrument with the same coefficients
  Setup setup;
  Firmware firmware;
  EnergyModel model;
  std::string calibration_id, calibration_kind;  ///< what `model` rests on: the run's own, or another
  std::vector<StreamPart> parts;
  std::vector<AttemptRow> attempts;   ///< at windows, in their order
  std::vector<WindowRow> inferences;  ///< the valid `infer` windows behind `groups`
  std::vector<WindowGroup> groups;
  std::vector<MarkedGroup> phases, shams;  ///< valid ones, in the order of their groups; often empty
  std::vector<Piece> long_sleep;           ///< successive pieces of a long sleep of its own; often empty
  std::optional<EnergySummary> summary;  ///< absent with fewer than five valid windows (of an import: without any)
  std::optional<TraceSummary> trace;     ///< of a record: its mean current, charge and duration
  std::string trace_trouble;             ///< why a record with samples has no `trace`: damaged, or dropped by policy
  std::optional<Protocols> protocols;    ///< absent without phases
  std::optional<ShamStatement> sham;     ///< absent without shams
  std::optional<Grade> grade;            ///< absent without a summary
  std::optional<BoardClock> board_clock; ///< by shams of two lengths: the clock that timed them, against the trace
  std::optional<ImportedFrom> imported;  ///< absent: it was measured or recorded by this program
  std::string not_stated;                ///< why there is no U, as the end of a sentence; empty: no spec card, or there is one
  Verdict verdict{Verdict::rig_error};
  std::string reason;
  int version{kEvaluationVersion};  ///< of the rules that it was computed by

  bool follows(const char* rule) const { return is_rule_of(version, rule); }
  /// A stream of values that another tool computed: no codes, no ranges, and `groups` stays empty.
  bool holds_values() const { return !stream.channels.empty(); }
  std::uint64_t samples_received() const;
  std::uint64_t samples_lost() const;
};

/// Loads run `id` and computes everything. Fails only when the record cannot be read; a run without
/// enough windows is an evaluation with a reason and without a summary.
/// `calibration`: text of a calibration to use instead of the run's own, or kOwnCoefficients (record_model.hpp); empty: the run's own.
/// `version`: the rules to follow, see evaluation_rules.hpp; an earlier one gives what the program gave then.
Result<Evaluation> evaluate(const Store& store, const std::string& id, const std::string& calibration = {},
                            int version = kEvaluationVersion);

/// The JSON of DESIGN: stable keys, SI units, U unrounded. `truth` is the ledger's JSON or empty.
std::string report_json(const Evaluation& evaluation, const std::string& truth);

/// More than 0.1 % of the window is missing, or may be: it does not count.
bool loses_too_much(const WindowGroup& group);

/// Sums every window's samples anew and compares them with its stored moments; of a trace that was dropped by policy
/// there are only the moments.
Result<void> verify_moments(const Store& store, const std::string& id);

/// True times of windows against a virtual bench's ledger.
struct Truth {
  bool known{};
  double energy_per_inference_J{}, expected_J{};
  std::vector<double> window_J, sampled_J;
};
Truth truth_of(const Evaluation& evaluation, const std::string& ledger_json);

}  // namespace jr
