// Statements of several runs joined by their keys: what is shared cancels or adds, what is not does neither.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "rig/energy/protocols.hpp"

using namespace jr;

namespace {

/// An accuracy of one range with a gain and an offset doubt, and nothing else.
EnergyModel model_of_run(const std::string& run) {
  EnergyModel model;
  model.ranges = {{0, 1e-6, 0, 0, 0}};
  model.instrument = "ppk2:A";
  model.bench = "unit";
  model.run = run;
  model.supply = {3.0};
  model.period_s = 1e-5;
  Accuracy accuracy;
  accuracy.ranges = model.ranges;
  accuracy.coefficients = {{"gain:ppk2:A:0", "gain, range 0", Distribution::normal, INFINITY, {{0, 0, 1e-8, 0, 0}}},
                           {"offset:ppk2:A:0", "offset, range 0", Distribution::normal, INFINITY, {{0, 1e-7, 0, 0, 0}}}};
  accuracy.per_range.resize(1);
  model.accuracy = accuracy;
  return model;
}

Moments constant(std::uint16_t code, std::size_t n) {
  return moments_of(std::vector<std::uint16_t>(n, code), std::vector<std::uint8_t>(n, 0));
}

/// A window between two idle pieces that begin at `idle_before` and `idle_after`.
WindowGroup group_at(std::uint16_t active, std::uint16_t before, std::uint16_t after, std::uint64_t start) {
  constexpr std::uint64_t kIdle = 1000, kWindow = 1000;
  WindowGroup group;
  group.idle_before = {{WindowLabel::idle, FoundBy::edges, start, start + kIdle, 0, 0}, constant(before, kIdle), 0};
  group.infer = {{WindowLabel::infer, FoundBy::edges, start + kIdle, start + kIdle + kWindow, 1, 0}, constant(active, kWindow), 0};
  group.idle_after = {{WindowLabel::idle, FoundBy::edges, start + kIdle + kWindow, start + 2 * kIdle + kWindow, 0, 0},
                      constant(after, kIdle), 0};
  return group;
}

double source_u(const Statement& statement, const std::string& key) {
  for (const Source& source : statement.energy.sources)
    if (source.key == key) return source.u_J;
  return 0;
}

}  // namespace

TEST_CASE("the ratio of the same trace under two gains of one instrument does not doubt the gain") {
  const std::vector<WindowGroup> groups(5, group_at(5000, 100, 100, 0));
  EnergyModel first = model_of_run("r-1"), second = model_of_run("r-2");
  first.accuracy->coefficients.resize(1);  // the gain alone
  second.accuracy->coefficients.resize(1);
  const Statement ratio = ratio_of(summarise(first, groups).mean, summarise(second, groups).mean);
  CHECK(ratio.value == doctest::Approx(1));
  CHECK(std::abs(source_u(ratio, "gain:ppk2:A:0")) < 1e-15);
}

TEST_CASE("scatter of one run is never taken for scatter of another") {
  std::vector<WindowGroup> groups;
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{5000, 5010, 4990, 5020, 4980})
    groups.push_back(group_at(code, 100, 100, 0));
  const Statement a = summarise(model_of_run("r-1"), groups).mean, b = summarise(model_of_run("r-2"), groups).mean;
  const Statement difference = difference_of(a, b);
  const double one = source_u(a, "repeatability:r-1:total");
  CHECK(one > 0);
  CHECK(difference.energy.standard_uncertainty().value == doctest::Approx(one * std::numbers::sqrt2));
  CHECK(difference_of(a, a).energy.standard_uncertainty().value == doctest::Approx(0));
}

TEST_CASE("a sum of runs under one calibration doubts the gain in full and the scatter by its root") {
  const std::vector<WindowGroup> groups(5, group_at(5000, 100, 100, 0));
  const Statement a = summarise(model_of_run("r-1"), groups).mean, b = summarise(model_of_run("r-2"), groups).mean;
  CHECK(source_u(sum_of({a, b}), "gain:ppk2:A:0") == doctest::Approx(2 * source_u(a, "gain:ppk2:A:0")));
}

