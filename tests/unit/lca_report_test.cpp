// What the report of a life cycle must say, and what it must not hide.
#include <doctest/doctest.h>

#include "rig/cli/lca_compare_page.hpp"
#include "rig/cli/lca_page.hpp"
#include "rig/cli/lca_pictures.hpp"
#include "rig/cli/lca_report.hpp"
#include "rig/cli/lca_words.hpp"
#include "rig/report/report_text.hpp"
#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::cli;
using namespace jr::lca;

namespace {

Assessment paper(std::optional<MeasuredRun> run = {}) {
  auto scenario = load_scenario("paper-kws-typical", shipped());
  REQUIRE(scenario);
  auto a = assess(*scenario, std::move(run), 1000);
  REQUIRE(a);
  a->tool_version = "0.0.0 (test)";
  return *a;
}

MeasuredRun a_run() {
  MeasuredRun run;
  run.run = "unit-1", run.date = "2026-11-23", run.board = "board<1>", run.model = "kws01", run.U_stated = true;
  run.energy_per_inference_J = 1e-3, run.U_energy_J = 1e-5, run.latency_s = 0.01;
  run.calibration = "bench calibration; 3f2a", run.grade = "A: as good as it gets", run.result_sha256 = std::string(64, 'a');
  return run;
}

}  // namespace

TEST_CASE("the report names functional unit, boundary, method, grid year, sources, quality, licences, verdict and how to cite") {
  const std::string html = report_html(lca_report(paper()));
  for (const char* words : {"one TinyML system over 3 years", "network and cloud excluded", "GWP over 100 years", "year of the figure", "years of use",
                            "Sources and data quality", "Licences of what went in", "May be published: no, because", "How to cite", "JouleRig 0.0.0 (test)",
                            "seed 20231101", "2.661", "1.360", "433 g/kWh", "233\u00a0mW"}) {
    CAPTURE(words);
    CHECK(contains(html, words));
  }
}

TEST_CASE("every row of the result stands in the table of stages once, and no row that is nothing") {
  const Assessment a = paper();
  const std::string text = lca_page(a);
  const std::string table = text.substr(text.find("Stages of the life cycle"), text.find("The result per unit") - text.find("Stages of the life cycle"));
  for (std::size_t i = 0; i < kRows; ++i) {
    std::string words = words_of(static_cast<Row>(i));
    words[0] = static_cast<char>(std::toupper(words[0]));
    CAPTURE(words);
    CHECK(contains(table, "\n  " + words + " ") == (a.life_cycle.figures.kg[i] != 0));
  }
}

TEST_CASE("a simulated or suspect run is the first thing on the page and on every printed one") {
  MeasuredRun run = a_run();
  run.simulated = run.suspect = true;
  run.suspect_reason = "the <reference> drifted";
  const Assessment a = paper(run);
  CHECK(lca_page(a).starts_with("SIMULATED: run unit-1"));
  const std::string html = report_html(lca_report(a));
  CHECK(html.find("SIMULATED") < html.find("<h1>"));
  CHECK(html.find("SUSPECT: run unit-1: the &lt;reference&gt; drifted.") < html.find("</thead>"));
  CHECK(!a.publication.allowed);
}

TEST_CASE("a measured energy stands there with its U, run, calibration, grade and hash, names escaped") {
  const std::string html = report_html(lca_report(paper(a_run())));
  for (const char* words : {"1.000 \u00b1 0.010 mJ (95 %), total: base power included", "unit-1, 2026-11-23", "bench calibration; 3f2a", "A: as good as it gets", "board&lt;1&gt;", "(result SHA-256 aaaaaaaaaaaaaaaa)"}) {
    CAPTURE(words);
    CHECK(contains(html, words));
  }
  CHECK(!contains(html, "board<1>"));
}

TEST_CASE("figures are drawn from the results and have no picture where there is nothing to draw") {
  const Assessment a = paper();
  CHECK(contains(stages_svg(a), "power supply"));
  CHECK(contains(tornado_svg(a), "75"));
  CHECK(contains(total_svg(a), "median"));
  CHECK(battery_life_svg(a).empty());
  Scenario fixed_one = small();
  const auto plain = assess(fixed_one, {}, 200);
  REQUIRE(plain);
  CHECK(tornado_svg(*plain).empty());
  CHECK(total_svg(*plain).empty());
  CHECK(!stages_svg(*plain).empty());
}

TEST_CASE("values are written in the units that people use") {
  CHECK(kg_text(2.66) == "2.66 kg");
  CHECK(kg_text(0.0114) == "11.4 g");
  CHECK(kg_text(2.5e-8) == "25 \u00b5g");
  CHECK(kg_text(0) == "0 kg");
  CHECK(range_text(0.0005, 0.02) == "0.5 to 20 g");
  CHECK(signed_kg_text(-0.5) == "\u22120.5 kg");
  CHECK(count_text(94.67e6) == "94.7 million");
  CHECK(years_text(3 * kSecondsPerYear) == "3 years");
  CHECK(years_text(86400) == "1 day");
  CHECK(value_text(in("battery capacity", 7200, "C")) == "2000 mAh");
  CHECK(value_text(in("efficiency", 0.95, "1")) == "95 %");
  CHECK(value_text(in("cycle life", 500, "1")) == "500");
  CHECK(value_text(in("grid intensity", 0.433, "kg/kWh")) == "433 g/kWh");
  CHECK(low_text(in("x", 1, "kg")).empty());
  CHECK(high_text(triangular("x", 1, 2, 5, "kg")) == "5 kg");
}

TEST_CASE("what is compared is said with differences, verdicts and the doubt that they share taken out") {
  const auto column = [](const std::string& run, double joules) {
    Scenario s = small();
    s.use.average_power.reset();
    s.use.sleep_power = in("sleep power", 1e-6, "W");
    s.use.events = {event("inference", joules, 0.01, 1)};
    s.use.events.front().energy.joules().spread = Spread::measured;
    s.use.events.front().energy.joules().sources = {{"gain:E1", 0.1 * joules}, {"repeatability:" + run, 1e-6}};
    MeasuredRun facts = a_run();
    facts.run = run;
    auto made = lca_column(run, s, facts, {});
    REQUIRE(made);
    return *made;
  };
  LcaComparison c{{column("unit-1", 1e-3), column("unit-2", 1e-3), column("unit-3", 2e-3)}, {}, {}, "0.0.0"};
  std::vector<Scenario> scenarios;
  for (const LcaColumn& one : c.columns) scenarios.push_back(one.scenario);
  c.together = draw_together(scenarios, 2000);
  const EnergyDifference same = energy_difference(c.columns[1], c.columns[0]), more = energy_difference(c.columns[2], c.columns[0]);
  CHECK(*same.U == doctest::Approx(1.96 * std::sqrt(2.0) * 1e-6).epsilon(0.01));  // the gain has cancelled
  CHECK(more.value == doctest::Approx(1e-3));
  const std::string text = report_text(comparison_report(c));
  for (const char* words : {"only noise", "more", "not told apart", "Against unit-1", "What would matter", "energy of inference halved", "Per inference"}) {
    CAPTURE(words);
    CHECK(contains(text, words));
  }
  CHECK(contains(comparison_json(c), "\"minus_first\""));
  c.columns[1].run->U_stated = false;
  CHECK(!energy_difference(c.columns[1], c.columns[0]).U);
}
