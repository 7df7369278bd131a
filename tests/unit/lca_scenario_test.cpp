// Scenario files: the paper's columns to the printed digit, what is shipped loads, what is wrong is named.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "rig/lca/assessment.hpp"
#include "rig/lca/measured_use.hpp"
#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::lca;

namespace {

std::string text_of(const std::string& scenario) {
  std::ifstream file(shipped().front() / (scenario + ".toml"));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string with(std::string text, const std::string& old_part, const std::string& new_part) {
  const auto at = text.find(old_part);
  REQUIRE_MESSAGE(at != std::string::npos, old_part);
  return text.replace(at, old_part.size(), new_part);
}

Result<Scenario> loaded(const std::string& text, const Overrides& overrides = {}) {
  const test::ScratchFolder folder;
  return load_scenario(folder.file("mine.toml", text).string(), shipped(), overrides);
}

/// What is said of the paper's typical column with one part replaced.
std::string refusal(const std::string& old_part, const std::string& new_part, const std::string& base = "paper-kws-typical") {
  const auto scenario = loaded(with(text_of(base), old_part, new_part));
  if (!scenario) return scenario.error().message;
  const auto fine = check(*scenario);
  return fine ? "" : fine.error().message;
}

MeasuredUse a_run() {
  MeasuredUse use;
  use.run.run = "bench-7";
  use.run.date = "2026-02-03";
  use.run.U_stated = true;
  use.events.push_back({"infer", Energy{{35.2e-6}, {{"gain:x", 3e-7}}}, Energy{{10e-3}, {}}, {}});
  use.sleep = Energy{{5e-6}, {{"gain:x", 5e-8}}};
  return use;
}

}  // namespace

TEST_CASE("the paper's five columns come out as printed, and their use stage is 0.0114 kg") {
  for (const auto& [name, total] : {std::pair{"paper-kws-best", 0.89}, {"paper-kws-typical", 2.66}, {"paper-anomaly-typical", 2.67},
                                    {"paper-image-typical", 3.41}, {"paper-image-worst", 7.06}}) {
    const auto scenario = load_scenario(name, shipped());
    REQUIRE_MESSAGE(scenario, name);
    REQUIRE(check(*scenario));
    const Figures figures = figures_of(*scenario);
    CAPTURE(name);
    CHECK(std::round(100 * figures.total_kg) == doctest::Approx(100 * total));
    CHECK(std::round(1e4 * figures[Row::use]) == 114);
    CHECK(std::round(100 * figures[Row::use]) == 1);
    CHECK(figures.battery.count == 1);
  }
}

TEST_CASE("the typical column has the paper's rows, power supply and transport among the blocks and once") {
  const auto s = load_scenario("paper-kws-typical", shipped());
  REQUIRE(s);
  const Figures f = figures_of(*s);
  for (const auto& [row, kg] : {std::pair{Row::training, 0.10}, {Row::casing, 0.27}, {Row::others, 0.11}, {Row::pcb, 0.16}, {Row::power_supply, 1.36},
                                {Row::processing, 0.17}, {Row::sensing, 0.02}, {Row::transport, 0.40}, {Row::user_interface, 0.06},
                                {Row::memory, 0.0}, {Row::battery, 0.0}, {Row::end_of_life, 0.0}})
    CHECK(f[row] == doctest::Approx(kg));
}

TEST_CASE("233 mW at 0.433 kg/kWh, 142 mW in India and 2.3 W in France would make use equal to all the rest") {
  const auto power = [](const char* country) {
    Overrides over;
    if (*country) over.country = country;
    const auto a = assess(*load_scenario("paper-kws-typical", shipped(), over), {}, 100);
    REQUIRE(a);
    return *a->insight.equal_power_W;
  };
  CHECK(power("") == doctest::Approx(0.233).epsilon(2e-3));
  CHECK(power("India") == doctest::Approx(0.142).epsilon(3e-3));
  CHECK(power("FRA") == doctest::Approx(2.3).epsilon(0.01));
}

TEST_CASE("10 % more energy moves the paper's total by 0.04 %") {
  const auto a = assess(*load_scenario("paper-kws-typical", shipped()), {}, 100);
  REQUIRE(a);
  CHECK(100 * a->insight.ten_percent_total == doctest::Approx(0.04).epsilon(0.1));
  CHECK(a->insight.use_share == doctest::Approx(0.0043).epsilon(0.01));
}

TEST_CASE("every scenario, block and battery file that is shipped loads, and all figures name a source") {
  for (const std::string& name : scenario_names(shipped())) {
    const auto scenario = load_scenario(name, shipped());
    REQUIRE_MESSAGE(scenario, (scenario ? name : scenario.error().message));
    CHECK(scenario->blocks.size() == 12);
    for (const Input* input : inputs_of(*scenario)) CHECK_MESSAGE(!input->citation.text.empty(), input->name);
  }
  for (const auto& entry : std::filesystem::directory_iterator(shipped().front() / "batteries")) {
    const auto card = load_chemistry(entry.path());
    REQUIRE_MESSAGE(card, (card ? "" : card.error().message));
    CHECK(card->nominal_V.value > 1);
    CHECK(!card->nominal_V.citation.confirmed);  // from memory, and says so
  }
  const auto blocks = load_blocks(shipped().front() / "blocks/paper.toml");
  REQUIRE(blocks);
  for (std::size_t row = static_cast<std::size_t>(kFirstBlock); row <= static_cast<std::size_t>(kLastBlock); ++row)
    CHECK_MESSAGE(blocks->rows[row].size() >= 2, key_of(static_cast<Row>(row)));
}

TEST_CASE("a level that has no kilograms is refused with the reason") {
  CHECK(contains(refusal("casing = { level = 1, figure = \"typical\" }", "casing = { level = 2 }"), "prints no kilograms for it"));
}

TEST_CASE("unknown keys are refused with file, line and the nearest key") {
  const std::string said = refusal("feeding = \"rechargeable\"", "feeding = \"rechargeable\"\nplain = \"source\"");
  CHECK(contains(said, "mine.toml, line "));
  CHECK(contains(said, "unknown key 'plain' in [supply]; did you mean 'plane'?"));
  CHECK(contains(refusal("[supply]", "[suply]\nx = 1\n[supply]"), "unknown key 'suply'; did you mean 'supply'?"));
  CHECK(contains(refusal("figure = \"typical\"", "figures = \"typical\""), "did you mean 'figure'?"));
}

TEST_CASE("a quantity without its unit is refused, and with a wrong or unknown one too") {
  CHECK(contains(refusal("lifetime = { value = 3, unit = \"y\", source = \"paper\" }", "lifetime = 3\nsource = \"paper\""), "'lifetime' in [life] has no unit"));
  CHECK(contains(refusal("unit = \"mW\"", "unit = \"mJ\""), "unit of something else"));
  CHECK(contains(refusal("unit = \"mW\"", "unit = \"mw\""), "did you mean 'mW'?"));
  CHECK(contains(refusal("value = 1, unit = \"mW\", ", "value = 1, "), "'unit' in [use.average_power] is missing"));
}

TEST_CASE("a unit may stand in the key, with the section's source") {
  const auto scenario = loaded(with(text_of("paper-kws-typical"), "average_power = { value = 1, unit = \"mW\", source = \"paper\" }",
                                    "average_power_mW = 1\nsource = \"paper\""));
  REQUIRE(scenario);
  CHECK(scenario->use.average_power->value == doctest::Approx(1e-3));
  CHECK(contains(refusal("average_power = { value = 1, unit = \"mW\", source = \"paper\" }", "average_power_mW = 1"), "names no source"));
}

TEST_CASE("a figure without a source, or with one that nobody declared, is refused") {
  CHECK(contains(refusal("value = 1, unit = \"mW\", source = \"paper\"", "value = 1, unit = \"mW\""), "names its source"));
  CHECK(contains(refusal("value = 1, unit = \"mW\", source = \"paper\"", "value = 1, unit = \"mW\", source = \"papr\""), "did you mean 'paper'?"));
  CHECK(contains(refusal("year = 2023\n", ""), "'year' in [sources.paper] is missing"));
}

TEST_CASE("a block that is not named is refused: it would be silently nothing") {
  CHECK(contains(refusal("memory = { level = 0 }\n", ""), "'memory' in [blocks] is missing"));
}

TEST_CASE("distributions need what they are made of") {
  CHECK(contains(refusal("value = 1, unit = \"mW\"", "value = 1, distribution = \"normal\", unit = \"mW\""), "needs u"));
  CHECK(contains(refusal("value = 1, unit = \"mW\"", "value = 1, low = 2, high = 3, unit = \"mW\""), "low <= value <= high"));
  CHECK(contains(refusal("value = 1, unit = \"mW\"", "value = 1, distribution = \"gauss\", unit = \"mW\""), "is unknown"));
  const auto s = loaded(with(text_of("paper-kws-typical"), "value = 1, unit = \"mW\"", "value = 1, low = 0.5, high = 2, unit = \"mW\""));
  REQUIRE(s);
  CHECK(s->use.average_power->spread == Spread::triangular);
  CHECK(s->use.average_power->high == doctest::Approx(2e-3));
}

TEST_CASE("a lifetime of zero and an unknown country are one sentence each") {
  CHECK(contains(refusal("value = 3, unit = \"y\"", "value = 0, unit = \"y\""), "lifetime is 0 years"));
  const std::string said = refusal("country = \"World\"", "country = \"Franc\"", "default");
  CHECK(contains(said, "did you mean France (FRA)"));
  CHECK(contains(said, "line "));
}

TEST_CASE("a mix of direct and life-cycle intensities is refused in a scenario") {
  const std::string said = refusal("country = \"World\"",
                                   "mix = [{ country = \"France\", share = 0.5 }, { country = \"Own\", share = 0.5, intensity = { value = 400, unit = "
                                   "\"g/kWh\", source = \"paper\" }, boundary = \"direct\", source = \"paper\" }]", "default");
  CHECK(contains(said, "cannot be mixed"));
}

TEST_CASE("a mix of countries is their weighted mean, and its shares add up to one") {
  const auto s = loaded(with(text_of("default"), "country = \"World\"", "mix = [{ country = \"France\", share = 0.25 }, { country = \"DEU\", share = 0.75 }]"));
  REQUIRE_MESSAGE(s, (s ? "" : s.error().message));
  CHECK(1000 * s->grid.intensity.value == doctest::Approx(0.25 * 44.18 + 0.75 * 342.06));
  CHECK(contains(refusal("country = \"World\"", "mix = [{ country = \"France\", share = 0.25 }]", "default"), "not to 1"));
}

TEST_CASE("TOML that is cut off anywhere is a scenario or one sentence with the file's name") {
  const std::string whole = text_of("default");
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    const auto scenario = loaded(whole.substr(0, length));
    if (!scenario) CHECK(contains(scenario.error().message, "mine.toml"));
  }
}

