// Files that other programs read, made of a stored run: a small table of writers, each in a file of its own.
// Never leaves half a file behind, and never writes over one unasked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rig/exchange/stored_trace.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// What became of it.
struct Exported {
  std::uint64_t samples{}, bytes{};
  std::vector<std::string> remarks;  ///< what the format could not hold, a sentence each
};

/// One format. A namespace-scope `const ExporterRegistration` in the writer's own file puts it into the table.
struct Exporter {
  const char* format;
  const char* endings;  ///< of file names, each with its dot, a blank between: ".h5 .hdf5"
  const char* about;    ///< one line for --help
  /// Writes the whole of it to `path`, which does not exist yet; its name ends like the one that a person gave.
  /// `bytes` of the result may be left 0. On an error the caller removes what is there.
  Result<Exported> (*write)(const Store& store, const ViewRequest& request, const std::filesystem::path& path);
};

struct ExporterRegistration { explicit ExporterRegistration(const Exporter& exporter); };
const std::vector<Exporter>& exporters();  ///< in alphabetical order

/// By its name. Errors: usage (lists the formats, with the nearest).
Result<Exporter> exporter_named(const std::string& format);
/// By the ending of a file's name, the longest that fits. Errors: usage (lists formats and endings).
Result<Exporter> exporter_for(const std::filesystem::path& path);

/// Writes to a temporary name beside `path`, syncs and renames. Errors: refused (the file is there and `overwrite` is
/// false), storage (a full disk: says so; nothing is left behind), and the writer's.
Result<Exported> export_run(const Store& store, const ViewRequest& request, const Exporter& exporter,
                            const std::filesystem::path& path, bool overwrite);

/// Who made the record and what it rests on, as pairs of key and text for a file's header: run, stream, instrument,
/// period_s, started_utc, supply_V, calibration_id, and where they apply simulated, imported, suspect.
std::vector<std::pair<std::string, std::string>> provenance(const ViewFacts& facts);

}  // namespace jr
