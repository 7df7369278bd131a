// Grid tables and time series: what is found, what is refused, and means over a load.
#include <doctest/doctest.h>

#include "rig/lca/country_code.hpp"
#include "rig/lca/csv.hpp"
#include "tests/unit/lca_example.hpp"

using namespace jr;
using namespace jr::lca;

namespace {

constexpr const char* kHeader =
    "country,iso3,year,g_per_kwh,boundary,basis,averaging,td_loss_included,source,version,retrieved,licence\n";

std::string table_row(const std::string& country, const std::string& iso, int year, double g, const std::string& boundary = "life-cycle") {
  return country + "," + iso + "," + std::to_string(year) + "," + std::to_string(g) + "," + boundary + ",production,average,no,Someone,1,2025-01-01,CC0\n";
}

std::string trouble_of(const std::string& text, std::optional<Boundary> boundary = {}) {
  const auto series = parse_hourly(text, "series.csv", boundary);
  return series ? "" : series.error().message;
}

constexpr const char* kCanonical =
    "# boundary: life-cycle\n# zone: DE\n# licence: CC0\nstart_utc,end_utc,g_per_kwh\n"
    "2026-01-01T00:00Z,2026-01-01T01:00Z,100\n2026-01-01T01:00Z,2026-01-01T02:00Z,300\n";

}  // namespace

TEST_CASE("the shipped table has its sources, and the figures that were published") {
  const auto table = GridTable::load(shipped().front() / "grid/ember-2024.csv");
  REQUIRE(table);
  CHECK(table->rows().size() >= 60);
  CHECK(table->find("Germany")->g_per_kWh == doctest::Approx(342.06));
  CHECK(table->find("FRA")->g_per_kWh == doctest::Approx(44.18));
  CHECK(table->find("world")->g_per_kWh == doctest::Approx(472.94));
  CHECK(table->find("Iceland")->year == 2023);
  for (const GridFactor& row : table->rows()) {
    CHECK(row.boundary == Boundary::life_cycle);
    CHECK(!row.licence.empty());
    CHECK(!row.td_loss_included);
  }
}

TEST_CASE("an unknown country is refused with the nearest names") {
  const auto table = GridTable::load(shipped().front() / "grid/ember-2024.csv");
  REQUIRE(table);
  const auto refused = table->find("Germny");
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "did you mean Germany (DEU)"));
  CHECK(contains(table->find("Atlantis").error().message, "did you mean"));
}

TEST_CASE("a year that the table does not have is refused with those it has, and the newest is taken without one") {
  const auto table = GridTable::parse(kHeader + table_row("A", "AAA", 2020, 100) + table_row("A", "AAA", 2022, 90), "t.csv");
  REQUIRE(table);
  CHECK(table->find("A")->year == 2022);
  CHECK(table->find("A", 2020)->g_per_kWh == 100);
  CHECK(contains(table->find("A", 2021).error().message, "2020, 2022"));
}

TEST_CASE("tables with a wrong line say which line, and tables with a missing column say which column") {
  CHECK(contains(GridTable::parse("country,iso3,year\n", "t.csv").error().message, "'g_per_kwh'"));
  CHECK(contains(GridTable::parse(kHeader + table_row("A", "AAA", 2020, -1), "t.csv").error().message, "line 2"));
  CHECK(contains(GridTable::parse(kHeader + table_row("A", "AAA", 2020, 1, "both"), "t.csv").error().message, "direct or life-cycle"));
  CHECK(contains(GridTable::parse(kHeader + table_row("A", "AAA", 2020, 1) + table_row("A", "AAA", 2020, 2), "t.csv").error().message, "twice"));
  CHECK(contains(GridTable::parse(std::string(kHeader) + "A,AAA\n", "t.csv").error().message, "2 fields"));
  CHECK(!GridTable::parse("", "t.csv"));
  CHECK(!GridTable::parse(kHeader, "t.csv"));
}

