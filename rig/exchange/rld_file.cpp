// Which channels make a trace, how long its period really is, and the rows one by one.
// Never fills a low range that overflowed when there is no high one: that sample is missing.
#include "rig/exchange/rld_file.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "rig/exchange/block_sender.hpp"
#include "rig/exchange/byte_order.hpp"
#include "rig/exchange/mapped_file.hpp"
#include "rig/exchange/rld_header.hpp"

namespace jr {
namespace {

using rld::Channel;
using rld::Header;
using rld::Unit;

/// Time stamps of blocks are worth more than the header's rate over at least so long: a stamp is some milliseconds late.
constexpr double kLongEnough_s = 10, kCredible = 0.02;

/// A measured quantity: one channel, or a low range with the high one behind it.
struct Source {
  const Channel* low{};   ///< or the only one
  const Channel* high{};  ///< null: there is none
  std::string name;
};

struct RldChoice {
  std::optional<Source> current, voltage;
  std::vector<const Channel*> lines;
  std::string left_out;
};

struct Period {
  double period_s{};
  std::vector<std::string> remarks;
};

/// "I1" of "I1L" and "I1H".
std::string stem(const std::string& name) {
  const bool ranged = name.size() > 1 && (name.back() == 'L' || name.back() == 'H');
  return ranged ? name.substr(0, name.size() - 1) : name;
}

/// Quantities of a unit, low and high ranges of one input put together; in the order of the file.
std::vector<Source> sources(const Header& header, Unit unit) {
  std::vector<Source> found;
  for (const Channel& channel : header.analog) {
    if (channel.unit != unit) continue;
    const auto known = std::find_if(found.begin(), found.end(), [&](const Source& s) { return s.name == stem(channel.name); });
    if (known == found.end()) found.push_back({&channel, nullptr, stem(channel.name)});
    else if (channel.valid && !known->low->valid) known->high = known->low, known->low = &channel;
    else if (!known->high) known->high = &channel;
  }
  return found;
}

Result<std::optional<Source>> pick(const Header& header, Unit unit, const char* role, const ImportOptions& options, const std::string& file) {
  const auto found = sources(header, unit);
  const auto said = options.columns.find(role);
  if (said == options.columns.end()) return found.empty() ? std::nullopt : std::optional(found.front());
  std::string there;
  for (const Source& source : found) {
    if (said->second == source.name) return source;
    for (const Channel* one : {source.low, source.high})
      if (one && said->second == one->name) return Source{one, nullptr, one->name};
    there += (there.empty() ? "" : ", ") + source.name;
  }
  return fail(Trouble::usage, file + " has no " + role + " channel '" + said->second + "'" + (there.empty() ? "." : "; there is: " + there + "."));
}

Result<RldChoice> choose(const Header& header, const ImportOptions& options, const std::string& file) {
  RldChoice choice;
  auto current = pick(header, Unit::ampere, "current", options, file);
  if (!current) return Failure(current.error());
  auto voltage = pick(header, Unit::volt, "voltage", options, file);
  if (!voltage) return Failure(voltage.error());
  choice.current = std::move(*current), choice.voltage = std::move(*voltage);
  if (!choice.current) return fail(Trouble::malformed, file + " holds no current channel: there is no energy in it.");
  for (const Channel& channel : header.binary)
    if (channel.unit == Unit::binary && choice.lines.size() < 8) choice.lines.push_back(&channel);
  for (const Unit unit : {Unit::ampere, Unit::volt})
    for (const Source& source : sources(header, unit)) {
      const auto& used = unit == Unit::ampere ? choice.current : choice.voltage;
      const bool is_used = used && (used->low == source.low || (source.high && used->low == source.high));
      if (!is_used) choice.left_out += (choice.left_out.empty() ? "" : ", ") + source.name;
    }
  return choice;
}

double seconds_at(std::span<const std::byte> bytes, std::size_t offset) {
  return static_cast<double>(little_endian<std::int64_t>(bytes, offset)) + 1e-9 * static_cast<double>(little_endian<std::int64_t>(bytes, offset + 8));
}

/// From the monotonic stamps of the first and the last block, if they span long enough and fit the header's rate.
Period period_of(std::span<const std::byte> bytes, const Header& header, const ImportOptions& options) {
  if (options.rate_Hz) return {1 / *options.rate_Hz, {"The rate was given by hand; the file says " + std::to_string(header.rate_Hz) + " Hz."}};
  const double nominal_s = 1 / header.rate_Hz;
  const std::uint64_t blocks = (header.whole_rows - 1) / header.block_rows;  // between the first stamp and the last
  const double span_s = blocks ? seconds_at(bytes, header.stamps_of(blocks) + 16) - seconds_at(bytes, header.stamps_of(0) + 16) : 0;
  const double stamped_s = blocks ? span_s / (static_cast<double>(blocks) * header.block_rows) : 0;
  if (!(span_s >= kLongEnough_s) || !(std::abs(stamped_s / nominal_s - 1) < kCredible))
    return {nominal_s, {"The period is that of the header's rate; the time stamps of the blocks are too few, or too far from it, to tell more."}};
  char words[128];
  std::snprintf(words, sizeof words, "By the time stamps of its blocks over %.0f s the rate was %.3f Hz, not %.0f Hz.", span_s, 1 / stamped_s, header.rate_Hz);
  return {stamped_s, {words}};
}

ForeignFacts facts_of(const Header& header, const RldChoice& choice, const Period& period, const SourceFile& source, const ImportOptions& options) {
  ForeignFacts facts;
  facts.format = "rld";
  facts.files = {source};
  facts.instrument = "rocketlogger";
  facts.serial = header.mac;
  facts.period_s = period.period_s;
  facts.channels = {Quantity::current_A};
  if (choice.voltage) facts.channels.push_back(Quantity::voltage_V);
  else facts.supply_V = options.supply_V;
  facts.has_lines = !choice.lines.empty();
  facts.started_ms = header.started_ms;
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  for (const Channel* line : choice.lines) lines.push_back(line->name);
  facts.metadata = nlohmann::ordered_json{{"comment", header.comment}, {"rate_Hz", header.rate_Hz}, {"current", choice.current->name},
                                          {"voltage", choice.voltage ? choice.voltage->name : ""}, {"lines", lines}}
                       .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  facts.remarks = period.remarks;
  if (!choice.left_out.empty()) facts.remarks.push_back("Other channels were left out: " + choice.left_out + "; --column current=NAME and voltage=NAME choose.");
  if (header.whole_rows < header.rows)
    facts.remarks.push_back("The file is cut: it holds " + std::to_string(header.whole_rows) + " of its " + std::to_string(header.rows) + " samples.");
  if (!choice.voltage && !options.supply_V) facts.remarks.push_back("No voltage was recorded: for energies give the supply with --volts V.");
  return facts;
}

double stored(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  switch (size) {
    case 1: return little_endian<std::int8_t>(bytes, at);
    case 2: return little_endian<std::int16_t>(bytes, at);
    case 4: return little_endian<std::int32_t>(bytes, at);
    default: return static_cast<double>(little_endian<std::int64_t>(bytes, at));
  }
}

bool bit(std::span<const std::byte> bytes, std::size_t row, std::size_t channel) {
  return little_endian<std::uint32_t>(bytes, row + 4 * (channel / 32)) >> (channel % 32) & 1;
}

/// A quantity ready to be read row by row. A negative power of ten divides: the result is then the nearest number to
/// the decimal one.
class Reading {
 public:
  explicit Reading(const Source& source)
      : low_(source.low), high_(source.high), low_scale_(scale_of(low_)), high_scale_(high_ ? scale_of(high_) : 1) {}

