// Exports: closed forms of distributions, ids, parameters and packages, from records made by hand.
// The checker stands in for the importer; it shares nothing with the writer.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>

#include "rig/lca/export_id.hpp"
#include "rig/lca/export_openlca.hpp"
#include "rig/lca/export_parameters.hpp"
#include "rig/lca/formula.hpp"
#include "rig/lca/measured_use.hpp"
#include "rig/lca/openlca_check.hpp"
#include "tests/unit/lca_export_example.hpp"

using namespace jr;
using namespace jr::lca;
using nlohmann::json;

namespace {

std::vector<json> sets_in(const ZipEntries& entries, const std::string& folder) {
  std::vector<json> sets;
  for (const auto& [name, text] : entries)
    if (name.starts_with(folder + "/")) sets.push_back(json::parse(text));
  return sets;
}

json process_named(const ZipEntries& entries, const std::string& part) {
  for (const json& set : sets_in(entries, "processes"))
    if (set["name"].get<std::string>().find(part) != std::string::npos) return set;
  return {};
}

std::string told(const std::vector<OpenlcaFinding>& findings) {
  std::string text;
  for (const auto& one : findings) text += one.rule + ": " + one.where + " " + one.what + "\n";
  return text;
}

/// Standard deviation of a formula, to first order in its independent inputs.
double propagated_u(const UseParameters& use) {
  const auto value = [&](const std::string& moved, double by) {
    std::map<std::string, double> values;
    for (const ExportParameter& p : use.parameters) {
      const auto known = [&](const std::string& name) { return std::optional(values.at(name)); };
      values[p.name] = p.formula.empty() ? p.value + (p.name == moved ? by : 0) : *evaluated(p.formula, known);
    }
    return *evaluated(use.electricity_formula, [&](const std::string& name) { return std::optional(values.at(name)); });
  };
  double variance = 0;
  for (const ExportParameter& p : use.parameters)
    if (p.spread.spread == Spread::normal) variance += std::pow((value(p.name, p.spread.sd) - value(p.name, -p.spread.sd)) / 2, 2);
  return std::sqrt(variance);
}

}  // namespace

