// joulerig import: a recording that another tool made becomes a run like any other, marked with where it came from.
// Never imports the same bytes twice unawares.
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/nearest.hpp"
#include "rig/core/quantity.hpp"
#include "rig/exchange/mark_windows.hpp"
#include "rig/exchange/run_importer.hpp"
#include "rig/exchange/store_sink.hpp"
#include "rig/run/imported.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kMicro = 1e6;
constexpr std::uint64_t kMostInferences = 1'000'000'000'000, kMostSkipped = 1'000'000;

std::vector<std::string> import_formats() {
  std::vector<std::string> names;
  for (const Importer& importer : importers()) names.push_back(importer.format);
  for (const RunImporter& importer : run_importers()) names.push_back(importer.format);
  return names;
}

Error unknown_format(const std::string& format) {
  const auto names = import_formats();
  const auto close = nearest(format, names);
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return {Trouble::usage, "There is no importer for '" + format + "'" + (close ? "; did you mean '" + *close + "'?" : ";") +
                              " There is: " + list + "."};
}

/// "current=Current(uA)" -> {"current", "Current(uA)"}
Result<std::map<std::string, std::string>> parse_columns(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> columns;
  for (const std::string& text : texts) {
    const auto split = text.find('=');
    if (split == std::string::npos || split == 0 || split + 1 == text.size())
      return fail(Trouble::usage, "--column takes NAME=COLUMN, e.g. current=#2:uA; '" + text + "' is none.");
    columns[text.substr(0, split)] = text.substr(split + 1);
  }
  return columns;
}

/// "D3" -> 3
Result<unsigned> parse_mark(const std::string& text) {
  if (text.size() == 2 && (text[0] == 'D' || text[0] == 'd') && text[1] >= '0' && text[1] <= '7')
    return static_cast<unsigned>(text[1] - '0');
  return fail(Trouble::usage, "--mark takes a digital line, D0 to D7; '" + text + "' is none.");
}

/// A window in the published units, and where the recording itself says it was.
struct ImportedWindow {
  double start_s{}, duration_s{}, energy_uJ{};
  std::uint64_t inferences{};
  double power_uW() const { return energy_uJ / duration_s; }
  double energy_uJ_per_inference() const { return energy_uJ / static_cast<double>(inferences); }
};

/// Seconds from the beginning of the stream to a sample, gaps included.
double seconds_at(const Evaluation& e, const WindowRow& row, std::uint64_t ordinal) {
  std::uint64_t periods = ordinal;
  for (const Gap& gap : e.parts[static_cast<std::size_t>(row.stream)].gaps)
    if (gap.ordinal <= ordinal) periods += gap.length;
  return static_cast<double>(periods) * e.stream.period_s;
}

std::vector<ImportedWindow> windows_of(const Evaluation& e) {
  std::vector<ImportedWindow> windows;
  if (!e.summary) return windows;
  const auto metadata = ordered_json::parse(e.imported ? e.imported->metadata : "", nullptr, false);
  for (std::size_t i = 0; i < e.inferences.size(); ++i) {
    const WindowRow& row = e.inferences[i];
    const WindowResult& result = e.summary->windows[i];
    ImportedWindow window{seconds_at(e, row, row.window.start), result.duration_s, kMicro * result.energy_J, result.inferences};
    // An edge that the recording states lies between samples; the energy and its time are those of whole samples.
    const auto k = static_cast<std::size_t>(row.group - 1);
    if (metadata.is_object() && metadata.contains("windows_s") && metadata["windows_s"].size() > k)
      window.start_s = metadata["windows_s"][k][0].get<double>();
    windows.push_back(window);
  }
  return windows;
}

