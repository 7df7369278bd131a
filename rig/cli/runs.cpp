// joulerig runs, show: looking at what is stored.
// Never changes a record; tags and notes are labels.cpp's.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/labels.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/duration.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/core/words.hpp"
#include "rig/energy/monte_carlo.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/report/budget_picture.hpp"
#include "rig/run/find_runs.hpp"

namespace jr::cli {
namespace {


/// What a stored report says of the number: null where it says nothing.
struct Reported {
  nlohmann::ordered_json mean_J, U_J, grade;
};

Reported reported_in(const std::optional<std::string>& report) {
  const auto json = report ? nlohmann::ordered_json::parse(*report, nullptr, false) : nlohmann::ordered_json();
  const auto at = [](const nlohmann::ordered_json& object, const char* key) {
    return object.is_object() && object.contains(key) ? object[key] : nlohmann::ordered_json();
  };
  const auto energy = at(json, "energy_per_inference");
  return {at(energy, "mean_J"), at(energy, "U_J"), at(at(json, "grade"), "letter")};
}

std::string energy_text(const Reported& reported) {
  if (!reported.mean_J.is_number()) return "";
  return reported.U_J.is_number() ? with_unit(reported.mean_J.get<double>(), reported.U_J.get<double>(), "J")
                                  : with_unit(reported.mean_J.get<double>(), "J");
}

class Runs : public Command {
 public:
  std::string name() const override { return "runs"; }
  std::string summary() const override { return "List the runs in the database, newest first; all of them, or those that fit"; }
  std::string examples() const override {
    return "  joulerig runs\n"
           "  joulerig runs --board mps2-an386 --model kws01 --since 7d\n"
           "  joulerig runs --firmware 3f2a91 --verdict pass --measured --limit 20\n"
           "  joulerig runs --tag release --json";
  }
  void declare(Arguments& arguments) override {
    arguments.option("--bench", query_.stored.bench, "Only runs of this bench");
    arguments.option("--board", query_.board, "Only runs of this board");
    arguments.option("--model", query_.model, "Only runs of this model");
    arguments.option("--firmware", query_.firmware,
                     "Only runs of this firmware: its name, or the beginning of its commit or SHA-256");
    arguments.option("--since", since_, "Only runs begun since then: 7d, 36h, 2026-11-20, \"2026-11-20 14:30\"");
    arguments.option("--verdict", query_.stored.verdict, "Only runs that ended so: pass, fail, inconclusive, rig-error");
    arguments.option("--tag", query_.stored.tag, "Only runs with this tag (joulerig tag)");
    arguments.flag("--measured", measured_, "Only runs of real hardware, measured here");
    arguments.flag("--simulated", simulated_, "Only runs of virtual benches");
    arguments.flag("--imported", imported_, "Only runs that another tool recorded");
    arguments.count("--limit", limit_, "Only the newest so many");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (auto understood = complete_query(); !understood) return report(understood.error());
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto runs = find_runs(**store, query_);
    if (!runs) return report(runs.error());
    return json_ ? print_json(**store, *runs) : print_table(**store, *runs);
  }

 private:
  /// What was asked for as text or flag, in the query's own terms.
  Result<void> complete_query() {
    if (measured_ + simulated_ + imported_ > 1)
      return fail(Trouble::usage, "--measured, --simulated and --imported exclude each other: give one of them.");
    if (measured_ || simulated_) query_.stored.simulated = simulated_;
    if (measured_ || imported_) query_.stored.imported = imported_;
    const std::vector<std::string> verdicts{"pass", "fail", "inconclusive", "rig-error"};
    const std::string& wanted = query_.stored.verdict;
    if (!wanted.empty() && std::find(verdicts.begin(), verdicts.end(), wanted) == verdicts.end())
      return fail(Trouble::usage, "There is no verdict '" + wanted + "'; there are: " + joined(verdicts, ", ") + ".");
    if (limit_ == 0u) return fail(Trouble::usage, "--limit takes a number of runs: 1, 2, 3 and so on.");
    query_.limit = static_cast<std::size_t>(limit_.value_or(0));
    if (since_.empty()) return {};
    const auto since = parse_moment(since_, wall_now_ms());
    if (!since) return Failure(since.error());
    query_.stored.since_ms = *since;
    return {};
  }

