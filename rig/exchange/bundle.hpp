// A run as one file that goes anywhere: raw codes, plan, bench, firmware, calibrations, results, and the hash of each.
// Never a view of the run: what is computed from it elsewhere has the same bits as here.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "rig/core/result.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// Writes run `run` to `path`, over a file that is there: a zip whose parts rig/exchange/README.md describes. The same
/// run gives the same bytes, also after it went through an import. `tool_version` is kept in the manifest.
/// Errors: not_found (the run, or a sample of it), refused (it is still going on), malformed (a damaged chunk: names it),
/// storage. On an error nothing lies under `path` that did not before.
Result<void> write_bundle(const Store& store, const std::string& run, const std::string& path,
                          const std::string& tool_version);

struct BundleOptions {
  bool again{};  ///< take it in although the same file was taken in before
};

/// What became of a bundle.
struct BundleImported {
  std::string run;       ///< its id here
  std::string original;  ///< its id where it was measured
  std::string tool_version;  ///< of the program that wrote the bundle
};

/// Takes the bundle in as a run of its own id when that is free, else as the next of its bench. Every hash is compared
/// before the first row is written, and again while they are; on any error nothing of it stays.
/// Errors: not_found, permission, malformed (names the entry), unsupported (another version), refused (the same file
/// is here already: says as which run; a calibration that differs from the one here), storage.
Result<BundleImported> read_bundle(Store& store, const std::string& path, const BundleOptions& options = {});

/// All that can be found out about a bundle without a database: every name, hash, document and line is right.
Result<void> check_bundle(const std::string& path);
Result<void> check_bundle(std::span<const std::byte> bytes, const std::string& name);

}  // namespace jr