class Import : public Command {
 public:
  std::string name() const override { return "import"; }
  std::string summary() const override { return "Make a run of a recording that another tool made"; }
  std::string examples() const override {
    std::string text = "  joulerig import energyrunner results/kws/energy\n"
                       "  joulerig import ppk2 session.ppk2 --mark D0 --inferences 100 --volts 3.0\n"
                       "  joulerig import csv trace.csv --column time=#1:s --column current=#2:mA --volts 3.3\n\nFormats:";
    for (const Importer& importer : importers()) text += std::string("\n  ") + importer.format + ": " + importer.about;
    for (const RunImporter& importer : run_importers()) text += std::string("\n  ") + importer.format + ": " + importer.about;
    return text;
  }
  void declare(Arguments& arguments) override {
    arguments.required("FORMAT", format_, "Which tool made it; see the list below");
    arguments.required("PATH", path_, "The file, or the folder of a session");
    arguments.option("--bench", request_.bench, "Name of the runs (default: imported)");
    arguments.option("--volts", volts_, "Supply voltage, where the recording does not hold it");
    arguments.option("--mark", mark_, "Cut windows where this digital line is high: D0 to D7");
    arguments.count("--skip", skip_, "Leave out the first so many windows (warm-up)");
    arguments.count("--inferences", inferences_, "How many inferences each window holds");
    arguments.option("--rate", rate_, "Samples a second, where the recording does not say");
    arguments.option("--column", columns_, "Which column is what: NAME=COLUMN, by title or #number, with its unit (csv, rld)");
    arguments.flag("--reorder-time", request_.options.reorder_time, "Take samples whose time goes backwards, sorted (csv)");
    arguments.flag("--again", again_, "Import it even if the same bytes are a run already");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (auto understood = understand(); !understood) return report(understood.error());
    for (const RunImporter& importer : run_importers())
      if (format_ == importer.format) return import_whole_run(importer);
    for (const Importer& importer : importers())
      if (format_ == importer.format) return import_recording(importer);
    return report(unknown_format(format_));
  }

 private:
  /// Options as typed to options as meant.
  Result<void> understand() {
    ImportOptions& options = request_.options;
    if (!volts_.empty()) {
      const auto volts = parse_quantity(volts_, "V");
      if (!volts || !(*volts > 0 && *volts < 1e3)) return fail(Trouble::usage, "--volts takes a supply voltage above 0, e.g. 3.3 or 3.3V.");
      options.supply_V = *volts;
    }
    if (!rate_.empty()) {
      const auto rate_Hz = parse_quantity(rate_, "Hz");
      if (!rate_Hz || !(*rate_Hz > 0 && *rate_Hz <= 1e9)) return fail(Trouble::usage, "--rate takes samples a second, e.g. 1000 or 1kHz.");
      options.rate_Hz = *rate_Hz;
    }
    if (inferences_) {
      if (*inferences_ < 1 || *inferences_ > kMostInferences) return fail(Trouble::usage, "--inferences takes a whole number from 1.");
      options.inferences = *inferences_;
    }
    if (skip_.value_or(0) > kMostSkipped) return fail(Trouble::usage, "--skip takes a whole number of windows, at most a million.");
    if (skip_.value_or(0) > 0 && mark_.empty()) return fail(Trouble::usage, "--skip leaves out windows that --mark cuts: give --mark too.");
    request_.skip = skip_.value_or(0);
    auto columns = parse_columns(columns_);
    if (!columns) return Failure(columns.error());
    options.columns = std::move(*columns);
    if (mark_.empty()) return {};
    const auto line = parse_mark(mark_);
    if (!line) return Failure(line.error());
    request_.mark_line = *line;
    return {};
  }

  int import_whole_run(const RunImporter& importer) const {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    const auto run = importer.read(**store, path_, again_);
    if (!run) return report(run.error());
    const auto evaluation = evaluate(**store, *run);
    if (!evaluation) return report(evaluation.error());
    return print(**store, *evaluation, false);
  }