  int print_json(const Store& store, const std::vector<FoundRun>& runs) const {
    auto list = nlohmann::ordered_json::array();
    for (const FoundRun& run : runs) {
      auto one = json_of(store, run);
      if (!one) return report(one.error());
      list.push_back(std::move(*one));
    }
    std::cout << nlohmann::ordered_json{{"runs", list}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
    return 0;
  }

  static Result<nlohmann::ordered_json> json_of(const Store& store, const FoundRun& run) {
    const RunRow& row = run.row;
    const auto result = store.result(row.id);
    if (!result) return Failure(result.error());
    const auto labels = labels_json(store, row);
    if (!labels) return Failure(labels.error());
    const Reported reported = reported_in(*result);
    const auto source = nlohmann::ordered_json::parse(row.facts.source, nullptr, false);
    nlohmann::ordered_json json{
        {"run", row.id}, {"kind", row.facts.kind}, {"bench", row.facts.bench}, {"sequence", row.sequence},
        {"state", row.state}, {"verdict", row.verdict}, {"reason", row.reason}, {"simulated", row.facts.simulated},
        {"imported", !row.facts.source.empty()}, {"suspect", row.suspect || !row.recalled.empty()},
        {"suspect_reason", row.recalled}, {"started_ms", row.facts.started_ms}, {"finished_ms", row.finished_ms},
        {"board", run.board}, {"model", run.model},
        {"firmware", {{"name", run.firmware.name}, {"sha256", run.firmware.sha256}, {"commit", run.firmware.commit},
                      {"image_bytes", run.firmware.image_bytes}}},
        {"energy_per_inference", reported.mean_J.is_null()
                                     ? nlohmann::ordered_json()
                                     : nlohmann::ordered_json{{"mean_J", reported.mean_J}, {"U_J", reported.U_J}}},
        {"grade", reported.grade}, {"source", source.is_discarded() ? nlohmann::ordered_json() : source}};
    json.update(*labels);
    return json;
  }

  /// The filters as they were given, for the sentence that says that nothing fits them.
  std::string filters() const {
    std::string given;
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) given += (given.empty() ? "" : " ") + std::string(name) + " " + value;
    };
    add("--bench", query_.stored.bench), add("--board", query_.board), add("--model", query_.model);
    add("--firmware", query_.firmware), add("--since", since_), add("--verdict", query_.stored.verdict);
    add("--tag", query_.stored.tag);
    for (const auto& [set, name] : {std::pair{measured_, "--measured"}, {simulated_, "--simulated"}, {imported_, "--imported"}})
      if (set) given += (given.empty() ? "" : " ") + std::string(name);
    return given;
  }

  static std::string flags_of(const RunRow& row) {
    std::vector<std::string> flags;
    if (row.facts.simulated) flags.emplace_back("simulated");
    if (!row.facts.source.empty()) flags.emplace_back("imported");
    if (row.state != "closed") flags.push_back(row.state);
    if (row.suspect || !row.recalled.empty()) flags.emplace_back("suspect");
    return joined(flags, ", ");
  }

  int print_table(const Store& store, const std::vector<FoundRun>& runs) const {
    if (runs.empty()) {
      const std::string given = filters();
      std::cout << (given.empty() ? "No run yet: joulerig measure makes one.\n"
                                  : "No run fits " + given + "; joulerig runs without them lists what there is.\n");
      return 0;
    }
    std::vector<std::vector<std::string>> rows{
        {"run", "started", "board", "model", "verdict", "energy/inference", "", "tags and notes"}};
    for (const FoundRun& run : runs) {
      const auto result = store.result(run.row.id);
      const auto notes = store.notes(run.row.id);
      std::vector<std::string> labels = run.row.tags;
      if (notes && !notes->empty()) labels.push_back(notes->size() == 1 ? "(1 note)" : "(" + std::to_string(notes->size()) + " notes)");
      rows.push_back({run.row.id, local_time(run.row.facts.started_ms), run.board, run.model,
                      run.row.verdict.empty() ? "-" : run.row.verdict,
                      result ? energy_text(reported_in(*result)) : "", flags_of(run.row), joined(labels, " ")});
    }
    if (std::all_of(rows.begin() + 1, rows.end(), [](const auto& row) { return row.back().empty(); }))
      rows.front().back().clear();
    std::cout << table(rows);
    return 0;
  }

