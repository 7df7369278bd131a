// joulerig lca export: a life cycle as a file for openLCA, Brightway, a database or a spreadsheet.
// Never overwrites a file unasked, and never leaves half of one.
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>
#include <span>

#include "rig/cli/command.hpp"
#include "rig/cli/lca_options.hpp"
#include "rig/cli/lca_record.hpp"
#include "rig/cli/lca_run.hpp"
#include "rig/cli/lca_subject.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/nearest.hpp"
#include "rig/core/version.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/lca/export_openlca.hpp"
#include "rig/lca/export_tables.hpp"
#include "rig/run/setup.hpp"

namespace jr::cli {
namespace {

using Texts = Result<std::string> (*)(const std::vector<lca::ExportSubject>& subjects, const lca::OpenlcaOptions& options);

struct Format {
  const char* name;
  const char* what;
  bool binary;
  Texts write;
};

Result<std::string> openlca(const std::vector<lca::ExportSubject>& subjects, const lca::OpenlcaOptions& options) {
  const auto entries = lca::openlca_entries(subjects, options);
  if (!entries) return Failure(entries.error());
  return lca::zipped(*entries);
}

template <std::string (*Table)(std::span<const lca::ExportSubject>)>
Result<std::string> tables(const std::vector<lca::ExportSubject>& subjects, const lca::OpenlcaOptions&) {
  return Table(subjects);
}

constexpr std::array kFormats{Format{"openlca", "a JSON-LD package for openLCA", true, openlca},
                              Format{"brightway", "activities for Brightway (bw2io's CSV)", false, tables<lca::brightway_csv>},
                              Format{"inventory", "physical amounts", false, tables<lca::inventory_csv>},
                              Format{"csv", "every input with its source", false, tables<lca::inputs_csv>},
                              Format{"json", "every input with its source and its errors", false, tables<lca::inputs_json>}};

std::string export_formats() {
  std::string list;
  for (const Format& format : kFormats) list += (list.empty() ? "" : ", ") + std::string(format.name);
  return list;
}

Result<const Format*> format_named(const std::string& name, const std::string& output) {
  const std::string wanted = name.empty() && output.ends_with(".zip") ? "openlca" : name;
  std::vector<std::string> known;
  for (const Format& format : kFormats) {
    if (wanted == format.name) return &format;
    known.emplace_back(format.name);
  }
  if (wanted.empty()) return fail(Trouble::usage, "Which format? --format takes one of " + export_formats() + ".");
  const auto close = nearest(wanted, known);
  return fail(Trouble::usage, "There is no format '" + wanted + "'" + (close ? "; did you mean '" + *close + "'?" : ": --format takes one of " + export_formats() + "."));
}

class LcaExport : public Command {
 public:
  std::string name() const override { return "lca export"; }
  std::string summary() const override { return "Write a life cycle for other programs: " + export_formats(); }
  std::string examples() const override {
    return "  joulerig lca export sim-1 -o sim-1.zip                    for openLCA\n"
           "  joulerig lca export sim-1 --format brightway -o sim-1.csv\n"
           "  joulerig lca export sim-1 --format inventory              mm2 of die, cm2 of board, g of cell\n"
           "  joulerig lca export --scenario paper-kws-typical --format json\n"
           "  joulerig lca check sim-1.zip                              is the package what its format promises?";
  }
  void declare(Arguments& arguments) override {
    arguments.option("RUN", runs_, "Runs, e.g. sim-1; left out: the scenario alone");
    arguments.option("--scenario", scenario_, "A scenario by name or file (default with a run: default)");
    arguments.option("--format", format_, "One of " + export_formats() + "; a file that ends in .zip is for openLCA");
    arguments.output(output_, force_, "The file to write; left out: to the terminal, where that makes sense");
    options_.declare(arguments);
    arguments.option("--electricity-flow", electricity_flow_, "UUID of the electricity flow in your database, instead of one of ours (openLCA)");
    arguments.flag("--no-reference-data", no_reference_data_, "Leave unit groups and flow properties out: your database has them (openLCA)");
    arguments.option("--version", version_, "Version of the processes, MM.mm.ppp; a higher one replaces a lower one in the database (openLCA)");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print what was written as JSON");
  }

