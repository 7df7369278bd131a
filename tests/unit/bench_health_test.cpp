// [ambient] and [health] of a bench file, what a look at a load becomes, and which values a chart
// compares.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "rig/cli/history_page.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/reference_check.hpp"
#include "rig/run/run_health.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
namespace fs = std::filesystem;

namespace {

struct Desk {
  test::ScratchFolder folder;
  Desk() { ::setenv("JOULERIG_FIXTURES", (fs::path(JOULERIG_SOURCE_DIR) / "fixtures").c_str(), 1); }
  ~Desk() { ::unsetenv("JOULERIG_FIXTURES"); }
  Result<Bench> bench(const std::string& sections) const {
    const std::string own =
        "[bench]\nname = \"mine\"\n[board]\nname = \"scripted\"\n[monitor]\nkind = \"ppk2\"\n"
        "supply_V = 3.3\n[wiring]\nmark = \"D0\"\n[limits]\ntrip_A = 0.1\n";
    return load_bench(folder.file("bench.toml", own + sections).string());
  }
};

void check_refused(const Result<Bench>& result, std::initializer_list<const char*> words) {
  REQUIRE_FALSE(result);
  CHECK(result.error().trouble == Trouble::usage);
  for (const char* word : words) {
    CAPTURE(word);
    CAPTURE(result.error().message);
    CHECK(result.error().message.find(word) != std::string::npos);
  }
}

/// Range 1 shows twice its codes in microampere, and is doubted by a fit and by a reference's gain.
EnergyModel calibrated_model() {
  EnergyModel model;
  model.ranges.resize(2);
  model.ranges[1].b_A_per_code = 2e-6;
  model.supply = {3.3};
  model.ambient = {23.0, 0.0};
  Accuracy accuracy;
  accuracy.kind = AccuracyKind::calibration;
  accuracy.id = "3f2a91";
  accuracy.ranges = model.ranges;
  accuracy.per_range.resize(2);
  accuracy.coefficients.push_back(
      {"fit:3f2a91:0", "fit", Distribution::normal, 10, {{1, 0, 2e-6 * 3e-4, 0, 0}}});
  accuracy.coefficients.push_back({"reference:K:7:C-1:1 mA:gain",
                                   "reference",
                                   Distribution::normal,
                                   10,
                                   {{1, 0, 2e-6 * 4e-3, 0, 0}}});
  model.accuracy = accuracy;
  return model;
}

AveragedCodes seen(double mean, double reading_A) {
  AveragedCodes codes;
  codes.range = 1;
  codes.mean = mean;
  codes.sd = 1;
  codes.samples = 10'000;
  codes.reading = {{reading_A}, 1e-9, "1 mA"};
  return codes;
}

Reference reference(const std::string& certificate = "C-1") {
  return {"K", "7", certificate, "", "", {{"1 mA", 1e-3, 4e-3, 1e-7, {}}}};
}

HealthRow look(std::int64_t time_ms, double value) {
  HealthRow row;
  row.instrument = "ppk2:E1";
  row.bench = "mine";
  row.kind = "reference";
  row.series = "1 mA (range 3)";
  row.basis = "card";
  row.time_ms = time_ms;
  row.value = value;
  return row;
}

}  // namespace

TEST_CASE(
    "a bench's air is stated, in a file beside the bench, or a sensor's, each with its own doubt") {
  Desk desk;
  CHECK(desk.bench("")->ambient.kind == AmbientSource::Kind::unknown);
  CHECK(desk.bench("")->u_ambient_K == 5.0);
  const auto stated = desk.bench("[ambient]\ntemperature_C = 21.5\n");
  REQUIRE(stated);
  CHECK(stated->ambient_C == 21.5);
  CHECK(stated->u_ambient_K == 2.0);
  const auto file =
      desk.bench("[ambient]\nfile = \"air.txt\"\nu_temperature_K = 0.25\ngate_low_C = 18\n");
  REQUIRE(file);
  CHECK(file->ambient.path == desk.folder.path / "air.txt");
  CHECK(file->ambient.u_K == 0.25);
  CHECK(file->ambient.gate_low_C == 18.0);
  CHECK_FALSE(file->ambient.gate_high_C);
  CHECK_FALSE(file->ambient_C);
  CHECK(desk.bench("[ambient]\nsensor = \"/sys/t\"\n")->ambient.u_K == 1.0);
}

