// The data sets that every openLCA package of ours repeats: units, quantities, references, uncertainties.
// Private to export_openlca*.cpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "rig/lca/export_parameters.hpp"
#include "rig/lca/export_spread.hpp"

namespace jr::lca::openlca {

using nlohmann::ordered_json;

inline constexpr const char* kFirstVersion = "01.00.000";
inline constexpr const char* kCategory = "JouleRig";

/// A quantity and its reference unit, as openLCA's own reference data names them.
struct Quantity {
  const char *property_id, *property, *group_id, *group, *unit_id, *unit;
};
extern const Quantity kEnergy, kItems;

ordered_json reference(const std::string& type, const std::string& id, const std::string& name);
ordered_json flow_reference(const std::string& id, const std::string& name, const Quantity& quantity);
/// `@type`, `@id`, `name`, and what every data set of ours has.
ordered_json root(const std::string& type, const std::string& id, const std::string& name, const std::string& version);
ordered_json product_flow(const std::string& id, const std::string& name, const Quantity& quantity, const std::string& description, const std::string& version);
ordered_json flow_property(const Quantity& quantity);
ordered_json unit_group(const Quantity& quantity);

/// Null for a fixed value.
ordered_json uncertainty(const StatedSpread& spread);
ordered_json exchange(int internal_id, bool is_input, double amount, const ordered_json& flow, const Quantity& quantity);
ordered_json parameter(const std::string& process_id, const ExportParameter& parameter);

}  // namespace jr::lca::openlca
