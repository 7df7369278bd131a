// Versions of the rules of evaluation, and reports that a later program adds keys to.
#include "rig/run/evaluation_rules.hpp"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>

using namespace jr;

TEST_CASE("rules are numbered from 1 without gaps, and each has a name of its own and a sentence") {
  std::set<std::string> names;
  int version = 0;
  for (const EvaluationRule& rule : kEvaluationRules) {
    CHECK(rule.version == ++version);
    CHECK(names.insert(rule.name).second);
    CHECK(std::string(rule.changes).ends_with("."));
  }
  CHECK(version == kEvaluationVersion);
}

TEST_CASE("a result follows the rules of its version and of those before, and lacks the later ones") {
  CHECK(is_rule_of(1, "first"));
  CHECK_FALSE(is_rule_of(0, "first"));
  CHECK(is_rule_of(kEvaluationVersion, kEvaluationRules.back().name));
  CHECK(rules_since(kEvaluationVersion).empty());
  CHECK(rules_since(0).size() == kEvaluationRules.size());
  CHECK_THROWS_AS(is_rule_of(1, "no-such-rule"), std::logic_error);
}

TEST_CASE("a report without a version is of version 1") {
  CHECK(evaluation_version_of(R"({"run":"sim-1"})") == 1);
  CHECK(evaluation_version_of(R"({"evaluation_version":7})") == 7);
  CHECK(evaluation_version_of(R"({"evaluation_version":"x"})") == 1);
  CHECK(evaluation_version_of("no JSON") == 1);
  CHECK(evaluation_version_of("[]") == 1);
}

TEST_CASE("a report may gain keys anywhere; a value that differs in its last bit, is missing or is one more is a difference") {
  const std::string stored = R"({"a":0.1,"b":{"c":[1,{"d":null}]},"e":"x"})";
  CHECK(only_adds_keys(stored, stored));
  CHECK(only_adds_keys(stored, R"({"a":0.1,"b":{"c":[1,{"d":null,"new":2}],"more":[]},"e":"x","z":1})"));
  CHECK_FALSE(only_adds_keys(stored, R"({"a":0.10000000000000002,"b":{"c":[1,{"d":null}]},"e":"x"})"));
  CHECK_FALSE(only_adds_keys(stored, R"({"a":0.1,"b":{"c":[1,{"d":null},3]},"e":"x"})"));
  CHECK_FALSE(only_adds_keys(stored, R"({"a":0.1,"b":{"c":[1,{}]},"e":"x"})"));
  CHECK_FALSE(only_adds_keys(stored, R"({"a":0.1,"b":{"c":[1,{"d":null}]}})"));
  CHECK_FALSE(only_adds_keys(stored, R"({"a":"0.1","b":{"c":[1,{"d":null}]},"e":"x"})"));
  CHECK_FALSE(only_adds_keys(R"({"a":1})", R"({"a":1.0})"));
  CHECK_FALSE(only_adds_keys("broken", "broken"));
}
