// Tables: Brightway's CSV, physical amounts, every input. Closed forms from a record made by hand.
// Parsed by the reader of grid files, which shares nothing with the writer.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "rig/lca/csv.hpp"
#include "rig/lca/export_tables.hpp"
#include "tests/unit/lca_export_example.hpp"

using namespace jr;
using namespace jr::lca;
using nlohmann::json;

namespace {

/// The cells of the first line that begins like this.
std::vector<std::string> cells_after(const std::string& text, const std::string& beginning) {
  const auto at = text.find("\n" + beginning);
  REQUIRE(at != std::string::npos);
  const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  std::vector<std::string> cells;
  std::string cell;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) cells.push_back(std::exchange(cell, ""));
    else cell += c;
  }
  cells.push_back(cell);
  return cells;
}

}  // namespace

TEST_CASE("Brightway's electricity is in kilowatt hours, and amount, loc and scale go by the same factor") {
  const std::string text = brightway_csv(one_subject(35.2e-6, 0.6e-6));
  const auto cells = cells_after(text, "\"electricity, device use stage\"");
  REQUIRE(cells.size() == 11);
  CHECK(std::stod(cells[1]) == doctest::Approx(35.2 / 3.6e6).epsilon(1e-12));
  CHECK(cells[2] == "kilowatt hour");
  CHECK(cells[5] == "technosphere");
  CHECK(cells[6] == "3");
  CHECK(cells[7] == cells[1]);
  CHECK(std::stod(cells[8]) == doctest::Approx(0.6 / 3.6e6).epsilon(1e-12));
}

TEST_CASE("a large doubt is type 2 in Brightway, loc the logarithm of the amount and scale that of the geometric deviation") {
  const auto cells = cells_after(brightway_csv(one_subject(35.2e-6, 7.04e-6)), "\"electricity, device use stage\"");
  CHECK(cells[6] == "2");
  CHECK(std::stod(cells[7]) == doctest::Approx(std::log(35.2 / 3.6e6)).epsilon(1e-12));
  CHECK(std::stod(cells[8]) == doctest::Approx(std::sqrt(std::log(1 + 0.04))).epsilon(1e-12));
}

TEST_CASE("each Brightway activity has a code, a location, a unit and one production exchange") {
  const std::string text = brightway_csv(one_subject(35.2e-6, 0.6e-6));
  const auto count = [&](const std::string& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
  };
  CHECK(text.starts_with("Database,JouleRig\n"));
  for (const char* part : {"\nActivity,", "\ncode,", "\nlocation,Germany", "\nunit,unit", "\nExchanges\n", ",production,"}) CHECK(count(part) == 2);
}

TEST_CASE("two colons in a name stay one cell for Brightway, which takes them for a tuple") {
  auto subjects = one_subject(35.2e-6, 0.6e-6);
  subjects[0].assessment.run->model = "net::kws:::01";
  const std::string text = brightway_csv(subjects);
  CHECK(text.find("::") == std::string::npos);
  CHECK(contains(text, "net: :kws: : :01"));
}

TEST_CASE("the use stage's spread in one figure is the relative doubt of the mean power") {
  const auto subjects = one_subject(35.2e-6, 0.6e-6);
  const Assessment& a = subjects.front().assessment;
  const UseParameters use = use_parameters(a.scenario, a.life_cycle.figures);
  const double relative = average_power(a.scenario.use).standard_uncertainty().value / a.life_cycle.average_power.value.value;
  CHECK(electricity_u_MJ(use) == doctest::Approx(relative * use.electricity_MJ).epsilon(1e-6));
}

TEST_CASE("the inventory of the paper's keyword spotter has its mm2, cm2, g and t km, each with its source") {
  auto scenario = load_scenario("paper-kws-typical", shipped());
  REQUIRE(scenario);
  const std::vector<ExportSubject> subjects{{*assess(*scenario, {}, 100), {}}};
  const auto csv = parse_csv(inventory_csv(subjects), "inventory.csv");
  REQUIRE(csv);
  const auto item = csv->named("item"), amount = csv->named("amount"), unit = csv->named("unit"), source = csv->named("source_text");
  const auto has = [&](const std::string& what, double value, const std::string& of) {
    for (const CsvRow& row : csv->rows)
      if (row.fields[*item] == what) return std::abs(std::stod(row.fields[*amount]) - value) <= 1e-9 * value && row.fields[*unit] == of && !row.fields[*source].empty();
    return false;
  };
  CHECK(has("microcontroller die", 10, "mm2"));
  CHECK(has("FR4 board, 4 layers", 10, "cm2"));
  CHECK(has("Li-ion cell", 50, "g"));
  CHECK(has("ABS", 50, "g"));
  CHECK(has("transport by truck", 100e-6 * 300, "t km"));
  CHECK(has("electricity out of the socket, over the life", 1e-3 * 3 * kSecondsPerYear / 3.6e6, "kWh"));
}

TEST_CASE("a battery that is replaced is counted with its cells, and what stands around it is not") {
  auto scenario = load_scenario("paper-kws-typical", shipped());
  REQUIRE(scenario);
  Assessment a = *assess(*scenario, {}, 100);
  Battery battery;
  battery.chemistry.name = "Li-ion";
  battery.chemistry.nominal_V = in("voltage", 3.6, "V");
  battery.capacity = in("capacity", 7200, "C");
  a.scenario.battery = battery;
  a.life_cycle.figures.battery.count = 3;
  for (Block& block : a.scenario.blocks) block.holds_battery = block.row == Row::power_supply;
  const std::vector<ExportSubject> subjects{{a, {}}};
  const auto csv = parse_csv(inventory_csv(subjects), "inventory.csv");
  REQUIRE(csv);
  const auto item = csv->named("item"), pieces = csv->named("pieces");
  for (const CsvRow& row : csv->rows) {
    const bool cell = row.fields[*item] == "Li-ion cell" || row.fields[*item] == "battery pack, Li-ion";
    CHECK_MESSAGE(row.fields[*pieces] == (cell ? "3" : "1"), row.fields[*item]);
  }
}

TEST_CASE("CSV and JSON have every input once, with unit, distribution and source; JSON also what errors share") {
  const auto subjects = one_subject(35.2e-6, 0.6e-6);
  const auto csv = parse_csv(inputs_csv(subjects), "inputs.csv");
  REQUIRE(csv);
  const json all = json::parse(inputs_json(subjects));
  const auto inputs = inputs_of(subjects.front().assessment.scenario);
  REQUIRE(csv->rows.size() == inputs.size());
  REQUIRE(all["inputs"].size() == inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CHECK(csv->rows[i].fields[*csv->named("name")] == inputs[i]->name);
    CHECK(std::stod(csv->rows[i].fields[*csv->named("value")]) == inputs[i]->value);
    CHECK(csv->rows[i].fields[*csv->named("unit")] == inputs[i]->unit);
    CHECK(csv->rows[i].fields[*csv->named("source_text")] == inputs[i]->citation.text);
    CHECK(all["inputs"][i]["distribution"] == name_of(inputs[i]->spread));
    if (inputs[i]->name == "energy of inference") CHECK(all["inputs"][i]["errors"][0]["key"] == "gain");
  }
}

TEST_CASE("a cell with commas, quotes and line ends is one cell for a reader") {
  const std::string text = csv_row({"a", "b"}) + csv_row({"one, \"two\"\nthree", "4"});
  CHECK(text == "a,b\n\"one, \"\"two\"\"\nthree\",4\n");
  CHECK(csv_number(0.1) == "0.1");
}