TEST_CASE("an idle piece shared by two neighbours widens their mean as the closed form says") {
  // N windows, all idle pieces shared, the idle alone scatters: u^2 = (T s_b)^2 (N - 1/2) / N^2.
  const std::vector<std::uint16_t> levels{100, 130, 90, 120, 60, 110};
  std::vector<WindowGroup> groups;
  for (std::size_t i = 0; i + 1 < levels.size(); ++i)
    groups.push_back(group_at(5000, levels[i], levels[i + 1], 2000 * i));
  for (std::size_t i = 0; i + 1 < groups.size(); ++i) REQUIRE(share_idle(groups[i], groups[i + 1]));
  const EnergyModel model = model_of_run("r-1");
  const EnergySummary summary = summarise(model, groups);
  double mean = 0, squares = 0;
  for (const double level : levels) mean += level / 6;
  for (const double level : levels) squares += (level - mean) * (level - mean);
  const double s_b_W = 3.0 * 1e-6 * std::sqrt(squares / 5), T = 1000 * 1e-5;
  const double baseline = source_u(summary.marginal, "baseline:r-1");
  CHECK(baseline == doctest::Approx(0.5 * T * s_b_W * std::sqrt(2.0 * 4 / (5 * 4))));
  CHECK(summary.idle_power.value == doctest::Approx(3.0 * 1e-6 * mean));
}

TEST_CASE("idle pieces of a window's own bring no doubt of sharing") {
  std::vector<WindowGroup> groups;
  for (std::uint64_t i = 0; i < 5; ++i)
    groups.push_back(group_at(5000, static_cast<std::uint16_t>(100 + i), static_cast<std::uint16_t>(90 + i), 5000 * i));
  CHECK(source_u(summarise(model_of_run("r-1"), groups).marginal, "baseline:r-1") == 0);
}

TEST_CASE("a single window states its noise and its edges, since nothing else shows them") {
  EnergyModel model = model_of_run("r-1");
  model.accuracy->per_range[0].noise_codes = 2;
  const EnergySummary summary = summarise(model, {group_at(5000, 100, 100, 0)});
  const double noise = 3.0 * 1e-5 * 1e-6 * 2 * std::sqrt(1000.0);
  CHECK(source_u(summary.mean, "noise:r-1") == doctest::Approx(noise));
  const double edge = 3.0 * 5000e-6 * 1e-5 / std::sqrt(6.0);
  CHECK(source_u(summary.mean, "grid:r-1") == doctest::Approx(edge));
  CHECK(source_u(summary.marginal, "grid:r-1") == doctest::Approx(edge * 0.98));
}

TEST_CASE("a single window pays for pulses that fall between samples, if its plan says that there are such") {
  EnergyModel model = model_of_run("r-1");
  model.pulse_s = 25e-6;
  const EnergySummary one = summarise(model, {group_at(5000, 100, 100, 0)});
  // 2.5 samples: sd of half a sample in 2.5, of all that the window has above its idle.
  CHECK(source_u(one.mean, "aliasing:r-1") == doctest::Approx(0.2 * one.marginal.value));
  model.pulse_every_s = 1e-3;  // ten of them in 10 ms, in step with the grid: they do not average
  CHECK(source_u(summarise(model, {group_at(5000, 100, 100, 0)}).mean, "aliasing:r-1") == doctest::Approx(0.2 * one.marginal.value));
  std::vector<WindowGroup> many;
  for (std::uint64_t i = 0; i < 5; ++i) many.push_back(group_at(5000, 100, 100, 5000 * i));
  CHECK(source_u(summarise(model, many).mean, "aliasing:r-1") == 0);
}

