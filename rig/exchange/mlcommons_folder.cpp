// The files of an MLCommons session on the disk.
// Never reads what is in them: mlcommons.cpp does.
#include <filesystem>
#include <fstream>

#include "rig/exchange/mlcommons.hpp"
#include "rig/exchange/source_file.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;

/// results.json itself, or the one in the folder that was named; another file of the session leads to it as well.
Result<fs::path> results_at(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored) && path.extension() == ".json") return path;
  const fs::path folder = fs::is_directory(path, ignored) ? path : path.parent_path();
  for (const fs::path& file : {folder / "results.json", folder / "energy" / "results.json"})
    if (fs::is_regular_file(file, ignored)) return file;
  return fail(Trouble::not_found, "There is no results.json at " + path.string() +
                                      ": name it, or the folder of the session that holds it.");
}

Result<void> read_mlcommons_folder(const std::string& path, const ImportOptions& options, ForeignSink& sink) {
  const auto results = results_at(path);
  if (!results) return Failure(results.error());
  const fs::path folder = results->parent_path();
  MlcommonsSession session;
  std::ifstream json, log;
  if (auto opened = open_source(*results, json, session.files); !opened) return opened;
  session.results = &json;
  std::error_code ignored;
  if (fs::is_regular_file(folder / "log.txt", ignored)) {
    if (auto opened = open_source(folder / "log.txt", log, session.files); !opened) return opened;
    session.log = &log;
  }
  return read_mlcommons(session, options, sink);
}

const ImporterRegistration kMlcommons({"mlcommons", "results.json of the MLCommons runner's energy mode, or its session folder", read_mlcommons_folder});

}  // namespace
}  // namespace jr