TEST_CASE("what [ambient] cannot mean is refused with its key") {
  Desk desk;
  check_refused(desk.bench("[ambient]\ntemperature_C = 21\nfile = \"a\"\n"),
                {"[ambient]", "more than one source"});
  check_refused(desk.bench("[ambient]\ntemperature_C = 294\n"), {"temperature_C", "-40 and 85"});
  check_refused(desk.bench("[ambient]\ntemperature_C = 21\nu_temperature_K = -1\n"),
                {"u_temperature_K"});
  check_refused(desk.bench("[ambient]\ngate_low_C = 25\ngate_high_C = 20\n"),
                {"gate_low_C", "below"});
  check_refused(desk.bench("[ambient]\nsensr = \"a\"\n"), {"'sensr'", "did you mean 'sensor'?"});
}

TEST_CASE("[health] has its documented defaults, and what it cannot mean is refused with its key") {
  Desk desk;
  const auto none = desk.bench("");
  CHECK_FALSE(none->health.check_each);
  CHECK_FALSE(none->health.control_days);
  CHECK(none->health.change_limit == 0.002);
  CHECK(none->health.drift_limit == 0.01);
  CHECK(none->health.control_limit == 0.02);
  const std::string with = "[reference]\nkind = \"virtual\"\n[health]\ncheck = \"each\"\n";
  const auto each = desk.bench(with + "check_A = [1e-3, 1e-5]\ncontrol_days = 7\n");
  REQUIRE(each);
  CHECK(each->health.check_each);
  CHECK(each->health.check_A == std::vector<double>{1e-3, 1e-5});
  CHECK(each->health.control_days == 7.0);
  check_refused(desk.bench(with), {"check_A"});
  check_refused(desk.bench(with + "check_A = [0.1]\n"), {"0.1 A", "trip current"});
  check_refused(desk.bench(with + "check_A = [-1e-3]\n"), {"above 0"});
  check_refused(desk.bench("[health]\ncheck = \"each\"\ncheck_A = [1e-3]\n"), {"[reference]"});
  check_refused(desk.bench("[health]\ncheck = \"daily\"\n"), {"each", "never"});
  check_refused(desk.bench("[health]\nchange_limit = 2\n"), {"change_limit"});
  check_refused(desk.bench("[health]\ncheck_s = 60\n"), {"check_s"});
}

TEST_CASE("a reference that the calibration rests on doubts neither the check nor the monitor") {
  const HealthCheck same = check_of(1e-3, seen(500, 1e-3), reference(), calibrated_model());
  CHECK(same.range == 1);
  CHECK(same.calibrated);
  CHECK(same.basis == "3f2a91");
  CHECK(deviation(*same.before) == doctest::Approx(0).epsilon(1e-9));
  CHECK(same.u_own == doctest::Approx(3e-4));
  CHECK(same.u_monitor == doctest::Approx(3e-4));
  CHECK(same.u_repeat == doctest::Approx(std::hypot(1e-6, 2e-5)));
  CHECK(same.u_check == same.u_repeat);
  const HealthCheck other = check_of(1e-3, seen(500, 1e-3), reference("C-2"), calibrated_model());
  CHECK(other.u_monitor == doctest::Approx(std::hypot(3e-4, 4e-3)));
  CHECK(other.u_check > 4e-3);
}

