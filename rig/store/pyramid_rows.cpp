// The pyramid beside its chunks: begun with a stream, written as its blobs fill, made anew or checked when asked.
// Never trusted where the chunks say otherwise.
#include "rig/store/pyramid_rows.hpp"

#include <algorithm>

#include "rig/store/attempt.hpp"
#include "rig/store/store_state.hpp"

namespace jr {
namespace rows {
namespace {

constexpr const char* kInsertBlob =
    "INSERT INTO pyramid(run, stream, channel, level, first_entry, n, columns, crc32c) VALUES(?,?,?,?,?,?,?,?)";

/// No stream misses so much at once; a first ordinal that says so is damaged.
constexpr std::uint64_t kLongestHole = std::uint64_t{1} << 33;

Result<void> add(const ChunkRow& row, const Shape& shape, std::vector<pyramid::Builder>& builders) {
  if (shape.channels == 0) {
    auto stretch = decode_without_lines(row);
    if (!stretch) return Failure(stretch.error());
    (void)builders.front().add(stretch->codes, chunk::runs_of(stretch->ranges));
    return {};
  }
  auto stretch = decode_values(row, shape.channels);
  if (!stretch) return Failure(stretch.error());
  for (std::size_t c = 0; c < shape.channels; ++c) builders[c].add(stretch->channels[c]);
  return {};
}

}  // namespace

std::vector<pyramid::Builder> builders_for(const Shape& shape) {
  if (shape.channels > 0) return std::vector<pyramid::Builder>(shape.channels);
  if (shape.coefficients.known()) return {pyramid::Builder(shape.coefficients)};
  return {};
}

void clear_pyramid(sqlite::Statements& statements, const std::string& run, int stream) {
  const auto clear = statements("DELETE FROM pyramid WHERE run=? AND stream=?");
  clear->bind(run).bind(std::int64_t{stream}).step();
}

void insert(sqlite::Statements& statements, const std::string& run, int stream, std::size_t channel,
            const pyramid::Blob& blob) {
  const chunk::Bytes columns = pyramid::encode(blob);
  const auto statement = statements(kInsertBlob);
  statement->bind(run).bind(std::int64_t{stream}).bind(static_cast<std::int64_t>(channel));
  statement->bind(std::int64_t{blob.level}).bind(static_cast<std::int64_t>(blob.first_entry));
  statement->bind(static_cast<std::int64_t>(blob.entries.size())).bind(columns);
  statement->bind(std::int64_t{chunk::crc32c(0, columns)}).step();
}

Result<void> scan(sqlite::Statements& statements, const std::string& run, int stream, const Shape& shape,
                  const std::function<void(std::size_t, const pyramid::Blob&)>& take) {
  std::vector<pyramid::Builder> builders = builders_for(shape);
  if (builders.empty()) return {};
  const auto hand_on = [&](bool end) {
    for (std::size_t c = 0; c < builders.size(); ++c)
      for (const pyramid::Blob& blob : end ? builders[c].finish() : builders[c].take()) take(c, blob);
  };
  const auto skip_to = [&](std::uint64_t ordinal) {
    while (builders.front().samples() < ordinal) {
      const std::uint64_t n = std::min<std::uint64_t>(ordinal - builders.front().samples(), chunk::kMostSamples);
      for (auto& builder : builders) builder.skip(n);
      hand_on(false);
    }
  };
  const std::uint64_t end = samples_of(statements, run, stream);
  ChunkReader chunks(statements, run, stream, 0, end);
  while (true) {
    const auto row = chunks.next();
    if (!row) continue;  // its samples have no value
    if (*row == nullptr) break;
    const std::uint64_t reached = builders.front().samples();
    if ((*row)->first < reached || (*row)->first - reached > kLongestHole)
      return fail(Trouble::malformed, (*row)->where + " lies where it cannot: joulerig store check says more.");
    skip_to((*row)->first);
    (void)add(**row, shape, builders);
    hand_on(false);
  }
  if (end - std::min(end, builders.front().samples()) <= kLongestHole) skip_to(end);
  hand_on(true);
  return {};
}

}  // namespace rows

Result<OpenStream*> Store::State::being_written(const std::string& run, int stream, std::uint64_t first_ordinal,
                                                bool values) {
  auto at = open.find({run, stream});
  if (at == open.end()) {
    auto shape = rows::shape_of(statements, run, stream);
    if (!shape) return Failure(shape.error());
    if (!shape->is_open) return fail(Trouble::refused, "Run " + run + " is closed: no samples are added to it.");
    at = open.emplace(std::pair(run, stream), OpenStream{*shape, rows::builders_for(*shape), false}).first;
    if (rows::samples_of(statements, run, stream) > 0) stop_following(run, stream, at->second);
  }
  OpenStream& found = at->second;
  if ((found.shape.channels > 0) != values)
    return fail(Trouble::refused, "Stream " + std::to_string(stream) + " of run " + run + " holds " +
                                      (values ? "codes, not values." : "values, not codes."));
  if (!found.builders.empty() && found.builders.front().samples() != first_ordinal)
    stop_following(run, stream, found);
  return &found;
}

/// What was written of the pyramid goes: its last entries may be only half of what they will be.
void Store::State::stop_following(const std::string& run, int stream, OpenStream& stream_open) {
  stream_open.remake = !stream_open.builders.empty();
  stream_open.builders.clear();
  rows::clear_pyramid(statements, run, stream);
}

void Store::State::write_pyramid(const std::string& run, int stream, OpenStream& stream_open, bool end) {
  for (std::size_t c = 0; c < stream_open.builders.size(); ++c)
    for (const pyramid::Blob& blob : end ? stream_open.builders[c].finish() : stream_open.builders[c].take())
      rows::insert(statements, run, stream, c, blob);
}

Result<void> Store::State::remake_pyramid(const std::string& run, int stream, const rows::Shape& shape) {
  constexpr std::size_t kAtOnce = 64;
  std::vector<std::pair<std::size_t, pyramid::Blob>> waiting;
  const auto write = [&] {
    sqlite::Transaction transaction(statements.connection());
    for (const auto& [channel, blob] : waiting) rows::insert(statements, run, stream, channel, blob);
    transaction.commit();
    waiting.clear();
  };
  rows::clear_pyramid(statements, run, stream);
  auto made = rows::scan(statements, run, stream, shape, [&](std::size_t channel, const pyramid::Blob& blob) {
    waiting.emplace_back(channel, blob);
    if (waiting.size() == kAtOnce) write();
  });
  if (made) write();
  return made;
}

Result<void> Store::end_stream(const std::string& run, int stream) {
  const std::lock_guard guard(lock_);
  const auto ending = state_->open.extract({run, stream});
  if (ending.empty()) return {};
  return attempt("end a stream", file_, [&]() -> Result<void> {
    OpenStream& last = ending.mapped();
    if (last.remake) return state_->remake_pyramid(run, stream, last.shape);
    sqlite::Transaction transaction(db_);
    state_->write_pyramid(run, stream, last, true);
    transaction.commit();
    return {};
  });
}

Result<void> Store::rebuild_pyramid(const std::string& run, int stream, const Coefficients& coefficients) {
  const std::lock_guard guard(lock_);
  return attempt("make the pyramid of " + run, file_, [&]() -> Result<void> {
    auto shape = rows::shape_of(state_->statements, run, stream);
    if (!shape) return Failure(shape.error());
    if (shape->is_open)
      return fail(Trouble::refused, "Run " + run + " is not closed yet: its pyramid is made as it is recorded.");
    if (shape->channels == 0 && !shape->coefficients.known()) {
      if (!coefficients.known())
        return fail(Trouble::unsupported, "Stream " + std::to_string(stream) + " of run " + run + " was stored without "
                                              "coefficients: its pyramid needs those of the instrument.");
      shape->coefficients = coefficients;
      const chunk::Bytes blob = chunk::encode_coefficients(coefficients);
      sqlite::Statement update(db_, "UPDATE stream SET coefficients=? WHERE run=? AND stream=?");
      update.bind(blob).bind(run).bind(std::int64_t{stream}).step();
    }
    return state_->remake_pyramid(run, stream, *shape);
  });
}

namespace {

/// What is wrong with a stored blob when `made` is what it should be; empty: nothing. Samples that can no longer be
/// read are not held against it.
std::string trouble_of(sqlite::Statement& row, const pyramid::Blob& made) {
  if (!row.step()) return "is missing";
  const auto columns = row.blob(0);
  const auto stored = pyramid::decode(columns, made.level, made.entries.size());
  if (chunk::crc32c(0, columns) != static_cast<std::uint32_t>(row.integer(1)) || !stored) return "is corrupt";
  for (std::size_t i = 0; i < stored->size(); ++i) {
    const pyramid::Entry &a = (*stored)[i], &b = made.entries[i];
    const bool same = a.count == b.count && (a.count == 0 || (a.min == b.min && a.max == b.max && a.mean == b.mean));
    // What older programs stored holds no codes.
    const bool same_codes = a.codes.empty() || a.codes == b.codes;
    if (!(same && same_codes) && a.count <= b.count) return "differs from its chunks";
  }
  return "";
}

}  // namespace

Result<std::vector<std::string>> Store::check_pyramid(const std::string& run, int stream) const {
  const std::lock_guard guard(lock_);
  return attempt("check the pyramid of " + run, file_, [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> troubles;
    auto shape = rows::shape_of(state_->statements, run, stream);
    if (!shape) return Failure(shape.error());
    const sqlite::Snapshot snapshot(db_);
    sqlite::Statement any(db_, "SELECT 1 FROM pyramid WHERE run=? AND stream=? LIMIT 1");
    if (shape->is_open || !any.bind(run).bind(std::int64_t{stream}).step()) return troubles;
    const auto compare = [&](std::size_t channel, const pyramid::Blob& made) {
      const auto row = state_->statements("SELECT columns, crc32c FROM pyramid WHERE run=? AND stream=? AND channel=? "
                                          "AND level=? AND first_entry=?");
      row->bind(run).bind(std::int64_t{stream}).bind(static_cast<std::int64_t>(channel));
      row->bind(std::int64_t{made.level}).bind(static_cast<std::int64_t>(made.first_entry));
      if (const std::string why = trouble_of(*row, made); !why.empty())
        troubles.push_back("The pyramid of stream " + std::to_string(stream) + " of run " + run + " " + why + " at sample " +
                           std::to_string(made.first_entry * pyramid::samples_per_entry(made.level)) + ", level " +
                           std::to_string(made.level) + "; it can be made anew from the chunks.");
    };
    if (auto made = rows::scan(state_->statements, run, stream, *shape, compare); !made) return Failure(made.error());
    return troubles;
  });
}

}  // namespace jr