TEST_CASE("temperature is paid twice: for how far the air was off, and for how badly that is known") {
  EnergyModel model = model_of_run("r-1");
  model.accuracy->gain_tempco_per_K = {50e-6, Distribution::rectangular, INFINITY, "test"};
  model.accuracy->temperature_C = 23;
  model.ambient = {27.0, 1.5};
  const Energy energy = energy_of(model, constant(5000, 1000));
  double known = 0, unknown = 0;
  for (const Source& source : energy.sources) {
    if (source.key == "tempco:ppk2:A") known = source.u_J;
    if (source.key == "temperature:r-1") unknown = source.u_J;
  }
  CHECK(known == doctest::Approx(energy.value.value * 50e-6 * 4));
  CHECK(unknown == doctest::Approx(energy.value.value * 50e-6 * 1.5));
}

TEST_CASE("what a range switch may hide is bounded by the full scale and not divided by the windows") {
  EnergyModel model = model_of_run("r-1");
  model.accuracy->per_range[0].full_scale_A = 0.1;
  model.accuracy->per_range[0].blanked_samples = 2;
  WindowGroup group = group_at(5000, 100, 100, 0);
  group.infer.moments.switches = 3;
  const double half_width = 3.0 * 1e-5 * 3 * 2 * 0.1;
  for (const std::size_t n : {std::size_t{1}, std::size_t{5}, std::size_t{20}}) {
    const EnergySummary summary = summarise(model, std::vector<WindowGroup>(n, group));
    CHECK(source_u(summary.mean, "switches:ppk2:A") == doctest::Approx(half_width / std::numbers::sqrt3));
  }
}

TEST_CASE("phases that make up the whole leave no bias, and the gain cancels in it") {
  const EnergyModel model = model_of_run("r-1");
  const std::vector<WindowGroup> whole(5, group_at(5000, 100, 100, 0));
  std::vector<WindowGroup> part(3, group_at(5000, 100, 100, 0));
  for (WindowGroup& group : part) group.infer.moments = constant(5000, 500);
  const EnergySummary summary = summarise(model, whole);
  const auto protocols = protocols_of(model, summary, {{WindowLabel::preprocess, part}, {WindowLabel::sense, part}});
  REQUIRE(protocols);
  CHECK(protocols->bias.value == doctest::Approx(0).epsilon(1e-12));
  CHECK(std::abs(source_u(protocols->bias, "gain:ppk2:A:0")) < 1e-12 * summary.mean.value);
  CHECK_FALSE(protocols_of(model, summary, {}));
}

TEST_CASE("a sham window tells what the marker itself draws") {
  const EnergyModel model = model_of_run("r-1");
  const EnergySummary summary = summarise(model, std::vector<WindowGroup>(5, group_at(5000, 100, 100, 0)));
  const auto sham = sham_of(model, summary, {group_at(130, 100, 100, 0), group_at(130, 100, 100, 5000)});
  REQUIRE(sham);
  CHECK(sham->excess.value == doctest::Approx(3.0 * 30e-6));
  CHECK(sham->per_inference_J == doctest::Approx(3.0 * 30e-6 * 0.01));
}

TEST_CASE("a voltage that was measured is another error than the instrument's own setting") {
  EnergyModel set = model_of_run("r-1"), measured = model_of_run("r-2");
  set.accuracy->voltage_V = {0.03, Distribution::rectangular, INFINITY, "test"};
  measured.accuracy = set.accuracy;
  measured.u_supply_V = 0.001;
  const std::vector<WindowGroup> groups(5, group_at(5000, 100, 100, 0));
  const Statement a = summarise(set, groups).mean, b = summarise(measured, groups).mean;
  const double of_setting = source_u(a, "voltage:ppk2:A:3.000"), of_meter = source_u(b, "voltage:unit:3.000");
  CHECK(of_meter == doctest::Approx(of_setting / 30));
  CHECK(difference_of(a, b).energy.standard_uncertainty().value ==
        doctest::Approx(std::hypot(of_setting, of_meter)));
}
