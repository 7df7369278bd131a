// session.raw frame by frame, after a first look at all of it that tells which program wrote its digital words.
// Never holds more than one piece of the trace.
#include "rig/exchange/ppk2_file.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "rig/exchange/block_sender.hpp"
#include "rig/exchange/byte_order.hpp"
#include "rig/exchange/mapped_file.hpp"
#include "rig/exchange/ppk2_word.hpp"
#include "rig/exchange/ppk2_zip.hpp"

namespace jr {
namespace {

using ppk2::kFrameBytes;

constexpr std::size_t kMostMetadata = 1 << 20;
constexpr double kHighestRate_Hz = 1e8;
constexpr int kFormat = 2;

/// How the digital words of a file are to be read.
enum class Words {
  app,       ///< two bits a line, big-endian
  raw_byte,  ///< the eight lines as one byte, little-endian: some third-party writers
  none,      ///< 0xAAAA throughout
  unknown    ///< neither
};

/// All that a first look at session.raw tells.
struct Survey {
  std::uint64_t samples{}, missing{};            ///< missing: NaN or infinite
  std::uint64_t unknown{}, both{}, idle{}, upper{};  ///< words: a line 0; a line 3; 0xAAAA; second byte not 0
  std::size_t rest{};                            ///< bytes behind the last whole frame

