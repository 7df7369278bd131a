// Which rules a result was computed with, and whether two reports say the same.
#include "rig/run/evaluation_rules.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

namespace jr {
namespace {

using nlohmann::ordered_json;

/// Every value of `stored` is in `anew` with the same text; objects of `anew` may have more keys.
bool is_contained(const ordered_json& stored, const ordered_json& anew) {
  if (stored.is_object() && anew.is_object()) {
    for (const auto& [key, value] : stored.items())
      if (const auto found = anew.find(key); found == anew.end() || !is_contained(value, *found)) return false;
    return true;
  }
  if (stored.is_array() && anew.is_array()) {
    if (stored.size() != anew.size()) return false;
    for (std::size_t i = 0; i < stored.size(); ++i)
      if (!is_contained(stored[i], anew[i])) return false;
    return true;
  }
  return stored.type() == anew.type() && stored.dump() == anew.dump();
}

}  // namespace

bool is_rule_of(int version, const char* name) {
  for (const EvaluationRule& rule : kEvaluationRules)
    if (std::string_view(rule.name) == name) return version >= rule.version;
  throw std::logic_error(std::string("There is no evaluation rule '") + name + "'.");
}

std::vector<EvaluationRule> rules_since(int stored) {
  std::vector<EvaluationRule> later;
  for (const EvaluationRule& rule : kEvaluationRules)
    if (rule.version > stored) later.push_back(rule);
  return later;
}

int evaluation_version_of(const std::string& report_json) {
  const ordered_json report = ordered_json::parse(report_json, nullptr, false);
  if (!report.is_object()) return 1;
  const auto version = report.find("evaluation_version");
  return version != report.end() && version->is_number_integer() ? version->get<int>() : 1;
}

bool only_adds_keys(const std::string& stored, const std::string& anew) {
  const ordered_json before = ordered_json::parse(stored, nullptr, false), now = ordered_json::parse(anew, nullptr, false);
  return !before.is_discarded() && !now.is_discarded() && is_contained(before, now);
}

}  // namespace jr
