// An assessment as an openLCA data package (JSON-LD, olca-schema version 2): processes, flows, and what they refer to.
// Never writes a kilowatt-hour, and never a CO2 flow beside electricity: whoever links a grid would count it twice.
#pragma once

#include <span>
#include <string>

#include "rig/core/result.hpp"
#include "rig/lca/export_subject.hpp"
#include "rig/lca/export_zip.hpp"

namespace jr::lca {

struct OpenlcaOptions {
  std::string electricity_flow;   ///< UUID of a product flow in the reader's database, in place of one of ours; empty: ours
  bool reference_data{true};      ///< unit groups and flow properties in the package
  std::string version;            ///< "01.00.000"; empty: the first, and ids that are new when the content is
};

/// For each subject a process "inference" (1e6 of them; with a run only) and a parameterised process "use of one device".
/// An id is the UUIDv5 of the record and, unless a version is given, of the content: other content never comes under an id
/// that a database has. With a version it is of the record alone, so that a higher one replaces a lower one.
/// Errors (usage): an electricity flow that is no UUID, a version that is not MM.mm.ppp.
Result<ZipEntries> openlca_entries(std::span<const ExportSubject> subjects, const OpenlcaOptions& options);

}  // namespace jr::lca
