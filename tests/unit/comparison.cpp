// Differences taken apart: the parts add up, each part's doubt is what a small change of its inputs makes of it.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

#include "rig/cli/compare_page.hpp"
#include "rig/report/comparison.hpp"

using namespace jr;

namespace {

/// A value with standard uncertainties by key.
Statement statement(double value, std::vector<std::pair<std::string, double>> doubts = {}) {
  Statement s;
  s.energy.value = {value};
  for (auto& [key, u] : doubts) s.energy.sources.push_back({key, u});
  s.stated = true;
  return sum_of({s});
}

double u_of(const Statement& s, const std::string& key) {
  for (const Source& source : s.energy.sources)
    if (source.key == key) return source.u_J;
  return 0;
}

double u_of(const Statement& s) { return s.energy.standard_uncertainty().value; }

/// 10 uJ in 1 ms and 15 uJ in 1.2 ms: 10 mW and 12.5 mW.
ComparedRun run_a() {
  ComparedRun run;
  run.run = "a-1";
  run.energy = statement(10e-6, {{"gain:i", 10e-8}, {"repeatability:a-1:total", 2e-8}});
  run.latency = statement(1e-3, {{"clock:i", 5e-8}, {"repeatability:a-1:latency", 1e-8}});
  run.idle_power = statement(4e-3, {{"gain:i", 4e-5}});
  run.supply_V = 3.3;
  run.samples_in_range = {0, 250, 750};
  run.facts = {{"bench", "x"}, {"firmware_commit", "aaa"}, {"supply", "3.3 V, set"}, {"model", ""}, {"flags", "-O2 -g"}};
  return run;
}

ComparedRun run_b() {
  ComparedRun run = run_a();
  run.run = "b-1";
  run.energy = statement(15e-6, {{"gain:i", 15e-8}, {"repeatability:b-1:total", 3e-8}});
  run.latency = statement(1.2e-3, {{"clock:i", 6e-8}, {"repeatability:b-1:latency", 1e-8}});
  run.idle_power = statement(5e-3, {{"gain:i", 5e-5}});
  run.facts[1].value = "bbb";
  run.facts[4].value = "-Os -g";
  run.samples_in_range = {0, 0, 500, 500};
  return run;
}

}  // namespace

TEST_CASE("a function of statements meets a doubt that two arguments share once, with its signs") {
  const Statement a = statement(3, {{"k", 0.1}, {"a", 0.2}}), b = statement(5, {{"k", 0.3}});
  const Statement f = propagated(42, {{a, 2}, {b, -1}});
  CHECK(f.value == 42);
  CHECK(u_of(f, "k") == doctest::Approx(2 * 0.1 - 0.3));
  CHECK(u_of(f, "a") == doctest::Approx(0.4));
  Statement unstated = b;
  unstated.stated = false;
  CHECK_FALSE(propagated(42, {{a, 2}, {unstated, -1}}).stated);
}

TEST_CASE("a difference of 5 uJ is 2.75 uJ of power and 2.25 uJ of time") {
  const ComparedRun a = run_a(), b = run_b();
  const PowerTimeSplit split = split_of(a.energy, a.latency, b.energy, b.latency);
  CHECK(split.power_before.value == doctest::Approx(10e-3));
  CHECK(split.power_after.value == doctest::Approx(12.5e-3));
  CHECK(split.by_power.value == doctest::Approx(2.75e-6));
  CHECK(split.by_time.value == doctest::Approx(2.25e-6));
}

TEST_CASE("a gain that both runs share doubts each part by the part's own size") {
  const ComparedRun a = run_a(), b = run_b();
  const PowerTimeSplit split = split_of(a.energy, a.latency, b.energy, b.latency);
  CHECK(u_of(split.by_power, "gain:i") == doctest::Approx(0.01 * 2.75e-6));
  CHECK(u_of(split.by_time, "gain:i") == doctest::Approx(0.01 * 2.25e-6));
}

TEST_CASE("a clock that both runs share does not doubt the sum of the parts, and neither does the scatter of a time") {
  const ComparedRun a = run_a(), b = run_b();
  const PowerTimeSplit split = split_of(a.energy, a.latency, b.energy, b.latency);
  const Statement sum = sum_of({split.by_power, split.by_time});
  for (const char* key : {"clock:i", "repeatability:a-1:latency", "repeatability:b-1:latency"})
    CHECK(std::abs(u_of(sum, key)) < 1e-20);
  CHECK(u_of(sum) == doctest::Approx(u_of(difference_of(b.energy, a.energy))));
  CHECK(sum.interval.U == doctest::Approx(difference_of(b.energy, a.energy).interval.U));
}

