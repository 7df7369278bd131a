// Bench, board and plan files: those we ship load, and each mistake in one is a sentence with file,
// line and key.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "calibration/spec_card.hpp"
#include "fixtures/sim/world_file.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/config.hpp"

using namespace jr;

namespace {

namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(JOULERIG_SOURCE_DIR) / "fixtures";

/// Names are looked up in the source tree, whatever this user keeps in ~/.config.
struct SourceFixtures {
  std::optional<std::string> before;
  SourceFixtures() {
    if (const char* set = std::getenv("JOULERIG_FIXTURES")) before = set;
    ::setenv("JOULERIG_FIXTURES", kFixtures.c_str(), 1);
  }
  ~SourceFixtures() {
    if (before)
      ::setenv("JOULERIG_FIXTURES", before->c_str(), 1);
    else
      ::unsetenv("JOULERIG_FIXTURES");
  }
};

std::vector<fs::path> files_in(const char* kind) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kFixtures / kind))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  return files;
}

/// A bench that is right, line by line, so that a test can spoil one of them.
struct BenchText {
  std::vector<std::string> lines{
      "[bench]",              // 1
      "name = \"mine\"",      // 2
      "[board]",              // 3
      "name = \"scripted\"",  // 4
      "[monitor]",            // 5
      "kind = \"ppk2\"",      // 6
      "mode = \"source\"",    // 7
      "supply_V = 3.3",       // 8
      "[wiring]",             // 9
      "mark = \"D0\"",        // 10
      "sleep = \"D1\"",       // 11
      "lead_ohm = 0.15",      // 12
      "[limits]",             // 13
      "highest_V = 3.6",      // 14
  };
  BenchText& line(std::size_t number, const std::string& text) {
    lines[number - 1] = text;
    return *this;
  }
};

