// A run out of the store into a bundle, entry by entry, piece by piece.
// Never writes what it could not read whole: a damaged chunk ends the export with its name.
#include <cstring>
#include <set>

#include "rig/core/host_clock.hpp"
#include "rig/exchange/bundle.hpp"
#include "rig/exchange/bundle_documents.hpp"
#include "rig/store/origin.hpp"

namespace jr {
namespace {

using namespace bundle;

constexpr std::uint64_t kPieceSamples = 1 << 16;
constexpr std::size_t kPieceAnchors = 4096;

template <class T>
void append_bytes(std::string& into, const T* values, std::size_t count) {
  into.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

/// One stream of the run, as all of its entries need it.
struct StreamSource {
  const Store& store;
  std::string run;
  int stream;
  StreamDocument document;

  bool of_values() const { return !document.facts.channels.empty(); }
  std::string folder() const { return "streams/" + std::to_string(stream) + "/"; }

  /// Codes or values of the next piece behind `at`, which moves on.
  Result<Stretch> codes_after(std::uint64_t& at) const {
    const std::uint64_t end = std::min(at + kPieceSamples, document.samples);
    auto piece = store.samples_between(run, stream, at, end);
    if (piece && piece->codes.size() != end - at) return missing(at, end);
    at = end;
    return piece;
  }
  Result<ValueStretch> values_after(std::uint64_t& at) const {
    const std::uint64_t end = std::min(at + kPieceSamples, document.samples);
    auto piece = store.values_between(run, stream, at, end);
    if (!piece) return piece;
    for (const auto& channel : piece->channels)
      if (channel.size() != end - at) return missing(at, end);
    if (piece->channels.size() != document.facts.channels.size()) return missing(at, end);
    at = end;
    return piece;
  }
  Failure missing(std::uint64_t from, std::uint64_t to) const {
    return fail(Trouble::not_found, "Samples " + std::to_string(from) + " to " + std::to_string(to) + " of run " + run +
                                        " are not all stored, and a bundle holds the whole of a run: joulerig store "
                                        "check says what is damaged.");
  }
};

Fill codes_of(const StreamSource& source) {
  return [source, at = std::uint64_t{0}](std::string& into) mutable -> Result<bool> {
    if (at == source.document.samples) return false;
    const auto piece = source.codes_after(at);
    if (!piece) return Failure(piece.error());
    append_bytes(into, piece->codes.data(), piece->codes.size());
    return true;
  };
}

Fill values_of(const StreamSource& source) {
  return [source, at = std::uint64_t{0}](std::string& into) mutable -> Result<bool> {
    if (at == source.document.samples) return false;
    const auto piece = source.values_after(at);
    if (!piece) return Failure(piece.error());
    for (std::size_t i = 0; i < piece->channels.front().size(); ++i)
      for (const auto& channel : piece->channels) append_bytes(into, &channel[i], 1);
    return true;
  };
}

/// Puts neighbouring equal values into one run, across pieces.
class RunJoiner {
 public:
  void add(std::uint64_t first, std::span<const std::uint8_t> values, std::string& into) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (run_.samples && values[i] == run_.value) {
        ++run_.samples;
        continue;
      }
      finish(into);
      run_ = {first + i, 1, values[i]};
    }
  }
  void finish(std::string& into) {
    if (run_.samples) into += line_of(run_);
    run_ = {};
  }

