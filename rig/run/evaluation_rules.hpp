// The versions of the rules by which a stored run becomes a result. A change that alters a number, a verdict or a
// grade is a new rule here; results of earlier versions can still be computed as they were.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace jr {

/// One change of how results are computed. Version 1 is what was there before rules were counted.
struct EvaluationRule {
  int version;
  const char* name;     ///< stable, kebab-case: what JSON and messages call it
  const char* changes;  ///< one sentence: what is judged otherwise than before, and why
};

/// In the order of their versions, without gaps. A rule is never edited once results were stored under it. In code:
/// `if (e.follows("name")) ...`.
inline constexpr std::array<EvaluationRule, 1> kEvaluationRules{{
    {1, "first", "The rules before versions were counted."},
}};

inline constexpr int kEvaluationVersion = kEvaluationRules.back().version;

/// True when a result of `version` was computed with the rule `name`. Throws std::logic_error for a name that no rule has.
bool is_rule_of(int version, const char* name);

/// The rules that a result of version `stored` lacks, oldest first.
std::vector<EvaluationRule> rules_since(int stored);

/// The version that a stored report names; 1 when it names none. Text that is no JSON gives 1.
int evaluation_version_of(const std::string& report_json);

/// Whether the report `anew` says all that `stored` says, bit for bit, and at most adds keys: a later program may add
/// keys to a report and changes none.
bool only_adds_keys(const std::string& stored, const std::string& anew);

}  // namespace jr
