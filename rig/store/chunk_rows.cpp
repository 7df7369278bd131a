// Places from the index first, then each row by itself.
// Never decodes before the checksum was right.
#include "rig/store/chunk_rows.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "rig/store/packing.hpp"
#include "rig/store/planes.hpp"
#include "rig/store/value_chunk.hpp"

namespace jr::rows {
namespace {

using Blob = std::span<const std::byte>;

constexpr const char* kInsertChunk =
    "INSERT INTO chunk(run, stream, first_ordinal, n, codes, ranges, lines, moments, crc32c, codec) "
    "VALUES(?,?,?,?,?,?,?,?,?,?)";
/// Answered by the index of UNIQUE(run, stream, first_ordinal) alone.
constexpr const char* kPlaces =
    "SELECT id, first_ordinal FROM chunk WHERE run=?1 AND stream=?2 AND first_ordinal<?4 AND first_ordinal>=coalesce("
    "(SELECT max(first_ordinal) FROM chunk WHERE run=?1 AND stream=?2 AND first_ordinal<=?3), 0) "
    "ORDER BY first_ordinal";
constexpr const char* kById = "SELECT first_ordinal, n, codes, ranges, lines, moments, crc32c, codec FROM chunk WHERE id=?";
constexpr const char* kEnd =
    "SELECT first_ordinal + n FROM chunk WHERE run=? AND stream=? ORDER BY first_ordinal DESC LIMIT 1";
constexpr const char* kLast =
    "SELECT first_ordinal FROM chunk WHERE run=? AND stream=? ORDER BY first_ordinal DESC LIMIT 1";
constexpr const char* kShape =
    "SELECT s.channels, s.coefficients, r.state='open' FROM stream s JOIN run r ON r.id=s.run WHERE s.run=? AND s.stream=?";

std::uint32_t checksum(Blob codes, Blob ranges, Blob lines, Blob moments) {
  std::uint32_t crc = 0;
  for (const Blob blob : {codes, ranges, lines, moments}) crc = chunk::crc32c(crc, blob);
  return crc;
}

std::int64_t in_sql(std::uint64_t ordinal) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(ordinal, std::numeric_limits<std::int64_t>::max()));
}

Failure damaged(const std::string& where, const std::string& why) {
  return fail(Trouble::malformed, where + " is corrupt (" + why + "); the others can still be read.");
}

Failure damaged(const ChunkRow& row, const Error& why) {
  std::string text = why.message;
  if (!text.empty() && text.back() == '.') text.pop_back();
  return damaged(row.where, text);
}

Result<void> unpack(const ChunkRow& row, std::span<const std::uint8_t> ranges, std::span<std::uint16_t> codes) {
  if (row.codec == chunk::Codec::packed) return chunk::unpack_codes(row.codes, ranges, codes);
  const auto packed = chunk::Unsqueezer{}(row.codes, 4 * codes.size() + 4096);
  if (!packed) return Failure(packed.error());
  return chunk::unpack_codes(*packed, ranges, codes);
}

Result<std::vector<std::uint16_t>> codes_of(const ChunkRow& row, std::span<const std::uint8_t> ranges) {
  if (row.codec == chunk::Codec::raw) return chunk::decode_codes(row.codes, row.n);
  if (row.codec != chunk::Codec::packed && row.codec != chunk::Codec::packed_zstd)
    return fail(Trouble::malformed, "it holds no codes");
  std::vector<std::uint16_t> codes(row.n);
  if (auto done = unpack(row, ranges, codes); !done) return Failure(done.error());
  return codes;
}

}  // namespace

void insert(sqlite::Statements& statements, const std::string& run, int stream, const NewChunk& chunk) {
  const auto statement = statements(kInsertChunk);
  statement->bind(run).bind(std::int64_t{stream}).bind(in_sql(chunk.first)).bind(in_sql(chunk.n));
  statement->bind(chunk.codes).bind(chunk.ranges).bind(chunk.lines).bind(chunk.moments);
  statement->bind(std::int64_t{checksum(chunk.codes, chunk.ranges, chunk.lines, chunk.moments)});
  statement->bind(static_cast<std::int64_t>(chunk.codec)).step();
}

ChunkReader::ChunkReader(sqlite::Statements& statements, std::string run, int stream, std::uint64_t start,
                         std::uint64_t end)
    : statements_(statements), run_(std::move(run)), stream_(stream), start_(start) {
  if (start >= end) return;
  const auto places = statements_(kPlaces);
  places->bind(run_).bind(std::int64_t{stream_}).bind(in_sql(start)).bind(in_sql(end));
  while (places->step()) places_.push_back({places->integer(0), static_cast<std::uint64_t>(places->integer(1))});
}

Result<const ChunkRow*> ChunkReader::next() {
  while (at_ < places_.size()) {
    const auto loaded = load(places_[at_++]);
    if (!loaded) return Failure(loaded.error());
    if (*loaded) return &row_;
  }
  open_.reset();
  return nullptr;
}