  int run() override {
    if (runs_.empty() && scenario_.empty())
      return report({Trouble::usage, "Which run? joulerig runs lists them; --scenario NAME alone exports a scenario without a run."});
    const auto format = format_named(format_, output_);
    if (!format) return report(format.error());
    const bool for_openlca = std::string((*format)->name) == "openlca";
    if (!for_openlca && (!electricity_flow_.empty() || no_reference_data_ || !version_.empty()))
      return report({Trouble::usage, "--electricity-flow, --no-reference-data and --version belong to --format openlca."});
    if (output_.empty() && json_) return report({Trouble::usage, "--json tells what was written into a file: give one with -o; --format json is the export itself as JSON."});
    if (output_.empty() && (*format)->binary)
      return report({Trouble::usage, "Which file shall it be? Give one with -o, e.g. -o " + (runs_.empty() ? scenario_ : runs_.front()) + ".zip."});
    if (!output_.empty())
      if (auto fine = check_output(output_, force_); !fine) return report(fine.error());
    const auto subjects = all_subjects();
    if (!subjects) return report(subjects.error());
    const auto text = (*format)->write(*subjects, {electricity_flow_, !no_reference_data_, version_});
    if (!text) return report(text.error());
    say_what_matters(*subjects);
    if (output_.empty()) {
      std::cout << *text;
      return 0;
    }
    if (auto written = write_output(output_, *text, force_); !written) return report(written.error());
    if (json_)
      std::cout << nlohmann::ordered_json{{"file", output_}, {"format", (*format)->name}, {"bytes", text->size()}}.dump() << "\n";
    else
      std::cout << output_ << ": " << (*format)->what << ", " << text->size() << " bytes.\n";
    return 0;
  }

 private:
  void say_what_matters(const std::vector<lca::ExportSubject>& subjects) const {
    if (!electricity_flow_.empty())
      std::cerr << "The electricity is flow " << electricity_flow_ << " of your database: without it an import leaves the exchange empty, and says nothing.\n";
    for (const lca::ExportSubject& subject : subjects)
      if (const std::string warning = lca::warning_sentence(subject.assessment); !warning.empty()) std::cerr << warning << "\n";
  }

  Result<std::vector<lca::ExportSubject>> all_subjects() const {
    std::vector<lca::ExportSubject> subjects;
    if (runs_.empty()) {
      auto subject = assessed(nullptr, "");
      if (!subject) return Failure(subject.error());
      subjects.push_back(std::move(*subject));
      return subjects;
    }
    auto store = open_store(db_);
    if (!store) return Failure(store.error());
    for (const std::string& id : runs_) {
      auto subject = assessed(store->get(), id);
      if (!subject) return Failure(subject.error());
      subjects.push_back(std::move(*subject));
    }
    return subjects;
  }

  Result<lca::ExportSubject> assessed(const Store* store, const std::string& id) const {
    const auto overrides = options_.overrides();
    if (!overrides) return Failure(overrides.error());
    const auto draws = options_.number_of_draws();
    if (!draws) return Failure(draws.error());
    auto scenario = lca::load_scenario(scenario_.empty() ? kDefaultScenario : scenario_, scenario_folders(), *overrides);
    if (!scenario) return Failure(scenario.error());
    lca::ExportSubject subject;
    std::optional<lca::MeasuredRun> run;
    if (store) {
      auto use = measured_use(*store, id, scenario->use.supply);
      if (!use) return Failure(use.error());
      auto filled = lca::with_measured(*scenario, *use, overrides->rate, overrides->sleep_power);
      if (!filled) return Failure(filled.error());
      auto record = run_record(*store, id);
      if (!record) return Failure(record.error());
      *scenario = std::move(*filled);
      run = use->run;
      subject.record = std::move(*record);
    }
    auto assessment = lca::assess(std::move(*scenario), std::move(run), *draws);
    if (!assessment) return Failure(assessment.error());
    subject.assessment = std::move(*assessment);
    subject.assessment.tool_version = tool_version();
    return subject;
  }

  std::vector<std::string> runs_;
  std::string scenario_, format_, output_, electricity_flow_, version_, db_;
  LcaOptions options_;
  bool no_reference_data_{}, force_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_lca_export() { return std::make_unique<LcaExport>(); }

}  // namespace jr::cli
