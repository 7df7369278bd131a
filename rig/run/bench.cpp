// Bench, board and plan files, each checked against its grammar before anything is believed.
#include "rig/run/bench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "rig/run/config.hpp"

namespace jr {
namespace {

const ConfigGrammar kBenchGrammar = {
    {"bench", {"name"}},
    {"board", {"name"}},
    {"monitor", {"kind", "port", "serial", "mode", "supply_V", "supply_kind", "u_supply_V"}},
    {"link", {"port", "serial", "baud"}},
    {"flash", {"tool", "part", "programmer", "port", "serial", "baud", "touch_baud", "limit_s"}},
    {"firmware", {"image"}},
    {"wiring", {"windows", "mark", "sleep", "lead_ohm", "u_lead_ohm", "settle_guard_s", "bypass_F"}},
    {"limits", {"highest_V", "trip_A"}},
    {"ambient", ambient_keys()},
    {"health", health_keys()},
    {"reference", {"*"}},  // read by load_reference
    {"world", {"*"}},
};

const ConfigGrammar kBoardGrammar = {
    {"board", {"name", "mcu", "clock_Hz", "flash_bytes", "lowest_V", "highest_V", "trip_A", "dut_baud",
               "boot_wait_s", "notes"}},
    {"flash", {"tool", "part", "programmer", "baud", "touch_baud", "limit_s"}},
    {"firmware", {"image"}},
};

const ConfigGrammar kPlanGrammar = {
    {"plan", {"windows", "window_s", "least_inferences", "warmups", "idle_s", "retries", "run_retries",
              "reconnect_s", "limit_J", "phases", "phase_windows", "sham_windows", "sham_s", "sleep_s",
              "pulse_s", "pulse_every_s"}},
};

int line_number(const Config& config, const std::string& key) {
  const std::string word = config.text("wiring", key);
  if (word.size() == 2 && word[0] == 'D' && word[1] >= '0' && word[1] <= '7') return word[1] - '0';
  throw ConfigError{config.file().string() + ": [wiring] " + key + " = \"" + word +
                    "\" must name a line of the monitor, \"D0\" to \"D7\"."};
}

/// A number that measures how much: at least 0, and neither infinite nor NaN.
bool is_magnitude(double value) { return std::isfinite(value) && value >= 0; }

std::string volts(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g V", value);
  return text;
}

void read_board(const Config& board, Bench& bench) {
  bench.mcu = board.text("board", "mcu", "");
  bench.lowest_V = board.number("board", "lowest_V", 0.0);
  bench.highest_V = board.number("board", "highest_V");
  bench.trip_A = board.number("board", "trip_A", 0.0);
  bench.link.baud = static_cast<int>(board.integer("board", "dut_baud", 115200));
  bench.link.boot_wait_s = board.number("board", "boot_wait_s", 5.0);
  bench.flash.tool = board.text("flash", "tool", "none");
  bench.flash.part = board.text("flash", "part", "");
  bench.flash.programmer = board.text("flash", "programmer", "");
  bench.flash.baud = static_cast<int>(board.integer("flash", "baud", 115200));
  bench.flash.touch_baud = static_cast<int>(board.integer("flash", "touch_baud", 0));
  bench.flash.limit_s = board.number("flash", "limit_s", 60.0);
  bench.flash.bytes = board.integer("board", "flash_bytes", 0);
  bench.firmware = board.text("firmware", "image", "");
}

void read_monitor(const Config& file, Bench& bench) {
  BenchMonitor& monitor = bench.monitor;
  monitor.kind = file.text("monitor", "kind");
  monitor.port = file.text("monitor", "port", "");
  monitor.serial = file.text("monitor", "serial", "");
  const std::string mode = file.text("monitor", "mode", "source");
  require(mode == "source" || mode == "ampere", file, "[monitor] mode must be \"source\" or \"ampere\".");
  monitor.source_mode = mode == "source";
  monitor.supply_V = file.number("monitor", "supply_V");
  monitor.supply_kind = file.text("monitor", "supply_kind", monitor.source_mode ? "set" : "assumed");
  require(monitor.supply_kind == "set" || monitor.supply_kind == "measured" ||
              monitor.supply_kind == "assumed",
          file, "[monitor] supply_kind must be \"set\", \"measured\" or \"assumed\".");
  monitor.u_supply_V = file.number("monitor", "u_supply_V", 0.0);
  require(monitor.source_mode || monitor.u_supply_V > 0, file,
          "in ampere mode the supply is not the monitor's: give [monitor] u_supply_V, the standard "
          "uncertainty of supply_V.");
}

void read_wiring(const Config& file, Bench& bench) {
  BenchWiring& wiring = bench.wiring;
  const std::string windows = file.text("wiring", "windows", "edges");
  require(windows == "edges" || windows == "segment", file,
          "[wiring] windows must be \"edges\" (a MARK wire) or \"segment\" (found in the current).");
  wiring.by_segments = windows == "segment";
  if (!wiring.by_segments || file.has("wiring", "mark")) wiring.mark_line = line_number(file, "mark");
  if (file.has("wiring", "sleep")) wiring.sleep_line = line_number(file, "sleep");
  wiring.lead_ohm = file.number("wiring", "lead_ohm", 0.0);
  wiring.u_lead_ohm = file.number("wiring", "u_lead_ohm", 0.0);
  if (file.has("wiring", "bypass_F")) {
    wiring.bypass_F = file.number("wiring", "bypass_F");
    require(is_magnitude(*wiring.bypass_F) && *wiring.bypass_F <= 1, file,
            "[wiring] bypass_F is a capacitance in farad, between 0 and 1 (10e-6 for 10 uF).");
  }
  wiring.guard_is_stated = file.has("wiring", "settle_guard_s");
  if (wiring.guard_is_stated) wiring.settle_guard_s = file.number("wiring", "settle_guard_s");
  require(wiring.settle_guard_s >= 0 && wiring.settle_guard_s <= 1, file,
          "[wiring] settle_guard_s must lie between 0 and 1.");
  require(is_magnitude(wiring.lead_ohm) && is_magnitude(wiring.u_lead_ohm), file,
          "[wiring] resistances are numbers of at least 0.");
  wiring.settle_guard_s = settle_guard_s(wiring, 0);
}

void read_link_and_flash(const Config& file, Bench& bench) {
  bench.link.port = file.text("link", "port", "");
  bench.link.serial = file.text("link", "serial", "");
  bench.link.baud = static_cast<int>(file.integer("link", "baud", bench.link.baud));
  bench.flash.tool = file.text("flash", "tool", bench.flash.tool);
  bench.flash.part = file.text("flash", "part", bench.flash.part);
  bench.flash.programmer = file.text("flash", "programmer", bench.flash.programmer);
  bench.flash.port = file.text("flash", "port", bench.link.port);
  bench.flash.serial = file.text("flash", "serial", "");
  bench.flash.baud = static_cast<int>(file.integer("flash", "baud", bench.flash.baud));
  bench.flash.touch_baud = static_cast<int>(file.integer("flash", "touch_baud", bench.flash.touch_baud));
  bench.flash.limit_s = file.number("flash", "limit_s", bench.flash.limit_s);
  bench.firmware = file.text("firmware", "image", bench.firmware);
}

void check_limits(const Config& file, Bench& bench) {
  if (file.has("limits", "highest_V")) {
    const double own = file.number("limits", "highest_V");
    require(own <= bench.highest_V, file,
            "[limits] highest_V is " + volts(own) + ", above what the board " + bench.board +
                " survives (" + volts(bench.highest_V) + ").");
    bench.highest_V = own;
  }
  bench.trip_A = file.number("limits", "trip_A", bench.trip_A);
  require(is_magnitude(bench.trip_A), file, "[limits] trip_A is a number of at least 0.");
  require(bench.monitor.supply_V > 0 && bench.monitor.supply_V <= bench.highest_V, file,
          "[monitor] supply_V is " + volts(bench.monitor.supply_V) + ", but the board " + bench.board +
              " may have at most " + volts(bench.highest_V) + "; nothing was switched on.");
  require(bench.monitor.supply_V >= bench.lowest_V, file,
          "[monitor] supply_V is " + volts(bench.monitor.supply_V) + ", but the board " + bench.board +
              " needs at least " + volts(bench.lowest_V) + ".");
}

}  // namespace

double settle_guard_s(const BenchWiring& wiring, double burden_ohm) {
  constexpr double kShortest_s = 100e-6, kUnknown_s = 200e-6;
  if (wiring.guard_is_stated) return wiring.settle_guard_s;
  if (!wiring.bypass_F) return kUnknown_s;
  return std::clamp(5 * (wiring.lead_ohm + burden_ohm) * *wiring.bypass_F, kShortest_s, 1.0);
}

Result<Bench> load_bench(const std::string& name) {
  auto path = find_config("benches", name);
  if (!path) return Failure(path.error());
  auto file = Config::load(*path, kBenchGrammar);
  if (!file) return Failure(file.error());
  return checked([&]() -> Result<Bench> {
    Bench bench;
    bench.file = *path;
    bench.verbatim = file->verbatim();
    bench.name = file->text("bench", "name");
    bench.board = file->text("board", "name");
    auto board_path = find_config("boards", bench.board);
    if (!board_path) return Failure(board_path.error());
    auto board = Config::load(*board_path, kBoardGrammar);
    if (!board) return Failure(board.error());
    bench.verbatim += "\n# --- board file " + board_path->filename().string() + " ---\n" + board->verbatim();
    read_board(*board, bench);
    read_monitor(*file, bench);
    read_link_and_flash(*file, bench);
    read_wiring(*file, bench);
    check_limits(*file, bench);
    read_ambient_section(*file, bench);
    read_health_section(*file, bench);
    bench.is_virtual = file->has("world");
    return bench;
  });
}

Result<void> check_supply(const Bench& bench, double V) {
  if (V > 0 && V <= bench.highest_V) return {};
  return fail(Trouble::usage, "The board " + bench.board + " may have at most " + volts(bench.highest_V) + ", not " +
                                  volts(V) + "; nothing was opened or switched.");
}

Result<Plan> load_plan(const std::string& name) {
  auto path = find_config("plans", name);
  if (!path) return Failure(path.error());
  auto file = Config::load(*path, kPlanGrammar);
  if (!file) return Failure(file.error());
  return checked([&]() -> Result<Plan> {
    Plan plan;
    plan.name = path->stem();
    plan.verbatim = file->verbatim();
    plan.windows = static_cast<int>(file->integer("plan", "windows", plan.windows));
    plan.window_s = file->number("plan", "window_s", plan.window_s);
    plan.least_inferences = static_cast<int>(file->integer("plan", "least_inferences", 1));
    plan.warmups = static_cast<int>(file->integer("plan", "warmups", plan.warmups));
    plan.idle_s = file->number("plan", "idle_s", plan.idle_s);
    plan.retries = static_cast<int>(file->integer("plan", "retries", plan.retries));
    plan.run_retries = static_cast<int>(file->integer("plan", "run_retries", plan.run_retries));
    plan.reconnect_s = file->number("plan", "reconnect_s", plan.reconnect_s);
    plan.phases = file->flag("plan", "phases", plan.phases);
    plan.phase_windows = static_cast<int>(file->integer("plan", "phase_windows", plan.phase_windows));
    plan.sham_windows = static_cast<int>(file->integer("plan", "sham_windows", plan.sham_windows));
    plan.sham_s = file->number("plan", "sham_s", plan.sham_s);
    plan.sleep_s = file->number("plan", "sleep_s", plan.sleep_s);
    plan.pulse_s = file->number("plan", "pulse_s", plan.pulse_s);
    plan.pulse_every_s = file->number("plan", "pulse_every_s", plan.pulse_every_s);
    if (file->has("plan", "limit_J")) plan.limit_J = file->number("plan", "limit_J");
    require(plan.windows >= 5 && plan.windows <= 10'000, *file,
            "[plan] windows must be at least 5: fewer do not show how much they scatter.");
    require(plan.window_s > 0 && plan.window_s <= 3600, *file, "[plan] window_s must lie between 0 and 3600.");
    require(plan.idle_s >= 0.05 && plan.idle_s <= 3600, *file, "[plan] idle_s must lie between 0.05 and 3600.");
    require(plan.warmups >= 0 && plan.retries >= 0 && plan.run_retries >= 0 && plan.least_inferences >= 1,
            *file, "[plan] warmups, retries and run_retries are at least 0, least_inferences at least 1.");
    require(plan.reconnect_s >= 0 && plan.reconnect_s <= 3600, *file,
            "[plan] reconnect_s must lie between 0 and 3600.");
    require(plan.phase_windows >= 1 && plan.phase_windows <= 1000 && plan.sham_windows >= 0 &&
                plan.sham_windows <= 1000,
            *file, "[plan] phase_windows is at least 1, sham_windows at least 0, and neither is above 1000.");
    require(plan.sleep_s == 0 || (plan.sleep_s >= 0.1 && plan.sleep_s <= 3600), *file,
            "[plan] sleep_s must be 0 (none) or lie between 0.1 and 3600.");
    require(plan.pulse_s >= 0 && plan.pulse_s <= 1 && (plan.pulse_every_s == 0 || plan.pulse_every_s >= plan.pulse_s) &&
                plan.pulse_every_s <= 3600,
            *file, "[plan] pulse_s lies between 0 and 1, and pulse_every_s is 0 (not known) or not shorter.");
    require(plan.sham_s >= 0.02 && plan.sham_s <= 30, *file, "[plan] sham_s must lie between 0.02 and 30.");
    return plan;
  });
}

}  // namespace jr