  std::uint64_t present() const { return samples - missing; }
  Words words() const {
    if (idle == present()) return Words::none;
    if (2 * unknown <= present()) return Words::app;
    return upper == 0 ? Words::raw_byte : Words::unknown;
  }
};

struct Metadata {
  double rate_Hz{};
  std::int64_t started_ms{};
  std::string text;
  std::vector<std::string> remarks;
};

/// Calls visit(frames) with pieces that are whole frames; returns how many bytes stand behind the last.
template <class Visit>
Result<std::size_t> walk(const ZipReading& zip, Visit visit) {
  auto member = zip.member("session.raw");
  if (!member) return Failure(member.error());
  std::vector<std::byte> piece(kFrameBytes * 16'384);
  while (true) {
    const auto n = member->read(piece);
    if (!n) return Failure(n.error());
    const std::size_t rest = *n % kFrameBytes;
    if (Result<void> seen = visit(std::span<const std::byte>(piece.data(), *n - rest)); !seen) return Failure(seen.error());
    if (*n < piece.size()) return rest;
  }
}

Result<Survey> survey(const ZipReading& zip) {
  Survey seen;
  const auto rest = walk(zip, [&](std::span<const std::byte> frames) -> Result<void> {
    for (std::size_t at = 0; at < frames.size(); at += kFrameBytes) {
      ++seen.samples;
      if (!std::isfinite(little_endian<float>(frames, at))) {
        ++seen.missing;
        continue;
      }
      const std::uint16_t word = big_endian_16(frames, at + 4);
      seen.idle += word == ppk2::kNoLines;
      seen.unknown += ppk2::has_unknown(word);
      seen.both += ppk2::has_both(word);
      seen.upper += (word & 0xFF) != 0;
    }
    return {};
  });
  if (!rest) return Failure(rest.error());
  seen.rest = *rest;
  return seen;
}

Failure no_rate(const std::string& name) {
  return fail(Trouble::malformed, "metadata.json in " + name + " tells no sampling rate: give it with --rate HZ.");
}

Result<Metadata> metadata_of(const ZipReading& zip, const std::string& name, const ImportOptions& options) {
  auto text = zip.text("metadata.json", kMostMetadata);
  if (!text) return Failure(text.error());
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return fail(Trouble::malformed, "metadata.json in " + name + " is no JSON object.");
  Metadata read;
  const auto version = json.find("formatVersion");
  if (version == json.end()) read.remarks.push_back("The file states no format version; it was read as version 2.");
  else if (!version->is_number_integer() || version->get<std::int64_t>() != kFormat)
    return fail(Trouble::unsupported, name + " is a .ppk2 file of another format version than 2: export it as CSV with the app that made it.");
  const auto inner = json.find("metadata");
  if (inner != json.end() && inner->is_object()) {
    if (const auto rate = inner->find("samplesPerSecond"); rate != inner->end() && rate->is_number()) read.rate_Hz = rate->get<double>();
    if (const auto start = inner->find("startSystemTime"); start != inner->end() && start->is_number()) {
      const double ms = start->get<double>();
      if (ms > 0 && ms < 1e14) read.started_ms = static_cast<std::int64_t>(ms);
    }
    read.text = inner->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  if (options.rate_Hz) {
    if (read.rate_Hz > 0 && read.rate_Hz != *options.rate_Hz)
      read.remarks.push_back("The rate was given by hand; the file says " + std::to_string(read.rate_Hz) + " Hz.");
    read.rate_Hz = *options.rate_Hz;
  }
  if (!(read.rate_Hz > 0 && read.rate_Hz <= kHighestRate_Hz)) return no_rate(name);
  return read;
}

/// What the words of the file turned out to be, in sentences.
void remark_on(const Survey& seen, std::vector<std::string>& remarks) {
  const auto say = [&](std::uint64_t n, const std::string& words) {
    if (n) remarks.push_back(std::to_string(n) + " " + words);
  };
  switch (seen.words()) {
    case Words::app:
      say(seen.both, "samples hold a line that was low and high within them; it counts as high.");
      say(seen.unknown, "samples hold a line whose state is not known; it counts as low.");
      break;
    case Words::raw_byte:
      remarks.push_back("The digital words are plain bytes, as a third-party writer leaves them and Nordic's app does not; "
                        "they were read as such.");
      break;
    case Words::none: remarks.push_back("No digital line was recorded (its word is 0xAAAA throughout)."); break;
    case Words::unknown:
      remarks.push_back("The digital words fit neither Nordic's app nor a known third-party writer: the lines were left out.");
      break;
  }
  say(seen.missing, "samples are missing in their place (not a number).");
  say(seen.rest, "bytes behind the last whole sample were left out.");
}

ForeignFacts facts_of(const Metadata& metadata, const Survey& seen, const SourceFile& source, const ImportOptions& options) {
  ForeignFacts facts;
  facts.format = "ppk2";
  facts.files = {source};
  facts.instrument = "ppk2";
  facts.period_s = 1 / metadata.rate_Hz;
  facts.channels = {Quantity::current_A};
  facts.has_lines = seen.words() == Words::app || seen.words() == Words::raw_byte;
  facts.supply_V = options.supply_V;
  facts.started_ms = metadata.started_ms;
  facts.metadata = metadata.text;
  facts.remarks = metadata.remarks;
  remark_on(seen, facts.remarks);
  if (!options.supply_V)
    facts.remarks.push_back("A .ppk2 file does not tell the supply voltage: for energies give it with --volts V.");
  return facts;
}

Result<void> deliver(const ZipReading& zip, Words words, bool has_lines, ForeignSink& sink) {
  BlockSender sender(sink, 1, has_lines);
  const auto rest = walk(zip, [&](std::span<const std::byte> frames) -> Result<void> {
    for (std::size_t at = 0; at < frames.size(); at += kFrameBytes) {
      const double microampere = little_endian<float>(frames, at);
      const std::uint16_t word = big_endian_16(frames, at + 4);
      const double current_A = std::isfinite(microampere) ? microampere * 1e-6 : std::numeric_limits<double>::quiet_NaN();
      const auto lines = words == Words::raw_byte ? static_cast<std::uint8_t>(word >> 8) : ppk2::lines_of(word);
      if (auto sent = sender.sample({&current_A, 1}, lines); !sent) return sent;
    }
    return {};
  });
  if (!rest) return Failure(rest.error());
  return sender.flush();
}

bool begins_like_a_zip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{'P'} && bytes[1] == std::byte{'K'};
}

Result<void> read_ppk2_path(const std::string& path, const ImportOptions& options, ForeignSink& sink) {
  const auto file = MappedFile::open(path);
  if (!file) return Failure(file.error());
  return read_ppk2(file->bytes(), file->source(), options, sink);
}

const ImporterRegistration kPpk2Importer({"ppk2", "Nordic Power Profiler recordings (.ppk2)", read_ppk2_path});

}  // namespace

Result<void> read_ppk2(std::span<const std::byte> bytes, const SourceFile& source, const ImportOptions& options,
                       ForeignSink& sink) {
  if (!begins_like_a_zip(bytes))
    return fail(Trouble::unsupported, source.name + " is no .ppk2 file (those are zip archives): a .ppk of the app before version 4 is "
                                      "not read; export it as CSV with that app and import the CSV.");
  const auto zip = ZipReading::open(bytes, source.name);
  if (!zip) return Failure(zip.error());
  const auto metadata = metadata_of(*zip, source.name, options);
  if (!metadata) return Failure(metadata.error());
  const auto seen = survey(*zip);
  if (!seen) return Failure(seen.error());
  if (seen->samples == 0) return fail(Trouble::malformed, "session.raw in " + source.name + " holds no sample.");
  const ForeignFacts facts = facts_of(*metadata, *seen, source, options);
  if (auto begun = sink.begin(facts); !begun) return begun;
  return deliver(*zip, seen->words(), facts.has_lines, sink);
}

}  // namespace jr
