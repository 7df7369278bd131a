// joulerig lca compare: runs, boards, models or countries beside each other, in one scenario.
// Takes no decision about a figure: scenario, evaluation and the draws do.
#include <iostream>

#include "rig/cli/command.hpp"
#include "rig/cli/lca_compare_page.hpp"
#include "rig/cli/lca_options.hpp"
#include "rig/cli/lca_report.hpp"
#include "rig/cli/lca_subject.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/version.hpp"
#include "rig/report/report_text.hpp"
#include "rig/run/setup.hpp"

namespace jr::cli {
namespace {

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') parts.emplace_back();
    else if (c != ' ' || !parts.back().empty()) parts.back() += c;
  }
  for (std::string& part : parts)
    while (part.ends_with(' ')) part.pop_back();
  std::erase(parts, "");
  return parts;
}

class LcaCompare : public Command {
 public:
  std::string name() const override { return "lca compare"; }
  std::string summary() const override { return "Life cycles beside each other: runs, boards, models or countries"; }
  std::string examples() const override {
    return "  joulerig lca compare sim-1 sim-2\n"
           "  joulerig lca compare sim-1 --countries DEU,FRA,IND\n"
           "  joulerig lca compare sim-1 sim-2 --scenario ./my-device.toml -o compared.html\n"
           "  joulerig lca compare --scenario paper-kws-typical --countries World,Poland   no run at all\n"
           "  joulerig lca compare sim-1 sim-2 --campaign 60W --campaign-source \"plug meter, 2026-11\"";
  }
  void declare(Arguments& arguments) override {
    arguments.option("RUN", runs_, "Runs to put into the scenario; the others are compared with the first");
    arguments.option("--scenario", scenario_, "A scenario by name or file (default: default)");
    arguments.option("--countries", countries_, "Grids by name or code, e.g. DE,FR,IN: each run under each of them");
    options_.declare(arguments);
    arguments.option("--campaign", campaign_, "Also what measuring took, if bench and host draw so much, e.g. 60W");
    arguments.option("--campaign-source", campaign_source_, "Who says so, e.g. \"plug meter, 2026-11\"");
    arguments.output(output_, force_, "Write the comparison into this file, .html, instead of printing it");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (const std::string wrong = complaint(); !wrong.empty()) return report({Trouble::usage, wrong});
    if (const auto fine = check_lca_output(output_, force_, 1); !fine) return report(fine.error());
    auto overrides = options_.overrides();
    if (!overrides) return report(overrides.error());
    const auto draws = options_.number_of_draws();
    if (!draws) return report(draws.error());
    const auto bench_power = power_of_campaign();
    if (!bench_power) return report(bench_power.error());
    auto comparison = compared(*overrides, *draws, *bench_power);
    if (!comparison) return report(comparison.error());
    const ReportPage page = comparison_report(*comparison);
    if (!output_.empty())
      if (const auto written = write_report(page, output_, force_); !written) return report(written.error());
    if (json_ || output_.empty()) std::cout << (json_ ? comparison_json(*comparison) + "\n" : report_text(page));
    return 0;
  }

 private:
  /// What is wrong with the options, told before a record is opened.
  std::string complaint() const {
    const std::size_t grids = std::max<std::size_t>(1, parts_of(countries_).size()), subjects = std::max<std::size_t>(1, runs_.size());
    if (grids * subjects < 2)
      return "Compared with what? Give two runs or more, or one run and --countries DEU,FRA; joulerig runs lists them.";
    if (runs_.empty() && scenario_.empty()) return "Which run? Without one, --scenario NAME says what to compare.";
    if (!countries_.empty() && !options_.country.empty()) return "--country and --countries both say whose grid: give one of them.";
    if (grids * subjects > lca::kMostTogether)
      return "These are " + std::to_string(grids * subjects) + " life cycles; " + std::to_string(lca::kMostTogether) + " can be compared at once.";
    if (!campaign_source_.empty() && campaign_.empty()) return "--campaign-source names the source of a power: which one, --campaign 60W?";
    return "";
  }

  Result<std::optional<lca::Input>> power_of_campaign() const {
    return quantity_of("--campaign", campaign_, "W", "power of bench and host", "60W", campaign_source_);
  }

  Result<LcaComparison> compared(lca::Overrides overrides, std::uint64_t draws, const std::optional<lca::Input>& bench_power) const {
    std::unique_ptr<Store> store;
    if (!runs_.empty() || bench_power) {
      auto opened = open_store(db_);
      if (!opened) return Failure(opened.error());
      store = std::move(*opened);
    }
    const auto table = lca::shipped_grids(scenario_folders());
    LcaComparison comparison;
    const std::vector<std::string> countries = parts_of(countries_);
    for (std::size_t r = 0; r < std::max<std::size_t>(1, runs_.size()); ++r)
      for (std::size_t g = 0; g < std::max<std::size_t>(1, countries.size()); ++g) {
        if (!countries.empty()) overrides.country = countries[g];
        auto one = column(store.get(), r, countries.empty() ? "" : countries[g], overrides, table ? std::optional(*table) : std::nullopt);
        if (!one) return Failure(one.error());
        comparison.columns.push_back(std::move(*one));
      }
    std::vector<lca::Scenario> scenarios;
    for (const LcaColumn& one : comparison.columns) scenarios.push_back(one.scenario);
    comparison.together = lca::draw_together(scenarios, draws);
    comparison.tool_version = tool_version();
    if (!bench_power) return comparison;
    auto campaign = campaign_of(*store, *bench_power);
    if (!campaign) return Failure(campaign.error());
    comparison.campaign = std::move(*campaign);
    return comparison;
  }

  Result<LcaColumn> column(const Store* store, std::size_t r, const std::string& country, const lca::Overrides& overrides, const std::optional<lca::GridTable>& table) const {
    if (runs_.empty()) {
      auto scenario = lca::load_scenario(scenario_, scenario_folders(), overrides);
      if (!scenario) return Failure(scenario.error());
      return lca_column(country, std::move(*scenario), {}, table);
    }
    auto subject = lca_subject(*store, runs_[r], scenario_, overrides);
    if (!subject) return Failure(subject.error());
    const std::string label = country.empty() ? runs_[r] : runs_.size() == 1 ? country : runs_[r] + " " + country;
    return lca_column(label, std::move(subject->scenario), std::move(subject->run), table);
  }

  static Result<Campaign> campaign_of(const Store& store, const lca::Input& power) {
    const auto rows = store.runs({.imported = false});
    if (!rows) return Failure(rows.error());
    Campaign campaign{0, 0, power};
    for (const RunRow& row : *rows) {
      if (row.finished_ms <= row.facts.started_ms) continue;
      ++campaign.runs;
      campaign.bench_s += static_cast<double>(row.finished_ms - row.facts.started_ms) / 1000;
    }
    return campaign;
  }

  std::vector<std::string> runs_;
  std::string scenario_, countries_, campaign_, campaign_source_, output_, db_;
  LcaOptions options_;
  bool force_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_lca_compare() { return std::make_unique<LcaCompare>(); }

}  // namespace jr::cli
