// The strict check of openLCA packages: one that is right passes, and each rule has a twin that breaks it alone.
// A twin is made by changing one place of a good package.
#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "rig/lca/export_openlca.hpp"
#include "rig/lca/openlca_check.hpp"
#include "tests/unit/lca_export_example.hpp"

using namespace jr;
using namespace jr::lca;
using nlohmann::json;

namespace {

ZipEntries good() { return *openlca_entries(one_subject(35.2e-6, 0.6e-6), {}); }

/// Changes the first data set of a folder whose text has `part`.
ZipEntries with(const std::string& folder, const std::string& part, const std::function<void(json&)>& change) {
  ZipEntries entries = good();
  for (auto& [name, text] : entries)
    if (name.starts_with(folder) && text.find(part) != std::string::npos) {
      json set = json::parse(text);
      change(set);
      text = set.dump();
      return entries;
    }
  FAIL("nothing to change in " << folder);
  return entries;
}

ZipEntries with_inference(const std::function<void(json&)>& change) { return with("processes/", "\"inference, ", change); }
ZipEntries with_use(const std::function<void(json&)>& change) { return with("processes/", "\"use of one", change); }
/// The exchange of electricity.
ZipEntries with_exchange(const std::function<void(json&)>& change) {
  return with_inference([&](json& process) { change(process["exchanges"][1]); });
}
ZipEntries with_uncertainty(const json& uncertainty) {
  return with_exchange([&](json& exchange) { exchange["uncertainty"] = uncertainty; });
}
ZipEntries with_parameter(const std::string& prefix, const std::function<void(json&)>& change) {
  return with_use([&](json& process) {
    for (json& parameter : process["parameters"])
      if (parameter["name"].get<std::string>().starts_with(prefix)) return change(parameter);
    FAIL("no parameter " << prefix);
  });
}

std::string rules_of(const ZipEntries& entries) {
  std::set<std::string> rules;
  for (const auto& one : check_openlca(entries)) rules.insert(one.rule);
  std::string text;
  for (const std::string& rule : rules) text += (text.empty() ? "" : " ") + rule;
  return text;
}

/// What the good package states for a million inferences.
constexpr double kAmount = 35.2e-6;

}  // namespace

TEST_CASE("a good package has nothing to complain of") { CHECK(rules_of(good()) == ""); }

TEST_CASE("a package without its version files, or with other versions in them, is found") {
  ZipEntries entries = good();
  entries.erase(entries.begin());
  CHECK(rules_of(entries) == "version-file");
  entries = good();
  entries[0].second = R"({"schemaVersion": 1})";
  CHECK(rules_of(entries) == "version-file");
  entries = good();
  entries[1].second = R"({"version": "2"})";
  CHECK(rules_of(entries) == "version-file");
}

TEST_CASE("an entry in a wrong place, twice, or without JSON is found") {
  ZipEntries entries = good();
  entries.emplace_back("package/flows/x.json", "{}");
  CHECK(rules_of(entries) == "layout");
  entries = good();
  entries.emplace_back("notes.json", "{}");
  CHECK(rules_of(entries) == "layout");
  entries = good();
  entries.push_back(entries.back());
  CHECK(rules_of(entries) == "twice");
  entries = good();
  entries.emplace_back("actors/1d9dbd4a-0000-4000-8000-000000000000.json", "{\"@type\": ");
  CHECK(rules_of(entries) == "json");
  entries.back().second = "[]";
  CHECK(rules_of(entries) == "json");
  entries.back().second = R"({"name": 1e999})";
  CHECK(rules_of(entries) == "json");
  entries.back() = {"bin/sources/1d9dbd4a-0000-4000-8000-000000000000/trace.pdf", "%PDF"};
  CHECK(rules_of(entries) == "");
  entries.back() = {"projects/1d9dbd4a-0000-4000-8000-000000000000.json", "{}"};
  CHECK(rules_of(entries) == "not-checked");
}

