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
#include "rig/core/duration.hpp"
#include "rig/core/host_clock.hpp"
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

/// "365d", or the days from now to a date.
Result<double> days_until(const std::string& text) {
  constexpr double kDay_ms = 86'400'000;
  auto days = parse_days(text);
  const std::int64_t now_ms = wall_now_ms();
  if (days) return days;
  const auto date = parse_moment(text, now_ms);
  if (!date) return fail(Trouble::usage, "'" + text + "' is neither a number of days nor a date: write 365d, 52w or 2027-11-20.");
  if (*date <= now_ms) return fail(Trouble::usage, "--expires " + text + " is past already.");
  return static_cast<double>(*date - now_ms) / kDay_ms;
}

/// What an option says, where it was given.
Result<std::optional<double>> where_given(const std::string& text, Result<double> (*parse)(const std::string&)) {
  if (text.empty()) return std::nullopt;
  auto value = parse(text);
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
    arguments.count("--points", points_, "Currents a range, each way (default: 7)");
    arguments.option("--ranges", ranges_,
                     "Ranges to calibrate, e.g. 0,1,2 (default: all that can be reached)");
    arguments.option("--highest", highest_,
                     "Highest current, e.g. 50mA (default: 80 % of the board's trip current)");
    arguments.option("--settle", settle_,
                     "Wait after each change, e.g. 2s (default: 1s; 0.1s on a virtual bench)");
    arguments.option("--warm-up", warm_up_,
                     "Wait before the first point (default: 1800s; 1s on a virtual bench)");
    arguments.option("--expires", expires_, "How long it is valid, e.g. 365d, or until which date (default: 365d)");
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
    if (points_.value_or(7) < 1 || points_.value_or(7) > 1000) return fail(Trouble::usage, "--points must be at least 7 and at most 1000.");
    request_.points = static_cast<int>(points_.value_or(7));
    auto ranges = ranges_from(ranges_);
    if (!ranges) return Failure(ranges.error());
    request_.ranges = std::move(*ranges);
    const auto highest_A = where_given(highest_, [](const std::string& text) { return parse_quantity(text, "A"); }),
               settle_s = where_given(settle_, parse_duration), warm_up_s = where_given(warm_up_, parse_duration),
               valid_days = where_given(expires_, days_until);
    for (const auto* one : {&highest_A, &settle_s, &warm_up_s, &valid_days})
      if (!*one) return Failure(one->error());
    request_.highest_A = *highest_A;
    request_.settle_s = *settle_s;
    request_.valid_days = valid_days->value_or(request_.valid_days);
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
  std::string reference_, ranges_, highest_, settle_, warm_up_, expires_, db_;
  std::optional<std::uint64_t> points_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_calibrate() { return std::make_unique<Calibrate>(); }

}  // namespace jr::cli
