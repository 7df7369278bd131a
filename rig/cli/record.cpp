// joulerig record: a trace from one monitor, with pre-trigger, into the database.
#include "rig/run/record.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
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
           "  joulerig record --monitor ppk2@/dev/ttyACM0 --trigger \"D0 rising\" --pre 0.5s --for 5s";
  }
  void declare(Arguments& arguments) override {
    arguments.required("--monitor", monitor_, "KIND, KIND:SERIAL or KIND@PORT, e.g. ppk2");
    arguments.option("--volts", volts_, "Feed the board at this voltage (default: ampere mode, nothing is fed)");
    arguments.option("--for", for_, "How long, e.g. 30s (default: 10s)");
    arguments.option("--trigger", trigger_, "Start at \"D0\", \"D3 falling\", \"current > 5mA\", \"current < 10uA\"");
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
    if (outcome->trouble.empty()) return 0;
    return report({interrupted() ? Trouble::interrupted : Trouble::hang_up, outcome->trouble});
  }

 private:
  Result<RecordRequest> parse() const {
    RecordRequest request;
    request.monitor = monitor_;
    const auto read = [](const std::string& text, const std::string& unit, double& into) -> Result<void> {
      if (text.empty()) return {};
      auto value = parse_quantity(text, unit);
      if (!value) return Failure(value.error());
      into = *value;
      return {};
    };
    double volts = -1;
    for (const auto& done : {read(for_, "s", request.duration_s), read(pre_, "s", request.pre_trigger_s),
                             read(patience_, "s", request.trigger_patience_s), read(volts_, "V", volts)})
      if (!done) return Failure(done.error());
    if (!(request.duration_s > 0) || request.pre_trigger_s < 0 || request.pre_trigger_s > 60)
      return fail(Trouble::usage, "--for must be above 0, --pre between 0 and 60s.");
    if (volts >= 0) request.volts = volts;
    if (!trigger_.empty()) {
      auto rule = parse_trigger(trigger_);
      if (!rule) return Failure(rule.error());
      request.trigger = *rule;
    }
    return request;
  }

  void print(const Store& store, const RecordOutcome& o) const {
    if (json_)
      std::cout << nlohmann::ordered_json{{"run", o.run}, {"duration_s", o.duration_s}, {"mean_current_A", o.mean_A},
                                          {"charge_C", o.charge_C},
                                          {"samples", {{"received", o.samples}, {"lost", o.lost}}},
                                          {"reason", o.trouble}}.dump() << "\n";
    else
      std::cout << o.run << ": " << o.duration_s << " s, mean " << with_unit(o.mean_A, "A") << ", charge "
                << with_unit(o.charge_C, "C") << ", " << o.samples << " samples, " << o.lost << " lost, in "
                << store.file().string() << "\n";
  }

  std::string monitor_, volts_, for_, trigger_, pre_, patience_, db_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_record() { return std::make_unique<Record>(); }

}  // namespace jr::cli