TEST_CASE("an unknown scenario is refused with the nearest one") {
  const auto refused = load_scenario("paper-kws-typicl", shipped());
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "did you mean 'paper-kws-typical'?"));
}

TEST_CASE("a user's copy of the Tide table replaces kilograms where it has the level, and 6.55 kg is the sum") {
  const test::ScratchFolder folder;
  const auto file = folder.file("tide.csv",
                                "name,Fab - Climate change,EoL - Climate change\napi_name,fab-gwp,eol-gwp\nUnit,kg CO2 eq.,kg CO2 eq.\n"
                                "casing - HSL-1,4.31E-01,9.12E-02\nothers - HSL-0,3.17E-01,9.07E-03\npcb - HSL-0,9.29E-02,5.07E-03\n"
                                "power_supply - HSL-2,4.64E+00,4.57E-02\nprocessing - HSL-0,2.58E-01,1.10E-05\nsensing - HSL-1,0,0\n"
                                "user_interface - HSL-1,1.45E-01,5.54E-03\n");
  Overrides over;
  over.tide_file = file.string();
  const auto s = load_scenario("paper-kws-typical", shipped(), over);
  REQUIRE_MESSAGE(s, (s ? "" : s.error().message));
  const Figures f = figures_of(*s);
  CHECK(std::round(100 * f.total_kg) == 655);
  CHECK(f[Row::transport] == doctest::Approx(0.40));
  CHECK(f[Row::end_of_life] == doctest::Approx(0.157).epsilon(0.01));
  over.tide_file = folder.file("other.csv", "a,b\n1,2\n").string();
  CHECK(contains(load_scenario("paper-kws-typical", shipped(), over).error().message, "no copy of iot_factors_tide.csv"));
}