TEST_CASE("Our World in Data's file is read, its empty intensities are no zeros") {
  const auto table = GridTable::parse("country,year,iso_code,carbon_intensity_elec\nA,2020,AAA,\nA,2021,AAA,250.5\n", "owid.csv");
  REQUIRE(table);
  CHECK(table->rows().size() == 1);
  CHECK(table->find("aaa")->g_per_kWh == 250.5);
}

TEST_CASE("direct and life-cycle intensities are not mixed") {
  const auto table = GridTable::parse(kHeader + table_row("A", "AAA", 2020, 100) + table_row("B", "BBB", 2020, 90, "direct"), "t.csv");
  REQUIRE(table);
  const auto refused = same_boundary(table->rows());
  REQUIRE(!refused);
  CHECK(contains(refused.error().message, "A 2020 is life-cycle, B 2020 is direct"));
  const auto asked = parse_hourly(kCanonical, "series.csv", Boundary::direct);
  REQUIRE(!asked);
  CHECK(contains(asked.error().message, "cannot be mixed"));
}

TEST_CASE("a loss of transmission counts once: over 1 - l of generation, and not when it is in the figure") {
  GridSupply grid;
  grid.intensity = in("grid", 0.36, "kg/kWh");
  CHECK(grid.kg_per_J() == doctest::Approx(1e-7));
  grid.td_loss = in("loss", 0.2, "1");
  CHECK(grid.kg_per_J() == doctest::Approx(1.25e-7));
  grid.td_loss_included = true;
  CHECK(grid.kg_per_J() == doctest::Approx(1e-7));
}

TEST_CASE("a load in the clean hour sees the clean hour") {
  const auto series = parse_hourly(kCanonical, "series.csv");
  REQUIRE(series);
  CHECK(series->zone == "DE");
  DayProfile load{};
  load[0] = 3;
  load[1] = 1;
  const auto mean = load_weighted(*series, load);
  REQUIRE(mean);
  CHECK(mean->g_per_kWh == doctest::Approx(150));
  CHECK(mean->time_mean_g_per_kWh == doctest::Approx(200));
  CHECK(mean->covered_h == doctest::Approx(2));
  DayProfile night{};
  night[5] = 1;
  CHECK(!load_weighted(*series, night));
}

TEST_CASE("for an even load the weighted mean is the mean over time, whatever the steps") {
  const auto series = parse_hourly("# boundary: direct\nstart_utc,end_utc,g_per_kwh,u_g_per_kwh\n2026-01-01 00:00,2026-01-01 00:05,100,10\n"
                                   "2026-01-01 00:05,2026-01-04 03:30,200,20\n", "s.csv");
  REQUIRE(series);
  DayProfile even;
  even.fill(2);
  const auto mean = load_weighted(*series, even);
  CHECK(mean->g_per_kWh == doctest::Approx(mean->time_mean_g_per_kWh));
  CHECK(mean->u_g_per_kWh == doctest::Approx(mean->g_per_kWh / 10));
}

TEST_CASE("a gap in a series is reported and has no weight") {
  const auto series = parse_hourly("# boundary: direct\nstart_utc,end_utc,g_per_kwh\n2026-01-01 00:00,2026-01-01 01:00,100\n"
                                   "2026-01-01 04:00,2026-01-01 05:00,300\n", "s.csv");
  REQUIRE(series);
  REQUIRE(series->gaps.size() == 1);
  DayProfile even;
  even.fill(1);
  const auto mean = load_weighted(*series, even);
  CHECK(mean->g_per_kWh == doctest::Approx(200));
  CHECK(mean->gaps == 1);
  CHECK(mean->gap_h == doctest::Approx(3));
}