TEST_CASE("an id is the UUID of version 5 that RFC 9562 prints for www.example.com") {
  CHECK(uuid_of("www.example.com", "6ba7b810-9dad-11d1-80b4-00c04fd430c8") == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  CHECK(is_uuid(uuid_of("anything")));
  CHECK(uuid_of("a") != uuid_of("b"));
  CHECK_FALSE(is_uuid("2ed6657d-e927-568b-95e1-2665a8aea6a"));
  CHECK_FALSE(is_uuid("2ed6657de927-568b-95e1-2665a8aea6a2-"));
}

TEST_CASE("a doubt of 10 % goes out as normal, a larger one as log-normal with the amount as its median") {
  CHECK(stated(35.2, 0.6).spread == Spread::normal);
  CHECK(stated(35.2, 0.6).sd == 0.6);
  const StatedSpread wide = stated(2.0, 0.5);
  CHECK(wide.spread == Spread::lognormal);
  CHECK(wide.center == 2.0);
  CHECK(wide.gsd == doctest::Approx(std::exp(std::sqrt(std::log(1 + 0.0625)))).epsilon(1e-14));
  CHECK(stated(-1.0, 0.5).spread == Spread::normal);
  CHECK(stated(1.0, 0).spread == Spread::fixed);
}

TEST_CASE("widths grow with the scale, and a geometric deviation does not") {
  Input input = triangular("x", 1, 2, 4, "J");
  const StatedSpread t = stated(input, 3);
  CHECK((t.low == 3 && t.center == 6 && t.high == 12));
  Input lognormal = in("y", 5, "J");
  lognormal.spread = Spread::lognormal;
  lognormal.gsd = 1.3;
  CHECK(stated(lognormal, 10).gsd == 1.3);
  CHECK(stated(lognormal, 10).center == 50);
}

TEST_CASE("35.2 uJ +- 0.6 uJ are 35.2e-6 MJ +- 0.6e-6 MJ for a million inferences") {
  const auto entries = openlca_entries(one_subject(35.2e-6, 0.6e-6), {});
  REQUIRE(entries);
  const json exchange = process_named(*entries, "inference")["exchanges"][1];
  CHECK(exchange["amount"].get<double>() == doctest::Approx(35.2e-6).epsilon(1e-12));
  CHECK(exchange["unit"]["name"] == "MJ");
  CHECK(exchange["uncertainty"]["distributionType"] == "NORMAL_DISTRIBUTION");
  CHECK(exchange["uncertainty"]["mean"] == exchange["amount"]);
  CHECK(exchange["uncertainty"]["sd"].get<double>() == doctest::Approx(0.6e-6).epsilon(1e-12));
}

TEST_CASE("a package of a fixed record has the same bytes in every time zone, and its check finds nothing") {
  const auto packed = [] { return *zipped(*openlca_entries(one_subject(35.2e-6, 0.6e-6), {})); };
  const std::string first = packed();
  setenv("TZ", "Pacific/Chatham", 1);
  tzset();
  const std::string second = packed();
  unsetenv("TZ");
  tzset();
  CHECK(first == second);
  const auto entries = unzipped(std::as_bytes(std::span(first)), "first.zip");
  REQUIRE(entries);
  CHECK(entries->front().first == "openlca.json");
  CHECK_MESSAGE(check_openlca(*entries).empty(), told(check_openlca(*entries)));
}

TEST_CASE("no exchange is in kWh, and none is an elementary flow") {
  const auto entries = openlca_entries(one_subject(35.2e-6, 0.6e-6), {});
  for (const json& process : sets_in(*entries, "processes"))
    for (const json& exchange : process["exchanges"]) {
      CHECK(exchange["unit"]["name"] != "kWh");
      CHECK(exchange["flow"]["flowType"] == "PRODUCT_FLOW");
    }
}

TEST_CASE("electricity of the parameterised process is the assessment's grid energy, and its spread is J' Sigma J") {
  const auto subjects = one_subject(35.2e-6, 0.6e-6);
  const Assessment& a = subjects.front().assessment;
  const UseParameters use = use_parameters(a.scenario, a.life_cycle.figures);
  CHECK(use.electricity_MJ == doctest::Approx(a.life_cycle.figures.grid_J / 1e6).epsilon(1e-12));
  const double u_W = average_power(a.scenario.use).standard_uncertainty().value;
  const double relative = u_W / a.life_cycle.average_power.value.value;
  CHECK(propagated_u(use) == doctest::Approx(relative * use.electricity_MJ).epsilon(1e-6));
}

TEST_CASE("an error that two figures share is one parameter, and one that a figure has to itself is none") {
  const auto subjects = one_subject(35.2e-6, 0.6e-6);
  const UseParameters use = use_parameters(subjects.front().assessment.scenario, subjects.front().assessment.life_cycle.figures);
  int shared = 0;
  for (const ExportParameter& p : use.parameters) shared += p.name.starts_with("s_");
  CHECK(shared == 1);
}

TEST_CASE("a simulated or suspect run says so in the name and the documentation of every process") {
  auto subjects = one_subject(35.2e-6, 0.6e-6);
  subjects[0].assessment.run->simulated = true;
  subjects[0].assessment.run->suspect = true;
  subjects[0].assessment.run->suspect_reason = "the clock stood still";
  for (const json& process : sets_in(*openlca_entries(subjects, {}), "processes")) {
    CHECK(process["name"].get<std::string>().starts_with("SIMULATED: SUSPECT: "));
    CHECK(contains(process["description"], "SIMULATED"));
    CHECK(contains(process["processDocumentation"]["restrictionsDescription"], "the clock stood still"));
  }
}

TEST_CASE("a run without a stated uncertainty exports none of its doubts") {
  auto subjects = one_subject(35.2e-6, 0.6e-6);
  subjects[0].assessment.run->U_stated = false;
  const auto entries = openlca_entries(subjects, {});
  CHECK_FALSE(process_named(*entries, "inference")["exchanges"][1].contains("uncertainty"));
  for (const json& parameter : process_named(*entries, "use of")["parameters"]) CHECK_FALSE(parameter["name"].get<std::string>().starts_with("s_"));
}

TEST_CASE("other content has another id, unless versions are kept by hand") {
  const auto id = [](double energy_J, const std::string& version) {
    OpenlcaOptions options;
    options.version = version;
    return process_named(*openlca_entries(one_subject(energy_J, 0.6e-6), options), "inference")["@id"].get<std::string>();
  };
  CHECK(id(35.2e-6, "") == id(35.2e-6, ""));
  CHECK(id(35.2e-6, "") != id(35.3e-6, ""));
  CHECK(id(35.2e-6, "01.00.000") == id(35.3e-6, "01.01.000"));
}

TEST_CASE("with a flow of the reader's database no electricity flow is written, and its id is the one thing outside") {
  OpenlcaOptions options;
  options.electricity_flow = "11111111-2222-3333-4444-555555555555";
  const auto entries = openlca_entries(one_subject(35.2e-6, 0.6e-6), options);
  for (const json& flow : sets_in(*entries, "flows")) CHECK_FALSE(contains(flow["name"], "electricity"));
  CHECK(told(check_openlca(*entries)).find("reference: ") != std::string::npos);
  OpenlcaOutside outside;
  outside.ids.insert(options.electricity_flow);
  CHECK_MESSAGE(check_openlca(*entries, outside).empty(), told(check_openlca(*entries, outside)));
}

TEST_CASE("without reference data the package has no unit groups, and refers to openLCA's own") {
  OpenlcaOptions options;
  options.reference_data = false;
  const auto entries = openlca_entries(one_subject(35.2e-6, 0.6e-6), options);
  CHECK(sets_in(*entries, "unit_groups").empty());
  CHECK_FALSE(check_openlca(*entries).empty());
  OpenlcaOutside outside;
  outside.reference_data = true;
  CHECK_MESSAGE(check_openlca(*entries, outside).empty(), told(check_openlca(*entries, outside)));
}

TEST_CASE("a flow that is no UUID and a version that is none are refused by name") {
  OpenlcaOptions flow, version;
  flow.electricity_flow = "grid";
  version.version = "1.0";
  CHECK(contains(openlca_entries(one_subject(35.2e-6, 0.6e-6), flow).error().message, "'grid' is no UUID"));
  CHECK(contains(openlca_entries(one_subject(35.2e-6, 0.6e-6), version).error().message, "MM.mm.ppp"));
}

TEST_CASE("every shipped scenario that stands alone exports a package that passes the check") {
  for (const std::string& name : scenario_names(shipped())) {
    auto scenario = load_scenario(name, shipped());
    REQUIRE(scenario);
    if (!check(*scenario)) continue;
    auto assessment = assess(*scenario, {}, 100);
    REQUIRE(assessment);
    const std::vector<ExportSubject> subjects{{*assessment, {}}};
    const auto entries = openlca_entries(subjects, {});
    REQUIRE(entries);
    CHECK_MESSAGE(check_openlca(*entries).empty(), name << "\n" << told(check_openlca(*entries)));
    CHECK(sets_in(*entries, "processes").size() == 1);
  }
}

TEST_CASE("digits without an exponent give the same double back") {
  for (const double value : {1e-300, 1.2e-7, -3.5e20, 0.1, 1.0 / 3, 0.0}) {
    const std::string text = plain_digits(value);
    CHECK(text.find('e') == std::string::npos);
    CHECK(std::strtod(text.c_str(), nullptr) == value);
  }
}

TEST_CASE("a formula is computed by the usual precedence, and what it is not says where") {
  const NamedValues two = [](const std::string& name) { return name == "x" ? std::optional(2.0) : std::nullopt; };
  CHECK(*evaluated("1 + x * -3 ^ 2 / (4 - 1.5)", two) == doctest::Approx(1 + 2 * -9 / 2.5));
  CHECK(*evaluated("-x - -x", two) == 0);
  for (const char* wrong : {"", "1 +", "(1", "1)", "y", "x x", "1 / / 2", "*", "f(x)"}) CHECK_FALSE(evaluated(wrong, two));
  CHECK_FALSE(evaluated(std::string(5000, '('), two));
  CHECK_FALSE(evaluated(std::string(30000, '1'), two));
}

TEST_CASE("a package cut off anywhere is malformed or has findings, and never more than its bytes") {
  const std::string whole = *zipped(*openlca_entries(one_subject(35.2e-6, 0.6e-6), {}));
  for (std::size_t cut = 0; cut < whole.size(); cut += 61) {
    const auto entries = unzipped(std::as_bytes(std::span(whole).first(cut)), "cut.zip");
    CHECK((!entries || !check_openlca(*entries).empty()));
  }
}