TEST_CASE("codes without noise hide where in them the current lies, and the check pays for it") {
  AveragedCodes still = seen(500, 1e-3);
  still.sd = 0;
  CHECK(check_of(1e-3, still, reference(), calibrated_model()).u_repeat >
        2e-6 / std::sqrt(12.0) / 1e-3 * 0.99);
}

TEST_CASE("a look between ranges, and an instrument without card, are checks that say so") {
  AveragedCodes between = seen(500, 1e-3);
  between.range.reset();
  CHECK(check_of(1e-3, between, reference(), calibrated_model()).range == -1);
  EnergyModel bare = calibrated_model();
  bare.accuracy.reset();
  const HealthCheck check = check_of(1e-3, seen(510, 1e-3), reference(), bare);
  CHECK(check.u_monitor == 1);
  CHECK_FALSE(check.calibrated);
  CHECK(failure_of(check, false).empty());
}

TEST_CASE(
    "a later look joins the earlier one of the same load, and another range makes it no check") {
  std::vector<HealthCheck> checks{check_of(1e-3, seen(500, 1e-3), reference(), calibrated_model())};
  join_after(checks, {check_of(1e-3, seen(501, 1e-3), reference(), calibrated_model())});
  REQUIRE(checks[0].complete());
  CHECK(deviation(*checks[0].after) == doctest::Approx(0.002));
  AveragedCodes elsewhere = seen(500, 1e-3);
  elsewhere.range = 0;
  join_after(checks, {check_of(1e-3, elsewhere, reference(), calibrated_model())});
  CHECK(checks[0].range == -1);
}

TEST_CASE(
    "a check that needs a person, or more than the reference has, is refused before anything "
    "opens") {
  ReferenceFile file;
  file.kind = "hand";
  file.identity = reference();
  CHECK(can_check(file, {1e-4}).error().trouble == Trouble::usage);
  file.kind = "virtual";
  CHECK(can_check(file, {1e-4}).has_value());
  CHECK(can_check(file, {2e-3}).error().message.find("0.002 A") != std::string::npos);
}

TEST_CASE("a chart compares what is alike, passed, and came since its baseline") {
  HealthRow failed = look(3000, 9), other = look(4000, 8);
  failed.passed = false;
  other.basis = "another calibration";
  const std::vector<HealthRow> looks{look(1000, 1), look(2000, 2), failed, other, look(5000, 5)};
  const HealthRow next = look(6000, 6);
  CHECK(chart_history(looks, {}, next) == std::vector<double>{1, 2, 5});
  QuarantineRow lifted;
  lifted.instrument = "ppk2:E1";
  lifted.lifted_ms = 1500;
  CHECK(chart_history(looks, {lifted}, next).size() == 3);
  lifted.new_baseline = true;
  CHECK(chart_history(looks, {lifted}, next) == std::vector<double>{2, 5});
  lifted.instrument = "ppk2:E2";
  CHECK(chart_history(looks, {lifted}, next).size() == 3);
}

TEST_CASE("a chart shows each look once, marks those that did not pass, and draws its limits") {
  HealthSeries series{"reference", "ppk2:E1", "1 mA (range 3)", "card", {}, {}};
  for (int i = 0; i < 5; ++i) series.looks.push_back(look(i * 1000, 1e-4 * i));
  series.looks.back().passed = false;
  series.next = {2e-4, -1e-3, 1.4e-3, 4, false};
  const std::string text = cli::chart_text(series);
  CAPTURE(text);
  CHECK(std::count(text.begin(), text.end(), 'X') == 1);
  CHECK(text.find("=======") != std::string::npos);
  CHECK(text.find("1 mA (range 3)") != std::string::npos);
  series.looks.resize(1);
  series.next = {};
  CHECK(cli::chart_text(series).find('o') !=
        std::string::npos);  // one value has no span of its own
  const BenchHistory history{"mine", {series}, {}};
  CHECK(cli::history_svg(history).find("nan") == std::string::npos);
}