/// Files of one test in a folder that goes with it.
struct Desk {
  SourceFixtures fixtures;
  fs::path folder;
  Desk() {
    std::string name = (fs::temp_directory_path() / "joulerig-bench-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~Desk() { fs::remove_all(folder); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
  Result<Bench> bench(const BenchText& text) const {
    std::string whole;
    for (const std::string& line : text.lines) whole += line + "\n";
    return load_bench(write("bench.toml", whole));
  }
  Result<Plan> plan(const std::string& body) const {
    return load_plan(write("plan.toml", "[plan]\n" + body));
  }
};

template <class T>
void check_refused(const Result<T>& result, std::initializer_list<const char*> words) {
  REQUIRE_FALSE(result);
  CHECK(result.error().trouble == Trouble::usage);
  for (const std::string word : words) {
    CAPTURE(word);
    CAPTURE(result.error().message);
    CHECK(result.error().message.find(word) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("every bench under fixtures loads, and what it names is there") {
  SourceFixtures fixtures;
  const auto files = files_in("benches");
  CHECK(files.size() >= 3);
  for (const fs::path& file : files) {
    CAPTURE(file.string());
    const auto bench = load_bench(file.string());
    REQUIRE_MESSAGE(bench.has_value(), (bench ? "" : bench.error().message));
    if (!fs::is_symlink(file)) CHECK(bench->name == file.stem());  // a link is a second name
    CHECK(load_bench(file.stem().string()).has_value());
    CHECK(load_spec_card(fs::path(JOULERIG_SOURCE_DIR) / "calibration/cards", bench->monitor.kind)
              .has_value());
    CHECK((bench->flash.tool == "none" ||
           fs::exists(fs::path(JOULERIG_SOURCE_DIR) / "drivers/flashers" /
                      (bench->flash.tool + ".toml"))));
    CHECK(bench->verbatim.find("[bench]") != std::string::npos);
    CHECK(bench->verbatim.find("--- board file " + bench->board + ".toml") != std::string::npos);
  }
}

TEST_CASE("every virtual bench is one for the virtual world too, wired as its file says") {
  SourceFixtures fixtures;
  int virtual_ones = 0;
  for (const fs::path& file : files_in("benches")) {
    CAPTURE(file.string());
    const auto bench = load_bench(file.string());
    REQUIRE(bench);
    if (!bench->is_virtual) continue;
    ++virtual_ones;
    const auto world = sim::read_world_file(file.string());
    REQUIRE_MESSAGE(world.has_value(), (world ? "" : world.error().message));
    CHECK(world->board == bench->board);
    CHECK(bench->wiring.mark_line == 0);  // where the world puts MARK and SLEEP
    CHECK(bench->wiring.sleep_line == 1);
    CHECK(bench->wiring.settle_guard_s >= 5 * world->network.time_constant_s());
    CHECK(std::abs(world->network.resistance_ohm - bench->wiring.lead_ohm) <=
          2 * bench->wiring.u_lead_ohm);
  }
  CHECK(virtual_ones >= 2);
}

TEST_CASE("every board under fixtures loads under a bench and states its limits") {
  Desk desk;
  const auto files = files_in("boards");
  CHECK(files.size() >= 3);
  for (const fs::path& file : files) {
    CAPTURE(file.string());
    BenchText text;
    text.line(4, "name = \"" + file.stem().string() + "\"").line(8, "supply_V = 5.0").line(14, "");
    auto bench = desk.bench(text);
    if (!bench) bench = desk.bench(text.line(8, "supply_V = 3.0"));
    REQUIRE_MESSAGE(bench.has_value(), (bench ? "" : bench.error().message));
    CHECK(bench->highest_V > bench->lowest_V);
    CHECK(bench->highest_V <= 5.5);
    CHECK(bench->trip_A > 0);
    CHECK(bench->link.baud > 0);
  }
}

TEST_CASE("every plan under fixtures loads by its name") {
  SourceFixtures fixtures;
  const auto files = files_in("plans");
  CHECK(files.size() >= 3);
  for (const fs::path& file : files) {
    CAPTURE(file.string());
    const auto plan = load_plan(file.stem().string());
    REQUIRE_MESSAGE(plan.has_value(), (plan ? "" : plan.error().message));
    CHECK(plan->windows >= 5);
    CHECK_FALSE(plan->limit_J);
  }
  const auto mlperf = load_plan("mlperf-tiny");
  REQUIRE(mlperf);
  CHECK(mlperf->window_s >= 10);
  CHECK(mlperf->least_inferences >= 10);
}

TEST_CASE("a bench without optional keys has the documented defaults") {
  Desk desk;
  const auto bench = desk.bench({});
  REQUIRE(bench);
  CHECK(bench->monitor.supply_kind == "set");
  CHECK(bench->monitor.u_supply_V == 0);
  CHECK(bench->wiring.settle_guard_s == 0.0002);
  CHECK(bench->wiring.u_lead_ohm == 0);
  CHECK(bench->highest_V == 3.6);
  CHECK(bench->link.baud == 115200);
  CHECK_FALSE(bench->is_virtual);
  CHECK_FALSE(bench->ambient_C);
}

TEST_CASE("an unknown key is named with its file, line, section and the nearest known key") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(12, "leed_ohm = 0.15")),
                {"bench.toml, line 12", "'leed_ohm'", "[wiring]", "did you mean 'lead_ohm'?"});
  check_refused(desk.bench(BenchText().line(8, "suply_V = 3.3")),
                {"line 8", "'suply_V'", "did you mean 'supply_V'?"});
  check_refused(desk.plan("windos = 5\n"),
                {"plan.toml, line 2", "'windos'", "did you mean 'windows'?"});
}

TEST_CASE("an unknown key that resembles nothing gets no guess") {
  Desk desk;
  const auto refused = desk.bench(BenchText().line(12, "zzzzqqqq = 1"));
  check_refused(refused, {"line 12", "'zzzzqqqq'"});
  CHECK(refused.error().message.find("did you mean") == std::string::npos);
}

TEST_CASE("an unknown section is named with its line and the nearest known one") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(9, "[wirring]")),
                {"line 9", "[wirring]", "did you mean 'wiring'?"});
  check_refused(desk.bench(BenchText().line(13, "[[limits]]")), {"'limits' must be a section"});
}

