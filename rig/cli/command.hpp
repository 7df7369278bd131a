// One subcommand of joulerig: what it takes, what it says of itself, what it does.
// The parser behind Arguments is known to main.cpp alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr::cli {

/// Declares what a command takes; each call binds a variable of the command.
class Arguments {
 public:
  virtual ~Arguments() = default;
  virtual void flag(const std::string& name, bool& value, const std::string& help) = 0;
  virtual void option(const std::string& name, std::string& value, const std::string& help) = 0;
  virtual void option(const std::string& name, double& value, const std::string& help) = 0;
  /// A whole number from 0; anything else is refused in one sentence.
  virtual void count(const std::string& name, std::optional<std::uint64_t>& value, const std::string& help) = 0;
  virtual void option(const std::string& name, std::vector<std::string>& values,
                      const std::string& help) = 0;
  virtual void required_list(const std::string& name, std::vector<std::string>& values, const std::string& help) = 0;
  virtual void required(const std::string& name, std::string& value, const std::string& help) = 0;
  virtual void optional(const std::string& name, std::string& value, const std::string& help) = 0;
  /// `old` stays accepted for `now`, with a note; no help shows it.
  virtual void renamed(const std::string& old, const std::string& now) = 0;

  void database(std::string& value) { option("--db", value, "Database file (default: $JOULERIG_DB or the user's data folder)"); }
  /// Every file that a command writes: -o FILE, and --force where one is there already. See write_output().
  void output(std::string& file, bool& force, const std::string& help) {
    option("-o,--output", file, help);
    flag("--force", force, "Replace the file if it is there");
  }
  void calibration_id(std::string& value) { required("ID", value, "Which calibration; the beginning of its id is enough"); }
};

class Command {
 public:
  virtual ~Command() = default;
  virtual std::string name() const = 0;     ///< "measure", "bench check"
  virtual std::string summary() const = 0;  ///< one line
  virtual std::string examples() const = 0; ///< shown at the end of --help
  virtual void declare(Arguments& arguments) = 0;
  virtual int run() = 0;                    ///< the exit code
};

using CommandMaker = std::unique_ptr<Command> (*)();

std::unique_ptr<Command> make_measure();
std::unique_ptr<Command> make_record();
std::unique_ptr<Command> make_runs();
std::unique_ptr<Command> make_show();
std::unique_ptr<Command> make_recompute();
std::unique_ptr<Command> make_compare();
std::unique_ptr<Command> make_export();
std::unique_ptr<Command> make_tag();
std::unique_ptr<Command> make_note();
std::unique_ptr<Command> make_view();
std::unique_ptr<Command> make_discover();
std::unique_ptr<Command> make_monitors();
std::unique_ptr<Command> make_bench_list();
std::unique_ptr<Command> make_plan_list();
std::unique_ptr<Command> make_bench_init();
std::unique_ptr<Command> make_bench_check();
std::unique_ptr<Command> make_bench_accept();
std::unique_ptr<Command> make_bench_control();
std::unique_ptr<Command> make_bench_release();
std::unique_ptr<Command> make_bench_history();
std::unique_ptr<Command> make_flash();
std::unique_ptr<Command> make_monitor();
std::unique_ptr<Command> make_power();
std::unique_ptr<Command> make_calibrate();
std::unique_ptr<Command> make_calibration_list();
std::unique_ptr<Command> make_calibration_show();
std::unique_ptr<Command> make_calibration_verify();
std::unique_ptr<Command> make_calibration_plot();
std::unique_ptr<Command> make_calibration_export();
std::unique_ptr<Command> make_calibration_import();
std::unique_ptr<Command> make_calibration_recall();
std::unique_ptr<Command> make_store_check();
std::unique_ptr<Command> make_store_backup();
std::unique_ptr<Command> make_store_restore();
std::unique_ptr<Command> make_store_retain();
std::unique_ptr<Command> make_import();
std::unique_ptr<Command> make_lca();
std::unique_ptr<Command> make_lca_scenario();
std::unique_ptr<Command> make_lca_scenarios();
std::unique_ptr<Command> make_lca_countries();
std::unique_ptr<Command> make_lca_export();
std::unique_ptr<Command> make_lca_check();
std::unique_ptr<Command> make_lca_compare();

}  // namespace jr::cli
