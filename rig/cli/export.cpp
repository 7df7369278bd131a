// joulerig export: a stored run as a file that other programs read.
// Never changes the run, and never overwrites a file unasked.
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/asked_calibration.hpp"
#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/duration.hpp"
#include "rig/exchange/export.hpp"

namespace jr::cli {
namespace {

constexpr std::uint64_t kMostStreams = 1'000'000;

std::string formats() {
  std::string list;
  for (const Exporter& exporter : exporters()) list += (list.empty() ? "" : ", ") + std::string(exporter.format);
  return list;
}

/// Coefficients, voltage and calibration of a run whose instrument sends codes. Values need none: what cannot be
/// evaluated can still be exported.
Result<void> take_model(const Store& store, const std::string& asked, ViewRequest& request) {
  const auto calibration = asked_calibration(store, asked);
  if (!calibration) return Failure(calibration.error());
  const auto stream = store.stream(request.run, request.stream);
  if (!stream) return Failure(stream.error());
  const auto evaluation = evaluate(store, request.run, *calibration);
  if (!evaluation) return stream->channels.empty() || !asked.empty() ? Result<void>(Failure(evaluation.error())) : Result<void>{};
  request.ranges = evaluation->model.ranges;
  request.supply = evaluation->model.supply;
  request.calibration_id = evaluation->calibration_id;
  request.calibration_kind = evaluation->calibration_kind;
  return {};
}

class Export : public Command {
 public:
  std::string name() const override { return "export"; }
  std::string summary() const override { return "Write a run as a file for other programs: " + formats(); }
  std::string examples() const override {
    return "  joulerig export sim-1 -o sim-1.csv\n"
           "  joulerig export sim-1 -o sim-1.ppk2             for Nordic's Power Profiler app\n"
           "  joulerig export sim-1 -o part.h5 --from 2s --to 2.5s";
  }
  void declare(Arguments& arguments) override {
    arguments.required("RUN", run_, "Which run, e.g. sim-1 (joulerig runs lists them)");
    arguments.output(output_, force_, "The file to write");
    arguments.option("--format", format_, "One of " + formats() + "; left out: by the file's ending");
    arguments.option("--from", from_, "Begin so long after the first sample, e.g. 2s or 30ms");
    arguments.option("--to", to_, "End so long after the first sample");
    arguments.option("--calibration", calibration_, kAskedCalibration);
    arguments.count("--stream", stream_, "Which stream of a run whose monitor was reconnected (default: 0)");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print what was written as JSON");
  }

  int run() override {
    if (output_.empty()) return report({Trouble::usage, "Which file shall it be? Give one with -o, e.g. -o " + run_ + ".csv."});
    const auto exporter = format_.empty() ? exporter_for(output_) : exporter_named(format_);
    if (!exporter) return report(exporter.error());
    auto request = requested();
    if (!request) return report(request.error());
    auto store = open_store(db_);
    if (!store) return report(store.error());
    if (auto row = (*store)->run(run_); !row) return report(row.error());
    if (auto model = take_model(**store, calibration_, *request); !model) return report(model.error());
    const auto exported = export_run(**store, *request, *exporter, output_, force_);
    if (!exported) return report(exported.error());
    print(*exporter, *request, *exported);
    return 0;
  }

 private:
  Result<ViewRequest> requested() const {
    ViewRequest request;
    request.run = run_;
    for (const auto& [text, place] : {std::pair{&from_, &request.from_s}, {&to_, &request.to_s}}) {
      if (text->empty()) continue;
      const auto time_s = parse_duration(*text);
      if (!time_s) return Failure(time_s.error());
      *place = *time_s;
    }
    if (stream_.value_or(0) > kMostStreams) return fail(Trouble::usage, "--stream takes a number up to " + std::to_string(kMostStreams) + ".");
    request.stream = static_cast<int>(stream_.value_or(0));
    return request;
  }

  void print(const Exporter& exporter, const ViewRequest& request, const Exported& exported) const {
    if (json_) {
      std::cout << nlohmann::ordered_json{{"run", run_}, {"file", output_}, {"format", exporter.format}, {"samples", exported.samples},
                                          {"bytes", exported.bytes}, {"calibration", {{"id", request.calibration_id}, {"kind", request.calibration_kind}}}, {"remarks", exported.remarks}}
                       .dump()
                << "\n";
      return;
    }
    for (const std::string& remark : exported.remarks) std::cerr << remark << "\n";
    std::cout << output_ << ": " << exported.samples << " samples of " << run_ << " as " << exporter.format << ", " << exported.bytes << " bytes";
    if (!request.calibration_kind.empty()) std::cout << "; by " << request.calibration_kind;
    std::cout << ".\n";
  }

  std::string run_, output_, format_, from_, to_, calibration_, db_;
  std::optional<std::uint64_t> stream_;
  bool force_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_export() { return std::make_unique<Export>(); }

}  // namespace jr::cli
