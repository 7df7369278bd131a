// joulerig compare: runs against the first of them, what their differences are made of, their sum, one picture of all.
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/compare_page.hpp"
#include "rig/cli/compared_run.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/report/overlay.hpp"

namespace jr::cli {
namespace {

class Compare : public Command {
 public:
  std::string name() const override { return "compare"; }
  std::string summary() const override { return "Runs against the first of them: what changed, and what is only noise"; }
  std::string examples() const override {
    return "  joulerig compare sim-1 sim-2\n"
           "  joulerig compare sim-1 sim-2 --explain       power, time, phases, what differs between the two\n"
           "  joulerig compare sim-1 sim-2 sim-3 --sum     a pipeline of several models\n"
           "  joulerig compare sim-1 sim-2 -o windows.svg  their windows over each other, or .png";
  }
  void declare(Arguments& arguments) override {
    arguments.required("RUN", first_, "The run that the others are compared with");
    arguments.required_list("OTHERS", others_, "Runs to compare with it");
    arguments.flag("--explain", explain_, "Where each difference comes from, with its U");
    arguments.flag("--sum", sum_, "The sum of their energies per inference, with its U");
    arguments.output(output_, force_, "Draw their windows over each other into this file, .svg or .png");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (const std::string wrong = complaint(); !wrong.empty()) return report({Trouble::usage, wrong});
    if (!output_.empty())
      if (auto fine = check_output(output_, force_); !fine) return report(fine.error());
    auto store = open_store(db_);
    if (!store) return report(store.error());
    std::vector<Evaluation> runs;
    for (std::size_t i = 0; i <= others_.size(); ++i) {
      auto run = with_number(**store, i == 0 ? first_ : others_[i - 1]);
      if (!run) return report(run.error());
      runs.push_back(std::move(*run));
    }
    if (runs.front().summary->mean.value == 0)
      return report({Trouble::unsupported, "Run " + first_ + " has an energy of 0 J: nothing can be compared with it."});
    const ComparedRun first = compared_run(runs.front());
    std::vector<Against> others;
    for (std::size_t i = 1; i < runs.size(); ++i) others.push_back(against(**store, runs.front(), first, runs[i]));
    if (!output_.empty())
      if (const auto drawn = draw(**store, runs); !drawn) return report(drawn.error());
    json_ ? print_json(first, others) : print_text(first, others);
    return 0;
  }

 private:
  /// What is wrong with the options, told before a record is opened.
  std::string complaint() const {
    if (output_.empty()) return "";
    if (!output_.ends_with(".svg") && !output_.ends_with(".png"))
      return "A picture's file is named .svg or .png; " + output_ + " is neither.";
    if (others_.size() + 1 > kMostOverlaid)
      return "One picture holds " + std::to_string(kMostOverlaid) + " runs; these are " +
             std::to_string(others_.size() + 1) + ": draw fewer, or leave -o away.";
    return "";
  }

  static Result<Evaluation> with_number(const Store& store, const std::string& id) {
    auto evaluation = evaluate(store, id);
    if (!evaluation || evaluation->summary) return evaluation;
    return fail(Trouble::not_found, "Run " + id + " has no energy to compare: " + evaluation->reason);
  }

  Against against(const Store& store, const Evaluation& reference, const ComparedRun& first,
                  const Evaluation& other) const {
    Against one{compared_run(other), {}, {}};
    one.difference = difference_between(first, one.run);
    if (!explain_) return one;
    one.explanation = jr::explain(first, one.run);
    if (auto share = share_of_calibration(store, reference, other)) one.explanation->set_share("calibration", std::move(*share));
    return one;
  }

  Result<void> draw(const Store& store, const std::vector<Evaluation>& runs) const {
    std::vector<OverlayWindow> windows;
    for (const Evaluation& e : runs) {
      const Statement& mean = e.summary->mean;
      windows.push_back({e.row.id + (e.setup.simulated ? " (simulated): " : ": ") +
                             (mean.stated ? with_unit(mean.value, mean.interval.U, "J") : with_unit(mean.value, "J")) +
                             " and " + with_unit(e.summary->latency.value, "s") + " per inference",
                         power_source(e), e.inferences.front().window});
    }
    const auto panels = overlay_panels(store, windows);
    if (!panels) return Failure(panels.error());
    const std::string title = "Power at the board's terminals";
    const auto picture = output_.ends_with(".png") ? overlay_png(title, *panels)
                                                   : Result<std::string>(overlay_svg(title, *panels));
    if (!picture) return Failure(picture.error());
    if (auto written = write_output(output_, *picture, force_); !written) return written;
    std::cerr << "Wrote " << output_ << ".\n";
    return {};
  }

  void print_json(const ComparedRun& first, const std::vector<Against>& others) const {
    nlohmann::ordered_json json{{"run", first.run},
                                {"energy_per_inference", energy_json(first.energy)},
                                {"against", against_json(first, others)}};
    if (sum_) json["sum"] = sum_json(sum_of_runs(first, others));
    std::cout << json.dump() << "\n";
  }

  void print_text(const ComparedRun& first, const std::vector<Against>& others) const {
    if (sum_) std::cout << sum_page(first, others, sum_of_runs(first, others));
    if (!sum_) std::cout << comparison_table(first, others);
    for (const Against& other : others)
      if (other.explanation) std::cout << explanation_page(first, other);
  }

  std::string first_, output_, db_;
  std::vector<std::string> others_;
  bool json_{}, explain_{}, sum_{}, force_{};
};

}  // namespace

std::unique_ptr<Command> make_compare() { return std::make_unique<Compare>(); }

}  // namespace jr::cli