 private:
  ValueRun run_;
};

/// `pick`: ranges or lines of a piece. A piece without lines has none: a stream of values may lack them.
template <class Next, class Pick>
Fill runs_of(const StreamSource& source, Next next, Pick pick) {
  return [source, next, pick, at = std::uint64_t{0}, begun = false, joiner = RunJoiner()](std::string& into) mutable -> Result<bool> {
    if (!std::exchange(begun, true)) into += std::string(kRunsHeading) + "\n";
    if (at == source.document.samples) {
      joiner.finish(into);
      return false;
    }
    const std::uint64_t first = at;
    const auto piece = next(source, at);
    if (!piece) return Failure(piece.error());
    joiner.add(first, pick(*piece), into);
    return true;
  };
}

Fill anchors_of(const StreamSource& source) {
  return [source, from = std::uint64_t{0}, begun = false](std::string& into) mutable -> Result<bool> {
    if (!std::exchange(begun, true)) into += std::string(kAnchorsHeading) + "\n";
    const auto anchors = source.store.anchors(source.run, source.stream, from, kPieceAnchors);
    if (!anchors) return Failure(anchors.error());
    for (const HostAnchor& anchor : *anchors) into += line_of(anchor);
    if (anchors->empty()) return false;
    from = anchors->back().ordinal + 1;
    return true;
  };
}

/// Rows that are read at once, but written as lines only when their turn comes.
template <class Read>
Fill lines_of(Read read) {
  return [read, done = false](std::string& into) mutable -> Result<bool> {
    if (std::exchange(done, true)) return false;
    if (Result<void> written = read(into); !written) return Failure(written.error());
    return true;
  };
}

Result<StreamSource> stream_source(const Store& store, const std::string& run, int stream) {
  auto facts = store.stream(run, stream);
  if (!facts) return Failure(facts.error());
  const auto samples = store.samples(run, stream);
  if (!samples) return Failure(samples.error());
  const auto dropped = store.dropped(run);
  if (!dropped) return Failure(dropped.error());
  StreamSource source{store, run, stream, {std::move(*facts), *samples, {}}};
  for (const DroppedRow& row : *dropped)
    if (row.stream == stream) source.document.dropped = row, source.document.samples = 0;
  return source;
}

void add_stream(ArchiveWriter& archive, const StreamSource& source) {
  const std::string folder = source.folder();
  archive.add(folder + "stream.json", stream_text(source.document));
  archive.add(folder + "gaps.csv", lines_of([source](std::string& into) -> Result<void> {
                const auto gaps = source.store.gaps(source.run, source.stream);
                if (!gaps) return Failure(gaps.error());
                into += std::string(kGapsHeading) + "\n";
                for (const Gap& gap : *gaps) into += line_of(gap);
                return {};
              }));
  if (source.document.dropped) return;
  archive.add(folder + "anchors.csv", anchors_of(source));
  if (source.of_values()) {
    const auto next = [](const StreamSource& s, std::uint64_t& at) { return s.values_after(at); };
    archive.add(folder + "values.f64", values_of(source));
    archive.add(folder + "lines.csv", runs_of(source, next, [](const ValueStretch& v) { return std::span(v.lines); }));
    return;
  }
  const auto next = [](const StreamSource& s, std::uint64_t& at) { return s.codes_after(at); };
  archive.add(folder + "codes.u16", codes_of(source));
  archive.add(folder + "ranges.csv", runs_of(source, next, [](const Stretch& s) { return std::span(s.ranges); }));
  archive.add(folder + "lines.csv", runs_of(source, next, [](const Stretch& s) { return std::span(s.lines); }));
}

Result<void> add_streams(ArchiveWriter& archive, const Store& store, const std::string& run) {
  const auto count = store.streams(run);
  if (!count) return Failure(count.error());
  for (int stream = 0; stream < *count; ++stream) {
    auto source = stream_source(store, run, stream);
    if (!source) return Failure(source.error());
    add_stream(archive, *source);
  }
  archive.add("windows.jsonl", lines_of([&store, run, streams = *count](std::string& into) -> Result<void> {
                for (int stream = 0; stream < streams; ++stream) {
                  const auto windows = store.windows(run, stream);
                  if (!windows) return Failure(windows.error());
                  for (const WindowRow& row : *windows) into += window_line(row) + "\n";
                }
                return {};
              }));
  return {};
}

Result<void> add_words(ArchiveWriter& archive, const Store& store, const std::string& run) {
  const auto attempts = store.attempts(run);
  if (!attempts) return Failure(attempts.error());
  std::string lines;
  for (const AttemptRow& row : *attempts) lines += attempt_line(row) + "\n";
  archive.add("attempts.jsonl", std::move(lines));
  archive.add("conversation.jsonl", lines_of([&store, run](std::string& into) -> Result<void> {
                const auto words = store.conversation(run);
                if (!words) return Failure(words.error());
                for (const ConversationRow& row : *words) into += conversation_line(row) + "\n";
                return {};
              }));
  return {};
}

/// The reports, and the bench calibrations that they rest on, as far as they are kept here.
Result<void> add_results(ArchiveWriter& archive, const Store& store, const std::string& run) {
  const auto results = store.results(run);
  if (!results) return Failure(results.error());
  archive.add("results.json", results_text(*results));
  std::set<std::string> used;
  for (std::size_t k = 0; k < results->size(); ++k) {
    archive.add("results/" + std::to_string(k + 1) + ".json", (*results)[k].json);
    used.insert((*results)[k].calibration);
  }
  for (const std::string& id : used) {
    if (id.size() != 64) continue;  // a card, or none
    const auto calibration = store.calibration(id);
    if (calibration) archive.add("calibrations/" + id + ".json", calibration_text(*calibration));
    else if (calibration.error().trouble != Trouble::not_found) return Failure(calibration.error());
  }
  const auto truth = store.truth(run);
  if (!truth) return Failure(truth.error());
  if (truth->has_value()) archive.add("truth.json", **truth);
  return {};
}

}  // namespace

Result<void> write_bundle(const Store& store, const std::string& run, const std::string& path, const std::string& tool_version) {
  auto row = store.run(run);
  if (!row) return Failure(row.error());
  if (row->state != "closed" && row->state != "interrupted")
    return fail(Trouble::refused, "Run " + run + " is still going on: make its bundle when it has ended.");
  const auto notes = store.notes(run);
  if (!notes) return Failure(notes.error());
  const Origin origin = origin_of(*row);
  RunRow original = *row;
  original.id = origin.run;
  original.sequence = std::atoll(origin.run.substr(origin.run.rfind('-') + 1).c_str());
  original.facts.source = origin.source;
  ArchiveWriter archive;
  archive.add("run.json", run_text(original));
  archive.add("plan.toml", row->facts.plan);
  archive.add("bench.toml", row->facts.bench_file);
  archive.add("environment.json", row->facts.environment);
  archive.add("firmware.json", row->facts.firmware);
  archive.add("labels.json", labels_text({row->tags, *notes}));
  if (auto added = add_words(archive, store, run); !added) return added;
  if (auto added = add_results(archive, store, run); !added) return added;
  if (auto added = add_streams(archive, store, run); !added) return added;
  const std::string finished = iso_utc(row->finished_ms);
  return archive.write(path, kManifestName, [&](const std::vector<Entry>& entries) {
    return to_text(Manifest{tool_version, origin.run, finished, entries});
  });
}

}  // namespace jr
