// The names of the rows: one word for files and JSON, another for people.
// Never localised: a report written today is read in ten years.
#include "rig/lca/life_cycle.hpp"

namespace jr::lca {
namespace {

struct Name {
  const char* key;
  const char* words;
};

constexpr std::array<Name, kRows> kNames{{{"training", "ML training"},
                                          {"actuators", "actuators"},
                                          {"casing", "casing"},
                                          {"connectivity", "connectivity"},
                                          {"memory", "memory"},
                                          {"others", "other components"},
                                          {"pcb", "circuit board"},
                                          {"power_supply", "power supply"},
                                          {"processing", "processing"},
                                          {"security", "security"},
                                          {"sensing", "sensing"},
                                          {"transport", "transport"},
                                          {"user_interface", "user interface"},
                                          {"battery", "batteries"},
                                          {"use", "use"},
                                          {"end_of_life", "end of life"}}};

}  // namespace

const char* key_of(Row row) { return kNames[static_cast<std::size_t>(row)].key; }
const char* words_of(Row row) { return kNames[static_cast<std::size_t>(row)].words; }

std::optional<Row> row_named(const std::string& key) {
  for (std::size_t i = 0; i < kRows; ++i)
    if (key == kNames[i].key) return static_cast<Row>(i);
  return std::nullopt;
}

std::vector<std::string> row_keys() {
  std::vector<std::string> keys;
  for (const Name& name : kNames) keys.emplace_back(name.key);
  return keys;
}

}  // namespace jr::lca
