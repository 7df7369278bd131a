// The list of what must be in a bundle, and of what may. Anything else is refused: what is not understood is not lost.
#include "rig/exchange/bundle_contents.hpp"

#include <algorithm>
#include <set>

#include "calibration/calibration.hpp"
#include "rig/exchange/bundle_samples.hpp"

namespace jr::bundle {
namespace {

constexpr std::size_t kMostStreams = 10'000;
constexpr const char* kRunEntries[] = {"run.json", "plan.toml", "bench.toml", "environment.json", "firmware.json",
                                       "labels.json", "attempts.jsonl", "windows.jsonl", "conversation.jsonl",
                                       "results.json"};

/// The entries that a stream must have.
std::vector<std::string> stream_entries(int number, const StreamDocument& stream) {
  std::vector<std::string> names{"stream.json", "gaps.csv"};
  if (!stream.dropped) names.insert(names.end(), {"anchors.csv", "lines.csv"});
  if (!stream.dropped && stream.facts.channels.empty()) names.insert(names.end(), {"codes.u16", "ranges.csv"});
  if (!stream.dropped && !stream.facts.channels.empty()) names.push_back("values.f64");
  for (std::string& name : names) name.insert(0, Contents::folder(number));
  return names;
}

}  // namespace

const Entry* Contents::entry(const std::string& name) const {
  const auto found = std::find_if(manifest.entries.begin(), manifest.entries.end(), [&](const Entry& e) { return e.name == name; });
  return found == manifest.entries.end() ? nullptr : &*found;
}

Failure Contents::senseless(const std::string& name, const std::string& why, std::uint64_t line) const {
  return fail(Trouble::malformed, "The entry '" + name + "' of " + archive_->path() + " makes no sense here" +
                                      (line ? " (line " + std::to_string(line) + ")" : "") + ": " + why +
                                      ". Was it made by another program?");
}

Failure Contents::senseless(const std::string& name, const Error& why, std::uint64_t line) const {
  if (why.trouble == Trouble::malformed && !why.message.ends_with('.')) return senseless(name, why.message, line);
  return Failure(why);  // a sentence already: of the store, or of the archive
}

Result<EntryReader> Contents::open(const std::string& name) const {
  if (const Entry* known = entry(name)) return archive_->read(*known);
  return fail(Trouble::malformed, "The bundle " + archive_->path() + " lacks its entry '" + name + "': ask for a whole copy.");
}

Result<std::string> Contents::text(const std::string& name) const {
  if (const Entry* known = entry(name)) return archive_->text(*known);
  return fail(Trouble::malformed, "The bundle " + archive_->path() + " lacks its entry '" + name + "': ask for a whole copy.");
}

template <class Parse>
auto Contents::document(const std::string& name, Parse parse) const -> decltype(parse(std::string())) {
  const auto bytes = text(name);
  if (!bytes) return Failure(bytes.error());
  auto row = parse(*bytes);
  if (!row) return senseless(name, row.error());
  return row;
}

Result<void> Contents::each_line(const std::string& name, const std::function<Result<void>(const std::string&)>& take) const {
  auto reader = open(name);
  if (!reader) return Failure(reader.error());
  LineReader lines(std::move(*reader));
  std::string line;
  while (true) {
    const auto more = lines.next(line);
    if (!more) return Failure(more.error());
    if (!*more) return {};
    if (auto taken = take(line); !taken) return senseless(name, taken.error(), lines.number());
  }
}

Result<void> Contents::each_csv_line(const std::string& name, const std::string& heading,
                                     const std::function<Result<void>(const std::string&)>& take) const {
  bool begun = false;
  auto read = each_line(name, [&](const std::string& line) -> Result<void> {
    if (std::exchange(begun, true)) return take(line);
    if (line != heading) return fail(Trouble::malformed, "its heading is not '" + heading + "'");
    return {};
  });
  if (read && !begun) return senseless(name, "it has no heading");
  return read;
}

Result<void> Contents::read_manifest() {
  const auto text = archive_->unverified_text(kManifestName);
  if (!text) return Failure(text.error());
  auto parsed = manifest_from(*text);
  if (!parsed && parsed.error().trouble == Trouble::unsupported)
    return fail(Trouble::unsupported, "The bundle " + archive_->path() + " cannot be read: " + parsed.error().message + ".");
  if (!parsed) return senseless(kManifestName, parsed.error());
  manifest = std::move(*parsed);
  std::set<std::string> listed{kManifestName};
  for (const Entry& known : manifest.entries) listed.insert(known.name);
  const std::set<std::string> there(archive_->names().begin(), archive_->names().end());
  for (const std::string& name : listed)
    if (!there.contains(name))
      return fail(Trouble::malformed, "The bundle " + archive_->path() + " lacks its entry '" + name + "': ask for a whole copy.");
  for (const std::string& name : there)
    if (!listed.contains(name))
      return fail(Trouble::malformed, "The bundle " + archive_->path() + " holds '" + name +
                                          "', which its manifest does not list: somebody put it there afterwards.");
  return {};
}

Result<void> Contents::read_run() {
  auto parsed = document("run.json", run_from);
  if (!parsed) return Failure(parsed.error());
  row = std::move(*parsed);
  if (row.id != manifest.run) return senseless(kManifestName, "it is the manifest of run " + manifest.run);
  for (auto [name, into] : {std::pair{"plan.toml", &row.facts.plan}, {"bench.toml", &row.facts.bench_file},
                            {"environment.json", &row.facts.environment}, {"firmware.json", &row.facts.firmware}}) {
    auto bytes = text(name);
    if (!bytes) return Failure(bytes.error());
    *into = std::move(*bytes);
  }
  auto marks = document("labels.json", labels_from);
  if (!marks) return Failure(marks.error());
  labels = std::move(*marks);
  return {};
}

Result<void> Contents::read_streams() {
  while (entry(folder(static_cast<int>(streams.size())) + "stream.json")) {
    if (streams.size() == kMostStreams) return senseless(kManifestName, "it lists more streams than a run has");
    auto stream = document(folder(static_cast<int>(streams.size())) + "stream.json", stream_from);
    if (!stream) return Failure(stream.error());
    streams.push_back(std::move(*stream));
  }
  return {};
}

Result<void> Contents::read_results() {
  auto list = document("results.json", results_from);
  if (!list) return Failure(list.error());
  results = std::move(*list);
  for (std::size_t k = 0; k < results.size(); ++k) {
    auto report = text("results/" + std::to_string(k + 1) + ".json");
    if (!report) return Failure(report.error());
    results[k].json = std::move(*report);
  }
  if (!entry("truth.json")) return {};
  auto ledger = text("truth.json");
  if (!ledger) return Failure(ledger.error());
  truth = std::move(*ledger);
  return {};
}

Result<void> Contents::read_calibrations() {
  for (const Entry& known : manifest.entries) {
    if (!known.name.starts_with("calibrations/")) continue;
    auto parsed = document(known.name, calibration_row_from);
    if (!parsed) return Failure(parsed.error());
    if (known.name != "calibrations/" + parsed->id + ".json") return senseless(known.name, "it is calibration " + parsed->id);
    const auto calibration = calibration_from(parsed->text);
    if (!calibration) return senseless(known.name, "its text is no calibration, or was tampered with");
    if (calibration->id != parsed->id || calibration->instrument.kind != parsed->kind ||
        calibration->instrument.serial != parsed->serial || calibration->reference.certificate != parsed->certificate)
      return senseless(known.name, "its text says something else than its row");
    calibrations.push_back(std::move(*parsed));
  }
  return {};
}

Result<void> Contents::nothing_unknown() const {
  std::set<std::string> known{"truth.json"};
  known.insert(std::begin(kRunEntries), std::end(kRunEntries));
  for (std::size_t k = 0; k < results.size(); ++k) known.insert("results/" + std::to_string(k + 1) + ".json");
  for (const CalibrationRow& c : calibrations) known.insert("calibrations/" + c.id + ".json");
  for (std::size_t s = 0; s < streams.size(); ++s)
    for (std::string& name : stream_entries(static_cast<int>(s), streams[s])) known.insert(std::move(name));
  for (const Entry& listed : manifest.entries)
    if (!known.erase(listed.name))
      return fail(Trouble::malformed, "The bundle " + archive_->path() + " holds '" + listed.name +
                                          "', which this program does not know: taking it in would lose it.");
  known.erase("truth.json");
  if (known.empty()) return {};
  return fail(Trouble::malformed, "The bundle " + archive_->path() + " lacks its entry '" + *known.begin() + "': ask for a whole copy.");
}

Result<Contents> Contents::read(const Archive& archive) {
  Contents contents(archive);
  for (const auto step : {&Contents::read_manifest, &Contents::read_run, &Contents::read_streams, &Contents::read_results,
                          &Contents::read_calibrations})
    if (auto done = (contents.*step)(); !done) return Failure(done.error());
  if (auto fits = contents.nothing_unknown(); !fits) return Failure(fits.error());
  return contents;
}

Result<WindowRow> Contents::window(const std::string& line) const {
  auto row = window_from(line);
  if (row && static_cast<std::size_t>(row->stream) >= streams.size())
    return fail(Trouble::malformed, "it is of a stream that is not there");
  return row;
}

Result<void> Contents::verify() const {
  for (const Entry& known : manifest.entries)
    if (auto whole = archive_->verify(known); !whole) return whole;
  return {};
}

Result<void> Contents::fits() const {
  const auto only = [](const auto& parsed) -> Result<void> {
    if (!parsed) return Failure(parsed.error());
    return {};
  };
  if (auto fit = each_line("windows.jsonl", [&](const std::string& line) { return only(window(line)); }); !fit) return fit;
  if (auto fit = each_line("attempts.jsonl", [&](const std::string& line) { return only(attempt_from(line)); }); !fit) return fit;
  if (auto fit = each_line("conversation.jsonl", [&](const std::string& line) { return only(conversation_from(line)); }); !fit)
    return fit;
  for (int stream = 0; stream < static_cast<int>(streams.size()); ++stream) {
    auto gaps = each_csv_line(folder(stream) + "gaps.csv", kGapsHeading, [&](const std::string& line) { return only(gap_from(line)); });
    if (!gaps) return gaps;
    if (auto fit = samples_fit(stream, *this); !fit) return fit;
  }
  return {};
}

}  // namespace jr::bundle
