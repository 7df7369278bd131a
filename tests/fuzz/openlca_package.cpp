// libFuzzer target: any bytes as a package, as one process in a package, and as a formula. Checks that it ends in one
// sentence or in findings with a rule each.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "rig/lca/formula.hpp"
#include "rig/lca/openlca_check.hpp"

using namespace jr::lca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto entries = unzipped(std::as_bytes(std::span(bytes, size)), "fuzz");
  if (!entries && entries.error().message.empty()) std::abort();
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  ZipEntries package = entries ? *entries : ZipEntries{};
  for (const char* folder : {"processes", "flows", "unit_groups"}) package.emplace_back(std::string(folder) + "/x.json", text);
  for (const auto& one : check_openlca(package))
    if (one.rule.empty() || one.what.empty()) std::abort();
  const auto value = evaluated(text, [](const std::string& name) { return name == "x" ? std::optional(2.0) : std::nullopt; });
  if (!value && value.error().message.empty()) std::abort();
  return 0;
}
