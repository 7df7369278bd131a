// Columns for a picture: entries of the level that fits, or the samples themselves below the base.
// Never trusts a blob of the pyramid that is missing or damaged: its entries are computed from the level below.
#include "rig/store/zoom.hpp"

#include <algorithm>
#include <limits>
#include <span>

#include "rig/store/attempt.hpp"
#include "rig/store/pyramid_rows.hpp"
#include "rig/store/store_state.hpp"

namespace jr {
namespace {

using pyramid::Band;
using pyramid::Entry;

constexpr const char* kBlobs =
    "SELECT first_entry, n, columns, crc32c FROM pyramid WHERE run=? AND stream=? AND channel=? AND level=? "
    "AND first_entry>=? AND first_entry<? ORDER BY first_entry";
/// Entries that are computed at a time from the level below: memory stays small however deep it goes.
constexpr std::uint64_t kComputedAtOnce = 256;

Column column_of(const Band& band, std::uint64_t first, std::uint64_t n) {
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  if (band.count == 0) return {first, n, n, kNothing, kNothing, kNothing};
  return {first, n, n - std::min(n, band.count), band.min, band.max, band.mean()};
}

/// One look at one channel of one stream.
class View {
 public:
  /// `own`: the coefficients of `shape` are those that the floats of its pyramid were made with.
  View(sqlite::Statements& statements, chunk::Unsqueezer& unsqueeze, const std::string& run, int stream,
       rows::Shape shape, std::size_t channel, std::uint64_t samples, bool own)
      : statements_(statements), unsqueeze_(unsqueeze), run_(run), stream_(stream), shape_(std::move(shape)),
        channel_(channel), samples_(samples), own_(own) {}

  std::vector<Column> exact(std::uint64_t start, std::uint64_t end, std::uint64_t per_column);
  std::vector<Column> coarse(std::uint64_t start, std::uint64_t end, std::uint64_t per_column, unsigned level);
  std::vector<std::string> damaged() && { return std::move(damaged_); }

 private:
  std::vector<Band> bands(std::uint64_t start, std::uint64_t end, std::uint64_t per_band);
  Result<void> add(const rows::ChunkRow& row, std::uint64_t from, std::uint64_t to, pyramid::Bander& bander) const;
  std::vector<Entry> entries(std::uint64_t first, std::uint64_t last, unsigned level);
  struct Found { std::uint64_t first{}, last{}; };  ///< entries [first, last)
  std::vector<Found> read_stored(std::uint64_t first, std::uint64_t last, unsigned level, std::span<Entry> into);
  std::vector<Entry> computed(std::uint64_t first, std::uint64_t last, unsigned level);
  bool tells(const std::vector<Entry>& entries, unsigned level) const;
  Band seen(std::span<const Entry> entries, std::uint64_t first, std::uint64_t end);
  void note(const std::string& sentence);

