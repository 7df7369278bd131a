// joulerig lca scenarios, lca countries: what --scenario and --country find.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/lca_options.hpp"
#include "rig/cli/printing.hpp"
#include "rig/lca/country_code.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

class LcaScenarios : public Command {
 public:
  std::string name() const override { return "lca scenarios"; }
  std::string summary() const override { return "List the scenarios that --scenario finds by name"; }
  std::string examples() const override { return "  joulerig lca scenarios\n  joulerig lca scenarios --json"; }
  void declare(Arguments& arguments) override { arguments.flag("--json", json_, "Print JSON"); }

  int run() override {
    auto list = ordered_json::array();
    std::vector<std::vector<std::string>> rows{{"scenario", "title"}};
    for (const std::string& name : lca::scenario_names(scenario_folders())) {
      const auto scenario = lca::load_scenario(name, scenario_folders());
      const std::string trouble = scenario ? "" : scenario.error().message;
      list.push_back({{"scenario", name}, {"title", scenario ? scenario->title : ""}, {"functional_unit", scenario ? scenario->functional_unit : ""},
                      {"file", scenario ? scenario->file : ""}, {"trouble", trouble}});
      rows.push_back({name, scenario ? scenario->title : "cannot be read"});
      if (!scenario && !json_) std::cerr << trouble << "\n";
    }
    std::cout << (json_ ? ordered_json{{"scenarios", list}}.dump() + "\n" : table(rows));
    return 0;
  }

 private:
  bool json_{};
};

class LcaCountries : public Command {
 public:
  std::string name() const override { return "lca countries"; }
  std::string summary() const override { return "List the countries that --country finds, with the carbon intensity of their grids"; }
  std::string examples() const override {
    return "  joulerig lca countries\n  joulerig lca countries --json\n  joulerig lca countries --grid my-table.csv";
  }
  void declare(Arguments& arguments) override {
    arguments.option("--grid", grid_, "A table of countries instead of the shipped one");
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    const auto grids = grid_.empty() ? lca::shipped_grids(scenario_folders()) : lca::GridTable::load(grid_);
    if (!grids) return report(grids.error());
    auto factors = newest_of_each(grids->rows());
    auto list = ordered_json::array();
    std::vector<std::vector<std::string>> rows{{"code", "", "country", "year", "g CO2-eq/kWh", "boundary"}};
    for (const lca::GridFactor& factor : factors) {
      const std::string iso2 = lca::iso2_of(factor.iso3);
      list.push_back({{"country", factor.country}, {"iso2", iso2}, {"iso3", factor.iso3}, {"year", factor.year},
                      {"intensity_g_per_kWh", factor.g_per_kWh}, {"boundary", lca::name_of(factor.boundary)}, {"basis", factor.basis},
                      {"source", factor.source}, {"licence", factor.licence}});
      char intensity[32];
      std::snprintf(intensity, sizeof intensity, "%.0f", factor.g_per_kWh);
      rows.push_back({iso2, factor.iso3, factor.country, std::to_string(factor.year), intensity, lca::name_of(factor.boundary)});
    }
    std::cout << (json_ ? ordered_json{{"countries", list}}.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n" : table(rows));
    return 0;
  }

 private:
  /// As --country finds them: by name, the newest year of each.
  static std::vector<lca::GridFactor> newest_of_each(std::vector<lca::GridFactor> rows) {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.country != b.country ? a.country < b.country : a.year > b.year; });
    rows.erase(std::unique(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.country == b.country && a.boundary == b.boundary; }), rows.end());
    return rows;
  }

  std::string grid_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_lca_scenarios() { return std::make_unique<LcaScenarios>(); }
std::unique_ptr<Command> make_lca_countries() { return std::make_unique<LcaCountries>(); }

}  // namespace jr::cli