TEST_CASE("power and time add up to the difference for whatever runs, and swap sign with the runs") {
  rc::check([] {
    const auto positive = [] { return static_cast<double>(*rc::gen::inRange(1, 1'000'000)); };
    const Statement e1 = statement(1e-6 * positive()), e2 = statement(1e-6 * positive());
    const Statement t1 = statement(1e-4 * positive()), t2 = statement(1e-4 * positive());
    const PowerTimeSplit forth = split_of(e1, t1, e2, t2), back = split_of(e2, t2, e1, t1);
    const double scale = e1.value + e2.value + std::abs(forth.by_power.value);
    RC_ASSERT(std::abs(forth.by_power.value + forth.by_time.value - (e2.value - e1.value)) <= 1e-14 * scale);
    RC_ASSERT(std::abs(forth.by_power.value + back.by_power.value) <= 1e-14 * scale);
  });
}

TEST_CASE("each part's doubts are what a small change of an energy or a time makes of the part") {
  const double x[4] = {10e-6, 1e-3, 15e-6, 1.2e-3};
  const auto parts = [](const double* v) {
    const double dP = v[2] / v[3] - v[0] / v[1], P = (v[2] / v[3] + v[0] / v[1]) / 2;
    return std::pair{dP * (v[1] + v[3]) / 2, P * (v[3] - v[1])};
  };
  for (int i = 0; i < 4; ++i) {
    CAPTURE(i);
    const double step = 1e-6 * x[i];
    double up[4], down[4];
    std::copy(x, x + 4, up), std::copy(x, x + 4, down);
    up[i] += step, down[i] -= step;
    Statement s[4];
    for (int k = 0; k < 4; ++k) s[k] = statement(x[k], k == i ? std::vector<std::pair<std::string, double>>{{"it", step}} : std::vector<std::pair<std::string, double>>{});
    const PowerTimeSplit split = split_of(s[0], s[1], s[2], s[3]);
    CHECK(u_of(split.by_power, "it") == doctest::Approx((parts(up).first - parts(down).first) / 2).epsilon(1e-5));
    CHECK(u_of(split.by_time, "it") == doctest::Approx((parts(up).second - parts(down).second) / 2).epsilon(1e-5));
  }
}

TEST_CASE("1 mW more of idle over 1.1 ms is 1.1 uJ, doubted by the gain alone") {
  const ComparedRun a = run_a(), b = run_b();
  const auto explanation = explain(a, b);
  REQUIRE(explanation.by_idle);
  CHECK(explanation.by_idle->value == doctest::Approx(1.1e-6));
  CHECK(u_of(*explanation.by_idle, "gain:i") == doctest::Approx(0.011e-6));
}

TEST_CASE("a tenth more voltage at the same charge is a tenth more energy, and the doubts of both voltages are in it") {
  ComparedRun a = run_a(), b = run_a();
  a.energy = statement(10e-6, {{"voltage:i:3.000", 1e-8}, {"gain:i", 1e-7}});
  b.energy = statement(11e-6, {{"voltage:i:3.300", 2e-8}, {"gain:i", 1.1e-7}});
  a.supply_V = 3.0, b.supply_V = 3.3;
  a.facts[2].value = "3 V, set";
  const auto explanation = explain(a, b);
  const FactChange* supply = nullptr;
  for (const FactChange& change : explanation.differs)
    if (change.key == "supply") supply = &change;
  REQUIRE(supply);
  REQUIRE(supply->share);
  CHECK(supply->share->value == doctest::Approx(1e-6));
  // u_V Q for each voltage; the gain is one of the charge: 1 % of it, over 0.3 V.
  CHECK(std::abs(u_of(*supply->share, "voltage:i:3.000")) == doctest::Approx(1e-8));
  CHECK(std::abs(u_of(*supply->share, "voltage:i:3.300")) == doctest::Approx(2e-8));
  CHECK(u_of(*supply->share, "gain:i") == doctest::Approx(1e-8));
}

