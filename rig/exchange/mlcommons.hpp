// A session of the MLCommons runner: results.json with the energy samples of each trial and its events.
// Facts: mlcommons/tiny, benchmark/runner (main.py, script.py), and mlcommons/tiny_results_v1.3. Never holds the file.
#pragma once

#include <istream>
#include <vector>

#include "rig/exchange/trace.hpp"

namespace jr {

struct MlcommonsSession {
  std::istream* results{};  ///< required, seekable: results.json
  std::istream* log{};      ///< log.txt, for the names of board and model; may be null
  std::vector<SourceFile> files;
};

/// The file is an array of trials {infer: {iterations}, power: {samples: [joule in 1 ms], timestamps: [[counter,
/// samples so far]], voltage}, mode: "e"}. The window of a trial are the samples between its last two events. The
/// trials follow one another without a break: the runner's stream goes on while it loads the next input. A sample
/// that is NaN or null is missing. Uses options.inferences and options.supply_V. Errors: malformed, usage, those of
/// the sink.
Result<void> read_mlcommons(MlcommonsSession& session, const ImportOptions& options, ForeignSink& sink);

}  // namespace jr
