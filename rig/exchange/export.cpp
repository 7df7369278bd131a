// The table of writers, and what all of them have in common: a temporary name, a sync, a rename, a provenance.
// Never knows a format.
#include "rig/exchange/export.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include "rig/core/host_clock.hpp"
#include "rig/core/nearest.hpp"
#include "rig/exchange/output_file.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;

std::vector<Exporter>& table() {
  static std::vector<Exporter> known;
  return known;
}

std::string number(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string choices() {
  std::string list;
  for (const Exporter& exporter : table()) list += (list.empty() ? "" : ", ") + std::string(exporter.format) + " (" + exporter.endings + ")";
  return list;
}

/// Removes the temporary file, and whatever a library left beside it, unless it was renamed away.
struct Unfinished {
  fs::path path;
  bool kept{};
  ~Unfinished() {
    std::error_code ignored;
    if (!kept) fs::remove(path, ignored);
  }
};

/// Beside the file, hidden, with the same ending; its number keeps two exports at once apart.
fs::path temporary_for(const fs::path& path) {
  return path.parent_path() / ("." + std::to_string(::getpid()) + ".unfinished." + path.filename().string());
}

/// Opens it for a moment, so that a folder that does not let us is known before an hour of work.
Result<void> probe(const fs::path& temporary, const fs::path& path) {
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return cannot_write(path, errno);
  ::close(descriptor);
  std::error_code ignored;
  fs::remove(temporary, ignored);
  return {};
}

Result<void> settle(const fs::path& temporary, const fs::path& path) {
  const int descriptor = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return cannot_write(path, errno);
  const int synced = ::fsync(descriptor), error = errno;
  ::close(descriptor);
  if (synced != 0) return cannot_write(path, error);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return cannot_write(path, errno);
  return {};
}

}  // namespace

ExporterRegistration::ExporterRegistration(const Exporter& exporter) {
  const auto place = std::upper_bound(table().begin(), table().end(), exporter,
                                      [](const Exporter& a, const Exporter& b) { return std::strcmp(a.format, b.format) < 0; });
  table().insert(place, exporter);
}

const std::vector<Exporter>& exporters() { return table(); }

Result<Exporter> exporter_named(const std::string& format) {
  std::vector<std::string> known;
  for (const Exporter& exporter : table()) {
    if (format == exporter.format) return exporter;
    known.emplace_back(exporter.format);
  }
  const auto close = nearest(format, known);
  return fail(Trouble::usage, "There is no export format '" + format + "'" + (close ? "; did you mean '" + *close + "'?" : ".") + " There is: " + choices() + ".");
}

Result<Exporter> exporter_for(const fs::path& path) {
  const std::string name = path.filename().string();
  const Exporter* best = nullptr;
  std::size_t longest = 0;
  for (const Exporter& exporter : table()) {
    std::istringstream endings(exporter.endings);
    for (std::string ending; endings >> ending;)
      if (name.ends_with(ending) && ending.size() > longest) best = &exporter, longest = ending.size();
  }
  if (best) return *best;
  return fail(Trouble::usage, "The ending of " + name + " tells no format: give one with --format. There is: " + choices() + ".");
}

Result<Exported> export_run(const Store& store, const ViewRequest& request, const Exporter& exporter,
                            const fs::path& path, bool overwrite) {
  if (auto fine = check_output(path, overwrite); !fine) return Failure(fine.error());
  std::error_code ignored;
  Unfinished unfinished{temporary_for(path)};
  if (auto writable = probe(unfinished.path, path); !writable) return Failure(writable.error());
  errno = 0;
  auto exported = exporter.write(store, request, unfinished.path);
  if (!exported) return exported;
  exported->bytes = fs::file_size(unfinished.path, ignored);
  if (auto settled = settle(unfinished.path, path); !settled) return Failure(settled.error());
  unfinished.kept = true;
  return exported;
}

std::vector<std::pair<std::string, std::string>> provenance(const ViewFacts& facts) {
  const StreamFacts& stream = facts.stream;
  std::vector<std::pair<std::string, std::string>> pairs{
      {"run", facts.run.id},
      {"stream", std::to_string(facts.request.stream)},
      {"instrument", stream.kind + (stream.serial.empty() ? "" : " " + stream.serial)},
      {"period_s", number(facts.period_s)},
      {"first_sample", std::to_string(facts.first)}};
  const auto add = [&](bool applies, const char* key, const std::string& text) {
    if (applies) pairs.emplace_back(key, text);
  };
  add(facts.run.facts.started_ms != 0, "started_utc", iso_utc(facts.run.facts.started_ms));
  add(facts.request.supply.value > 0, "supply_V", number(facts.request.supply.value));
  if (stream.channels.empty()) {
    add(true, "calibration_id", facts.request.calibration_id.empty() ? "none: the instrument's own coefficients" : facts.request.calibration_id);
    add(!facts.request.calibration_kind.empty(), "calibration_kind", facts.request.calibration_kind);
  } else {
    add(true, "calibration_id", "none: the values are as they were recorded");
  }
  add(facts.run.facts.simulated, "simulated", "yes: made on a virtual bench, no property of a chip");
  add(!facts.run.facts.source.empty(), "imported", facts.run.facts.source);
  add(facts.run.suspect || !facts.run.recalled.empty(), "suspect", facts.run.recalled.empty() ? "yes" : facts.run.recalled);
  return pairs;
}

}  // namespace jr