TEST_CASE("a run's total energy takes the place of the scenario's mean power, its sleep power is subtracted once") {
  const auto scenario = load_scenario("paper-kws-typical", shipped());
  MeasuredUse use = a_run();
  const auto s = with_measured(*scenario, use, {}, {});
  REQUIRE(s);
  CHECK(use_power(s->use).average_W == doctest::Approx(40.15e-6));
  CHECK(s->use.sleep_is == "sleep");
  CHECK(!s->notes.empty());  // one a second was assumed
  const auto a = assess(*s, use.run, 1000);
  REQUIRE(a);
  CHECK(a->life_cycle.figures[Row::use] == doctest::Approx(0.011387 * 40.15e-3).epsilon(1e-3));
  // Energy and sleep power are 1 % high together (and 0.85 %): correlated by their key.
  CHECK(a->life_cycle.average_power.standard_uncertainty().value == doctest::Approx(3e-7 + 0.99 * 5e-8));
}

TEST_CASE("a run without sleep idles between inferences and says so; one that knows neither needs a power by hand") {
  const auto scenario = load_scenario("default", shipped());
  CHECK(contains(check(*scenario).error().message, "comes from a measured run"));
  MeasuredUse use = a_run();
  use.sleep.reset();
  use.idle = Energy{{1e-3}, {}};
  auto s = with_measured(*scenario, use, {}, {});
  REQUIRE(s);
  CHECK(s->use.sleep_is == "idle");
  CHECK(s->use.sleep_power->value == 1e-3);
  use.idle.reset();
  const auto refused = with_measured(*scenario, use, {}, {});
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "--sleep-power"));
  s = with_measured(*scenario, use, {}, in("sleep power", 2e-6, "W"));
  REQUIRE(s);
  CHECK(s->use.sleep_is == "by hand");
}

