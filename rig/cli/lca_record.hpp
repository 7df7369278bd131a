// From a stored run to the paragraphs that document its figures in other programs' files.
// States only what the record has.
#pragma once

#include <string>

#include "rig/core/result.hpp"
#include "rig/lca/export_subject.hpp"
#include "rig/store/store.hpp"

namespace jr::cli {

/// Errors: what evaluate() says; not_found when the run has no energy.
Result<lca::RunRecord> run_record(const Store& store, const std::string& run);

}  // namespace jr::cli
