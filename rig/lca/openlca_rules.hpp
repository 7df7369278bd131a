// The rules behind check_openlca that need more than one field: references, units, uncertainties, formulas.
// Private to openlca_*.cpp.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "rig/lca/openlca_check.hpp"

namespace jr::lca::olca {

using nlohmann::json;

/// Findings with their place; stops taking more at its limit.
class Findings {
 public:
  void add(const std::string& rule, const std::string& where, const std::string& what) {
    if (found_.size() < 1000) found_.push_back({rule, where, what});
  }
  std::vector<OpenlcaFinding> take() { return std::move(found_); }

 private:
  std::vector<OpenlcaFinding> found_;
};

/// What the package and the world outside it have.
struct Index {
  std::map<std::string, const json*> sets;              ///< "Flow <id>" -> the data set
  std::map<std::string, std::set<std::string>> units;   ///< unit group -> its units
  std::map<std::string, std::string> groups;            ///< flow property -> its unit group
  std::set<std::string> all_units;
  const OpenlcaOutside* outside{};

  bool has(const std::string& type, const std::string& id) const;
};

/// The text of a field, or "" when it is missing or none.
std::string text_at(const json& object, const char* field);
/// The `@id` of a reference in a field, or "".
std::string id_at(const json& object, const char* field);

/// Rules within one uncertainty; `amount` is the value that it belongs to.
void check_uncertainty(const json& uncertainty, double amount, const std::string& where, Findings& findings);
void check_unit_group(const json& group, const std::string& where, Findings& findings);
void check_flow(const json& flow, const std::string& where, Findings& findings);
void check_process(const json& process, const std::string& where, const Index& index, Findings& findings);

}  // namespace jr::lca::olca
