// References, units, uncertainties and formulas: what no field can say by itself.
// Each function looks only at what has the right shape; the shape is the table's matter.
#include "rig/lca/openlca_rules.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "rig/core/words.hpp"
#include "rig/lca/formula.hpp"
#include "rig/lca/openlca_schema.hpp"

namespace jr::lca::olca {
namespace {

constexpr double kSame = 1e-9;  // relative
constexpr const char* kKilowattHour = "86ad2244-1f0e-4912-af53-7865283103e4";

std::optional<double> number_at(const json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

bool true_at(const json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

bool same(double a, double b) { return std::abs(a - b) <= kSame * std::max(std::abs(a), std::abs(b)); }

std::string every_digit(double value) { return json(value).dump(); }

/// Objects of a list field, with their places.
template <class Take>
void each(const json& object, const char* field, Take&& take) {
  const auto list = object.find(field);
  if (list == object.end() || !list->is_array()) return;
  for (std::size_t i = 0; i < list->size(); ++i)
    if ((*list)[i].is_object()) take((*list)[i], std::string(field) + "[" + std::to_string(i) + "]");
}

/// Parameters of a process: names once, inputs without formulas, formulas that give the value which stands beside them.
class Parameters {
 public:
  Parameters(const json& process, const std::string& where, Findings& findings) : where_(where), findings_(findings) {
    each(process, "parameters", [&](const json& p, const std::string& place) { take(p, place); });
    for (const auto& [name, one] : by_name_)
      if (const auto formula = text_at(*one.parameter, "formula"); !formula.empty()) compare(formula, number_at(*one.parameter, "value").value_or(0), one.place, "formula");
  }

  void compare(const std::string& formula, double value, const std::string& place, const std::string& field) {
    const auto result = evaluated(formula, [&](const std::string& name) { return value_of(name); });
    if (!result) return findings_.add("formula", where_ + " " + place + "." + field, "cannot be computed: " + result.error().message + ".");
    if (!same(*result, value) && std::abs(*result - value) > 1e-300)
      findings_.add("formula", where_ + " " + place + "." + field, "gives " + every_digit(*result) + ", and " + every_digit(value) + " stands beside it.");
  }

 private:
  struct One { const json* parameter; std::string place; };

  void take(const json& p, const std::string& place) {
    const std::string name = text_at(p, "name"), at = where_ + " " + place;
    if (!by_name_.emplace(lowered(name), One{&p, place}).second) findings_.add("parameter-name", at, "has the name of another parameter ('" + name + "'; case does not count).");
    const bool is_input = true_at(p, "isInputParameter"), has_formula = !text_at(p, "formula").empty();
    const auto uncertainty = p.find("uncertainty");
    const bool uncertain = uncertainty != p.end() && uncertainty->is_object();
    if (is_input && has_formula) findings_.add("parameter-kind", at, "is an input, and has a formula.");
    if (!is_input && !has_formula) findings_.add("parameter-kind", at, "is computed, and has no formula.");
    if (!is_input && uncertain) findings_.add("parameter-kind", at, "is computed, and has an uncertainty of its own.");
    if (text_at(p, "parameterScope") != "PROCESS_SCOPE") findings_.add("parameter-kind", at, "is a parameter of a process without its scope.");
    if (uncertain)
      if (const auto value = number_at(p, "value")) check_uncertainty(*uncertainty, *value, at + ".uncertainty", findings_);
  }

  /// The value that stands beside each formula is checked by itself; so one level is enough, and no circle can trap anyone.
  std::optional<double> value_of(const std::string& name) const {
    const auto found = by_name_.find(lowered(name));
    return found == by_name_.end() ? std::nullopt : number_at(*found->second.parameter, "value");
  }

  std::string where_;
  Findings& findings_;
  std::map<std::string, One> by_name_;
};

void check_unit(const json& exchange, const std::string& at, const Index& index, Findings& findings) {
  const std::string unit = id_at(exchange, "unit"), property = id_at(exchange, "flowProperty"), flow = id_at(exchange, "flow");
  if (unit == kKilowattHour || (exchange.contains("unit") && exchange["unit"].is_object() && text_at(exchange["unit"], "name") == "kWh"))
    findings.add("kilowatt-hour", at, "is in kWh: readers convert the amount and leave the uncertainty as it is; write MJ.");
  const auto group = index.groups.find(property);
  if (group != index.groups.end()) {
    const auto units = index.units.find(group->second);
    if (units != index.units.end() && !units->second.contains(unit)) findings.add("unit", at, "is in a unit that its flow property's unit group does not have.");
  } else {
    for (const KnownUnit& known : reference_units())
      if (property == known.property && !unit.empty()) {
        const auto units = reference_units();
        const bool fits = std::any_of(units.begin(), units.end(), [&](const KnownUnit& k) { return unit == k.unit && property == k.property; });
        if (!fits) findings.add("unit", at, "is in a unit that its flow property's unit group does not have.");
        break;
      }
  }
  const auto set = index.sets.find("Flow " + flow);
  if (set == index.sets.end()) return;
  bool measured_so = false;
  each(*set->second, "flowProperties", [&](const json& factor, const std::string&) { measured_so |= id_at(factor, "flowProperty") == property; });
  if (!measured_so) findings.add("unit", at, "is in a flow property that its flow does not have.");
}

bool is_elementary(const json& exchange, const Index& index) {
  const auto ref = exchange.find("flow");
  if (ref != exchange.end() && ref->is_object() && text_at(*ref, "flowType") == "ELEMENTARY_FLOW") return true;
  const auto set = index.sets.find("Flow " + id_at(exchange, "flow"));
  return set != index.sets.end() && text_at(*set->second, "flowType") == "ELEMENTARY_FLOW";
}

bool takes_energy(const json& exchange) { return true_at(exchange, "isInput") && id_at(exchange, "flowProperty") == reference_units()[0].property; }

void check_exchange(const json& exchange, const std::string& at, const Index& index, Findings& findings) {
  check_unit(exchange, at, index, findings);
  const auto uncertainty = exchange.find("uncertainty");
  const bool uncertain = uncertainty != exchange.end() && uncertainty->is_object();
  if (uncertain)
    if (const auto amount = number_at(exchange, "amount")) check_uncertainty(*uncertainty, *amount, at + ".uncertainty", findings);
  if (uncertain && !text_at(exchange, "amountFormula").empty())
    findings.add("uncertainty", at, "has a formula and an uncertainty of its own: the parameters' doubts would count twice.");
}

}  // namespace

std::string text_at(const json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string id_at(const json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_object() ? text_at(*found, "@id") : "";
}

bool Index::has(const std::string& type, const std::string& id) const {
  if (sets.contains(type + " " + id) || (type == "Unit" && all_units.contains(id)) || outside->ids.contains(id)) return true;
  if (!outside->reference_data) return false;
  const auto known = reference_units();
  return std::any_of(known.begin(), known.end(), [&](const KnownUnit& k) {
    return (type == "Unit" && id == k.unit) || (type == "UnitGroup" && id == k.group) || (type == "FlowProperty" && id == k.property);
  });
}

void check_uncertainty(const json& u, double amount, const std::string& where, Findings& findings) {
  const std::string kind = text_at(u, "distributionType");
  static const std::map<std::string, std::vector<const char*>> kNeeds{{"NORMAL_DISTRIBUTION", {"mean", "sd"}}, {"LOG_NORMAL_DISTRIBUTION", {"geomMean", "geomSd"}},
      {"TRIANGLE_DISTRIBUTION", {"minimum", "mode", "maximum"}}, {"UNIFORM_DISTRIBUTION", {"minimum", "maximum"}}};
  const auto needs = kNeeds.find(kind);
  if (needs == kNeeds.end()) return;  // the table has said so
  bool whole = true;
  for (const char* field : needs->second)
    if (!number_at(u, field)) {
      findings.add("uncertainty", where, std::string("has no '") + field + "', which " + kind + " needs.");
      whole = false;
    }
  for (const char* field : {"mean", "sd", "geomMean", "geomSd", "minimum", "mode", "maximum"})
    if (u.contains(field) && std::none_of(needs->second.begin(), needs->second.end(), [&](const char* f) { return std::string(f) == field; }))
      findings.add("uncertainty", where, std::string("has a '") + field + "', which " + kind + " does not know.");
  if (!whole) return;
  const auto at = [&](const char* field) { return *number_at(u, field); };
  const auto centre = [&](const char* field) {
    if (!same(at(field), amount)) findings.add("uncertainty-centre", where, std::string(field) + " is " + every_digit(at(field)) + ", and the amount is " + every_digit(amount) + ".");
  };
  if (kind == "NORMAL_DISTRIBUTION") {
    centre("mean");
    if (at("sd") < 0) findings.add("uncertainty", where, "has a negative standard deviation.");
  } else if (kind == "LOG_NORMAL_DISTRIBUTION") {
    centre("geomMean");
    if (at("geomSd") < 1) findings.add("uncertainty", where, "has a geometric standard deviation below 1: plain, not its logarithm, is what belongs there.");
    if (!(at("geomMean") > 0)) findings.add("uncertainty", where, "is log-normal about a value that is not above 0.");
  } else {
    if (kind == "TRIANGLE_DISTRIBUTION") centre("mode");
    const double middle = kind == "TRIANGLE_DISTRIBUTION" ? at("mode") : amount;
    if (!(at("minimum") <= middle && middle <= at("maximum"))) findings.add("uncertainty", where, "has its minimum, value and maximum out of order.");
  }
}

void check_unit_group(const json& group, const std::string& where, Findings& findings) {
  int references = 0;
  each(group, "units", [&](const json& unit, const std::string& place) {
    const auto factor = number_at(unit, "conversionFactor");
    if (factor && !(*factor > 0)) findings.add("reference-unit", where + " " + place, "has a conversion factor that is not above 0.");
    if (!true_at(unit, "isRefUnit")) return;
    ++references;
    if (factor && *factor != 1) findings.add("reference-unit", where + " " + place, "is the reference unit with a factor other than 1.");
  });
  if (references != 1) findings.add("reference-unit", where, "has " + std::to_string(references) + " reference units in place of one.");
}

void check_flow(const json& flow, const std::string& where, Findings& findings) {
  int references = 0;
  each(flow, "flowProperties", [&](const json& factor, const std::string& place) {
    if (!true_at(factor, "isRefFlowProperty")) return;
    ++references;
    if (number_at(factor, "conversionFactor").value_or(1) != 1)
      findings.add("reference-property", where + " " + place, "is the reference flow property with a factor other than 1.");
  });
  if (references != 1) findings.add("reference-property", where, "has " + std::to_string(references) + " reference flow properties in place of one.");
}

void check_process(const json& process, const std::string& where, const Index& index, Findings& findings) {
  Parameters parameters(process, where, findings);
  std::set<std::int64_t> internal_ids;
  int references = 0;
  bool elementary = false, energy = false;
  const double last = number_at(process, "lastInternalId").value_or(0);
  each(process, "exchanges", [&](const json& exchange, const std::string& place) {
    const std::string at = where + " " + place;
    if (const auto id = number_at(exchange, "internalId")) {
      if (!internal_ids.insert(static_cast<std::int64_t>(std::clamp(*id, -1e15, 1e15))).second) findings.add("internal-id", at, "has the internal id of another exchange.");
      if (*id < 1 || *id > last) findings.add("internal-id", at, "has an internal id outside 1 to lastInternalId.");
    }
    if (true_at(exchange, "isQuantitativeReference")) {
      ++references;
      if (true_at(exchange, "isInput")) findings.add("quantitative-reference", at, "is the quantitative reference, and an input.");
    }
    elementary |= is_elementary(exchange, index);
    energy |= takes_energy(exchange);
    check_exchange(exchange, at, index, findings);
    if (const std::string formula = text_at(exchange, "amountFormula"); !formula.empty())
      parameters.compare(formula, number_at(exchange, "amount").value_or(0), place, "amountFormula");
  });
  if (references != 1) findings.add("quantitative-reference", where, "has " + std::to_string(references) + " quantitative references in place of one.");
  if (elementary && energy) findings.add("counted-twice", where, "has an elementary flow beside its electricity: the linked supply mix brings its own emissions.");
}

}  // namespace jr::lca::olca
