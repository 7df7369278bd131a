// joulerig bench control, release, history: keeping an eye on a bench between runs.
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/history_page.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/measure.hpp"

namespace jr::cli {
namespace {


class BenchControl : public Command {
 public:
  std::string name() const override { return "bench control"; }
  std::string summary() const override {
    return "Measure a bench's own firmware, and compare the bench with itself";
  }
  std::string examples() const override {
    return "  joulerig bench control sim\n  joulerig bench control my-bench --json";
  }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", request_.bench, "Bench file, by name or path");
    arguments.option("--plan", request_.plan,
                     "Plan (default: default); another plan is another chart");
    arguments.option(
        "--ambient", request_.ambient,
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
    request_.control = true;
    request_.interrupted = &interrupted();
    Result<RunOutcome> outcome;
    {
      ErrorStreamProgress progress;
      outcome = measure(**store, request_, progress);
    }
    if (!outcome) return report(outcome.error());
    if (outcome->verdict == Verdict::rig_error)
      std::cerr << "joulerig: " << outcome->reason << "\n";
    if (json_)
      std::cout << (outcome->report.empty() ? "" : outcome->report + "\n");
    else if (outcome->verdict != Verdict::rig_error)
      say(*outcome);
    if (outcome->interrupted) return kExitInterrupted;
    return outcome->quarantined.empty() ? exit_code(outcome->verdict)
                                        : exit_code(Verdict::rig_error);
  }

 private:
  void say(const RunOutcome& outcome) const {
    const auto json = nlohmann::json::parse(outcome.report, nullptr, false);
    if (json.is_discarded() || !json["energy_per_inference"].is_object()) return;
    std::cout << outcome.run << ": "
              << with_unit(json["energy_per_inference"]["mean_J"].get<double>(), "J")
              << " per inference, "
              << (outcome.quarantined.empty() ? "as the bench's chart allows" : "out of limits")
              << " (joulerig bench history " << request_.bench << ")\n";
  }

  MeasureRequest request_;
  std::string db_;
  bool json_{};
};

class BenchRelease : public Command {
 public:
  std::string name() const override { return "bench release"; }
  std::string summary() const override {
    return "Lift the quarantine of a bench's monitor, after someone has looked";
  }
  std::string examples() const override {
    return "  joulerig bench release my-bench --reason \"a loose lead at VOUT\"\n"
           "  joulerig bench release my-bench --reason \"monitor adjusted\" --new-baseline";
  }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", bench_,
                       "Bench file, by name or path; or an instrument, e.g. ppk2:E1");
    arguments.option("--reason", reason_, "What was found and done; goes into the record");
    arguments.option("--by", by_, "Who looked (default: the user's name)");
    arguments.flag("--new-baseline", new_baseline_,
                   "What it reads now is right: its charts begin anew");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (reason_.empty())
      return report({Trouble::usage,
                     "A release needs --reason TEXT: what was found, and what was done about it."});
    // A bench's file may be gone; its instrument is then named as the quarantine names it,
    // "ppk2:E1".
    std::string what = bench_;
    if (what.find(':') == std::string::npos) {
      auto bench = load_bench(bench_);
      if (!bench) return report(bench.error());
      what = bench->name;
    }
    auto store = open_store(db_);
    if (!store) return report(store.error());
    const char* user = std::getenv("USER");
    const std::string by = !by_.empty() ? by_ : user && *user ? user : "someone";
    auto lifted = (*store)->lift_quarantine(what, by, reason_, new_baseline_, wall_now_ms());
    if (!lifted) return report(lifted.error());
    auto list = nlohmann::ordered_json::array();
    for (const QuarantineRow& row : *lifted) {
      list.push_back(
          {{"instrument", row.instrument}, {"since_ms", row.since_ms}, {"reason", row.reason}});
      if (!json_)
        std::cout << row.instrument << " is out of quarantine (in it since "
                  << local_time(row.since_ms) << ": " << row.reason << ").\n";
    }
    if (json_)
      std::cout << nlohmann::ordered_json{{"bench", what}, {"by", by}, {"released", list}}.dump()
                << "\n";
    return 0;
  }

 private:
  std::string bench_, reason_, by_, db_;
  bool new_baseline_{}, json_{};
};

class BenchHistoryCommand : public Command {
 public:
  std::string name() const override { return "bench history"; }
  std::string summary() const override {
    return "Drift charts of a bench: reference loads per range, control runs, quarantines";
  }
  std::string examples() const override {
    return "  joulerig bench history my-bench\n  joulerig bench history my-bench -o drift.svg\n  "
           "joulerig bench history my-bench --json";
  }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", bench_, "Bench file, by name or path");
    arguments.output(svg_, force_, "Draw the charts into this SVG file");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (!svg_.empty())
      if (auto fine = check_output(svg_, force_); !fine) return report(fine.error());
    auto bench = load_bench(bench_);
    if (!bench) return report(bench.error());
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto history = bench_history(**store, bench->name, bench->health);
    if (!history) return report(history.error());
    if (!svg_.empty())
      if (auto written = write_output(svg_, history_svg(*history), force_); !written) return report(written.error());
    std::cout << (json_ ? history_json(*history) + "\n" : history_page(*history));
    return 0;
  }

 private:
  std::string bench_, db_, svg_;
  bool force_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_bench_control() { return std::make_unique<BenchControl>(); }
std::unique_ptr<Command> make_bench_release() { return std::make_unique<BenchRelease>(); }
std::unique_ptr<Command> make_bench_history() { return std::make_unique<BenchHistoryCommand>(); }

}  // namespace jr::cli
