// One pass for definitions and extents, then one cursor a signal; both walk the file's chunks in their order.
// Layout from the published header (jetperch/jls, include/jls/format.h).
#include "rig/exchange/jls_file.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "rig/exchange/block_sender.hpp"
#include "rig/exchange/byte_order.hpp"
#include "rig/exchange/jls_chunks.hpp"
#include "rig/exchange/mapped_file.hpp"

namespace jr {
namespace {

using jls::Chunk;
using jls::Chunks;

constexpr std::uint32_t kFloat32 = 0x2004;
constexpr std::size_t kMostDefinitions = 256, kSourceText = 64, kSignalText = 128, kPayloadHeader = 16;
constexpr std::int64_t kEpoch_s = 1'514'764'800;  // 2018-01-01, with 30 bits for a second
constexpr double kLostValue = std::numeric_limits<double>::quiet_NaN();

struct Signal {
  std::uint16_t number{}, source{};
  std::uint32_t rate_Hz{};
  std::string name, unit;
  std::uint64_t samples{};
  std::int64_t first{}, end{};  ///< sample numbers; first is meaningless without samples
};

struct Maker { std::string name, model, serial; };

struct Contents {
  std::map<std::uint16_t, Signal> signals;  ///< float32 of a fixed rate, by number
  std::map<std::uint16_t, Maker> makers;
  std::map<std::uint16_t, std::pair<std::int64_t, std::int64_t>> utc;  ///< by signal: a sample number and its time
  std::string others;                       ///< signals of another kind, by name
  bool cut{};
};

/// Strings of a definition: each ends with 0 and 0x1f.
std::vector<std::string> texts(std::span<const std::byte> payload, std::size_t from, std::size_t most) {
  std::vector<std::string> found;
  std::string_view rest(reinterpret_cast<const char*>(payload.data()), payload.size());
  rest.remove_prefix(std::min(from, rest.size()));
  while (found.size() < most) {
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) break;
    found.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  found.resize(most);
  return found;
}

void take_signal(const Chunk& chunk, Contents& contents) {
  if (chunk.payload.size() < kSignalText || contents.signals.size() >= kMostDefinitions) return;
  const auto words = texts(chunk.payload, kSignalText, 2);
  Signal signal;
  signal.number = chunk.meta;
  signal.source = little_endian<std::uint16_t>(chunk.payload, 0);
  signal.rate_Hz = little_endian<std::uint32_t>(chunk.payload, 8);
  signal.name = words[0], signal.unit = words[1];
  const bool even = little_endian<std::uint8_t>(chunk.payload, 2) == 0;
  const bool plain = (little_endian<std::uint32_t>(chunk.payload, 4) & 0xFFFF) == kFloat32;
  if (even && plain && signal.rate_Hz > 0) contents.signals.emplace(signal.number, signal);
  else if (signal.number != 0 && !signal.name.empty() && contents.others.size() < 500) contents.others += (contents.others.empty() ? "" : ", ") + signal.name;
}

/// Sample number of the first and how many; nothing when the payload does not hold what it says.
struct Extent { std::int64_t first{}; std::uint32_t n{}; };

std::optional<Extent> extent_of(const Chunk& chunk) {
  if (chunk.tag != jls::kSamples || chunk.payload.size() < kPayloadHeader) return std::nullopt;
  const Extent extent{little_endian<std::int64_t>(chunk.payload, 0), little_endian<std::uint32_t>(chunk.payload, 8)};
  const bool fits = little_endian<std::uint16_t>(chunk.payload, 12) == 32 && extent.n <= (chunk.payload.size() - kPayloadHeader) / 4;
  const bool sane = extent.first >= 0 && extent.first < (std::int64_t{1} << 60);
  return fits && sane && extent.n > 0 ? std::optional(extent) : std::nullopt;
}

Failure unordered(const std::string& name) {
  return fail(Trouble::malformed, name + " holds samples that do not follow each other: it is damaged; copy the recording again.");
}

Result<Contents> contents_of(std::span<const std::byte> bytes, const std::string& name) {
  auto chunks = Chunks::open(bytes, name);
  if (!chunks) return Failure(chunks.error());
  Contents contents;
  while (true) {
    const auto next = chunks->next();
    if (!next) return Failure(next.error());
    if (!*next) break;
    const Chunk& chunk = **next;
    if (chunk.tag == jls::kSignal) take_signal(chunk, contents);
    if (chunk.tag == jls::kSource && contents.makers.size() < kMostDefinitions) {
      const auto words = texts(chunk.payload, kSourceText, 5);
      contents.makers.emplace(chunk.meta, Maker{words[0], words[2], words[4]});
    }
    if (chunk.tag == jls::kUtc && chunk.payload.size() >= kPayloadHeader + 8 && contents.utc.size() < kMostDefinitions)
      contents.utc.try_emplace(chunk.signal(), little_endian<std::int64_t>(chunk.payload, 0), little_endian<std::int64_t>(chunk.payload, kPayloadHeader));
    const auto known = contents.signals.find(chunk.signal());
    const auto extent = extent_of(chunk);
    if (known == contents.signals.end() || !extent) continue;
    Signal& signal = known->second;
    if (signal.samples && extent->first < signal.end) return unordered(name);
    if (!signal.samples) signal.first = extent->first;
    signal.samples += extent->n;
    signal.end = extent->first + extent->n;
  }
  contents.cut = chunks->cut();
  return contents;
}

struct JlsChoice {
  std::vector<const Signal*> signals;
  std::vector<Quantity> quantities;
  std::string left_out;
};

const Signal* find(const Contents& contents, const char* word, const char* unit) {
  for (const auto& [number, signal] : contents.signals)
    if (signal.samples && signal.unit == unit && signal.name.find(word) != std::string::npos) return &signal;
  return nullptr;
}

/// The signal that a person named for a role, or the first that looks like it.
Result<const Signal*> pick(const Contents& contents, const char* role, const char* unit, const ImportOptions& options, const std::string& file) {
  const auto said = options.columns.find(role);
  if (said == options.columns.end()) return find(contents, role, unit);
  std::string there;
  for (const auto& [number, signal] : contents.signals) {
    if (signal.samples && (signal.name == said->second || "#" + std::to_string(number) == said->second)) return &signal;
    there += (there.empty() ? "" : ", ") + signal.name;
  }
  return fail(Trouble::usage, file + " has no signal '" + said->second + "'" + (there.empty() ? "." : "; there is: " + there + "."));
}

Result<JlsChoice> choose(const Contents& contents, const ImportOptions& options, const std::string& file) {
  JlsChoice choice;
  const auto current = pick(contents, "current", "A", options, file), voltage = pick(contents, "voltage", "V", options, file),
             power = pick(contents, "power", "W", options, file);
  for (const auto* one : {&current, &voltage, &power})
    if (!*one) return Failure(one->error());
  if (*current) {
    choice.signals = {*current}, choice.quantities = {Quantity::current_A};
    if (*voltage && (*voltage)->rate_Hz == (*current)->rate_Hz) choice.signals.push_back(*voltage), choice.quantities.push_back(Quantity::voltage_V);
  } else if (*power) {
    choice.signals = {*power}, choice.quantities = {Quantity::power_W};
  } else {
    return fail(Trouble::malformed, file + " holds samples of neither a current nor a power: there is no energy in it.");
  }
  choice.left_out = contents.others;
  for (const auto& [number, signal] : contents.signals)
    if (std::find(choice.signals.begin(), choice.signals.end(), &signal) == choice.signals.end() && !signal.name.empty())
      choice.left_out += (choice.left_out.empty() ? "" : ", ") + signal.name;
  return choice;
}

/// Samples of one signal by their numbers, in ascending order.
class Cursor {
 public:
  Cursor(Chunks chunks, std::uint16_t signal) : chunks_(std::move(chunks)), signal_(signal) {}

