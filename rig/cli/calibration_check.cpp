// joulerig calibration verify and plot: is a kept calibration what it says, and does it still hold.
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/calibration_page.hpp"
#include "rig/cli/calibration_plot.hpp"
#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/run/calibrate.hpp"

namespace jr::cli {
namespace {


/// The record as it is kept, its hash verified.
Result<std::pair<CalibrationRow, Calibration>> kept(const Store& store, const std::string& id) {
  auto row = store.calibration(id);
  if (!row) return Failure(row.error());
  auto calibration = calibration_from(row->text);
  if (!calibration) return Failure(calibration.error());
  return std::pair{std::move(*row), std::move(*calibration)};
}

class CalibrationVerify : public Command {
 public:
  std::string name() const override { return "calibration verify"; }
  std::string summary() const override {
    return "Does the record hash to its id; with --bench, does the instrument still agree with it";
  }
  std::string examples() const override {
    return "  joulerig calibration verify 3f2a91\n  joulerig calibration verify 3f2a91 --bench "
           "nucleo --reference k2450.toml";
  }
  void declare(Arguments& arguments) override {
    arguments.calibration_id(id_);
    arguments.option("--bench", bench_,
                     "Measure independent currents against the reference on this bench");
    arguments.option("--reference", reference_,
                     "File with a [reference] (default: the bench file's own)");
    arguments.option("--world", request_.world,
                     "Option for the virtual bench, e.g. --world=--seed --world=7");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto found = kept(**store, id_);
    if (!found) return report(found.error());
    auto& [row, calibration] = *found;
    return bench_.empty() ? say_hash(row, calibration) : measure(row, calibration);
  }

 private:
  int say_hash(const CalibrationRow& row, const Calibration& calibration) const {
    if (json_)
      std::cout << nlohmann::ordered_json{{"id", row.id},
                                          {"intact", true},
                                          {"state", row.state},
                                          {"reason", row.reason},
                                          {"passed", passed(calibration)}}
                       .dump()
                << "\n";
    else
      std::cout << "Calibration " << short_id(row.id)
                << " is intact: its record hashes to its id. It is " << row.state
                << (row.reason.empty() ? "" : " (" + row.reason + ")") << ".\n";
    return 0;
  }

  int measure(const CalibrationRow& row, const Calibration& calibration) {
    clean_up_after_the_dead();
    watch_signals();
    request_.bench = bench_;
    request_.reference = reference_;
    request_.interrupted = &interrupted();
    request_.answers = &std::cin;
    request_.questions = &std::cerr;
    Result<Calibration> again;
    {
      ErrorStreamProgress progress;
      again = verify_on_bench(calibration, request_, progress);
    }
    if (!again) return report(again.error());
    if (json_)
      std::cout << calibration_json(*again, {row.state, row.reason}, false) << "\n";
    else
      std::cout << "Calibration " << short_id(row.id) << " against " << again->reference.model
                << " " << again->reference.serial << ":\n"
                << verification_page(*again);
    if (passed(*again)) return 0;
    return report({Trouble::refused, "The instrument no longer agrees with calibration " +
                                         short_id(row.id) + ": " + failed_checks(*again) +
                                         ". Look for what changed, and calibrate again."});
  }

  CalibrateRequest request_;
  std::string id_, bench_, reference_, db_;
  bool json_{};
};

class CalibrationPlot : public Command {
 public:
  std::string name() const override { return "calibration plot"; }
  std::string summary() const override {
    return "Draw the residuals of a calibration with their error bars, a range at a time";
  }
  std::string examples() const override {
    return "  joulerig calibration plot 3f2a91\n  joulerig calibration plot 3f2a91 -o "
           "residuals.svg";
  }
  void declare(Arguments& arguments) override {
    arguments.calibration_id(id_);
    arguments.output(output_, force_, "Write an SVG picture to this file instead");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print the residuals as JSON instead");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto found = kept(**store, id_);
    if (!found) return report(found.error());
    const auto& [row, calibration] = *found;
    if (json_) std::cout << calibration_json(calibration, {row.state, row.reason}, false) << "\n";
    if (output_.empty()) {
      if (!json_) std::cout << residual_text(calibration);
      return 0;
    }
    if (auto written = write_output(output_, residual_svg(calibration), force_); !written) return report(written.error());
    std::cerr << "Wrote " << output_ << ".\n";
    return 0;
  }

 private:
  std::string id_, output_, db_;
  bool force_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_calibration_verify() { return std::make_unique<CalibrationVerify>(); }
std::unique_ptr<Command> make_calibration_plot() { return std::make_unique<CalibrationPlot>(); }

}  // namespace jr::cli
