// joulerig runs, show: looking at what is stored.
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/energy/monte_carlo.hpp"
#include "rig/report/budget_picture.hpp"

namespace jr::cli {
namespace {

constexpr const char* kDatabaseHelp =
    "Database file (default: $JOULERIG_DB or the user's data folder)";

/// Energy per inference and its U out of a stored report; empty text when there is none.
std::string energy_in(const std::optional<std::string>& report) {
  if (!report) return "";
  const auto json = nlohmann::json::parse(*report, nullptr, false);
  if (json.is_discarded() || !json["energy_per_inference"].is_object()) return "";
  const auto& energy = json["energy_per_inference"];
  return energy["U_J"].is_number()
             ? with_unit(energy["mean_J"].get<double>(), energy["U_J"].get<double>(), "J")
             : with_unit(energy["mean_J"].get<double>(), "J");
}

class Runs : public Command {
 public:
  std::string name() const override { return "runs"; }
  std::string summary() const override { return "List the runs in the database, newest first"; }
  std::string examples() const override { return "  joulerig runs\n  joulerig runs --json"; }
  void declare(Arguments& arguments) override {
    arguments.option("--db", db_, kDatabaseHelp);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto runs = (*store)->runs();
    if (!runs) return report(runs.error());
    json_ ? print_json(*runs) : print_table(**store, *runs);
    return 0;
  }

 private:
  static void print_json(const std::vector<RunRow>& runs) {
    auto list = nlohmann::ordered_json::array();
    for (const RunRow& run : runs)
      list.push_back({{"run", run.id}, {"kind", run.facts.kind}, {"bench", run.facts.bench},
                      {"sequence", run.sequence}, {"state", run.state}, {"verdict", run.verdict},
                      {"reason", run.reason}, {"simulated", run.facts.simulated},
                      {"imported", !run.facts.source.empty()},
                      {"suspect", run.suspect || !run.recalled.empty()},
                      {"suspect_reason", run.recalled}, {"started_ms", run.facts.started_ms},
                      {"finished_ms", run.finished_ms}});
    std::cout << nlohmann::ordered_json{{"runs", list}}.dump() << "\n";
  }

  static void print_table(const Store& store, const std::vector<RunRow>& runs) {
    if (runs.empty()) {
      std::cout << "No run yet: joulerig measure makes one.\n";
      return;
    }
    std::vector<std::vector<std::string>> rows{{"run", "started", "verdict", "energy/inference", "notes"}};
    for (const RunRow& run : runs) {
      const auto result = store.result(run.id);
      std::string notes = run.facts.simulated ? "simulated" : "";
      if (!run.facts.source.empty()) notes += (notes.empty() ? "" : ", ") + std::string("imported");
      if (run.state != "closed") notes += (notes.empty() ? "" : ", ") + run.state;
      if (run.suspect || !run.recalled.empty()) notes += (notes.empty() ? "" : ", ") + std::string("suspect");
      rows.push_back({run.id, local_time(run.facts.started_ms),
                      run.verdict.empty() ? "-" : run.verdict,
                      result ? energy_in(*result) : "", notes});
    }
    std::cout << table(rows);
  }

  std::string db_;
  bool json_{};
};

class Show : public Command {
 public:
  std::string name() const override { return "show"; }
  std::string summary() const override { return "Show one run: number, budget, windows, trace"; }
  std::string examples() const override {
    return "  joulerig show sim-1\n  joulerig show sim-1 --json\n  joulerig show sim-1 --log";
  }
  void declare(Arguments& arguments) override {
    arguments.required("RUN", run_, "Which run, e.g. sim-1 (joulerig runs lists them)");
    arguments.option("--db", db_, kDatabaseHelp);
    arguments.flag("--json", json_, "Print the report as it was stored");
    arguments.flag("--log", log_, "Print the conversation with the board");
    arguments.flag("--budget", budget_, "Print the whole budget of uncertainty");
    arguments.option("--monte-carlo", monte_carlo_,
                     "A second opinion on the uncertainty by so many random trials (JCGM 101), e.g. 100000");
    arguments.option("--budget-svg", budget_svg_, "Draw the budget into this SVG file");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    if (log_) return print_log(**store);
    auto truth = (*store)->truth(run_);
    if (!truth) return report(truth.error());
    auto evaluation = evaluate(**store, run_);
    if (!evaluation) return report(evaluation.error());
    if (monte_carlo_ > 0) return print_monte_carlo(*evaluation);
    if (budget_ || !budget_svg_.empty()) return print_budget(*evaluation);
    if (const std::string& why = evaluation->row.recalled; !why.empty())
      std::cerr << "Run " << run_ << " is suspect: " << why << ".\n";
    if (!json_) {
      std::cout << run_page(**store, *evaluation, truth->value_or(""));
      return 0;
    }
    auto stored = (*store)->result(run_);
    if (!stored) return report(stored.error());
    std::cout << stored->value_or(report_json(*evaluation, truth->value_or(""))) << "\n";
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
    if (!(monte_carlo_ >= 100 && monte_carlo_ <= 1e7))
      return report({Trouble::usage, "--monte-carlo takes a number of trials from 100 to 10000000."});
    if (!evaluation.summary || !evaluation.summary->mean.stated || evaluation.holds_values())
      return report({Trouble::not_found, "Run " + run_ + " states no uncertainty that could be judged" +
                                             (evaluation.holds_values() ? " from codes: another tool recorded it." : ".")});
    const Statement& mean = evaluation.summary->mean;
    const MonteCarlo opinion = monte_carlo(evaluation.model, evaluation.groups, false, mean.energy,
                                           static_cast<std::uint64_t>(monte_carlo_));
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
                                             (evaluation.summary && !evaluation.not_stated.empty() ? evaluation.not_stated + "."
                                              : evaluation.summary ? "no spec card and no calibration states how far its "
                                                                   "monitor is to be trusted."
                                                                 : evaluation.reason)});
    const EnergySummary& summary = *evaluation.summary;
    if (budget_) std::cout << budget_text(summary.mean, summary.budget);
    if (budget_svg_.empty()) return 0;
    std::ofstream file(budget_svg_);
    file << budget_svg("Energy per inference of " + run_ + ": standard uncertainties", summary.mean, summary.budget);
    if (file.flush()) return 0;
    return report({Trouble::storage, "The picture cannot be written to " + budget_svg_ + ": is the folder there, and is it yours?"});
  }

  std::string run_, db_, budget_svg_;
  double monte_carlo_{};
  bool json_{}, log_{}, budget_{};
};

}  // namespace

std::unique_ptr<Command> make_runs() { return std::make_unique<Runs>(); }
std::unique_ptr<Command> make_show() { return std::make_unique<Show>(); }

}  // namespace jr::cli
