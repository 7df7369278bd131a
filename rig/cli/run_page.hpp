// A run as a person wants to read it: the number first, then its doubt, its windows and its trace.
#pragma once

#include <filesystem>
#include <string>

#include "rig/run/evaluation.hpp"
#include "rig/store/store.hpp"

namespace jr::cli {

/// The page that `measure` and `show` print. Reads samples of one window from the store for the plot.
std::string run_page(const Store& store, const Evaluation& evaluation, const std::string& truth);

/// What a record says as a whole: mean current, charge, duration; of a trace that was dropped what its stored report
/// says. Empty for runs of other kinds, and without samples.
std::string trace_lines(const Store& store, const Evaluation& evaluation);

/// `--db`, or the default when it is empty.
std::filesystem::path database_named(const std::string& db);

/// Opens `--db` or the default; removes imports that were cut off, marks runs that died as interrupted and says so on standard error.
Result<std::unique_ptr<Store>> open_store(const std::string& db);

}  // namespace jr::cli