TEST_CASE("a mistake in a board's file is named with the board's file and line") {
  Desk desk;
  const std::string board =
      desk.write("odd.toml", "[board]\nname = \"odd\"\nhighest_V = 3.6\nhighest_A = 1\n");
  check_refused(desk.bench(BenchText().line(4, "name = \"" + board + "\"")),
                {"odd.toml, line 4", "'highest_A'", "did you mean 'highest_V'?"});
}

TEST_CASE("a missing key is named with its section") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(10, "")), {"bench.toml", "[wiring] needs 'mark'"});
  check_refused(desk.bench(BenchText().line(8, "")), {"[monitor] needs 'supply_V'"});
  check_refused(desk.bench(BenchText().line(6, "")), {"[monitor] needs 'kind'"});
  check_refused(desk.bench(BenchText().line(2, "")), {"[bench] needs 'name'"});
}

TEST_CASE("a value of the wrong type is named with its line and what it must be") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(8, "supply_V = \"3.3\"")),
                {"line 8", "'supply_V'", "must be a number"});
  check_refused(desk.bench(BenchText().line(6, "kind = 2")),
                {"line 6", "'kind'", "must be a text in quotes"});
  check_refused(desk.plan("windows = 5.5\n"), {"line 2", "'windows'", "must be a whole number"});
}

TEST_CASE("a whole number serves where a number is wanted") {
  Desk desk;
  const auto bench = desk.bench(BenchText().line(8, "supply_V = 3"));
  REQUIRE(bench);
  CHECK(bench->monitor.supply_V == 3.0);
}

TEST_CASE("text that is no TOML is refused with its line") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(8, "supply_V = = 3")), {"bench.toml, line 8"});
  check_refused(desk.bench(BenchText().line(7, "kind = \"again\"")), {"bench.toml, line 7"});
}

TEST_CASE("a supply above the board's limit is refused before anything is opened") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(8, "supply_V = 5.6").line(14, "")),
                {"supply_V is 5.6 V", "scripted", "at most 5.5 V", "nothing was switched on"});
  check_refused(desk.bench(BenchText().line(8, "supply_V = 3.61")), {"3.61 V", "at most 3.6 V"});
  CHECK(desk.bench(BenchText().line(8, "supply_V = 3.6")).has_value());
}

TEST_CASE("a supply that is too low, nothing, negative or no number is refused") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(8, "supply_V = 1.7")), {"needs at least 1.8 V"});
  check_refused(desk.bench(BenchText().line(8, "supply_V = 0")), {"supply_V"});
  check_refused(desk.bench(BenchText().line(8, "supply_V = -3.3")), {"supply_V"});
  check_refused(desk.bench(BenchText().line(8, "supply_V = nan")), {"supply_V"});
}

TEST_CASE("a bench may lower its board's voltage limit but not raise it") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(14, "highest_V = 6.0")),
                {"highest_V is 6 V", "survives (5.5 V)"});
  check_refused(desk.bench(BenchText().line(14, "highest_V = nan")), {"highest_V"});
}

TEST_CASE("in ampere mode the supply's uncertainty has to be stated") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(7, "mode = \"ampere\"")),
                {"ampere mode", "u_supply_V"});
  const auto bench = desk.bench(BenchText().line(7, "mode = \"ampere\"\nu_supply_V = 0.01"));
  REQUIRE(bench);
  CHECK_FALSE(bench->monitor.source_mode);
  CHECK(bench->monitor.supply_kind == "assumed");
}

TEST_CASE("words that have to be one of a few are refused with the few") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(7, "mode = \"sink\"")), {"\"source\"", "\"ampere\""});
  check_refused(desk.bench(BenchText().line(7, "supply_kind = \"guessed\"")),
                {"\"set\"", "\"measured\"", "\"assumed\""});
  for (const std::string line : {"D8", "d0", "0", "D", "D00", ""})
    check_refused(desk.bench(BenchText().line(10, "mark = \"" + line + "\"")),
                  {"mark", "\"D0\" to \"D7\""});
}

