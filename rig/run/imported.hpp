// What the record says of a run that another tool recorded: where it came from, and the documents that its
// evaluation rests on. Never reads the foreign file itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/exchange/trace.hpp"
#include "rig/run/evaluation.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// How a person wants a recording imported.
struct ImportRequest {
  std::string bench{"imported"};  ///< whose run it becomes: letters, digits, '-', '_', '.'
  ImportOptions options;
  std::optional<unsigned> mark_line;  ///< cut windows where this digital line is high, instead of the file's own
};

/// `request.options` and the mark as canonical JSON: with the files' hashes this says whether two imports are the same.
std::string options_json(const ImportRequest& request);

/// The rows that the run begins with. Errors: usage (no such bench name), malformed (a spec card that does not parse).
Result<RunFacts> facts_of_import(const ForeignFacts& facts, const ImportRequest& request);

/// `RunFacts::source` as JSON and back. A text that is no source of an import gives nothing.
std::string to_json(const ImportedFrom& source);
std::optional<ImportedFrom> imported_from(const std::string& source);

/// The newest whole run that was imported from the same bytes with the same options; empty: there is none.
Result<std::string> same_import(const Store& store, const ForeignFacts& facts, const ImportRequest& request);

/// Evaluates the run, closes it and keeps the report. Errors: storage, malformed; then it is not closed.
Result<Evaluation> conclude_import(Store& store, const std::string& run);

}  // namespace jr