  /// Moves to the chunk that holds `number` or, if none does, the first one behind it. False at the end.
  Result<bool> seek(std::int64_t number) {
    while (number >= first_ + static_cast<std::int64_t>(n_)) {
      const auto next = chunks_.next();
      if (!next) return Failure(next.error());
      if (!*next) return false;
      const auto extent = (*next)->signal() == signal_ ? extent_of(**next) : std::nullopt;
      if (extent) first_ = extent->first, n_ = extent->n, values_ = (*next)->payload.subspan(kPayloadHeader);
    }
    return true;
  }
  std::int64_t first() const { return first_; }
  double at(std::int64_t number) const {
    if (number < first_ || number >= first_ + static_cast<std::int64_t>(n_)) return kLostValue;
    const double value = little_endian<float>(values_, 4 * static_cast<std::size_t>(number - first_));
    return std::isfinite(value) ? value : kLostValue;
  }

 private:
  Chunks chunks_;
  std::uint16_t signal_;
  std::int64_t first_{}, n_{};
  std::span<const std::byte> values_;
};

Result<void> deliver(std::span<const std::byte> bytes, const std::string& name, const JlsChoice& choice, ForeignSink& sink) {
  std::vector<Cursor> cursors;
  std::int64_t at = choice.signals.front()->first, end = 0;
  for (const Signal* signal : choice.signals) {
    cursors.emplace_back(*Chunks::open(bytes, name), signal->number);
    at = std::min(at, signal->first), end = std::max(end, signal->end);
  }
  BlockSender sender(sink, cursors.size(), false);
  std::vector<double> values(cursors.size());
  while (at < end) {
    std::int64_t next = end;  // where the first signal that still has something has it
    for (Cursor& cursor : cursors) {
      const auto more = cursor.seek(at);
      if (!more) return Failure(more.error());
      if (*more) next = std::min(next, std::max(at, cursor.first()));
    }
    if (next > at && next < end)
      if (auto sent = sender.gap(static_cast<std::uint64_t>(next - at)); !sent) return sent;
    if (next >= end) break;
    at = next;
    for (std::size_t k = 0; k < cursors.size(); ++k) values[k] = cursors[k].at(at);
    if (auto sent = sender.sample(values, 0); !sent) return sent;
    ++at;
  }
  return sender.flush();
}

/// Milliseconds since 1970 of the trace's first sample, by the first time that the file states for one of its samples.
std::int64_t started_ms(const Contents& contents, const Signal& signal) {
  const auto known = contents.utc.find(signal.number);
  if (known == contents.utc.end()) return 0;
  const double seconds = static_cast<double>(kEpoch_s) + std::ldexp(static_cast<double>(known->second.second), -30) -
                         static_cast<double>(known->second.first - signal.first) / signal.rate_Hz;
  return seconds > 0 && seconds < 1e11 ? std::llround(1e3 * seconds) : 0;
}

ForeignFacts facts_of(const Contents& contents, const JlsChoice& choice, const SourceFile& source, const ImportOptions& options) {
  const Signal& main = *choice.signals.front();
  ForeignFacts facts;
  facts.format = "jls";
  facts.files = {source};
  facts.period_s = 1.0 / main.rate_Hz;
  facts.channels = choice.quantities;
  if (choice.quantities == std::vector{Quantity::current_A}) facts.supply_V = options.supply_V;
  facts.started_ms = started_ms(contents, main);
  if (const auto maker = contents.makers.find(main.source); maker != contents.makers.end()) {
    const std::string& model = maker->second.model;
    facts.instrument = model.find("220") != std::string::npos ? "js220" : model.find("110") != std::string::npos ? "js110" : "";
    facts.serial = maker->second.serial;
  }
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  std::uint64_t held = 0;
  for (const Signal* signal : choice.signals) names.push_back(signal->name), held = std::max(held, signal->samples);
  facts.metadata = nlohmann::ordered_json{{"signals", names}, {"rate_Hz", main.rate_Hz}}.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (!choice.left_out.empty()) facts.remarks.push_back("Other signals were left out: " + choice.left_out + ".");
  if (contents.cut) facts.remarks.push_back("The file was not closed well, or is cut: what it holds was read.");
  if (const auto span = static_cast<std::uint64_t>(main.end - main.first); span > main.samples)
    facts.remarks.push_back(std::to_string(span - main.samples) + " samples of " + main.name + " are not in the file.");
  if (choice.quantities == std::vector{Quantity::current_A} && !options.supply_V)
    facts.remarks.push_back("The recording tells no voltage at the current's rate: for energies give the supply with --volts V.");
  return facts;
}

Result<void> read_jls_path(const std::string& path, const ImportOptions& options, ForeignSink& sink) {
  const auto file = MappedFile::open(path);
  if (!file) return Failure(file.error());
  return read_jls(file->bytes(), file->source(), options, sink);
}

const ImporterRegistration kJlsImporter({"jls", "Joulescope recordings (.jls of the present software)", read_jls_path});

}  // namespace

Result<void> read_jls(std::span<const std::byte> bytes, const SourceFile& source, const ImportOptions& options,
                      ForeignSink& sink) {
  const auto contents = contents_of(bytes, source.name);
  if (!contents) return Failure(contents.error());
  const auto choice = choose(*contents, options, source.name);
  if (!choice) return Failure(choice.error());
  if (auto begun = sink.begin(facts_of(*contents, *choice, source, options)); !begun) return begun;
  return deliver(bytes, source.name, *choice, sink);
}

}  // namespace jr