TEST_CASE("duplicate stamps, overlaps, local times and backward stretches are errors that name their line") {
  const std::string head = "# boundary: direct\nstart_utc,end_utc,g_per_kwh\n";
  const std::string first = "2026-01-01 00:00,2026-01-01 01:00,100\n";
  CHECK(contains(trouble_of(head + first + first), "two values for 2026-01-01 00:00"));
  CHECK(contains(trouble_of(head + first + "2026-01-01 00:30,2026-01-01 01:30,100\n"), "overlaps"));
  CHECK(contains(trouble_of(head + "2026-01-01T00:00+02:00,2026-01-01T01:00Z,1\n"), "no UTC time"));
  CHECK(contains(trouble_of(head + "2026-01-01 01:00,2026-01-01 00:00,1\n"), "line 3"));
  CHECK(contains(trouble_of(head + "2026-02-30 01:00,2026-03-01 00:00,1\n"), "no UTC time"));
  CHECK(contains(trouble_of(head), "no intensity at all"));
  CHECK(contains(trouble_of("start_utc,end_utc,g_per_kwh\n" + first), "direct or life-cycle"));
}

TEST_CASE("an empty value or a null is a gap and no zero") {
  const auto series = parse_hourly("# boundary: direct\nstart_utc,end_utc,g_per_kwh\n2026-01-01 00:00,2026-01-01 01:00,100\n"
                                   "2026-01-01 01:00,2026-01-01 02:00,\n2026-01-01 02:00,2026-01-01 03:00,300\n", "s.csv");
  REQUIRE(series);
  CHECK(series->stretches.size() == 2);
  CHECK(series->gaps.size() == 1);
}

TEST_CASE("all three spellings of Electricity Maps are understood, and the boundary chooses the column") {
  for (const char* names : {"Carbon Intensity gCO\u2082eq/kWh (direct),Carbon Intensity gCO\u2082eq/kWh (LCA)",
                            "Carbon intensity gCO\u2082eq/kWh (direct),Carbon intensity gCO\u2082eq/kWh (Life cycle)",
                            "Carbon Intensity gCO2eq/kWh (direct),Carbon Intensity gCO2eq/kWh (life cycle assessment)"}) {
    const std::string text = std::string("Datetime (UTC),Country,Zone Name,Zone Id,") + names +
                             "\n2024-01-01 00:00:00,Germany,Germany,DE,200,250\n2024-01-01 01:00:00,Germany,Germany,DE,220,270\n";
    const auto whole = parse_hourly(text, "em.csv"), direct = parse_hourly(text, "em.csv", Boundary::direct);
    REQUIRE(whole);
    REQUIRE(direct);
    CHECK(whole->boundary == Boundary::life_cycle);
    CHECK(whole->stretches.front().g_per_kWh == 250);
    CHECK(whole->stretches.back().end_s - whole->stretches.back().start_s == 3600);
    CHECK(direct->stretches.back().g_per_kWh == 220);
    CHECK(whole->zone == "DE");
    CHECK(whole->year == 2024);
  }
}

TEST_CASE("the UK interface's actual values are read, its nulls are gaps and forecasts are not taken for them") {
  const std::string text = R"({"data":[{"from":"2026-10-18T02:00Z","to":"2026-10-18T02:30Z","intensity":{"forecast":99,"actual":120,"index":"low"}},
    {"from":"2026-10-18T02:30Z","to":"2026-10-18T03:00Z","intensity":{"forecast":99,"actual":null,"index":"low"}},
    {"from":"2026-10-18T03:00Z","to":"2026-10-18T03:30Z","intensity":{"forecast":99,"actual":140,"index":"low"}}]})";
  CHECK(contains(trouble_of(text), "direct or life-cycle"));
  const auto series = parse_hourly(text, "uk.json", Boundary::direct);
  REQUIRE(series);
  CHECK(series->format == "uk");
  CHECK(series->stretches.size() == 2);
  CHECK(series->gaps.size() == 1);
  CHECK(series->stretches.front().g_per_kWh == 120);
}