  sqlite::Statements& statements_;
  chunk::Unsqueezer& unsqueeze_;
  const std::string& run_;
  const int stream_;
  const rows::Shape shape_;
  const std::size_t channel_;
  const std::uint64_t samples_;
  const bool own_;
  std::vector<std::string> damaged_;
};

void View::note(const std::string& sentence) {
  if (std::find(damaged_.begin(), damaged_.end(), sentence) == damaged_.end()) damaged_.push_back(sentence);
}

/// Samples [from, to) of the chunk.
Result<void> View::add(const rows::ChunkRow& row, std::uint64_t from, std::uint64_t to,
                       pyramid::Bander& bander) const {
  const std::size_t at = from - row.first, n = to - from;
  if (shape_.channels > 0) {
    const auto values = rows::decode_channel(row, channel_);
    if (!values) return Failure(values.error());
    bander.add(std::span(*values).subspan(at, n));
    return {};
  }
  const auto stretch = rows::decode_without_lines(row);
  if (!stretch) return Failure(stretch.error());
  (void)bander.add(std::span(stretch->codes).subspan(at, n),
                   chunk::runs_of(std::span(stretch->ranges).subspan(at, n)));
  return {};
}

/// What cannot be read, or is not stored, has no value.
std::vector<Band> View::bands(std::uint64_t start, std::uint64_t end, std::uint64_t per_band) {
  pyramid::Bander bander(shape_.coefficients, per_band);
  rows::ChunkReader chunks(statements_, run_, stream_, start, end);
  const auto at = [&] { return start + bander.added(); };
  while (true) {
    const auto row = chunks.next();
    if (!row) {
      note(row.error().message);
      continue;
    }
    if (*row == nullptr) break;
    const std::uint64_t from = std::max(at(), (*row)->first), to = std::min(end, (*row)->end());
    if (from >= to) continue;
    bander.skip(from - at());
    if (auto added = add(**row, from, to, bander); !added) note(added.error().message);
  }
  bander.skip(end - at());
  return bander.finish();
}

std::vector<Column> View::exact(std::uint64_t start, std::uint64_t end, std::uint64_t per_column) {
  std::vector<Column> columns;
  std::uint64_t first = start;
  for (const Band& band : bands(start, end, per_column)) {
    const std::uint64_t n = std::min(per_column, end - first);
    columns.push_back(column_of(band, first, n));
    first += n;
  }
  return columns;
}

std::vector<Column> View::coarse(std::uint64_t start, std::uint64_t end, std::uint64_t per_column, unsigned level) {
  const std::uint64_t per_entry = pyramid::samples_per_entry(level), together = per_column / per_entry;
  const std::uint64_t from = start / per_column * per_column;
  const std::uint64_t to = std::min(samples_, (end + per_column - 1) / per_column * per_column);
  const std::vector<Entry> all = entries(from / per_entry, (to + per_entry - 1) / per_entry, level);
  std::vector<Column> columns;
  columns.reserve((to - from) / per_column + 1);
  for (std::uint64_t first = from, at = 0; first < to; first += per_column, at += together) {
    const std::uint64_t n = std::min(per_column, to - first);
    columns.push_back(column_of(seen(std::span(all).subspan(at, std::min<std::uint64_t>(together, all.size() - at)), first, first + n), first, n));
  }
  return columns;
}

/// Entries that cover the samples [first, end), under the coefficients of this view: by their codes, where they have them.
Band View::seen(std::span<const Entry> entries, std::uint64_t first, std::uint64_t end) {
  Band band;
  pyramid::CodeSums codes;
  bool by_samples = false;
  const auto put_codes = [&] {
    const auto coded = pyramid::band_of(codes, shape_.coefficients);
    if (coded) band += *coded;
    else by_samples = true;
    codes.clear();
  };
  for (const Entry& entry : entries) {
    if (entry.codes.empty()) band += pyramid::band_of(entry);
    else pyramid::add(codes, entry.codes);
    if (pyramid::samples_of(codes) + (end - first) / entries.size() > pyramid::kMostSummed) put_codes();
  }
  put_codes();
  // Only the samples tell the extremes of a polynomial that turns between them.
  return by_samples ? bands(first, end, end - first).front() : band;
}

/// Entries [first, last) of a level.
std::vector<Entry> View::entries(std::uint64_t first, std::uint64_t last, unsigned level) {
  std::vector<Entry> all(last - first);
  std::uint64_t reached = first;
  const auto compute_to = [&](std::uint64_t end) {
    while (reached < end) {
      const std::uint64_t to = std::min(end, reached + kComputedAtOnce);
      const std::vector<Entry> made = computed(reached, to, level);
      std::copy(made.begin(), made.end(), all.begin() + static_cast<std::ptrdiff_t>(reached - first));
      reached = to;
    }
  };
  for (const Found& stored : read_stored(first, last, level, all)) {
    compute_to(stored.first);
    reached = std::max(reached, stored.last);
  }
  compute_to(last);
  return all;
}

/// Whether stored entries can be seen under the coefficients of this view.
bool View::tells(const std::vector<Entry>& entries, unsigned level) const {
  if (shape_.channels > 0 || own_) return true;
  if (pyramid::samples_per_entry(level) > pyramid::kMostSummed) return false;
  // Entries of older programs have no codes.
  return std::all_of(entries.begin(), entries.end(), [](const Entry& e) { return e.count == 0 || !e.codes.empty(); }) &&
         std::any_of(entries.begin(), entries.end(), [](const Entry& e) { return !e.codes.empty(); });
}

/// Puts what is stored of entries [first, last) into its places; says which they are, ascending.
std::vector<View::Found> View::read_stored(std::uint64_t first, std::uint64_t last, unsigned level, std::span<Entry> into) {
  std::vector<Found> found;
  try {
    const auto blobs = statements_(kBlobs);
    blobs->bind(run_).bind(std::int64_t{stream_}).bind(static_cast<std::int64_t>(channel_)).bind(std::int64_t{level});
    blobs->bind(static_cast<std::int64_t>(first / pyramid::kEntriesPerBlob * pyramid::kEntriesPerBlob));
    blobs->bind(static_cast<std::int64_t>(last));
    while (blobs->step()) {
      const auto columns = blobs->blob(2);
      if (chunk::crc32c(0, columns) != static_cast<std::uint32_t>(blobs->integer(3))) continue;
      const auto entries = pyramid::decode(columns, level, static_cast<std::uint64_t>(blobs->integer(1)), unsqueeze_);
      if (!entries || !tells(*entries, level)) continue;
      const auto blob_first = static_cast<std::uint64_t>(blobs->integer(0));
      const Found part{std::max(first, blob_first), std::min(last, blob_first + entries->size())};
      if (part.first >= part.last) continue;
      const std::span<const Entry> asked = std::span(*entries).subspan(part.first - blob_first, part.last - part.first);
      std::copy(asked.begin(), asked.end(), into.begin() + static_cast<std::ptrdiff_t>(part.first - first));
      found.push_back(part);
    }
  } catch (const sqlite::Failed& failed) {
    const int code = failed.code & 0xFF;
    if (code != SQLITE_CORRUPT && code != SQLITE_IOERR) throw;  // a damaged page: the level below is asked
  }
  return found;
}

std::vector<Entry> View::computed(std::uint64_t first, std::uint64_t last, unsigned level) {
  std::vector<Entry> made;
  if (level == 0) {
    const std::uint64_t end = std::min(samples_, last * pyramid::kBase);
    for (const Band& band : bands(first * pyramid::kBase, end, pyramid::kBase)) made.push_back(pyramid::entry_of(band));
    return made;
  }
  const std::uint64_t parts_end = std::min(pyramid::entries_of(samples_, level - 1), last * pyramid::kFanOut);
  const std::vector<Entry> parts = entries(first * pyramid::kFanOut, parts_end, level - 1);
  for (std::size_t at = 0; at < parts.size(); at += pyramid::kFanOut)
    made.push_back(pyramid::fold(std::span(parts).subspan(at, std::min<std::size_t>(pyramid::kFanOut, parts.size() - at))));
  return made;
}

Result<void> check(const rows::Shape& shape, const std::string& run, int stream, std::size_t channel) {
  if (channel >= std::max<std::size_t>(shape.channels, 1))
    return fail(Trouble::usage, "Stream " + std::to_string(stream) + " of run " + run + " has " +
                                    std::to_string(std::max<std::size_t>(shape.channels, 1)) + " channels, none of them number " +
                                    std::to_string(channel) + ".");
  if (shape.channels == 0 && !shape.coefficients.known())
    return fail(Trouble::unsupported, "Stream " + std::to_string(stream) + " of run " + run + " was stored without "
                                          "coefficients: a view in ampere needs those of its instrument.");
  return {};
}

/// The highest level whose entries are no wider than `per_pixel` samples.
unsigned level_for(std::uint64_t per_pixel) {
  unsigned level = 0;
  while (level + 1 < pyramid::kLevels && pyramid::samples_per_entry(level + 1) <= per_pixel) ++level;
  return level;
}

}  // namespace

Result<Zoom> zoom(const Store& store, const std::string& run, int stream, std::uint64_t start, std::uint64_t end,
                  std::size_t pixels, std::size_t channel, const Coefficients& coefficients) {
  if (start >= end || pixels == 0)
    return fail(Trouble::usage, "A view needs a stretch that ends behind its start, and at least one pixel.");
  const std::lock_guard guard(store.lock_);
  return attempt("look at samples of " + run, store.file_, [&]() -> Result<Zoom> {
    const sqlite::Snapshot snapshot(store.db_);
    sqlite::Statements& statements = store.state_->statements;
    auto shape = rows::shape_of(statements, run, stream);
    if (!shape) return Failure(shape.error());
    const bool own = !coefficients.known() || chunk::encode_coefficients(coefficients) == chunk::encode_coefficients(shape->coefficients);
    if (!own) shape->coefficients = coefficients;
    if (auto fits = check(*shape, run, stream, channel); !fits) return Failure(fits.error());
    const std::uint64_t samples = rows::samples_of(statements, run, stream);
    const std::uint64_t asked = end - start;
    const std::uint64_t per_pixel = asked / pixels;
    Zoom zoom;
    zoom.from_pyramid = per_pixel >= pyramid::kBase;
    const unsigned level = level_for(per_pixel);
    const std::uint64_t step = zoom.from_pyramid ? pyramid::samples_per_entry(level) : 1;
    zoom.samples_per_column = step * (asked / step / pixels + ((asked / step) % pixels != 0 || asked % step != 0));
    if (start >= samples) return zoom;
    View view(statements, store.state_->unsqueeze, run, stream, std::move(*shape), channel, samples, own);
    const std::uint64_t stop = std::min(end, samples);
    zoom.columns = zoom.from_pyramid ? view.coarse(start, stop, zoom.samples_per_column, level)
                                     : view.exact(start, stop, zoom.samples_per_column);
    zoom.damaged = std::move(view).damaged();
    return zoom;
  });
}

}  // namespace jr
