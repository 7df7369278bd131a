// joulerig compare: two or more runs side by side; their difference and ratio with what they share cancelled.
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

/// One run's evaluation against the first one's.
struct Comparison {
  Evaluation run;
  Statement difference, ratio;  ///< this minus the first, this over the first; J per inference, 1
  bool is_noise() const {
    return !difference.stated || std::abs(difference.value) <= difference.interval.U;
  }
};

ordered_json with_interval(const Statement& statement, const char* value_key, const char* U_key) {
  return {{value_key, statement.value},
          {U_key, statement.stated ? ordered_json(statement.interval.U) : ordered_json()}};
}

std::string percent(double share, double U, bool is_stated) {
  char text[64];
  if (is_stated)
    std::snprintf(text, sizeof text, "%+.3g %% +- %.2g %%", 100 * share, 100 * U);
  else
    std::snprintf(text, sizeof text, "%+.3g %%", 100 * share);
  return text;
}

class Compare : public Command {
 public:
  std::string name() const override { return "compare"; }
  std::string summary() const override { return "Runs against the first of them: what changed, and what is only noise"; }
  std::string examples() const override {
    return "  joulerig compare sim-1 sim-2\n  joulerig compare sim-1 sim-2 sim-3 --json";
  }
  void declare(Arguments& arguments) override {
    arguments.required("RUN", first_, "The run that the others are compared with");
    arguments.required_list("OTHERS", others_, "Runs to compare with it");
    arguments.option("--db", db_, "Database file (default: $JOULERIG_DB or the user's data folder)");
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto first = with_number(**store, first_);
    if (!first) return report(first.error());
    std::vector<Comparison> others;
    for (const std::string& id : others_) {
      auto other = with_number(**store, id);
      if (!other) return report(other.error());
      Comparison against{std::move(*other), {}, {}};
      against.difference = difference_of(against.run.summary->mean, first->summary->mean);
      against.ratio = ratio_of(against.run.summary->mean, first->summary->mean);
      others.push_back(std::move(against));
    }
    json_ ? print_json(*first, others) : print_table(*first, others);
    return 0;
  }

 private:
  static Result<Evaluation> with_number(const Store& store, const std::string& id) {
    auto evaluation = evaluate(store, id);
    if (!evaluation || evaluation->summary) return evaluation;
    return fail(Trouble::not_found, "Run " + id + " has no energy to compare: " + evaluation->reason);
  }

  void print_json(const Evaluation& first, const std::vector<Comparison>& others) const {
    auto list = ordered_json::array();
    for (const Comparison& other : others)
      list.push_back({{"run", other.run.row.id},
                      {"energy_per_inference", with_interval(other.run.summary->mean, "mean_J", "U_J")},
                      {"difference", with_interval(other.difference, "value_J", "U_J")},
                      {"ratio", with_interval(other.ratio, "value", "U")},
                      {"is_noise", other.is_noise()}});
    std::cout << ordered_json{{"run", first.row.id},
                              {"energy_per_inference", with_interval(first.summary->mean, "mean_J", "U_J")},
                              {"against", list}}
                     .dump()
              << "\n";
  }

  static std::string value_of(const Statement& s) {
    return s.stated ? with_unit(s.value, s.interval.U, "J") : with_unit(s.value, "J");
  }

  void print_table(const Evaluation& first, const std::vector<Comparison>& others) const {
    std::vector<std::vector<std::string>> rows{{"run", "energy/inference", "difference", "relative", ""}};
    rows.push_back({first.row.id, value_of(first.summary->mean), "", "", ""});
    for (const Comparison& other : others)
      rows.push_back({other.run.row.id, value_of(other.run.summary->mean), value_of(other.difference),
                      percent(other.ratio.value - 1, other.ratio.interval.U, other.ratio.stated),
                      !other.difference.stated ? "U not stated"
                      : other.is_noise()       ? "only noise"
                      : other.difference.value > 0 ? "costs more"
                                                   : "costs less"});
    std::cout << table(rows)
              << "Differences and ratios are at 95 %; what two runs share (instrument, calibration, voltage) cancels.\n";
  }

  std::string first_, db_;
  std::vector<std::string> others_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_compare() { return std::make_unique<Compare>(); }

}  // namespace jr::cli
