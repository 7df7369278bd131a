// A bundle into the store: everything is verified first, then taken in under a name that nobody sees as a run yet.
// Never leaves a part of a bundle behind, and never takes the bundle's word for how much is to come.
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "calibration/calibration.hpp"
#include "rig/exchange/bundle.hpp"
#include "rig/exchange/bundle_contents.hpp"
#include "rig/exchange/bundle_samples.hpp"

namespace jr {
namespace {

using namespace bundle;

/// A run on its way in; gone again unless it was finished.
class Arrival {
 public:
  static Result<Arrival> begin(Store& store, const RunRow& row) {
    auto run = store.begin_arrival(row);
    if (!run) return Failure(run.error());
    return Arrival(store, *run);
  }
  Arrival(Arrival&& other) noexcept : store_(other.store_), run_(std::exchange(other.run_, "")) {}
  ~Arrival() {
    if (!run_.empty()) (void)store_.remove_arrival(run_);  // what cannot be removed now, the next start removes
  }
  Result<void> finish(const RunRow& row) {
    auto finished = store_.finish_arrival(run_, row);
    if (finished) run_.clear();
    return finished;
  }
  const std::string& run() const { return run_; }

 private:
  Arrival(Store& store, std::string run) : store_(store), run_(std::move(run)) {}
  Store& store_;
  std::string run_;
};

std::string source_of(const Contents& contents, const std::string& file_name, const std::string& sha256, std::uintmax_t bytes) {
  return nlohmann::ordered_json{{"format", "bundle"},
                                {"files", {{{"name", file_name}, {"sha256", sha256}, {"bytes", bytes}}}},
                                {"run", contents.row.id},
                                {"tool_version", contents.manifest.tool_version},
                                {"source", contents.row.facts.source}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// The run that this very file was taken in as; empty: it was not.
Result<std::string> here_already(const Store& store, const std::string& sha256) {
  const auto runs = store.runs();
  if (!runs) return Failure(runs.error());
  for (const RunRow& row : *runs) {
    const auto source = nlohmann::json::parse(row.facts.source, nullptr, false);
    if (!source.is_object() || !source.contains("files") || !source["files"].is_array()) continue;
    for (const auto& file : source["files"])
      if (file.is_object() && file.contains("sha256") && file["sha256"] == sha256) return row.id;
  }
  return std::string();
}

Result<void> take_in_calibrations(Store& store, const Contents& contents) {
  for (const CalibrationRow& row : contents.calibrations)
    if (auto taken = store.take_in_calibration(row, "came with the bundle of run " + contents.row.id); !taken) return taken;
  return {};
}

/// Batches of rows into the store: one call for many lines.
template <class Row, class Parse, class Keep>
Result<void> take_in_lines(const Contents& contents, const std::string& name, Parse parse, Keep keep) {
  constexpr std::size_t kBatch = 4096;
  std::vector<Row> batch;
  auto taken = contents.each_line(name, [&](const std::string& line) -> Result<void> {
    auto row = parse(line);
    if (!row) return Failure(row.error());
    batch.push_back(std::move(*row));
    if (batch.size() < kBatch) return {};
    return keep(std::exchange(batch, {}));
  });
  if (!taken) return taken;
  return keep(batch);
}

Result<void> take_in_rows(Store& store, const std::string& run, const Contents& contents) {
  auto attempts = take_in_lines<AttemptRow>(contents, "attempts.jsonl", attempt_from, [&](const std::vector<AttemptRow>& rows) -> Result<void> {
    for (const AttemptRow& row : rows)
      if (auto kept = store.note_attempt(run, row); !kept) return kept;
    return {};
  });
  if (!attempts) return attempts;
  auto windows = take_in_lines<WindowRow>(contents, "windows.jsonl", [&](const std::string& line) { return contents.window(line); }, [&](const std::vector<WindowRow>& rows) -> Result<void> {
    for (const WindowRow& row : rows)
      if (auto kept = store.add_window(run, row.stream, row); !kept) return kept;
    return {};
  });
  if (!windows) return windows;
  return take_in_lines<ConversationRow>(contents, "conversation.jsonl", conversation_from,
                                        [&](const std::vector<ConversationRow>& rows) { return store.add_conversation(run, rows); });
}

Result<void> take_in_stream(Store& store, const std::string& run, int number, const Contents& contents) {
  const StreamDocument& stream = contents.streams[static_cast<std::size_t>(number)];
  const auto added = store.add_stream(run, stream.facts);
  if (!added) return Failure(added.error());
  if (stream.dropped) {
    DroppedRow dropped = *stream.dropped;
    dropped.stream = number;
    if (auto noted = store.note_dropped(run, dropped); !noted) return noted;
  } else if (auto samples = take_in_samples(store, run, number, contents); !samples) {
    return samples;
  }
  std::vector<Gap> gaps;
  auto read = contents.each_csv_line(contents.folder(number) + "gaps.csv", kGapsHeading, [&](const std::string& line) -> Result<void> {
    const auto gap = gap_from(line);
    if (!gap) return Failure(gap.error());
    gaps.push_back(*gap);
    return {};
  });
  if (!read) return read;
  return store.set_gaps(run, number, gaps);
}

Result<void> take_in(Store& store, const std::string& run, const Contents& contents) {
  for (int stream = 0; stream < static_cast<int>(contents.streams.size()); ++stream)
    if (auto taken = take_in_stream(store, run, stream, contents); !taken) return taken;
  if (auto taken = take_in_rows(store, run, contents); !taken) return taken;
  if (auto taken = take_in_calibrations(store, contents); !taken) return taken;
  if (auto kept = store.restore_results(run, contents.results); !kept) return kept;
  if (contents.truth)
    if (auto kept = store.add_truth(run, *contents.truth); !kept) return kept;
  if (auto tagged = store.tag(run, contents.labels.tags, {}); !tagged) return tagged;
  for (const NoteRow& note : contents.labels.notes)
    if (auto noted = store.add_note(run, note); !noted) return noted;
  return {};
}

}  // namespace

Result<BundleImported> read_bundle(Store& store, const std::string& path, const BundleOptions& options) {
  auto archive = Archive::open(path);
  if (!archive) return Failure(archive.error());
  auto contents = Contents::read(*archive);
  if (!contents) return Failure(contents.error());
  if (auto whole = contents->verify(); !whole) return Failure(whole.error());
  const auto sha256 = sha256_of_file(path);
  if (!sha256) return Failure(sha256.error());
  const auto same = here_already(store, *sha256);
  if (!same) return Failure(same.error());
  if (!same->empty() && !options.again)
    return fail(Trouble::refused, "The bundle " + path + " is here already, as run " + *same + ": joulerig show " + *same +
                                      ", or --again to take it in once more.");
  std::error_code ignored;
  RunRow row = contents->row;
  row.facts.source = source_of(*contents, std::filesystem::path(path).filename().string(), *sha256,
                               std::filesystem::file_size(path, ignored));
  auto arrival = Arrival::begin(store, row);
  if (!arrival) return Failure(arrival.error());
  const std::string run = arrival->run();
  if (auto taken = take_in(store, run, *contents); !taken) return Failure(taken.error());
  if (auto finished = arrival->finish(row); !finished) return Failure(finished.error());
  return BundleImported{run, contents->row.id, contents->manifest.tool_version};
}

namespace {

Result<void> check(const Result<Archive>& archive) {
  if (!archive) return Failure(archive.error());
  auto contents = Contents::read(*archive);
  if (!contents) return Failure(contents.error());
  if (auto whole = contents->verify(); !whole) return whole;
  return contents->fits();
}

}  // namespace

Result<void> check_bundle(const std::string& path) { return check(Archive::open(path)); }

Result<void> check_bundle(std::span<const std::byte> bytes, const std::string& name) {
  return check(Archive::open(bytes, name));
}

}  // namespace jr