TEST_CASE("a file whose name is not its id, or whose folder is not its class, is found") {
  CHECK(rules_of(with("actors/", "operator", [](json& set) { set["@id"] = "1d9dbd4a-0000-4000-8000-000000000000"; })).find("stem") != std::string::npos);
  CHECK(rules_of(with("actors/", "operator", [](json& set) { set["@type"] = "Source"; })) == "folder");
  ZipEntries entries = good();
  entries.emplace_back("actors/me.json", R"({"@type": "Actor", "@id": "me", "name": "me"})");
  CHECK(rules_of(entries) == "uuid");
}

TEST_CASE("an unknown field is found wherever it stands") {
  CHECK(rules_of(with_inference([](json& process) { process["colour"] = "red"; })) == "unknown-field");
  CHECK(rules_of(with_exchange([](json& exchange) { exchange["isInpt"] = true; })) == "unknown-field");
  CHECK(rules_of(with_exchange([](json& exchange) { exchange["unit"]["symbol"] = "MJ"; })) == "unknown-field");
  CHECK(rules_of(with_inference([](json& process) { process["processDocumentation"]["copyright"] = false; })) == "unknown-field");
  CHECK(rules_of(with("unit_groups/", "energy", [](json& group) { group["units"][0]["referenceUnit"] = true; })) == "unknown-field");
}

TEST_CASE("a field of a wrong type or with an unknown word is found") {
  CHECK(rules_of(with_exchange([](json& exchange) { exchange["amount"] = "abc"; })) == "wrong-type");
  CHECK(rules_of(with_exchange([](json& exchange) { exchange["isInput"] = 1; })) == "wrong-type");
  CHECK(rules_of(with_exchange([](json& exchange) { exchange["internalId"] = 2.5; })).find("wrong-type") != std::string::npos);
  CHECK(rules_of(with_inference([](json& process) { process["exchanges"] = "none"; })).find("wrong-type") != std::string::npos);
  CHECK(rules_of(with_inference([](json& process) { process["processType"] = "UNIT"; })) == "unknown-word");
  CHECK(rules_of(with_exchange([](json& exchange) { exchange["uncertainty"]["distributionType"] = "NORMAL"; })) == "unknown-word");
}

TEST_CASE("what importers would take silence for is found missing") {
  for (const char* field : {"isInput", "amount", "flow", "flowProperty", "unit", "internalId"})
    CHECK_MESSAGE(rules_of(with_exchange([&](json& exchange) { exchange.erase(field); })).find("missing") != std::string::npos, field);
  CHECK(rules_of(with_inference([](json& process) { process.erase("processType"); })) == "missing");
  CHECK(rules_of(with_inference([](json& process) { process["name"] = ""; })) == "missing");
  CHECK(rules_of(with("flow_properties/", "Energy", [](json& set) { set.erase("unitGroup"); })).find("missing") != std::string::npos);
}

TEST_CASE("a reference that leads nowhere, or to another class, is found") {
  CHECK(rules_of(with_inference([](json& process) { process["location"]["@id"] = "1d9dbd4a-0000-4000-8000-000000000000"; })) == "reference");
  CHECK(rules_of(with_inference([](json& process) { process["location"]["@type"] = "Actor"; })) == "reference");
  CHECK(rules_of(with_inference([](json& process) { process["location"]["@id"] = "Germany"; })) == "uuid");
  ZipEntries entries = good();
  std::erase_if(entries, [](const auto& entry) { return entry.first.starts_with("actors/"); });
  CHECK(rules_of(entries) == "reference");
}

TEST_CASE("a process needs one quantitative reference, and it is an output") {
  CHECK(rules_of(with_inference([](json& process) { process["exchanges"][0]["isQuantitativeReference"] = false; })) == "quantitative-reference");
  CHECK(rules_of(with_exchange([](json& exchange) {
          exchange["isQuantitativeReference"] = true;
        })).find("quantitative-reference") != std::string::npos);
  CHECK(rules_of(with_inference([](json& process) { process["exchanges"][0]["isInput"] = true; })) == "quantitative-reference");
}

