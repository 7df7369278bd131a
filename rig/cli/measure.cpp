// joulerig measure: one run, start to end, and its page or its JSON.
#include "rig/run/measure.hpp"

#include <iostream>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"

namespace jr::cli {
namespace {

class Measure : public Command {
 public:
  std::string name() const override { return "measure"; }
  std::string summary() const override {
    return "Measure the energy per inference: flash, boot, capture, compute, store";
  }
  std::string examples() const override {
    return "  joulerig measure                                  on the virtual bench\n"
           "  joulerig measure --bench nucleo --plan mlperf-tiny\n"
           "  joulerig measure --bench nucleo --ambient 23.5,0.5\n"
           "  joulerig measure --bench ./my.toml --json > run.json";
  }
  void declare(Arguments& arguments) override {
    arguments.option("--bench", request_.bench, "Bench file, by name or path (default: sim)");
    arguments.option("--plan", request_.plan,
                     "Plan: default, mlperf-tiny, lca, or a file (default: default)");
    arguments.renamed("--profile", "--plan");
    arguments.option("--firmware", request_.firmware, "Firmware image instead of the bench's own");
    arguments.option("--model", request_.model, "Refuse to measure if the board runs another model");
    arguments.option("--ambient", request_.ambient,
                     "Temperature of the air in degrees Celsius, and its standard uncertainty, e.g. 23.5,0.5");
    arguments.database(db_);
    arguments.option("--world", request_.world,
                     "Option for the virtual bench, e.g. --world=--seed --world=7");
    arguments.flag("--json", json_, "Print the report as JSON and nothing else");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    clean_up_after_the_dead();
    watch_signals();
    request_.interrupted = &interrupted();
    Result<RunOutcome> outcome;
    {
      ErrorStreamProgress progress;
      outcome = measure(**store, request_, progress);
    }
    if (!outcome) return report(outcome.error());
    print(**store, *outcome);
    return outcome->interrupted ? kExitInterrupted : exit_code(outcome->verdict);
  }

 private:
  void print(const Store& store, const RunOutcome& outcome) const {
    if (outcome.verdict == Verdict::rig_error)
      std::cerr << "joulerig: " << outcome.reason << "\n";
    if (json_) {
      if (!outcome.report.empty()) std::cout << outcome.report << "\n";
      return;
    }
    auto evaluation = evaluate(store, outcome.run);
    auto truth = store.truth(outcome.run);
    if (evaluation) std::cout << run_page(store, *evaluation, truth ? truth->value_or("") : "");
  }

  MeasureRequest request_;
  std::string db_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_measure() { return std::make_unique<Measure>(); }

}  // namespace jr::cli