  double at(std::span<const std::byte> bytes, std::size_t row) const {
    const bool valid = !low_->valid || bit(bytes, row, *low_->valid);
    const Channel* channel = valid ? low_ : high_;
    if (!channel) return std::numeric_limits<double>::quiet_NaN();
    const double number = stored(bytes, row + channel->offset, channel->bytes);
    const double scale = valid ? low_scale_ : high_scale_;
    return channel->power_of_ten < 0 ? number / scale : number * scale;
  }

 private:
  static double scale_of(const Channel* channel) { return std::pow(10.0, std::abs(channel->power_of_ten)); }

  const Channel *low_, *high_;
  double low_scale_, high_scale_;
};

Result<void> deliver(std::span<const std::byte> bytes, const Header& header, const RldChoice& choice, ForeignSink& sink) {
  std::vector<Reading> readings{Reading(*choice.current)};
  if (choice.voltage) readings.emplace_back(*choice.voltage);
  std::vector<double> values(readings.size());
  BlockSender sender(sink, readings.size(), !choice.lines.empty());
  for (std::uint64_t k = 0; k < header.whole_rows; ++k) {
    const std::size_t row = header.place(k);
    for (std::size_t q = 0; q < readings.size(); ++q) values[q] = readings[q].at(bytes, row);
    unsigned lines = 0;
    for (std::size_t d = 0; d < choice.lines.size(); ++d) lines |= static_cast<unsigned>(bit(bytes, row, choice.lines[d]->offset)) << d;
    if (auto sent = sender.sample(values, static_cast<std::uint8_t>(lines)); !sent) return sent;
  }
  return sender.flush();
}

Result<void> read_rld_path(const std::string& path, const ImportOptions& options, ForeignSink& sink) {
  const auto file = MappedFile::open(path);
  if (!file) return Failure(file.error());
  return read_rld(file->bytes(), file->source(), options, sink);
}

const ImporterRegistration kRldImporter({"rld", "RocketLogger recordings (.rld, version 4)", read_rld_path});

}  // namespace

Result<void> read_rld(std::span<const std::byte> bytes, const SourceFile& source, const ImportOptions& options,
                      ForeignSink& sink) {
  const auto header = rld::header_of(bytes, source.name);
  if (!header) return Failure(header.error());
  if (header->whole_rows == 0) return fail(Trouble::malformed, source.name + " holds no whole sample.");
  if (!(header->rate_Hz > 0) && !options.rate_Hz) return fail(Trouble::malformed, source.name + " tells no sampling rate: give it with --rate HZ.");
  if (options.rate_Hz && !(*options.rate_Hz > 0 && std::isfinite(*options.rate_Hz))) return fail(Trouble::usage, "A sampling rate is a positive number of hertz.");
  const auto choice = choose(*header, options, source.name);
  if (!choice) return Failure(choice.error());
  if (auto begun = sink.begin(facts_of(*header, *choice, period_of(bytes, *header, options), source, options)); !begun) return begun;
  return deliver(bytes, *header, *choice, sink);
}

}  // namespace jr
