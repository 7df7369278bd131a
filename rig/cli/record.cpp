// joulerig record: a trace from one monitor, with pre-trigger, into the database.
#include "rig/run/record.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/duration.hpp"
#include "rig/core/quantity.hpp"
#include "rig/cli/run_page.hpp"

namespace jr::cli {
namespace {

class Record : public Command {
 public:
  std::string name() const override { return "record"; }
  std::string summary() const override { return "Record a trace from one monitor, without bench or firmware"; }
  std::string examples() const override {
    return "  joulerig record --monitor ppk2 --volts 3.3 --for 30s\n"
           "  joulerig record --monitor ppk2@/dev/ttyACM0 --trigger \"D0 rising\" --pre 0.5s --for 5s\n"
           "  joulerig record --monitor ppk2 --volts 3.3 --trigger \"current > 1mA\" --pre 10ms   the inrush too";
  }
  void declare(Arguments& arguments) override {
    arguments.required("--monitor", monitor_, "KIND, KIND:SERIAL or KIND@PORT, e.g. ppk2");
    arguments.option("--volts", volts_, "Feed the board at this voltage (default: ampere mode, nothing is fed)");
    arguments.option("--for", for_, "How long, --pre included, e.g. 30s (default: 10s)");
    arguments.option("--trigger", trigger_, "Start at an edge, \"D0\" or \"D3 falling\", or where the current passes a level, \"current > 5mA\"");
    arguments.option("--pre", pre_, "Keep this much from before the trigger, e.g. 0.5s");
    arguments.option("--trigger-timeout", patience_, "Give up waiting for the trigger after this long (default: 60s)");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    auto request = parse();
    if (!request) return report(request.error());
    auto store = open_store(db_);
    if (!store) return report(store.error());
    clean_up_after_the_dead();
    watch_signals();
    request->interrupted = &interrupted();
    Result<RecordOutcome> outcome;
    {
      ErrorStreamProgress progress;
      outcome = record(**store, *request, progress);
    }
    if (!outcome) return report(outcome.error());
    print(**store, *outcome);
    return outcome->trouble ? report(*outcome->trouble) : 0;
  }

 private:
  Result<RecordRequest> parse() const {
    RecordRequest request;
    request.monitor = monitor_;
    const auto read = [](const std::string& text, Result<double> (*parse)(const std::string&), double& into) -> Result<void> {
      if (text.empty()) return {};
      auto value = parse(text);
      if (!value) return Failure(value.error());
      into = *value;
      return {};
    };
    double volts = -1;
    for (const auto& done : {read(for_, parse_duration, request.duration_s), read(pre_, parse_duration, request.pre_trigger_s),
                             read(patience_, parse_duration, request.trigger_patience_s),
                             read(volts_, [](const std::string& text) { return parse_quantity(text, "V"); }, volts)})
      if (!done) return Failure(done.error());
    if (!(request.duration_s > 0) || request.pre_trigger_s < 0 || request.pre_trigger_s > 60)
      return fail(Trouble::usage, "--for must be above 0, --pre between 0 and 60s.");
    if (!pre_.empty() && trigger_.empty())
      return fail(Trouble::usage, "--pre keeps what was before a trigger, and there is none: give --trigger, or leave --pre out.");
    if (!patience_.empty() && trigger_.empty())
      return fail(Trouble::usage, "--trigger-timeout is how long a trigger is waited for, and there is none: give --trigger, or leave it out.");
    if (!(request.trigger_patience_s > 0)) return fail(Trouble::usage, "--trigger-timeout must be above 0.");
    if (volts >= 0) request.volts = volts;
    if (!trigger_.empty()) {
      auto rule = parse_trigger(trigger_);
      if (!rule) return Failure(rule.error());
      request.trigger = *rule;
    }
    return request;
  }

  void print(const Store& store, const RecordOutcome& o) const {
    if (json_) {
      std::cout << as_json(o).dump() << "\n";
    } else if (o.evaluation) {
      std::cout << trace_lines(store, *o.evaluation) << "  record      " << o.run << " in " << store.file().string() << ", "
                << o.evaluation->samples_received() << " samples, " << o.evaluation->samples_lost() << " lost\n";
    }
  }

  /// The numbers are those of the report, key by key.
  static nlohmann::ordered_json as_json(const RecordOutcome& o) {
    const auto stored = o.evaluation ? nlohmann::ordered_json::parse(report_json(*o.evaluation, "")) : nlohmann::ordered_json();
    nlohmann::ordered_json json{{"run", o.run.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(o.run)}};
    for (const char* key : {"duration_s", "U_duration_s", "mean_current_A", "U_mean_current_A", "charge_C", "U_charge_C", "coverage",
                            "calibration", "notes", "verdict"})
      json[key] = stored.contains(key) ? stored[key] : nlohmann::ordered_json();
    json["samples"] = {{"received", o.evaluation ? o.evaluation->samples_received() : 0},
                       {"lost", o.evaluation ? o.evaluation->samples_lost() : 0}};
    json["reason"] = o.trouble ? o.trouble->message : "";
    return json;
  }

  std::string monitor_, volts_, for_, trigger_, pre_, patience_, db_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_record() { return std::make_unique<Record>(); }

}  // namespace jr::cli
