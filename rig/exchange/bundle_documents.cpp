// Documents that are read as a whole: manifest, run, stream, labels, calibration, list of results.
// Never keeps what it does not know: an unknown version is refused, an absent key is a clause of a sentence.
#include "rig/exchange/bundle_documents.hpp"

#include <algorithm>
#include <set>

#include "rig/exchange/bundle_json.hpp"

namespace jr::bundle {
namespace {

constexpr const char* kFormatName = "joulerig-bundle";
constexpr std::size_t kHashDigits = 64;
constexpr const char* kKept = "kept";  // of a calibration: neither revoked nor failed
constexpr std::size_t kMostTags = 10'000;

bool is_hash(const std::string& text) {
  return text.size() == kHashDigits && std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

std::string pretty(const json& document) { return document.dump(1) + "\n"; }

/// The text with the last occurrence of its own hash as zeros.
std::string without_hash(std::string text, const std::string& hash) {
  if (const auto at = text.rfind(hash); at != std::string::npos) text.replace(at, kHashDigits, kHashDigits, '0');
  return text;
}

std::string hash_of(const std::string& text) { return sha256_of(std::as_bytes(std::span(text))); }

Manifest manifest_in(const json& document) {
  Manifest manifest{text_at(document, "tool_version"), text_at(document, "run"), text_at(document, "created"), {}};
  std::set<std::string> names;
  for (const json& one : array_at(document, "entries")) {
    Entry entry{text_at(one, "name"), count_at(one, "bytes"), text_at(one, "sha256")};
    if (!is_hash(entry.sha256)) throw Unfit("an entry's SHA-256 is none");
    if (!names.insert(entry.name).second) throw Unfit("it lists an entry twice");
    manifest.entries.push_back(std::move(entry));
  }
  return manifest;
}

json document_of(const Coefficients& coefficients) {
  if (!coefficients.known()) return nullptr;
  json ranges = json::array();
  for (const RangePolynomial& range : coefficients.ranges)
    ranges.push_back({{"a_A", as_number(range.a_A)}, {"b_A_per_code", as_number(range.b_A_per_code)},
                      {"q_A_per_code2", as_number(range.q_A_per_code2)}, {"s_A_per_V", as_number(range.s_A_per_V)},
                      {"burden_ohm", as_number(range.burden_ohm)}});
  return {{"supply_V", as_number(coefficients.supply_V)}, {"ranges", std::move(ranges)}};
}

Coefficients coefficients_in(const json& document) {
  Coefficients coefficients;
  if (document.is_null()) return coefficients;
  coefficients.supply_V = number_at(document, "supply_V");
  for (const json& range : array_at(document, "ranges"))
    coefficients.ranges.push_back({number_at(range, "a_A"), number_at(range, "b_A_per_code"), number_at(range, "q_A_per_code2"),
                                   number_at(range, "s_A_per_V"), number_at(range, "burden_ohm")});
  if (coefficients.ranges.size() > kMaxRanges) throw Unfit("it has more ranges than an instrument may have");
  return coefficients;
}

/// What a result's keys and the texts of the page rely on.
void must_be_a_run(const RunRow& row) {
  const std::string& bench = row.facts.bench;
  if (bench.empty() || bench.size() > 200 ||
      std::any_of(bench.begin(), bench.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    throw Unfit("its bench has no usable name");
  if (row.sequence < 1 || row.id != bench + "-" + std::to_string(row.sequence))
    throw Unfit("its run is not named by bench and sequence");
  if (row.state != "closed" && row.state != "interrupted") throw Unfit("its run is neither closed nor interrupted");
}

}  // namespace

std::string to_text(const Manifest& manifest) {
  json entries = json::array();
  for (const Entry& entry : manifest.entries)
    entries.push_back({{"name", entry.name}, {"bytes", entry.bytes}, {"sha256", entry.sha256}});
  const std::string zeros(kHashDigits, '0');
  std::string text = pretty({{"format", kFormatName}, {"version", kFormatVersion}, {"tool_version", as_text(manifest.tool_version)},
                             {"run", as_text(manifest.run)}, {"created", manifest.created}, {"entries", std::move(entries)},
                             {"manifest_sha256", zeros}});
  return text.replace(text.rfind(zeros), kHashDigits, hash_of(text));
}

Result<Manifest> manifest_from(const std::string& text) {
  auto version = parsed(text, [](const json& document) {
    if (text_at(document, "format") != kFormatName) throw Unfit("it is of another format");
    return count_at(document, "version");
  });
  if (!version) return Failure(version.error());
  if (*version != kFormatVersion)
    return fail(Trouble::unsupported, "it is of version " + std::to_string(*version) + ", and this program knows version " +
                                          std::to_string(kFormatVersion) + ": update joulerig");
  return parsed(text, [&](const json& document) {
    const std::string own = text_at(document, "manifest_sha256");
    if (!is_hash(own) || hash_of(without_hash(text, own)) != own) throw Unfit("it was changed after it was written");
    return manifest_in(document);
  });
}

std::string run_text(const RunRow& row) {
  return pretty({{"run", as_text(row.id)}, {"bench", as_text(row.facts.bench)}, {"sequence", row.sequence},
                 {"kind", as_text(row.facts.kind)}, {"state", row.state}, {"simulated", row.facts.simulated},
                 {"suspect", row.suspect}, {"started_ms", row.facts.started_ms}, {"finished_ms", row.finished_ms},
                 {"verdict", as_text(row.verdict)}, {"reason", as_text(row.reason)}, {"source", as_text(row.facts.source)}});
}

Result<RunRow> run_from(const std::string& text) {
  return parsed(text, [](const json& document) {
    RunRow row;
    row.id = text_at(document, "run");
    row.facts.bench = text_at(document, "bench");
    row.sequence = static_cast<std::int64_t>(count_at(document, "sequence", 1ULL << 53));
    row.facts.kind = text_at(document, "kind");
    row.state = text_at(document, "state");
    row.facts.simulated = flag_at(document, "simulated");
    row.suspect = flag_at(document, "suspect");
    row.facts.started_ms = integer_at(document, "started_ms");
    row.finished_ms = integer_at(document, "finished_ms");
    row.verdict = text_at(document, "verdict");
    row.reason = text_at(document, "reason");
    row.facts.source = text_at(document, "source");
    must_be_a_run(row);
    return row;
  });
}

std::string stream_text(const StreamDocument& stream) {
  const StreamFacts& facts = stream.facts;
  json channels = json::array();
  for (const Quantity channel : facts.channels) channels.push_back(name_of(channel));
  json document{{"kind", as_text(facts.kind)}, {"serial", as_text(facts.serial)}, {"hardware", as_text(facts.hardware)},
                {"firmware", as_text(facts.firmware)}, {"metadata", as_text(facts.metadata)},
                {"period_s", as_number(facts.period_s)}, {"limit_ppm", as_number(facts.limit_ppm)},
                {"polynomials", as_text(facts.polynomials)}, {"channels", std::move(channels)},
                {"coefficients", document_of(facts.coefficients)}, {"samples", stream.samples}};
  document["dropped"] = json();
  if (const auto& gone = stream.dropped)
    document["dropped"] = {{"dropped_ms", gone->dropped_ms}, {"samples", gone->samples}, {"bytes", gone->bytes},
                           {"why", as_text(gone->why)}};
  return pretty(document);
}

Result<StreamDocument> stream_from(const std::string& text) {
  return parsed(text, [](const json& document) {
    StreamDocument stream;
    stream.facts = {text_at(document, "kind"), text_at(document, "serial"), text_at(document, "hardware"),
                    text_at(document, "firmware"), text_at(document, "metadata"), number_at(document, "period_s"),
                    number_at(document, "limit_ppm"), text_at(document, "polynomials"), {},
                    coefficients_in(field(document, "coefficients"))};
    for (const json& name : array_at(document, "channels")) {
      const auto channel = quantity_named(text_in(name, "channels"));
      if (!channel) throw Unfit("it has a channel of a quantity that this version does not know");
      stream.facts.channels.push_back(*channel);
    }
    if (stream.facts.channels.size() > 2) throw Unfit("it has more than two channels");
    if (!(stream.facts.period_s > 0) || !std::isfinite(stream.facts.period_s)) throw Unfit("its period is none");
    stream.samples = count_at(document, "samples");
    if (const json& gone = field(document, "dropped"); !gone.is_null())
      stream.dropped = DroppedRow{0, integer_at(gone, "dropped_ms"), count_at(gone, "samples"), count_at(gone, "bytes"),
                                  text_at(gone, "why")};
    if (stream.dropped && stream.samples) throw Unfit("it has samples although its trace was dropped");
    return stream;
  });
}

std::string labels_text(const Labels& labels) {
  json tags = json::array(), notes = json::array();
  for (const std::string& tag : labels.tags) tags.push_back(as_text(tag));
  for (const NoteRow& note : labels.notes) notes.push_back({{"created_ms", note.created_ms}, {"text", as_text(note.text)}});
  return pretty({{"tags", std::move(tags)}, {"notes", std::move(notes)}});
}

Result<Labels> labels_from(const std::string& text) {
  return parsed(text, [](const json& document) {
    Labels labels;
    for (const json& tag : array_at(document, "tags")) labels.tags.push_back(text_in(tag, "tags"));
    for (const json& note : array_at(document, "notes"))
      labels.notes.push_back({integer_at(note, "created_ms"), text_at(note, "text")});
    if (labels.tags.size() > kMostTags) throw Unfit("it has more tags than a run may carry");
    return labels;
  });
}

std::string calibration_text(const CalibrationRow& c) {
  // Which calibration of an instrument is in force changes from day to day and place to place; what refutes one does not.
  const bool refuted = c.state == "revoked" || c.state == "failed";
  return pretty({{"id", c.id}, {"kind", as_text(c.kind)}, {"serial", as_text(c.serial)}, {"created", as_text(c.created)},
                 {"expires", as_text(c.expires)}, {"certificate", as_text(c.certificate)},
                 {"state", refuted ? c.state : kKept}, {"reason", refuted ? as_text(c.reason) : json("")},
                 {"text", as_text(c.text)}});
}

Result<CalibrationRow> calibration_row_from(const std::string& text) {
  return parsed(text, [](const json& document) {
    CalibrationRow row{text_at(document, "id"), text_at(document, "kind"), text_at(document, "serial"),
                       text_at(document, "created"), text_at(document, "expires"), text_at(document, "certificate"),
                       text_at(document, "state"), text_at(document, "reason"), text_at(document, "text")};
    if (!is_hash(row.id)) throw Unfit("its id is no SHA-256");
    if (row.state == kKept) row.state = "active";
    else if (row.state != "revoked" && row.state != "failed") throw Unfit("its state is none that a calibration may have");
    return row;
  });
}

std::string results_text(const std::vector<ResultRow>& results) {
  json list = json::array();
  for (const ResultRow& result : results)
    list.push_back({{"calibration", as_text(result.calibration)}, {"created_ms", result.created_ms}});
  return pretty({{"results", std::move(list)}});
}

Result<std::vector<ResultRow>> results_from(const std::string& text) {
  return parsed(text, [](const json& document) {
    std::vector<ResultRow> results;
    for (const json& one : array_at(document, "results"))
      results.push_back({text_at(one, "calibration"), integer_at(one, "created_ms"), ""});
    return results;
  });
}

}  // namespace jr::bundle
