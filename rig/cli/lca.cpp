// joulerig lca: the life cycle around stored runs, and around scenarios alone.
// Takes no decision about a figure: scenario, evaluation and assessment do.
#include <iostream>

#include "rig/cli/command.hpp"
#include "rig/cli/lca_options.hpp"
#include "rig/cli/lca_page.hpp"
#include "rig/cli/lca_report.hpp"
#include "rig/cli/lca_subject.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/version.hpp"
#include "rig/run/setup.hpp"

namespace jr::cli {
namespace {

class Lca : public Command {
 public:
  std::string name() const override { return "lca"; }
  std::string summary() const override { return "The life cycle around a measured inference: kg CO2-eq, batteries, what would matter"; }
  std::string examples() const override {
    return "  joulerig lca sim-1\n"
           "  joulerig lca sim-1 --rate 10/h --lifetime 5y --country France\n"
           "  joulerig lca sim-1 --scenario paper-kws-typical --json\n"
           "  joulerig lca sim-1 -o report.html         the report as a page, for a browser and for paper\n"
           "  joulerig lca scenario paper-kws-typical   without a run";
  }
  void declare(Arguments& arguments) override {
    arguments.option("RUN", runs_, "Runs, e.g. sim-1 (joulerig runs lists them); each is put into the scenario by itself");
    arguments.option("--scenario", scenario_, "A scenario by name or file (default: default)");
    options_.declare(arguments);
    arguments.database(db_);
    arguments.output(output_, force_, "Write the report of one run into this file, .html, instead of printing it");
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (const auto fine = check_lca_output(output_, force_, runs_.size()); !fine) return report(fine.error());
    if (runs_.empty())
      return report({Trouble::usage, "Which run? joulerig runs lists them; joulerig lca scenario NAME computes one without a run."});
    const auto overrides = options_.overrides();
    if (!overrides) return report(overrides.error());
    const auto draws = options_.number_of_draws();
    if (!draws) return report(draws.error());
    auto store = open_store(db_);
    if (!store) return report(store.error());
    std::string text;
    for (const std::string& id : runs_) {
      auto subject = lca_subject(**store, id, scenario_, *overrides);
      if (!subject) return report(subject.error());
      auto assessment = assessed(std::move(*subject), *draws);
      if (!assessment) return report(assessment.error());
      if (!output_.empty())
        if (const auto written = write_report(lca_report(*assessment), output_, force_); !written) return report(written.error());
      if (!text.empty()) text += json_ ? ", " : "\n";
      text += json_ ? lca::to_json(*assessment) : lca_page(*assessment);
    }
    if (json_ || output_.empty()) std::cout << (!json_ ? text : runs_.size() == 1 ? text + "\n" : "{\"runs\": [" + text + "]}\n");
    return 0;
  }

 private:
  std::vector<std::string> runs_;
  std::string scenario_, output_, db_;
  LcaOptions options_;
  bool force_{}, json_{};
};

class LcaScenario : public Command {
 public:
  std::string name() const override { return "lca scenario"; }
  std::string summary() const override { return "A scenario without a run: by name or by file"; }
  std::string examples() const override {
    return "  joulerig lca scenario paper-kws-typical\n"
           "  joulerig lca scenario ./my-device.toml --country India --json";
  }
  void declare(Arguments& arguments) override {
    arguments.required("NAME", name_, "Which scenario: a name, or a file");
    options_.declare(arguments);
    arguments.output(output_, force_, "Write the report into this file, .html, instead of printing it");
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (const auto fine = check_lca_output(output_, force_, 1); !fine) return report(fine.error());
    const auto overrides = options_.overrides();
    if (!overrides) return report(overrides.error());
    const auto draws = options_.number_of_draws();
    if (!draws) return report(draws.error());
    auto scenario = lca::load_scenario(name_, scenario_folders(), *overrides);
    if (!scenario) return report(scenario.error());
    if (scenario->use.average_power && (overrides->rate || overrides->sleep_power))
      return report({Trouble::usage, "The scenario '" + name_ + "' states a mean power: a rate or a sleep power has nothing to change in it."});
    auto assessment = lca::assess(std::move(*scenario), {}, *draws);
    if (!assessment) return report(assessment.error());
    assessment->tool_version = tool_version();
    if (!output_.empty())
      if (const auto written = write_report(lca_report(*assessment), output_, force_); !written) return report(written.error());
    if (json_ || output_.empty()) std::cout << (json_ ? lca::to_json(*assessment) + "\n" : lca_page(*assessment));
    return 0;
  }

 private:
  std::string name_, output_;
  LcaOptions options_;
  bool force_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_lca() { return std::make_unique<Lca>(); }
std::unique_ptr<Command> make_lca_scenario() { return std::make_unique<LcaScenario>(); }

}  // namespace jr::cli
