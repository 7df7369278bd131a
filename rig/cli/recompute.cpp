// joulerig recompute: a stored run from its raw codes again, bit for bit, or under another calibration.
// Never edits a result: a recalculation is one more row beside it.
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/run/record_model.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

/// One run under its own coefficients and under others.
struct Recalculated {
  std::string run;
  Statement before, after;
};

std::string value_of(const Statement& s, const std::string& unit = "J") {
  return s.stated ? with_unit(s.value, s.interval.U, unit) : with_unit(s.value, unit);
}

ordered_json as_json(const Statement& s) {
  return {{"mean_J", s.value}, {"U_J", s.stated ? ordered_json(s.interval.U) : ordered_json()}};
}

class Recompute : public Command {
 public:
  std::string name() const override { return "recompute"; }
  std::string summary() const override {
    return "Compute a stored run again and compare bit for bit, or under another calibration";
  }
  std::string examples() const override {
    return "  joulerig recompute sim-1\n"
           "  joulerig recompute sim-1 --calibration 3f2a91   the same codes under that calibration\n"
           "  joulerig recompute --calibration 3f2a91         every run of that instrument, old and new";
  }
  void declare(Arguments& arguments) override {
    arguments.optional("RUN", run_, "Which run, e.g. sim-1; left out with --calibration: all of its instrument");
    arguments.option("--calibration", calibration_, "Use this calibration (id or its beginning) instead of the run's own");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print the recomputed report as JSON");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    if (!calibration_.empty()) return recalculate(**store);
    if (run_.empty()) return report({Trouble::usage, "Which run? joulerig runs lists them; without one give --calibration."});
    return compare_bits(**store);
  }

 private:
  int compare_bits(const Store& store) const {
    if (auto row = store.run(run_); !row) return report(row.error());
    if (auto sums = verify_moments(store, run_); !sums) return report(sums.error());
    auto truth = store.truth(run_);
    auto stored = store.result(run_);
    if (!truth) return report(truth.error());
    if (!stored) return report(stored.error());
    const int version = stored->has_value() ? evaluation_version_of(**stored) : kEvaluationVersion;
    if (version > kEvaluationVersion)
      return report({Trouble::unsupported, "The result of run " + run_ + " was computed by evaluation version " + std::to_string(version) +
                                           "; this program knows versions up to " + std::to_string(kEvaluationVersion) + ": use a newer joulerig."});
    auto evaluation = evaluate(store, run_, {}, version);
    if (!evaluation) return report(evaluation.error());
    const std::string anew = report_json(*evaluation, truth->value_or(""));
    if (!stored->has_value()) {
      if (json_) std::cout << anew << "\n";
      return report({Trouble::not_found, "Run " + run_ + " was never closed with a result: there is nothing to compare with."});
    }
    if (!evaluation->trace_trouble.empty()) return report({Trouble::malformed, evaluation->trace_trouble});
    if (**stored != anew && !only_adds_keys(**stored, anew)) {
      if (json_) std::cout << anew << "\n";
      return report({Trouble::malformed, "Run " + run_ + " does not give the stored result again: "
                                         "was it computed by another version? (show --json tells which)"});
    }
    if (json_) return print_current(store, *evaluation, anew, truth->value_or(""));
    if (int code = print_same_bits(store, *evaluation); code != 0) return code;
    return print_changed_rules(store, *evaluation);
  }

  /// The report under today's rules: `anew` when those are the stored ones.
  int print_current(const Store& store, const Evaluation& as_stored, const std::string& anew, const std::string& truth) const {
    if (as_stored.version == kEvaluationVersion) {
      std::cout << anew << "\n";
      return 0;
    }
    const auto today = evaluate(store, run_);
    if (!today) return report(today.error());
    std::cout << report_json(*today, truth) << "\n";
    return 0;
  }

  int print_same_bits(const Store& store, const Evaluation& evaluation) const {
    const auto dropped = store.dropped(run_);
    if (!dropped) return report(dropped.error());
    const std::string from = evaluation.holds_values() ? "summed anew from the stored values"
                             : dropped->empty()        ? "summed anew from the raw codes"
                                                       : "by their stored sums: the trace was dropped on " +
                                                     local_time(dropped->front().dropped_ms).substr(0, 10) + " (" + dropped->front().why + ")";
    std::cout << run_ << ": the same bits ("
              << (evaluation.trace     ? "mean current " + value_of(evaluation.trace->mean_current, "A") + "), "
                  : evaluation.summary ? value_of(evaluation.summary->mean) + " per inference), "
                                       : "no energy per inference), ")
              << (evaluation.trace ? "" : "from " + std::to_string(evaluation.inferences.size()) + " windows ") << from << ".\n";
    return 0;
  }

