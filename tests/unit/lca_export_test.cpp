// Exports: closed forms of distributions, ids, parameters and packages, from records made by hand.
// The checker stands in for the importer; it shares nothing with the writer.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "rig/energy/draws.hpp"
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
  const json use = process_named(*entries, "use of");
  for (const json& parameter : use["parameters"]) CHECK_FALSE(parameter["name"].get<std::string>().starts_with("s_"));
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

TEST_CASE("formulas follow every supply chain: each parameter and the electricity are the assessment's figures") {
  const auto event_of = [](const char* name, double E, double t, double f) {
    Event e = event(name, E, t, f);
    e.energy.joules().name = std::string("energy of ") + name;
    return e;
  };
  const auto linear = Converter::linear({5.0}, {3.3}, {2e-6});
  REQUIRE(linear);
  int checked_packages = 0;
  for (int variant = 0; variant < 64; ++variant) {
    Scenario s = small();
    UseStage& use = s.use;
    SupplyChain& chain = use.supply;
    if (variant & 1) {
      use.average_power.reset();
      use.sleep_power = in("sleep power", variant & 32 ? 0 : 4e-6, "W");
      use.events = {event_of("inference", 35.2e-6, 0.01, 0.5), event_of("send (LoRa)", 8e-3, 0.2, 1.0 / 600)};
      if (variant & 32) use.events[0].passage = Passage{1.0, 1.9, 0.01, 100, true};
    }
    if (variant & 2) {
      use.on_share = in("on share", 0.4, "1");
      if (variant & 16) use.off_power = in("off power", 1e-7, "W");
    }
    if (variant & 4) {
      chain.plane = Plane::after_regulator;
      if (variant & 8) chain.fixed_efficiency = triangular("regulator", 0.7, 0.8, 0.9, "1");
      else chain.converter = *linear;
    }
    if (variant & 16) {
      chain.feeding = Feeding::rechargeable;
      chain.discharge_efficiency = in("discharge", 0.97, "1");
      chain.charge_efficiency = in("charge", 0.95, "1");
      chain.charger_efficiency = triangular("charger", 0.6, 0.75, 0.9, "1");
      chain.charger_no_load = in("charger no load", 0.02, "W");
      chain.plugged_share = in("plugged", 0.1, "1");
    } else {
      chain.mains_efficiency = in("mains", 0.8, "1");
      chain.mains_efficiency_is_incremental = true;
      chain.mains_no_load = in("no load", 0.05, "W");
    }
    const auto assessment = assess(s, {}, 100);
    REQUIRE_MESSAGE(assessment, variant << ": " << assessment.error().message);
    const std::vector<ExportSubject> subjects{{*assessment, {}}};
    const auto entries = openlca_entries(subjects, {});
    CHECK_MESSAGE(check_openlca(*entries).empty(), variant << "\n" << told(check_openlca(*entries)));
    CHECK(process_named(*entries, "use of")["exchanges"].size() == 2);
    ++checked_packages;
  }
  CHECK(checked_packages == 64);
}

TEST_CASE("primary cells take nothing from a socket, and batteries after the first are an input") {
  Scenario s = small();
  s.use.supply.feeding = Feeding::primary;
  Assessment a = *assess(s, {}, 100);
  Battery battery;
  battery.chemistry.name = "Li-MnO2";
  battery.capacity = in("capacity", 810, "C");
  a.scenario.battery = battery;
  a.life_cycle.figures.battery.count = 4;
  const std::vector<ExportSubject> subjects{{a, {}}};
  const auto entries = openlca_entries(subjects, {});
  const json exchanges = process_named(*entries, "use of")["exchanges"];
  REQUIRE(exchanges.size() == 2);
  CHECK(exchanges[1]["amount"] == 3);
  CHECK(exchanges[1]["unit"]["name"] == "Item(s)");
  CHECK_MESSAGE(check_openlca(*entries).empty(), told(check_openlca(*entries)));
}

TEST_CASE("an endless doubt is left out, and the input says so") {
  auto subjects = one_subject(35.2e-6, 0.6e-6);
  subjects[0].assessment.scenario.use.sleep_power->sources[0].u_J = std::numeric_limits<double>::infinity();
  const auto entries = openlca_entries(subjects, {});
  CHECK_MESSAGE(check_openlca(*entries).empty(), told(check_openlca(*entries)));
  const json use = process_named(*entries, "use of");
  for (const json& parameter : use["parameters"])
    if (parameter["name"] == "P_sleep") CHECK(contains(parameter["description"], "not stated"));
}

TEST_CASE("two runs share what is the same and keep what is not; the same run twice is once") {
  auto subjects = one_subject(35.2e-6, 0.6e-6), other = one_subject(36e-6, 0.6e-6);
  other[0].record->identity = "host/desk/kept-8/1768469500000";
  subjects.push_back(other[0]);
  subjects.push_back(subjects[0]);
  const auto entries = openlca_entries(subjects, {});
  CHECK(sets_in(*entries, "processes").size() == 4);
  CHECK(sets_in(*entries, "flows").size() == 5);
  CHECK_MESSAGE(check_openlca(*entries).empty(), told(check_openlca(*entries)));
}

TEST_CASE("a name that is no UTF-8 does not cost the export") {
  auto subjects = one_subject(35.2e-6, 0.6e-6);
  subjects[0].assessment.run->model = "kws\xff";
  const auto entries = openlca_entries(subjects, {});
  REQUIRE(entries);
  CHECK_MESSAGE(check_openlca(*entries).empty(), told(check_openlca(*entries)));
}

TEST_CASE("a package with any byte changed ends in a sentence, in findings or in the same promise, and never elsewhere") {
  const ZipEntries good = *openlca_entries(one_subject(35.2e-6, 0.6e-6), {});
  const std::string whole = *zipped(good);
  Draws draws(11);
  for (int i = 0; i < 400; ++i) {
    std::string bytes = whole;
    for (int n = 0; n < 3; ++n) bytes[draws.bits() % bytes.size()] = static_cast<char>(draws.bits());
    if (const auto entries = unzipped(std::as_bytes(std::span(bytes)), "changed.zip")) check_openlca(*entries);
    ZipEntries changed = good;
    std::string& text = changed[draws.bits() % changed.size()].second;
    for (int n = 0; n < 3; ++n) text[draws.bits() % text.size()] = "0123456789{}[],:\"ntf-."[draws.bits() % 23];
    for (const auto& finding : check_openlca(changed)) REQUIRE_FALSE(finding.what.empty());
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
