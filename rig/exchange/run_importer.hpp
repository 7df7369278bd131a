// Formats that carry a whole run of ours, with codes and calibration: they go into the store by themselves.
// Never for recordings of other tools: those come through a sink.
#pragma once

#include <string>
#include <vector>

#include "rig/store/store.hpp"

namespace jr {

/// A namespace-scope `const RunImporterRegistration` in the reader's own file puts it into the table.
struct RunImporter {
  const char* format;
  const char* about;  ///< one line for --help
  /// The id of the run. `again`: also when the same file is a run already, which is refused otherwise.
  Result<std::string> (*read)(Store& store, const std::string& path, bool again);
};

struct RunImporterRegistration { explicit RunImporterRegistration(const RunImporter& importer); };
const std::vector<RunImporter>& run_importers();  ///< in alphabetical order

}  // namespace jr
