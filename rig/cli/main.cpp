// joulerig: parses the command line and hands over. The only file that sees the parser's header.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "rig/cli/command.hpp"
#include "rig/core/nearest.hpp"
#include "rig/core/verdict.hpp"
#include "rig/core/version.hpp"
#include "rig/run/power_guard.hpp"
#include "rig/run/setup.hpp"

namespace jr::cli {
namespace {

constexpr std::array kCommands{
    make_measure, make_record, make_runs, make_show, make_recompute, make_compare, make_tag, make_note, make_view,
    make_export, make_discover, make_monitors,
    make_bench_list, make_bench_init, make_bench_check, make_bench_accept, make_bench_control, make_bench_release, make_bench_history, make_plan_list, make_flash, make_monitor, make_power,
    make_calibrate, make_calibration_list, make_calibration_show, make_calibration_verify, make_calibration_plot,
    make_calibration_export, make_calibration_import, make_calibration_recall, make_import, make_lca, make_lca_scenario, make_lca_scenarios, make_lca_countries,
    make_lca_export, make_lca_check, make_lca_compare,
    make_store_check, make_store_backup, make_store_restore, make_store_retain};

/// What the groups of two-word commands are for.
const char* about_group(std::string_view group) {
  if (group == "plan") return "Plans: what a run does";
  if (group == "store") return "The database as a whole: check it, back it up, restore it, let old traces go";
  return group == "calibration" ? "Kept calibrations: list, show, verify, plot, export, import, recall a certificate"
                                : "Benches: write a file, check it, put its claims to the test, keep an eye on it";
}

/// An option that has another name now.
struct Renaming {
  const CLI::App* place;
  std::string old, now;
};

/// "12", and "1e5" as people write 100000.
std::optional<std::uint64_t> whole_number(const std::string& text) {
  constexpr double kMost = 1e15;
  double value = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (trouble != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= kMost) || value != std::floor(value)) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

class Cli11Arguments : public Arguments {
 public:
  Cli11Arguments(CLI::App& app, std::vector<Renaming>& renamings) : app_(app), renamings_(renamings) {}
  void flag(const std::string& name, bool& value, const std::string& help) override {
    app_.add_flag(name, value, help);
  }
  void option(const std::string& name, std::string& value, const std::string& help) override {
    app_.add_option(name, value, help);
  }
  void option(const std::string& name, double& value, const std::string& help) override {
    app_.add_option(name, value, help);
  }
  void option(const std::string& name, std::vector<std::string>& values,
              const std::string& help) override {
    app_.add_option(name, values, help);
  }
  void count(const std::string& name, std::optional<std::uint64_t>& value, const std::string& help) override {
    const auto read = [name, &value](const std::string& text) {
      value = whole_number(text);
      if (!value) throw CLI::ValidationError(name + " takes a whole number, and '" + text + "' is none");
    };
    app_.add_option_function<std::string>(name, read, help)->type_name("COUNT");
  }
  void renamed(const std::string& old, const std::string& now) override { renamings_.push_back({&app_, old, now}); }
  void required_list(const std::string& name, std::vector<std::string>& values, const std::string& help) override {
    app_.add_option(name, values, help)->required();
  }
  void required(const std::string& name, std::string& value, const std::string& help) override {
    app_.add_option(name, value, help)->required();
  }
  void optional(const std::string& name, std::string& value, const std::string& help) override {
    app_.add_option(name, value, help);
  }