TEST_CASE("the Danish service's five minutes come newest first, with a comma for the point, and one area at a time") {
  const std::string head = "Minutes5UTC;Minutes5DK;PriceArea;CO2Emission\n";
  const std::string rows = "2026-01-01 00:10:00;2026-01-01 01:10:00;DK1;120,5\n2026-01-01 00:05:00;2026-01-01 01:05:00;DK1;110\n"
                           "2026-01-01 00:00:00;2026-01-01 01:00:00;DK1;100\n";
  const auto series = parse_hourly(head + rows, "dk.csv", Boundary::direct);
  REQUIRE(series);
  CHECK(series->stretches.size() == 3);
  CHECK(series->stretches.front().g_per_kWh == 100);
  CHECK(series->stretches.back().g_per_kWh == 120.5);
  CHECK(series->stretches.back().end_s - series->stretches.back().start_s == 300);
  CHECK(contains(trouble_of(head + rows + "2026-01-01 00:15:00;x;DK2;1\n", Boundary::direct), "DK1 and DK2"));
}

TEST_CASE("Open Grid Emissions' pounds for each megawatt-hour become grams for each kilowatt-hour") {
  const auto series = parse_hourly("datetime_utc,net_generation_mwh,co2e_mass_lb_for_electricity\n2022-01-01 00:00:00+00:00,10,10000\n"
                                   "2022-01-01 01:00:00+00:00,0,0\n2022-01-01 02:00:00+00:00,10,20000\n", "oge.csv");
  REQUIRE(series);
  CHECK(series->boundary == Boundary::direct);
  CHECK(series->stretches.front().g_per_kWh == doctest::Approx(453.59237));
  CHECK(series->gaps.size() == 1);
}

TEST_CASE("files cut off anywhere end in a value or in one sentence, never in anything else") {
  const std::string uk = R"({"data":[{"from":"2026-10-18T02:00Z","to":"2026-10-18T02:30Z","intensity":{"actual":120}}]})";
  for (const std::string& whole : {std::string(kCanonical), uk, kHeader + table_row("A \"quoted\"", "AAA", 2020, 100)})
    for (std::size_t length = 0; length <= whole.size(); ++length) {
      const std::string part = whole.substr(0, length);
      if (const auto series = parse_hourly(part, "cut", Boundary::life_cycle); !series) CHECK(!series.error().message.empty());
      if (const auto table = GridTable::parse(part, "cut"); !table) CHECK(!table.error().message.empty());
    }
}

TEST_CASE("a stretch of thousands of years costs no time for each of its hours") {
  const auto series = parse_hourly("# boundary: direct\nstart_utc,end_utc,g_per_kwh\n0001-01-01 00:00,9999-12-31 00:00,100\n", "s.csv");
  REQUIRE(series);
  DayProfile even;
  even.fill(1);
  CHECK(load_weighted(*series, even)->g_per_kWh == doctest::Approx(100));
}

TEST_CASE("UTC stamps round trip, before 1970 too") {
  CHECK(utc_seconds("1970-01-01 00:00") == 0);
  CHECK(utc_seconds("2026-10-18T02:00:30Z") == 1792288830);
  CHECK(utc_text(*utc_seconds("1969-12-31 23:00")) == "1969-12-31 23:00");
  CHECK(!utc_seconds("2026-10-18"));
  CHECK(!utc_seconds("2026-13-18 00:00"));
}

TEST_CASE("a country is found by its two letters too, and every code of three in the shipped table has two") {
  const auto table = GridTable::load(std::filesystem::path(JOULERIG_SOURCE_DIR) / "fixtures/scenarios/grid/ember-2024.csv");
  REQUIRE(table);
  int with_code = 0;
  for (const GridFactor& row : table->rows()) {
    if (row.iso3.empty()) continue;
    const std::string iso2 = iso2_of(row.iso3);
    CAPTURE(row.iso3);
    REQUIRE(iso2.size() == 2);
    CHECK(iso3_of(iso2) == row.iso3);
    const auto found = table->find(iso2);
    REQUIRE(found);
    CHECK(found->country == row.country);
    ++with_code;
  }
  CHECK(with_code > 40);
  CHECK(table->find("de")->country == "Germany");
  CHECK(table->find("UK")->country == "United Kingdom");
  CHECK_FALSE(table->find("XX"));
  CHECK_FALSE(iso3_of("DEU"));
}