Result<bool> ChunkReader::load(const Place& place) {
  open_.reset();
  row_ = {};
  row_.where = "The chunk at sample " + std::to_string(place.first) + " of stream " + std::to_string(stream_) +
               " of run " + run_;
  try {
    open_.emplace(statements_(kById));
    sqlite::Statement& select = **open_;
    select.bind(place.id);
    if (!select.step()) return damaged(row_.where, "its row is gone");
    row_.first = static_cast<std::uint64_t>(select.integer(0));
    row_.n = static_cast<std::uint64_t>(select.integer(1));
    if (row_.first != place.first || row_.n == 0 || row_.n > chunk::kMostSamples)
      return damaged(row_.where, "its row says what cannot be");
    if (row_.end() <= start_) return false;
    row_.codes = select.blob(2), row_.ranges = select.blob(3), row_.lines = select.blob(4), row_.moments = select.blob(5);
    row_.codec = static_cast<chunk::Codec>(select.integer(7));
    const auto crc = static_cast<std::uint32_t>(select.integer(6));
    if (checksum(row_.codes, row_.ranges, row_.lines, row_.moments) != crc)
      return damaged(row_.where, "its checksum differs");
    return true;
  } catch (const sqlite::Failed& failed) {
    const int code = failed.code & 0xFF;
    if (code != SQLITE_CORRUPT && code != SQLITE_IOERR && code != SQLITE_NOTADB) throw;
    return damaged(row_.where, "a page of the database file cannot be read");
  }
}

Result<Stretch> decode_without_lines(const ChunkRow& row) {
  if (row.codec == chunk::Codec::values) return fail(Trouble::usage, "The stream holds values and no codes.");
  auto ranges = chunk::decode_runs(row.ranges, row.n);
  if (!ranges) return damaged(row, ranges.error());
  auto codes = codes_of(row, *ranges);
  if (!codes) return damaged(row, codes.error());
  return Stretch{row.first, std::move(*codes), std::move(*ranges), {}};
}

Result<Stretch> decode(const ChunkRow& row) {
  auto stretch = decode_without_lines(row);
  if (!stretch) return stretch;
  if (row.lines.empty()) {
    stretch->lines.assign(row.n, 0);
    return stretch;
  }
  auto lines = chunk::decode_runs(row.lines, row.n);
  if (!lines) return damaged(row, lines.error());
  stretch->lines = std::move(*lines);
  return stretch;
}

Result<std::vector<double>> decode_channel(const ChunkRow& row, std::size_t channel) {
  if (row.codec != chunk::Codec::values) return damaged(row.where, "it holds no values");
  auto values = chunk::decode_values(row.codes, row.n, channel);
  if (!values) return damaged(row, values.error());
  return values;
}

Result<ValueStretch> decode_values(const ChunkRow& row, std::size_t channels) {
  ValueStretch stretch;
  stretch.first_ordinal = row.first;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    auto values = decode_channel(row, channel);
    if (!values) return Failure(values.error());
    stretch.channels.push_back(std::move(*values));
  }
  if (row.lines.empty()) return stretch;
  auto lines = chunk::decode_runs(row.lines, row.n);
  if (!lines) return damaged(row, lines.error());
  stretch.lines = std::move(*lines);
  return stretch;
}

std::uint64_t samples_of(sqlite::Statements& statements, const std::string& run, int stream) {
  const auto ask = [&](const char* sql) {
    const auto end = statements(sql);
    end->bind(run).bind(std::int64_t{stream});
    return end->step() ? static_cast<std::uint64_t>(std::max<std::int64_t>(end->integer(0), 0)) : 0;
  };
  try {
    return ask(kEnd);
  } catch (const sqlite::Failed& failed) {
    if ((failed.code & 0xFF) != SQLITE_CORRUPT) throw;
    return ask(kLast);  // the row cannot be read; its place in the index can
  }
}

Result<Shape> shape_of(sqlite::Statements& statements, const std::string& run, int stream) {
  const auto select = statements(kShape);
  select->bind(run).bind(std::int64_t{stream});
  if (!select->step())
    return fail(Trouble::not_found, "Run " + run + " has no stream " + std::to_string(stream) +
                                        ": joulerig runs lists the runs there are.");
  auto coefficients = chunk::decode_coefficients(select->blob(1));
  if (!coefficients) return Failure(coefficients.error());
  return Shape{channels_from(select->text(0)).size(), std::move(*coefficients), select->integer(2) != 0};
}

std::string text_of(const std::vector<Quantity>& channels) {
  std::string text;
  for (const Quantity channel : channels) text += (text.empty() ? "" : ",") + std::string(name_of(channel));
  return text;
}

std::vector<Quantity> channels_from(const std::string& text) {
  std::vector<Quantity> channels;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const auto channel = quantity_named(text.substr(at, comma - at));
    if (!channel) throw std::invalid_argument("no quantity is called '" + text.substr(at, comma - at) + "'");
    channels.push_back(*channel);
    at = comma + 1;
  }
  return channels;
}

}  // namespace jr::rows