  /// Says what the rules since then change in this result.
  int print_changed_rules(const Store& store, const Evaluation& as_stored) const {
    if (as_stored.version == kEvaluationVersion) return 0;
    const auto today = evaluate(store, run_);
    if (!today) return report(today.error());
    const auto outcome = [](const Evaluation& e) {
      return std::string(name_of(e.verdict)) + ", " + (e.summary ? value_of(e.summary->mean) : "no energy") +
             (e.grade ? std::string(", grade ") + e.grade->letter : "") + (e.reason.empty() ? "" : " (" + e.reason + ")");
    };
    const std::string before = outcome(as_stored), now = outcome(*today);
    std::cout << "Stored by evaluation version " << as_stored.version << "; under version " << kEvaluationVersion << " it is "
              << (before == now ? "the same: " + now : now + " instead of " + before) << ".\n";
    if (before == now) return 0;
    std::cout << "What has changed since:\n";
    for (const EvaluationRule& rule : rules_since(as_stored.version))
      std::cout << "  " << rule.version << "  " << rule.name << ": " << rule.changes << "\n";
    return 0;
  }

  /// Both numbers of one run, the new one kept beside the old.
  static Result<Recalculated> recalculated(Store& store, const std::string& run, const CalibrationRow& calibration) {
    auto before = evaluate(store, run);
    if (!before) return Failure(before.error());
    auto after = evaluate(store, run, calibration.text);
    if (!after) return Failure(after.error());
    if (!before->summary || !after->summary)
      return fail(Trouble::not_found, "Run " + run + " has no energy to recompute: " + before->reason);
    auto truth = store.truth(run);
    if (!truth) return Failure(truth.error());
    if (auto kept = store.add_result(run, calibration.id, report_json(*after, truth->value_or(""))); !kept)
      return Failure(kept.error());
    return Recalculated{run, before->summary->mean, after->summary->mean};
  }

  /// Runs with an energy that this calibration's instrument measured.
  static Result<std::vector<std::string>> runs_of(const Store& store, const CalibrationRow& calibration) {
    auto runs = store.runs();
    if (!runs) return Failure(runs.error());
    std::vector<std::string> found;
    for (const RunRow& row : *runs) {
      if (row.facts.kind != "measure" || row.state != "closed") continue;
      const auto stream = store.stream(row.id, 0);
      if (!stream) continue;
      const Instrument instrument = instrument_of(*stream, row.facts.bench);
      if (instrument.kind == calibration.kind && instrument.serial == calibration.serial) found.push_back(row.id);
    }
    return found;
  }

  int recalculate(Store& store) const {
    auto calibration = store.calibration(calibration_);
    if (!calibration) return report(calibration.error());
    auto runs = run_.empty() ? runs_of(store, *calibration) : Result<std::vector<std::string>>({run_});
    if (!runs) return report(runs.error());
    std::vector<Recalculated> changed;
    for (const std::string& run : *runs) {
      auto both = recalculated(store, run, *calibration);
      if (both) changed.push_back(std::move(*both));
      else if (!run_.empty()) return report(both.error());
      else std::cerr << "Run " << run << " is left as it is: " << both.error().message << "\n";
    }
    print(*calibration, changed);
    return 0;
  }

  void print(const CalibrationRow& calibration, const std::vector<Recalculated>& changed) const {
    if (json_) {
      auto list = ordered_json::array();
      for (const Recalculated& one : changed)
        list.push_back({{"run", one.run}, {"before", as_json(one.before)}, {"after", as_json(one.after)}});
      std::cout << ordered_json{{"calibration", calibration.id}, {"runs", list}}.dump() << "\n";
      return;
    }
    std::vector<std::vector<std::string>> rows{{"run", "before", "under " + calibration.id.substr(0, 12), "change"}};
    for (const Recalculated& one : changed) {
      char change[32];
      std::snprintf(change, sizeof change, "%+.3f %%", 100 * (one.after.value / one.before.value - 1));
      rows.push_back({one.run, value_of(one.before), value_of(one.after), change});
    }
    std::cout << table(rows) << changed.size() << " results, each kept beside the one it had.\n";
  }

  std::string run_, calibration_, db_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_recompute() { return std::make_unique<Recompute>(); }

}  // namespace jr::cli