TEST_CASE("wiring that cannot be is refused") {
  Desk desk;
  check_refused(desk.bench(BenchText().line(12, "lead_ohm = -0.1")), {"at least 0"});
  check_refused(desk.bench(BenchText().line(12, "settle_guard_s = 2")),
                {"settle_guard_s", "between 0 and 1"});
  check_refused(desk.bench(BenchText().line(12, "settle_guard_s = -0.1")), {"settle_guard_s"});
}

TEST_CASE("the settle guard is as stated, else five times R C of at least 100 us, else 200 us") {
  Desk desk;
  const auto wired = [&](const std::string& lines) {
    const auto bench = desk.bench(BenchText().line(12, lines));
    REQUIRE_MESSAGE(bench, (bench ? "" : bench.error().message));
    return bench->wiring;
  };
  CHECK(wired("lead_ohm = 0.2").settle_guard_s == 200e-6);
  CHECK(settle_guard_s(wired("lead_ohm = 0.2"), 10) == 200e-6);
  const auto fitted = wired("lead_ohm = 0.2\nbypass_F = 1e-3");
  CHECK(fitted.settle_guard_s == doctest::Approx(1e-3));
  CHECK(settle_guard_s(fitted, 10) == doctest::Approx(51e-3));
  CHECK(settle_guard_s(fitted, 1e6) == 1.0);
  CHECK(wired("lead_ohm = 0.2\nbypass_F = 1e-6").settle_guard_s == 100e-6);
  const auto stated = wired("lead_ohm = 0.2\nbypass_F = 1e-3\nsettle_guard_s = 0.003");
  CHECK(stated.guard_is_stated);
  CHECK(settle_guard_s(stated, 10) == 0.003);
  check_refused(desk.bench(BenchText().line(12, "bypass_F = -1e-6")), {"bypass_F", "farad"});
  check_refused(desk.bench(BenchText().line(12, "bypass_F = 10")), {"bypass_F", "farad"});
}

TEST_CASE("a plan says whether phases and shams are measured, and by itself neither is") {
  Desk desk;
  const auto plain = desk.plan("windows = 5\n");
  REQUIRE(plain);
  CHECK_FALSE(plain->phases);
  CHECK(plain->sham_windows == 0);
  const auto full = desk.plan("phases = true\nphase_windows = 4\nsham_windows = 2\nsham_s = 0.5\n");
  REQUIRE(full);
  CHECK(full->phases);
  CHECK(full->phase_windows == 4);
  CHECK(full->sham_windows == 2);
  CHECK(full->sham_s == 0.5);
  check_refused(desk.plan("phases = \"yes\"\n"), {"phases", "true or false"});
  check_refused(desk.plan("phase_windows = 0\n"), {"phase_windows"});
  check_refused(desk.plan("sham_windows = -1\n"), {"sham_windows"});
  check_refused(desk.plan("sham_s = 0.001\n"), {"sham_s"});
  check_refused(desk.plan("sham_s = 31\n"), {"sham_s"});
}

TEST_CASE("plans outside of what can be measured are refused with the reason") {
  Desk desk;
  check_refused(desk.plan("windows = 4\n"), {"windows must be at least 5"});
  check_refused(desk.plan("window_s = 0\n"), {"window_s"});
  check_refused(desk.plan("window_s = inf\n"), {"window_s"});
  check_refused(desk.plan("idle_s = 0.01\n"), {"idle_s"});
  check_refused(desk.plan("warmups = -1\n"), {"warmups"});
  check_refused(desk.plan("least_inferences = 0\n"), {"least_inferences"});
  CHECK(desk.plan("limit_J = 1e-3\n").value().limit_J == 1e-3);
}

TEST_CASE("a name that is not there lists what is and the nearest") {
  SourceFixtures fixtures;
  check_refused(load_bench("smi"), {"'smi'", "benches", "scripted", "did you mean 'sim'?"});
  check_refused(load_plan("lcaa"), {"'lcaa'", "plans", "default", "did you mean 'lca'?"});
  check_refused(load_bench("/nowhere/at/all.toml"), {"/nowhere/at/all.toml"});
  Desk desk;
  check_refused(desk.bench(BenchText().line(4, "name = \"scriptd\"")),
                {"boards", "did you mean 'scripted'?"});
}
