// The bundle's layer of a source, taken off. A source that is no JSON is somebody else's and stays as it is.
#include "rig/store/origin.hpp"

#include <nlohmann/json.hpp>

namespace jr {

Origin origin_of(const RunRow& row) {
  const Origin here{row.id, row.facts.source, false};
  if (row.facts.source.empty()) return here;
  const auto source = nlohmann::json::parse(row.facts.source, nullptr, false);
  if (!source.is_object() || !source.contains("format") || source["format"] != "bundle") return here;
  const auto text = [&](const char* key) { return source.contains(key) && source[key].is_string() ? source[key].get<std::string>() : ""; };
  const std::string run = text("run");
  return run.empty() ? here : Origin{run, text("source"), true};
}

}  // namespace jr