TEST_CASE("internal ids are unique and within the last one") {
  CHECK(rules_of(with_exchange([](json& exchange) { exchange["internalId"] = 1; })) == "internal-id");
  CHECK(rules_of(with_inference([](json& process) { process["lastInternalId"] = 1; })) == "internal-id");
  CHECK(rules_of(with_exchange([](json& exchange) { exchange["internalId"] = 0; })) == "internal-id");
}

TEST_CASE("a unit of another group, a quantity that the flow does not have, and kWh are found") {
  const json item{{"@type", "Unit"}, {"@id", "6dabe201-aaac-4509-92f0-d00c26cb72ab"}, {"name", "Item(s)"}};
  CHECK(rules_of(with_exchange([&](json& exchange) { exchange["unit"] = item; })) == "unit");
  CHECK(rules_of(with_exchange([&](json& exchange) {
          exchange["unit"] = item;
          exchange["flowProperty"]["@id"] = "01846770-4cfe-4a25-8ad9-919d8d378345";
        })) == "unit");
  CHECK(rules_of(with_exchange([&](json& exchange) { exchange["unit"] = {{"@type", "Unit"}, {"@id", "86ad2244-1f0e-4912-af53-7865283103e4"}, {"name", "kWh"}}; })) ==
        "kilowatt-hour");
}

TEST_CASE("a unit group has one reference unit of factor 1, and a flow one such property") {
  CHECK(rules_of(with("unit_groups/", "energy", [](json& group) { group["units"][0]["conversionFactor"] = 2.0; })) == "reference-unit");
  CHECK(rules_of(with("unit_groups/", "energy", [](json& group) { group["units"][0].erase("isRefUnit"); })) == "reference-unit");
  CHECK(rules_of(with("unit_groups/", "energy", [](json& group) { group["units"][1]["isRefUnit"] = true; })) == "reference-unit");
  CHECK(rules_of(with("unit_groups/", "energy", [](json& group) { group["units"][1]["conversionFactor"] = 0; })) == "reference-unit");
  CHECK(rules_of(with("flows/", "electricity", [](json& flow) { flow["flowProperties"][0]["isRefFlowProperty"] = false; })) == "reference-property");
  CHECK(rules_of(with("flows/", "electricity", [](json& flow) { flow["flowProperties"][0]["conversionFactor"] = 3.6; })) == "reference-property");
}

TEST_CASE("the centre of an uncertainty is the amount to nine digits") {
  const double x = kAmount;
  CHECK(rules_of(with_uncertainty({{"distributionType", "NORMAL_DISTRIBUTION"}, {"mean", x * (1 + 1e-8)}, {"sd", 1e-7}})) == "uncertainty-centre");
  CHECK(rules_of(with_uncertainty({{"distributionType", "NORMAL_DISTRIBUTION"}, {"mean", x * (1 + 1e-10)}, {"sd", 1e-7}})) == "");
  CHECK(rules_of(with_uncertainty({{"distributionType", "LOG_NORMAL_DISTRIBUTION"}, {"geomMean", x / 3.6}, {"geomSd", 1.2}})) == "uncertainty-centre");
  CHECK(rules_of(with_uncertainty({{"distributionType", "TRIANGLE_DISTRIBUTION"}, {"minimum", x / 2}, {"mode", x * 1.1}, {"maximum", 2 * x}})) == "uncertainty-centre");
}

