// joulerig monitors, bench list, plan list: what can be named on the command line, and where it lies.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "drivers/monitors/monitor.hpp"
#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/config.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

/// Every file of a kind by the name that finds it; of two with one name the one that is found.
std::map<std::string, fs::path> files_by_name(const std::string& kind) {
  std::map<std::string, fs::path> files;
  std::error_code ignored;
  for (const fs::path& folder : folders_of(kind))
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (entry.path().extension() == ".toml") files.emplace(entry.path().stem().string(), entry.path());
  return files;
}

/// A list of files, one line or one JSON object each; what is wrong with a file stands in its place.
class FileList : public Command {
 public:
  void declare(Arguments& arguments) override { arguments.flag("--json", json_, "Print JSON"); }

 protected:
  std::string examples_of(const std::string& command) const { return "  joulerig " + command + "\n  joulerig " + command + " --json"; }
  bool json_{};
};

class BenchList : public FileList {
 public:
  std::string name() const override { return "bench list"; }
  std::string summary() const override { return "List the benches that --bench finds by name"; }
  std::string examples() const override { return examples_of(name()); }

  int run() override {
    auto list = ordered_json::array();
    std::vector<std::vector<std::string>> rows{{"bench", "board", "monitor", "", "file"}};
    for (const auto& [name, file] : files_by_name("benches")) {
      const auto bench = load_bench(name);
      const std::string trouble = bench ? "" : bench.error().message;
      list.push_back({{"bench", name}, {"board", bench ? bench->board : ""}, {"monitor", bench ? bench->monitor.kind : ""},
                      {"virtual", bench && bench->is_virtual}, {"file", file.string()}, {"trouble", trouble}});
      rows.push_back({name, bench ? bench->board : "?", bench ? bench->monitor.kind : "?",
                      !bench ? "cannot be read" : bench->is_virtual ? "virtual" : "", file.string()});
      if (!bench && !json_) std::cerr << trouble << "\n";
    }
    std::cout << (json_ ? ordered_json{{"benches", list}}.dump() + "\n" : table(rows));
    return 0;
  }
};

class PlanList : public FileList {
 public:
  std::string name() const override { return "plan list"; }
  std::string summary() const override { return "List the plans that --plan finds by name"; }
  std::string examples() const override { return examples_of(name()); }

  int run() override {
    auto list = ordered_json::array();
    std::vector<std::vector<std::string>> rows{{"plan", "windows", "of", "idle", "", "file"}};
    for (const auto& [name, file] : files_by_name("plans")) {
      const auto plan = load_plan(name);
      const std::string trouble = plan ? "" : plan.error().message;
      ordered_json one{{"plan", name}, {"windows", nullptr}, {"window_s", nullptr}, {"idle_s", nullptr}, {"phases", nullptr},
                       {"file", file.string()}, {"trouble", trouble}};
      if (plan) one["windows"] = plan->windows, one["window_s"] = plan->window_s, one["idle_s"] = plan->idle_s, one["phases"] = plan->phases;
      list.push_back(std::move(one));
      rows.push_back(plan ? std::vector<std::string>{name, std::to_string(plan->windows), with_unit(plan->window_s, "s"),
                                                     with_unit(plan->idle_s, "s"), plan->phases ? "phases" : "", file.string()}
                          : std::vector<std::string>{name, "?", "?", "?", "cannot be read", file.string()});
      if (!plan && !json_) std::cerr << trouble << "\n";
    }
    std::cout << (json_ ? ordered_json{{"plans", list}}.dump() + "\n" : table(rows));
    return 0;
  }
};

class Monitors : public FileList {
 public:
  std::string name() const override { return "monitors"; }
  std::string summary() const override { return "List the kinds of power analyzer that JouleRig drives, and those attached"; }
  std::string examples() const override { return examples_of(name()); }

  int run() override {
    auto list = ordered_json::array();
    std::vector<std::vector<std::string>> rows{{"kind", "attached", "serial", ""}};
    for (const MonitorDriver* driver : monitor_drivers()) {
      auto attached = ordered_json::array();
      const auto found = driver->discover();
      for (const FoundDevice& device : found) {
        attached.push_back({{"port", device.port}, {"serial", device.serial}, {"description", device.description}, {"trouble", device.trouble}});
        rows.push_back({driver->kind, device.port, device.serial, device.trouble});
      }
      if (found.empty()) rows.push_back({driver->kind, "none", "", ""});
      list.push_back({{"kind", driver->kind}, {"attached", std::move(attached)}});
    }
    std::cout << (json_ ? ordered_json{{"monitors", list}}.dump() + "\n" : table(rows));
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_monitors() { return std::make_unique<Monitors>(); }
std::unique_ptr<Command> make_bench_list() { return std::make_unique<BenchList>(); }
std::unique_ptr<Command> make_plan_list() { return std::make_unique<PlanList>(); }

}  // namespace jr::cli