  int import_recording(const Importer& importer) {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    watch_signals();
    std::string known;
    const Describe describe = [&](const ForeignFacts& facts) -> Result<RunFacts> {
      if (!again_) {
        auto same = same_import(**store, facts, request_);
        if (!same) return Failure(same.error());
        known = std::move(*same);
        if (!known.empty()) return fail(Trouble::refused, "");
      }
      return facts_of_import(facts, request_);
    };
    StoreSink sink(**store, describe, &interrupted());
    std::optional<MarkWindows> marks;
    if (request_.mark_line) marks.emplace(sink, *request_.mark_line, request_.options.inferences, request_.skip);
    auto read = importer.read(path_, request_.options, marks ? static_cast<ForeignSink&>(*marks) : sink);
    if (!known.empty()) return print_known(**store, known);
    if (read) read = sink.finish(marks ? marks->left_out() : std::vector<std::string>{});
    if (!read) {
      sink.abandon(read.error().message);
      return report(read.error());
    }
    const auto evaluation = conclude_import(**store, sink.run());
    if (!evaluation) {
      sink.abandon(evaluation.error().message);
      return report(evaluation.error());
    }
    sink.closed();
    return print(**store, *evaluation, false);
  }

  int print_known(const Store& store, const std::string& run) const {
    std::cerr << "This recording is run " << run << " already; --again imports it once more.\n";
    const auto evaluation = evaluate(store, run);
    if (!evaluation) return report(evaluation.error());
    return print(store, *evaluation, true);
  }

  int print(const Store& store, const Evaluation& e, bool already) const {
    const auto windows = windows_of(e);
    json_ ? print_json(e, windows, already) : print_table(store, e, windows);
    return exit_code(e.verdict);
  }

  static void print_json(const Evaluation& e, const std::vector<ImportedWindow>& windows, bool already) {
    auto list = ordered_json::array();
    for (const ImportedWindow& window : windows)
      list.push_back({{"start_s", window.start_s}, {"duration_s", window.duration_s}, {"energy_uJ", window.energy_uJ},
                      {"power_uW", window.power_uW()}, {"energy_uJ_per_inference", window.energy_uJ_per_inference()},
                      {"inferences", window.inferences}});
    auto source = ordered_json::parse(e.row.facts.source, nullptr, false);
    if (source.is_discarded()) source = nullptr;
    const Statement* median = e.summary ? &e.summary->median : nullptr;
    std::cout << ordered_json{{"run", e.row.id}, {"already", already}, {"verdict", name_of(e.verdict)}, {"reason", e.reason},
                              {"samples", e.samples_received()}, {"lost", e.samples_lost()}, {"windows", std::move(list)},
                              {"median_uJ_per_inference", median ? ordered_json(kMicro * median->value) : ordered_json()},
                              {"U_median_uJ_per_inference",
                               median && median->stated ? ordered_json(kMicro * median->interval.U) : ordered_json()},
                              {"source", std::move(source)}}
                     .dump()
              << "\n";
  }

  static void print_table(const Store& store, const Evaluation& e, const std::vector<ImportedWindow>& windows) {
    std::cout << "Run " << e.row.id << " in " << store.file().string() << ": " << e.samples_received() << " samples, "
              << windows.size() << (windows.size() == 1 ? " window" : " windows")
              << (e.reason.empty() ? "" : "\n" + e.reason) << "\n\n";
    std::vector<std::vector<std::string>> rows{{"window", "start", "duration", "inferences", "energy", "power", "energy/inference"}};
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const ImportedWindow& window = windows[i];
      char start[32], duration[32];
      std::snprintf(start, sizeof start, "%.3f s", window.start_s);
      std::snprintf(duration, sizeof duration, "%.3f s", window.duration_s);
      rows.push_back({std::to_string(e.inferences[i].group), start, duration, std::to_string(window.inferences),
                      with_unit(window.energy_uJ / kMicro, "J"), with_unit(window.power_uW() / kMicro, "W"),
                      with_unit(window.energy_uJ_per_inference() / kMicro, "J")});
    }
    if (!windows.empty())
      std::cout << table(rows) << "\n  median      " << with_unit(e.summary->median.value, "J") << " per inference\n";
    for (const std::string& remark : e.setup.notes) std::cout << "  note: " << remark << "\n";
    std::cout << "  look again  joulerig show " << e.row.id << "\n";
  }

  ImportRequest request_;
  std::string format_, path_, mark_, db_;
  std::vector<std::string> columns_;
  std::string volts_, rate_;
  std::optional<std::uint64_t> inferences_, skip_;
  bool again_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_import() { return std::make_unique<Import>(); }

}  // namespace jr::cli