TEST_CASE("an uncertainty that no distribution can have is found") {
  const double x = kAmount;
  CHECK(rules_of(with_uncertainty({{"distributionType", "NORMAL_DISTRIBUTION"}, {"mean", x}, {"sd", -1e-7}})) == "uncertainty");
  CHECK(rules_of(with_uncertainty({{"distributionType", "NORMAL_DISTRIBUTION"}, {"mean", x}})) == "uncertainty");
  CHECK(rules_of(with_uncertainty({{"distributionType", "NORMAL_DISTRIBUTION"}, {"mean", x}, {"sd", 1e-7}, {"geomSd", 1.2}})) == "uncertainty");
  CHECK(rules_of(with_uncertainty({{"distributionType", "LOG_NORMAL_DISTRIBUTION"}, {"geomMean", x}, {"geomSd", 0.2}})) == "uncertainty");
  CHECK(rules_of(with_uncertainty({{"distributionType", "UNIFORM_DISTRIBUTION"}, {"minimum", 2 * x}, {"maximum", 3 * x}})) == "uncertainty");
  CHECK(rules_of(with_uncertainty({{"distributionType", "TRIANGLE_DISTRIBUTION"}, {"minimum", 2 * x}, {"mode", x}, {"maximum", 3 * x}})) == "uncertainty");
  CHECK(rules_of(with_use([](json& process) { process["exchanges"][1]["uncertainty"] = {{"distributionType", "NORMAL_DISTRIBUTION"},
          {"mean", process["exchanges"][1]["amount"]}, {"sd", 0.1}}; })) == "uncertainty");
}

TEST_CASE("dates, moments and versions that are none are found") {
  const auto documented = [](const char* field, const char* text) {
    return rules_of(with_inference([&](json& process) { process["processDocumentation"][field] = text; }));
  };
  CHECK(documented("validFrom", "2026-02-30") == "date");
  CHECK(documented("validFrom", "15.01.2026") == "date");
  CHECK(documented("validUntil", "2028-02-29") == "");
  CHECK(documented("creationDate", "2026-01-15T25:00:00Z") == "date");
  CHECK(documented("creationDate", "2026-01-15 09:30") == "date");
  CHECK(documented("creationDate", "2026-01-15T09:30:00.123+02:00") == "");
  CHECK(rules_of(with_inference([](json& process) { process["version"] = "first"; })) == "version");
}

TEST_CASE("an elementary flow beside electricity is counted twice") {
  CHECK(rules_of(with_inference([](json& process) {
          json emission = process["exchanges"][1];
          emission["internalId"] = 3;
          emission["isInput"] = false;
          emission["flow"]["flowType"] = "ELEMENTARY_FLOW";
          process["lastInternalId"] = 3;
          process["exchanges"].push_back(emission);
        })) == "counted-twice");
}

TEST_CASE("parameters have names that formulas can use, once, and are inputs or computed") {
  CHECK(rules_of(with_parameter("T_life", [](json& p) { p["name"] = "2 lives"; })).find("parameter-name") != std::string::npos);
  CHECK(rules_of(with_parameter("T_life", [](json& p) { p["name"] = "p_avg"; })).find("parameter-name") != std::string::npos);
  CHECK(rules_of(with_parameter("T_life", [](json& p) { p["isInputParameter"] = false; })) == "parameter-kind");
  CHECK(rules_of(with_parameter("P_avg", [](json& p) { p["isInputParameter"] = true; })) == "parameter-kind");
  CHECK(rules_of(with_parameter("T_life", [](json& p) { p["parameterScope"] = "GLOBAL_SCOPE"; })) == "parameter-kind");
  CHECK(rules_of(with_parameter("P_avg", [](json& p) { p["uncertainty"] = {{"distributionType", "NORMAL_DISTRIBUTION"}, {"mean", p["value"]}, {"sd", 0.0}}; })) ==
        "parameter-kind");
  CHECK(rules_of(with_parameter("T_life", [](json& p) { p["@id"] = "T"; })) == "uuid");
}

TEST_CASE("a formula that cannot be computed, or gives another amount, is found") {
  CHECK(rules_of(with_parameter("P_avg", [](json& p) { p["formula"] = "P_sleeep"; })) == "formula");
  CHECK(rules_of(with_parameter("P_avg", [](json& p) { p["value"] = 1.0; })) == "formula");
  CHECK(rules_of(with_use([](json& process) { process["exchanges"][1]["amountFormula"] = "1 / ("; })) == "formula");
  CHECK(rules_of(with_use([](json& process) { process["exchanges"][1]["amount"] = 1.0; })) == "formula");
}