TEST_CASE("an event that wants windows which the run has not is refused with those it has") {
  auto scenario = load_scenario("default", shipped());
  scenario->use.events.push_back(event("radio", 1, 1, 0.001));
  scenario->use.events.back().from_run = "transmit";
  MeasuredUse use = a_run();
  const auto refused = with_measured(*scenario, use, {}, {});
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "no windows 'transmit'"));
  CHECK(contains(refused.error().message, "it has infer"));
}

TEST_CASE("a simulated or suspect run is marked in sentences and JSON, and is not to be published") {
  const auto scenario = load_scenario("default", shipped());
  for (const bool simulated : {true, false}) {
    MeasuredUse use = a_run();
    use.run.simulated = simulated;
    use.run.suspect = !simulated;
    const auto a = assess(*with_measured(*scenario, use, {}, {}), use.run, 1000);
    REQUIRE(a);
    CHECK(!a->publication.allowed);
    CHECK(contains(sentences_of(*a).front(), simulated ? "SIMULATED" : "SUSPECT"));
    CHECK(contains(to_json(*a), simulated ? "\"simulated\":true" : "\"suspect\":true"));
    bool said = false;
    for (const std::string& reason : a->publication.because) said = said || contains(reason, simulated ? "simulated" : "suspect");
    CHECK(said);
  }
}

TEST_CASE("figures that were read at their source may be published, and one that was not stops it") {
  Scenario s = small();
  s.functional_unit = "a device";
  s.boundary = "cradle to grave";
  s.method = "GWP100, AR6";
  s.grid.year = 2024;
  s.use_years = {2026, 2028};
  cite_all(s);
  auto a = assess(s, {}, 100);
  REQUIRE(a);
  CHECK(a->publication.allowed);
  CHECK(a->publication.cite.size() == 1);
  s.use_years = {2032, 2034};
  CHECK(!assess(s, {}, 100)->publication.allowed);
  s.use_years = {2026, 2028};
  s.blocks.front().impact.citation = {"memory", "From memory", 2020, "none", "", false, false, {}};
  cite_all(s);
  a = assess(s, {}, 100);
  CHECK(!a->publication.allowed);
  CHECK(contains(a->publication.because.front(), "casing rests on a source that nobody has checked (memory)"));
}