 private:
  CLI::App& app_;
  std::vector<Renaming>& renamings_;
};

/// "bench check" lives below "bench"; the group is made on first need.
CLI::App* place_for(CLI::App& root, const std::string& name, const std::string& summary) {
  const auto space = name.find(' ');
  if (space == std::string::npos) return root.add_subcommand(name, summary);
  const std::string group = name.substr(0, space);
  CLI::App* parent = nullptr;
  for (CLI::App* known : root.get_subcommands({}))
    if (known->get_name() == group) parent = known;
  if (!parent) {
    parent = root.add_subcommand(group, about_group(group));
    parent->require_subcommand(1);
  }
  return parent->add_subcommand(name.substr(space + 1), summary);
}

CLI::App* command_below(CLI::App& group, const std::string& word) {
  for (CLI::App* place : group.get_subcommands({}))
    if (place->get_name() == word) return place;
  return nullptr;
}

/// The words of the command line with old names of options replaced by those of today, with a note for each.
std::vector<std::string> in_todays_words(CLI::App& app, int argc, char** argv, const std::vector<Renaming>& renamings) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const CLI::App* place = &app;
  for (const std::string& word : words) {
    const CLI::App* next = command_below(*const_cast<CLI::App*>(place), word);
    if (!next) break;
    place = next;
  }
  for (std::string& word : words)
    for (const Renaming& renaming : renamings)
      if (renaming.place == place && (word == renaming.old || word.starts_with(renaming.old + "="))) {
        std::cerr << renaming.old << " is called " << renaming.now << " now; the old name is understood.\n";
        word.replace(0, renaming.old.size(), renaming.now);
      }
  return words;
}

/// Says which word is no command; the parser would only say that one is missing.
bool is_unknown_command(CLI::App& app, int argc, char** argv, bool all_are_commands) {
  CLI::App* group = &app;
  for (int i = 1; i < argc && *argv[i] != '-'; ++i) {
    std::vector<std::string> known;
    CLI::App* next = nullptr;
    for (CLI::App* place : group->get_subcommands({})) {
      known.push_back(place->get_name());
      if (known.back() == argv[i]) next = place;
    }
    if (known.empty()) return false;
    const bool takes_words = !group->get_options([](const CLI::Option* option) { return option->get_positional(); }).empty();
    if (!next && takes_words && !all_are_commands) return false;  // "lca sim-1" beside "lca scenario"
    if (!next) {
      const auto close = nearest(argv[i], known);
      std::cerr << "joulerig: There is no command '" << argv[i] << "'"
                << (close ? "; did you mean '" + *close + "'?" : ".") << " Try 'joulerig --help'.\n";
      return true;
    }
    group = next;
  }
  return false;
}

/// Scripts may pass --db to every command; one that stores nothing takes it and says so.
void accept_database(CLI::App& place, std::string& unused) {
  if (!place.get_option_no_throw("--db"))
    place.add_option("--db", unused, "Database file; this command stores nothing");
}

/// joulerig help, joulerig help lca export; not joulerig help --help.
bool asks_for_help(int argc, char** argv) {
  return argc > 1 && std::string_view(argv[1]) == "help" && (argc == 2 || *argv[2] != '-');
}

/// "joulerig help lca export" is "joulerig lca export --help".
std::vector<char*> with_help_behind(int argc, char** argv) {
  static char help[] = "--help";
  std::vector<char*> words(argv, argv + argc);
  if (asks_for_help(argc, argv)) {
    words.erase(words.begin() + 1);
    words.push_back(help);
  }
  return words;
}

int run(int given, char** given_words) {
  std::vector<char*> all = with_help_behind(given, given_words);
  const int argc = static_cast<int>(all.size());
  char** argv = all.data();
  std::string unused_database;
  CLI::App app{
      "JouleRig measures the energy of TinyML inferences: joules per inference, with their uncertainty.",
      "joulerig"};
  app.set_version_flag("--version", "joulerig " + tool_version());
  app.require_subcommand(1);
  app.footer("First steps:\n  joulerig measure                 measure on the virtual bench\n"
             "  joulerig discover                what is attached to this computer\n"
             "  joulerig bench init my-bench     write a bench file for it\n\n"
             "Exit codes: 0 pass, 1 fail, 2 inconclusive, 3 rig error, 64 usage, 75 busy, 130 interrupted.");
  std::vector<std::pair<CLI::App*, std::unique_ptr<Command>>> commands;
  std::vector<Renaming> renamings;
  for (const CommandMaker make : kCommands) {
    std::unique_ptr<Command> command = make();
    CLI::App* place = place_for(app, command->name(), command->summary());
    place->footer("Examples:\n" + command->examples());
    Cli11Arguments arguments(*place, renamings);
    command->declare(arguments);
    accept_database(*place, unused_database);
    commands.emplace_back(place, std::move(command));
  }
  app.add_subcommand("help", "Help on a command: joulerig help lca export")->footer("Examples:\n  joulerig help\n  joulerig help lca export");
  if (is_unknown_command(app, argc, argv, asks_for_help(given, given_words))) return kExitUsage;
  try {
    auto words = in_todays_words(app, argc, argv, renamings);
    std::reverse(words.begin(), words.end());  // as the parser wants them
    app.parse(std::move(words));
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::cerr << "joulerig: " << error.what() << ". Try 'joulerig --help'.\n";
    return kExitUsage;
  }
  for (const auto& [place, command] : commands)
    if (place->parsed() && place->get_subcommands().empty()) return command->run();
  return kExitUsage;
}

}  // namespace
}  // namespace jr::cli

constexpr double kGuardPatience_s = 10;

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of a write, not our death
  std::signal(SIGXFSZ, SIG_IGN);  // a file limit is a full disk, and says so
  // Started by the program itself beside a run, and no command of anyone's: see power_guard.hpp.
  if (argc == 3 && std::string_view(argv[1]) == "power-guard")
    return jr::guard_power(std::atoi(argv[2]), kGuardPatience_s);
  return jr::cli::run(argc, argv);
}
