// joulerig calibrate: a monitor against a reference, start to end, and what came of it.
#include "rig/run/calibrate.hpp"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rig/cli/calibration_page.hpp"
#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/quantity.hpp"
#include "rig/core/verdict.hpp"

namespace jr::cli {
namespace {

/// "0,1,2" as range numbers.
Result<std::vector<std::size_t>> ranges_from(const std::string& text) {
  std::vector<std::size_t> ranges;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    if (word.size() != 1 || word[0] < '0' || word[0] > '7')
      return fail(Trouble::usage,
                  "--ranges '" + text + "' is no list of ranges: write for instance 0,1,2.");
    ranges.push_back(static_cast<std::size_t>(word[0] - '0'));
  }
  return ranges;
}

Result<std::optional<double>> optional_quantity(const std::string& text, const std::string& unit) {
  if (text.empty()) return std::nullopt;
  auto value = parse_quantity(text, unit);
  if (!value) return Failure(value.error());
  return std::optional<double>(*value);
}

class Calibrate : public Command {
 public:
  std::string name() const override { return "calibrate"; }
  std::string summary() const override {
    return "Calibrate the monitor of a bench against a reference with a certificate";
  }
  std::string examples() const override {
    return "  joulerig calibrate scripted                          the virtual instrument against "
           "a virtual reference\n"
           "  joulerig calibrate nucleo --reference k2450.toml --ranges 0,1,2\n"
           "  joulerig calibrate nucleo --reference by-hand.toml --settle 3s --operator \"A. "
           "Person\"";
  }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", request_.bench, "Bench file, by name or path");
    arguments.option("--reference", reference_,
                     "File with a [reference] (default: the bench file's own)");
    arguments.option("--points", points_, "Currents a range, each way (default: 7)");
    arguments.option("--ranges", ranges_,
                     "Ranges to calibrate, e.g. 0,1,2 (default: all that can be reached)");
    arguments.option("--highest", highest_,
                     "Highest current, e.g. 50mA (default: 80 % of the board's trip current)");
    arguments.option("--settle", settle_,
                     "Wait after each change, e.g. 2s (default: 1s; 0.1s on a virtual bench)");
    arguments.option("--warm-up", warm_up_,
                     "Wait before the first point (default: 1800s; 1s on a virtual bench)");
    arguments.option("--expires", request_.valid_days, "Days for which it is valid (default: 365)");
    arguments.option("--operator", request_.operator_name, "Who calibrates (default: $USER)");
    arguments.database(db_);
    arguments.option("--world", request_.world,
                     "Option for the virtual bench, e.g. --world=--seed --world=7");
    arguments.flag("--json", json_, "Print the calibration as JSON and nothing else");
  }

  int run() override {
    if (auto understood = understand(); !understood) return report(understood.error());
    auto store = open_store(db_);
    if (!store) return report(store.error());
    clean_up_after_the_dead();
    watch_signals();
    request_.interrupted = &interrupted();
    Result<CalibrateOutcome> outcome;
    {
      ErrorStreamProgress progress;
      outcome = calibrate(**store, request_, progress);
      if (outcome)
        for (const std::string& note : outcome->notes) progress.note(note);
    }
    if (!outcome) return report(outcome.error());
    print(*outcome);
    if (outcome->passed) return 0;
    return report(
        {Trouble::refused, "Calibration " + short_id(outcome->calibration.id) +
                               " is kept, but not active, since it failed: " + outcome->reason +
                               ". Look at it with joulerig calibration plot " +
                               short_id(outcome->calibration.id) + "."});
  }

 private:
  Result<void> understand() {
    request_.reference = reference_;
    if (!(points_ >= 1 && points_ <= 1000) || points_ != std::floor(points_))
      return fail(Trouble::usage, "--points must be a whole number of at least 7.");
    request_.points = static_cast<int>(points_);
    auto ranges = ranges_from(ranges_);
    if (!ranges) return Failure(ranges.error());
    request_.ranges = std::move(*ranges);
    const auto highest_A = optional_quantity(highest_, "A"), settle_s = optional_quantity(settle_, "s"),
               warm_up_s = optional_quantity(warm_up_, "s");
    for (const auto* one : {&highest_A, &settle_s, &warm_up_s})
      if (!*one) return Failure(one->error());
    request_.highest_A = *highest_A;
    request_.settle_s = *settle_s;
    request_.warm_up_s = *warm_up_s;
    if (request_.settle_s.value_or(0) < 0 || request_.settle_s.value_or(0) > 600 ||
        request_.warm_up_s.value_or(0) < 0)
      return fail(Trouble::usage, "--settle lies between 0 and 600s, --warm-up is at least 0.");
    if (const char* user = std::getenv("USER"); user && request_.operator_name.empty())
      request_.operator_name = user;
    request_.answers = &std::cin;
    request_.questions = &std::cerr;
    return {};
  }

  void print(const CalibrateOutcome& outcome) const {
    const CalibrationStanding standing{outcome.passed ? "active" : "failed", outcome.reason};
    std::cout << (json_ ? calibration_json(outcome.calibration, standing, false) + "\n"
                        : calibration_page(outcome.calibration, standing));
  }

  CalibrateRequest request_;
  std::string reference_, ranges_, highest_, settle_, warm_up_, db_;
  double points_{7};
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_calibrate() { return std::make_unique<Calibrate>(); }

}  // namespace jr::cli
