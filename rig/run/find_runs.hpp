// Which runs: by what the store knows of them, and by what their documents say of board, model and firmware.
// Never looks at a sample.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rig/run/setup.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// What is empty is not asked for.
struct RunQuery {
  RunFilter stored;
  std::string board, model;  ///< whole names, whatever the case of their letters
  std::string firmware;      ///< a name, or the beginning of a commit or of the image's SHA-256
  std::size_t limit{};       ///< the newest so many; 0: all
};

/// A run with what its documents say; a document that cannot be read leaves its fields empty.
struct FoundRun {
  RunRow row;
  std::string board, model;
  Firmware firmware;
};

/// Newest first. Errors: storage.
Result<std::vector<FoundRun>> find_runs(const Store& store, const RunQuery& query);

/// "kws.hex" and "kws" name kws.hex; "3f2a91" and "v0.2-7-g3f2a91" its commit, 3 or more digits its SHA-256.
bool is_firmware(const Firmware& firmware, const std::string& wanted);

}  // namespace jr