  RunQuery query_;
  std::string since_, db_;
  std::optional<std::uint64_t> limit_;
  bool json_{}, measured_{}, simulated_{}, imported_{};
};

class Show : public Command {
 public:
  std::string name() const override { return "show"; }
  std::string summary() const override { return "Show one run: number, budget, windows, trace"; }
  std::string examples() const override {
    return "  joulerig show sim-1\n  joulerig show sim-1 --json\n  joulerig show sim-1 --dut-log\n  joulerig show sim-1 -o budget.svg";
  }
  void declare(Arguments& arguments) override {
    arguments.required("RUN", run_, "Which run, e.g. sim-1 (joulerig runs lists them)");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print the report as it was stored, with the tags and notes it was given since");
    arguments.flag("--dut-log", log_, "Print what was said to the board and what it answered");
    arguments.renamed("--log", "--dut-log");
    arguments.flag("--budget", budget_, "Print the whole budget of uncertainty");
    arguments.count("--monte-carlo", monte_carlo_,
                     "A second opinion on the uncertainty by so many random trials (JCGM 101), e.g. 100000");
    arguments.output(budget_svg_, force_, "Draw the budget into this SVG file");
    arguments.renamed("--budget-svg", "--output");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    if (log_) return print_log(**store);
    auto truth = (*store)->truth(run_);
    if (!truth) return report(truth.error());
    auto evaluation = evaluate(**store, run_);
    if (!evaluation) return report(evaluation.error());
    if (monte_carlo_) return print_monte_carlo(*evaluation);
    if (budget_ || !budget_svg_.empty()) return print_budget(*evaluation);
    if (const std::string& why = evaluation->row.recalled; !why.empty())
      std::cerr << "Run " << run_ << " is suspect: " << why << ".\n";
    if (!json_) {
      std::cout << run_page(**store, *evaluation, truth->value_or(""));
      return 0;
    }
    auto stored = (*store)->result(run_);
    if (!stored) return report(stored.error());
    auto labelled = with_labels(**store, evaluation->row, stored->value_or(report_json(*evaluation, truth->value_or(""))));
    if (!labelled) return report(labelled.error());
    std::cout << *labelled << "\n";
    return 0;
  }

 private:
  int print_log(const Store& store) const {
    if (auto row = store.run(run_); !row) return report(row.error());
    auto lines = store.conversation(run_);
    if (!lines) return report(lines.error());
    for (const ConversationRow& line : *lines)
      std::cout << line.ordinal << (line.sent ? "  > " : "  < ") << line.text << "\n";
    return 0;
  }

  int print_monte_carlo(const Evaluation& evaluation) const {
    if (*monte_carlo_ < 100 || *monte_carlo_ > 10'000'000)
      return report({Trouble::usage, "--monte-carlo takes a number of trials from 100 to 10000000."});
    if (!evaluation.summary || !evaluation.summary->mean.stated || evaluation.holds_values())
      return report({Trouble::not_found, "Run " + run_ + " states no uncertainty that could be judged" +
                                             (evaluation.holds_values() ? " from codes: another tool recorded it." : ".")});
    const Statement& mean = evaluation.summary->mean;
    const MonteCarlo opinion = monte_carlo(evaluation.model, evaluation.groups, false, mean.energy, *monte_carlo_);
    if (json_) {
      std::cout << nlohmann::ordered_json{{"run", run_},
                                          {"monte_carlo",
                                           {{"trials", opinion.trials}, {"seed", opinion.seed}, {"mean_J", opinion.mean},
                                            {"u_J", opinion.u}, {"u_tolerance_J", opinion.u_tolerance},
                                            {"U_J", opinion.U}, {"budget_u_J", opinion.budget_u},
                                            {"budget_U_J", mean.interval.U}, {"differs", opinion.differs}}}}
                       .dump()
                << "\n";
      return 0;
    }
    std::cout << table({{"", "u", "U (95 %)"},
                        {"budget", with_unit(opinion.budget_u, "J"), with_unit(mean.interval.U, "J")},
                        {"Monte Carlo", with_unit(opinion.u, "J"), with_unit(opinion.U, "J")}})
              << (opinion.differs ? "They differ by more than 3 %: the model is not as linear as the budget takes it; "
                                    "believe the second.\n"
                                  : "They agree within 3 %.\n");
    return 0;
  }

  int print_budget(const Evaluation& evaluation) const {
    if (!evaluation.summary || !evaluation.summary->mean.stated)
      return report({Trouble::not_found, "Run " + run_ + " has no budget: " +
                                             (evaluation.row.facts.kind == "record" ? "it is a record, a trace without an energy."
                                              : evaluation.summary && !evaluation.not_stated.empty() ? evaluation.not_stated + "."
                                              : evaluation.summary ? "no spec card and no calibration states how far its "
                                                                   "monitor is to be trusted."
                                                                 : evaluation.reason)});
    const EnergySummary& summary = *evaluation.summary;
    if (budget_) std::cout << budget_text(summary.mean, summary.budget);
    if (budget_svg_.empty()) return 0;
    const auto written = write_output(budget_svg_, budget_svg("Energy per inference of " + run_ + ": standard uncertainties", summary.mean,
                                                              summary.budget), force_);
    return written ? 0 : report(written.error());
  }

  std::string run_, db_, budget_svg_;
  std::optional<std::uint64_t> monte_carlo_;
  bool json_{}, log_{}, budget_{}, force_{};
};

}  // namespace

std::unique_ptr<Command> make_runs() { return std::make_unique<Runs>(); }
std::unique_ptr<Command> make_show() { return std::make_unique<Show>(); }

}  // namespace jr::cli
