// The files of a session on the disk, whatever their round called them.
// Never reads what is in them: energyrunner.cpp does.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "rig/exchange/energyrunner.hpp"
#include "rig/exchange/source_file.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 10'000;
constexpr int kSessionDepth = 3;  // "kws/energy/session/"

bool ends_with(const fs::path& file, const std::string& end) { return file.filename().string().ends_with(end); }

/// Regular files below `folder` down to so many folders, in alphabetical order.
std::vector<fs::path> files_below(const fs::path& folder, int deepest) {
  std::vector<fs::path> files;
  std::error_code error;
  auto at = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator() && files.size() < kMostFiles; at.increment(error)) {
    if (at.depth() >= deepest) at.disable_recursion_pending();
    if (at->is_regular_file(error)) files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> those_with(const std::vector<fs::path>& files, const std::string& end) {
  std::vector<fs::path> found;
  std::copy_if(files.begin(), files.end(), std::back_inserter(found), [&](const fs::path& file) { return ends_with(file, end); });
  return found;
}

Failure several(const fs::path& where, const std::vector<fs::path>& found) {
  std::string names;
  for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 4); ++i)
    names += (i ? ", " : "") + fs::relative(found[i], where).string();
  return fail(Trouble::usage, "There are " + std::to_string(found.size()) + " energy traces below " + where.string() + " (" +
                                  names + (found.size() > 4 ? ", …" : "") + "): name one of them.");
}

/// The trace that `path` means: itself, the one of its folder, or the only one below.
Result<fs::path> trace_at(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored) && path.extension() == ".bin") return path;
  const bool is_file = fs::is_regular_file(path, ignored);
  if (!is_file && !fs::is_directory(path, ignored))
    return fail(Trouble::not_found, "There is no session at " + path.string() + ": name its folder or one of its files.");
  const fs::path folder = !is_file ? path : path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const int depth : {0, kSessionDepth}) {
    const auto files = files_below(folder, depth);
    auto found = those_with(files, "-energy.bin");
    if (found.empty() && depth == 0) found = those_with(files, ".bin");
    if (found.size() > 1) return several(folder, found);
    if (found.size() == 1) return found.front();
    if (is_file) break;
  }
  return fail(Trouble::not_found, "There is no energy trace in " + folder.string() + ": a session has a file whose name ends in -energy.bin.");
}

struct SessionFiles { fs::path trace, timestamps, results, log; };

SessionFiles files_beside(const fs::path& trace) {
  const fs::path folder = trace.has_parent_path() ? trace.parent_path() : fs::path(".");
  const auto files = files_below(folder, 0);
  SessionFiles session{trace, {}, {}, {}};
  std::string stem = trace.filename().string();
  if (stem.ends_with("-energy.bin")) stem.resize(stem.size() - std::string("-energy.bin").size());
  const auto only = [](const std::vector<fs::path>& found) { return found.size() == 1 ? found.front() : fs::path(); };
  const auto named = [&](const std::string& name) {
    const auto at = std::find_if(files.begin(), files.end(), [&](const fs::path& file) { return file.filename() == name; });
    return at == files.end() ? fs::path() : *at;
  };
  session.timestamps = named(stem + "-timestamps.json");
  if (session.timestamps.empty()) session.timestamps = only(those_with(files, "timestamps.json"));
  session.results = named("results.txt");
  if (session.results.empty()) session.results = only(those_with(files, "results.txt"));
  session.log = named("log.txt");
  if (session.log.empty()) session.log = only(those_with(files, "log.txt"));
  return session;
}

Result<void> read_energyrunner_folder(const std::string& path, const ImportOptions& options, ForeignSink& sink) {
  const auto trace = trace_at(path);
  if (!trace) return Failure(trace.error());
  const SessionFiles files = files_beside(*trace);
  EnergyRunnerSession session;
  std::ifstream open_files[4];
  const fs::path* paths[] = {&files.trace, &files.timestamps, &files.results, &files.log};
  std::istream** streams[] = {&session.trace, &session.timestamps, &session.results, &session.log};
  for (std::size_t i = 0; i < 4; ++i) {
    if (auto opened = open_source(*paths[i], open_files[i], session.files); !opened) return opened;
    if (open_files[i].is_open()) *streams[i] = &open_files[i];
  }
  return read_energyrunner(session, options, sink);
}

const ImporterRegistration kEnergyRunner({"energyrunner",
                                          "a session folder of EEMBC's EnergyRunner (energy trace, timestamps, results.txt), or one of its files",
                                          read_energyrunner_folder});

}  // namespace
}  // namespace jr
