// Units of energy and of items with the ids of openLCA's reference data (olca-schema, units.csv), and small objects.
// Field names are those of olca-schema version 2.
#include "rig/lca/export_openlca_sets.hpp"

#include "rig/lca/export_id.hpp"

namespace jr::lca::openlca {

const Quantity kEnergy{"f6811440-ee37-11de-8a39-0800200c9a66", "Energy", "93a60a57-a3c8-11da-a746-0800200c9a66", "Units of energy",
                       "52765a6c-3896-43c2-b2f4-c679acf13efe", "MJ"};
const Quantity kItems{"01846770-4cfe-4a25-8ad9-919d8d378345", "Number of items", "5beb6eed-33a9-47b8-9ede-1dfe8f679159", "Units of items",
                      "6dabe201-aaac-4509-92f0-d00c26cb72ab", "Item(s)"};

ordered_json reference(const std::string& type, const std::string& id, const std::string& name) {
  return {{"@type", type}, {"@id", id}, {"name", name}};
}

ordered_json flow_reference(const std::string& id, const std::string& name, const Quantity& quantity) {
  ordered_json json = reference("Flow", id, name);
  json["flowType"] = "PRODUCT_FLOW";
  json["refUnit"] = quantity.unit;
  return json;
}

ordered_json root(const std::string& type, const std::string& id, const std::string& name, const std::string& version) {
  ordered_json json = reference(type, id, name);
  json["category"] = kCategory;
  json["version"] = version;
  return json;
}

ordered_json product_flow(const std::string& id, const std::string& name, const Quantity& quantity, const std::string& description, const std::string& version) {
  ordered_json json = root("Flow", id, name, version);
  json["description"] = description;
  json["flowType"] = "PRODUCT_FLOW";
  json["flowProperties"] = ordered_json::array({{{"@type", "FlowPropertyFactor"}, {"isRefFlowProperty", true}, {"conversionFactor", 1.0},
                                                 {"flowProperty", reference("FlowProperty", quantity.property_id, quantity.property)}}});
  return json;
}

ordered_json flow_property(const Quantity& q) {
  ordered_json json = reference("FlowProperty", q.property_id, q.property);
  json["flowPropertyType"] = "PHYSICAL_QUANTITY";
  json["unitGroup"] = reference("UnitGroup", q.group_id, q.group);
  return json;
}

ordered_json unit_group(const Quantity& q) {
  ordered_json json = reference("UnitGroup", q.group_id, q.group);
  json["defaultFlowProperty"] = reference("FlowProperty", q.property_id, q.property);
  ordered_json unit = reference("Unit", q.unit_id, q.unit);
  unit["conversionFactor"] = 1.0;
  unit["isRefUnit"] = true;
  json["units"] = ordered_json::array({unit});
  if (&q == &kEnergy) {
    ordered_json kWh = reference("Unit", "86ad2244-1f0e-4912-af53-7865283103e4", "kWh");
    kWh["conversionFactor"] = 3.6;
    json["units"].push_back(kWh);
  }
  return json;
}

ordered_json uncertainty(const StatedSpread& s) {
  ordered_json json{{"@type", "Uncertainty"}};
  switch (s.spread) {
    case Spread::fixed:
    case Spread::measured: return nullptr;
    case Spread::normal:
      json["distributionType"] = "NORMAL_DISTRIBUTION";
      json["mean"] = s.center;
      json["sd"] = s.sd;
      break;
    case Spread::lognormal:
      json["distributionType"] = "LOG_NORMAL_DISTRIBUTION";
      json["geomMean"] = s.center;
      json["geomSd"] = s.gsd;
      break;
    case Spread::triangular:
      json["distributionType"] = "TRIANGLE_DISTRIBUTION";
      json["minimum"] = s.low;
      json["mode"] = s.center;
      json["maximum"] = s.high;
      break;
    case Spread::uniform:
      json["distributionType"] = "UNIFORM_DISTRIBUTION";
      json["minimum"] = s.low;
      json["maximum"] = s.high;
      break;
  }
  return json;
}

ordered_json exchange(int internal_id, bool is_input, double amount, const ordered_json& flow, const Quantity& quantity) {
  ordered_json json{{"@type", "Exchange"}, {"internalId", internal_id}, {"isInput", is_input}};
  if (!is_input) json["isQuantitativeReference"] = true;
  json["amount"] = amount;
  json["flow"] = flow;
  json["flowProperty"] = reference("FlowProperty", quantity.property_id, quantity.property);
  json["unit"] = reference("Unit", quantity.unit_id, quantity.unit);
  return json;
}

ordered_json parameter(const std::string& process_id, const ExportParameter& p) {
  ordered_json json = reference("Parameter", uuid_of("parameter " + process_id + " " + p.name), p.name);
  json["description"] = p.description;
  json["parameterScope"] = "PROCESS_SCOPE";
  json["isInputParameter"] = p.formula.empty();
  json["value"] = p.value;
  if (!p.formula.empty()) json["formula"] = p.formula;
  if (const ordered_json spread = uncertainty(p.spread); p.formula.empty() && !spread.is_null()) json["uncertainty"] = spread;
  return json;
}

}  // namespace jr::lca::openlca