TEST_CASE("of the facts what is the same is kept apart from what differs, and what nobody recorded is neither") {
  ComparedRun a = run_a(), b = run_b();
  b.facts.push_back({"compiler", "gcc 12"});
  const Explanation explanation = explain(a, b);
  REQUIRE(explanation.same.size() == 2);
  CHECK(explanation.same[0].key == "bench");
  CHECK(explanation.same[1].key == "supply");
  REQUIRE(explanation.differs.size() == 3);
  CHECK(explanation.differs[0].key == "firmware_commit");
  CHECK(explanation.differs[0].before == "aaa");
  CHECK(explanation.differs[0].after == "bbb");
  CHECK_FALSE(explanation.differs[0].share);
  CHECK(explanation.differs[1].key == "flags");
  CHECK(explanation.differs[2].before.empty());
  CHECK(explanation.differs[2].after == "gcc 12");
}

TEST_CASE("the range mix is in shares of each run's own samples, and names the ranges that were used at all") {
  const Explanation explanation = explain(run_a(), run_b());
  REQUIRE(explanation.ranges.size() == 3);
  CHECK(explanation.ranges[0].range == 1);
  CHECK(explanation.ranges[0].before == 0.25);
  CHECK(explanation.ranges[0].after == 0);
  CHECK(explanation.ranges[1].before == 0.75);
  CHECK(explanation.ranges[2].after == 0.5);
  ComparedRun values = run_b();
  values.samples_in_range.clear();  // a stream without ranges
  CHECK(explain(run_a(), values).ranges.empty());
}

TEST_CASE("phases are compared when both runs have them, each with the U of its own difference") {
  ComparedRun a = run_a(), b = run_b();
  a.phases = {{WindowLabel::preprocess, 3, statement(1e-6, {{"gain:i", 1e-8}}), 1e-4},
              {WindowLabel::invoke, 3, statement(9e-6, {{"gain:i", 9e-8}}), 9e-4}};
  b.phases = {{WindowLabel::invoke, 3, statement(12e-6, {{"gain:i", 12e-8}}), 1e-3}};
  const Explanation explanation = explain(a, b);
  REQUIRE(explanation.phases.size() == 1);
  CHECK(explanation.phases[0].before.label == WindowLabel::invoke);
  CHECK(explanation.phases[0].difference.value == doctest::Approx(3e-6));
  CHECK(u_of(explanation.phases[0].difference, "gain:i") == doctest::Approx(3e-8));
}

TEST_CASE("a difference within its U is noise, beyond it costs more or less, and without U nothing is said") {
  ComparedRun a = run_a(), b = run_a();
  CHECK(std::string(difference_between(a, b).verdict()) == "only noise");
  b.energy = run_b().energy;
  CHECK(std::string(difference_between(a, b).verdict()) == "costs more");
  CHECK(std::string(difference_between(b, a).verdict()) == "costs less");
  b.energy.stated = false;
  CHECK(std::string(difference_between(a, b).verdict()) == "U not stated");
  CHECK(difference_between(a, b).is_noise());
}

TEST_CASE("a sum of runs doubts what they share in full and what each has to itself by its square") {
  cli::Against other{run_b(), {}, {}};
  const cli::RunSum sum = cli::sum_of_runs(run_a(), {other});
  CHECK(sum.energy.value == doctest::Approx(25e-6));
  CHECK(sum.latency.value == doctest::Approx(2.2e-3));
  CHECK(u_of(sum.energy) == doctest::Approx(std::hypot(25e-8, 2e-8, 3e-8)));
  CHECK(cli::sum_page(run_a(), {other}, sum).find("gain:i") != std::string::npos);
}

TEST_CASE("of two lists of flags each shows the words that the other has not") {
  CHECK(words_only_in("-Os -g  -mcpu=a", "-O2 -g", ' ') == "-Os -mcpu=a");
  CHECK(words_only_in("windows = 5; idle_s = 0.5", "windows = 7;idle_s = 0.5", ';') == "windows = 5");
  CHECK(words_only_in("", "-g", ' ').empty());
}

TEST_CASE("an explanation names both values of what differs and the parts of the difference") {
  const ComparedRun a = run_a();
  cli::Against other{run_b(), difference_between(a, run_b()), explain(a, run_b())};
  const std::string page = cli::explanation_page(a, other);
  for (const char* words : {"mean power", "of it idle", "time", "firmware commit", "aaa", "bbb", "-O2", "-Os", "(55 %)",
                            "(45 %)", "samples in range 2", "the same: bench x; supply 3.3 V, set."}) {
    CAPTURE(words);
    CHECK_MESSAGE(page.find(words) != std::string::npos, page);
  }
}
