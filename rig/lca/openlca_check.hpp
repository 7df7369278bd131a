// Is an openLCA package what its format promises? An importer would take silence and nonsense for zero and say nothing.
// Never repairs, and shares no table with the writer.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "rig/lca/export_zip.hpp"

namespace jr::lca {

/// One broken promise.
struct OpenlcaFinding {
  std::string rule;   ///< short, stable: "unknown-field", "uncertainty-centre"; README.md lists them
  std::string where;  ///< the file and the place in it: "processes/….json exchanges[1].uncertainty"
  std::string what;   ///< a sentence
};

struct OpenlcaOutside {
  std::set<std::string> ids;   ///< data sets that the reader's database has
  bool reference_data{};       ///< openLCA's own units and quantities are there as well
};

/// Everything that is wrong, in the order of the entries; empty: nothing. At most 1000.
std::vector<OpenlcaFinding> check_openlca(const ZipEntries& entries, const OpenlcaOutside& outside = {});

}  // namespace jr::lca
