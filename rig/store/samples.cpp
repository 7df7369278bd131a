// Chunks of raw samples: writing them whole, reading stretches, summing windows.
// Whole chunks answer by their moments; only the two ends of a window are decoded.
#include <algorithm>

#include "rig/store/attempt.hpp"
#include "rig/store/chunk.hpp"
#include "rig/store/store.hpp"

namespace jr {
namespace {

using Blob = std::span<const std::byte>;

std::uint32_t checksum(Blob codes, Blob ranges, Blob lines, Blob moments) {
  std::uint32_t crc = 0;
  for (const Blob blob : {codes, ranges, lines, moments}) crc = chunk::crc32c(crc, blob);
  return crc;
}

/// One chunk's row, its blobs still inside SQLite: valid until the statement steps on.
struct ChunkRow {
  std::uint64_t first{}, n{};
  Blob codes, ranges, lines, moments;
  std::uint32_t crc{};

  std::uint64_t end() const { return first + n; }
};

constexpr const char* kChunksBetween =
    "SELECT first_ordinal, n, codes, ranges, lines, moments, crc32c FROM chunk "
    "WHERE run=? AND stream=? AND first_ordinal < ? AND first_ordinal + n > ? "
    "ORDER BY first_ordinal";

ChunkRow row_of(const sqlite::Statement& select) {
  return {static_cast<std::uint64_t>(select.integer(0)),
          static_cast<std::uint64_t>(select.integer(1)),
          select.blob(2), select.blob(3), select.blob(4), select.blob(5),
          static_cast<std::uint32_t>(select.integer(6))};
}

Result<void> check(const ChunkRow& row) {
  if (checksum(row.codes, row.ranges, row.lines, row.moments) == row.crc) return {};
  return fail(Trouble::malformed, "The chunk at sample " + std::to_string(row.first) +
                                      " is corrupt (its checksum differs).");
}

Result<Stretch> decode(const ChunkRow& row) {
  auto codes = chunk::decode_codes(row.codes, row.n);
  if (!codes) return Failure(codes.error());
  auto ranges = chunk::decode_runs(row.ranges, row.n);
  if (!ranges) return Failure(ranges.error());
  auto lines = chunk::decode_runs(row.lines, row.n);
  if (!lines) return Failure(lines.error());
  return Stretch{row.first, std::move(*codes), std::move(*ranges), std::move(*lines)};
}

Failure missing(const std::string& run, std::uint64_t from, std::uint64_t to) {
  return fail(Trouble::not_found, "Samples " + std::to_string(from) + " to " + std::to_string(to) +
                                      " of run " + run + " are not stored.");
}

/// Walks the chunks that touch [start, end) in order; `visit(row)` returns false with `error` set.
template <class Visit>
Result<std::uint64_t> walk(sqlite3* db, const std::string& run, int stream, std::uint64_t start,
                           std::uint64_t end, Visit visit) {
  sqlite::Statement select(db, kChunksBetween);
  select.bind(run).bind(std::int64_t{stream});
  select.bind(static_cast<std::int64_t>(end)).bind(static_cast<std::int64_t>(start));
  std::uint64_t covered = start;
  while (select.step()) {
    const ChunkRow row = row_of(select);
    if (row.first > covered) return missing(run, covered, row.first);
    if (Result<void> whole = check(row); !whole) return Failure(whole.error());
    if (Result<void> done = visit(row); !done) return Failure(done.error());
    covered = row.end();
  }
  return covered;
}

/// Adds sums of neighbouring pieces and counts the range switch between them.
class Joiner {
 public:
  void add(const Moments& piece, std::size_t first_range, std::size_t last_range) {
    if (last_range_ < kMaxRanges && first_range != last_range_) ++sum_.switches;
    sum_ += piece;
    last_range_ = last_range;
  }
  const Moments& sum() const { return sum_; }

 private:
  Moments sum_;
  std::size_t last_range_{kMaxRanges};
};

}  // namespace

Result<void> Store::append(const std::string& run, int stream, const Stretch& samples,
                           const std::vector<HostAnchor>& anchors) {
  const std::lock_guard guard(lock_);
  return attempt("store samples", file_, [&]() -> Result<void> {
    const chunk::Bytes codes = chunk::encode_codes(samples.codes);
    const chunk::Bytes ranges = chunk::encode_runs(samples.ranges);
    const chunk::Bytes lines = chunk::encode_runs(samples.lines);
    const chunk::Bytes moments = chunk::encode_moments(moments_of(samples.codes, samples.ranges));
    sqlite::Transaction transaction(db_);
    if (!samples.codes.empty()) {
      sqlite::Statement insert(db_,
                               "INSERT INTO chunk(run, stream, first_ordinal, n, codes, ranges, lines,"
                               " moments, crc32c) VALUES(?,?,?,?,?,?,?,?,?)");
      insert.bind(run).bind(std::int64_t{stream});
      insert.bind(static_cast<std::int64_t>(samples.first_ordinal));
      insert.bind(static_cast<std::int64_t>(samples.codes.size()));
      insert.bind(codes).bind(ranges).bind(lines).bind(moments);
      insert.bind(std::int64_t{checksum(codes, ranges, lines, moments)}).step();
    }
    for (const HostAnchor& anchor : anchors) {
      sqlite::Statement insert(db_, "INSERT OR IGNORE INTO anchor VALUES(?,?,?,?)");
      insert.bind(run).bind(std::int64_t{stream});
      insert.bind(static_cast<std::int64_t>(anchor.ordinal)).bind(anchor.host_ns).step();
    }
    transaction.commit();
    return {};
  });
}

Result<std::uint64_t> Store::samples(const std::string& run, int stream) const {
  const std::lock_guard guard(lock_);
  return attempt("count the samples of " + run, file_, [&]() -> Result<std::uint64_t> {
    sqlite::Statement select(
        db_, "SELECT coalesce(max(first_ordinal + n), 0) FROM chunk WHERE run=? AND stream=?");
    select.bind(run).bind(std::int64_t{stream}).step();
    return static_cast<std::uint64_t>(select.integer(0));
  });
}

Result<Stretch> Store::samples_between(const std::string& run, int stream, std::uint64_t start,
                                       std::uint64_t end) const {
  const std::lock_guard guard(lock_);
  return attempt("read samples of " + run, file_, [&]() -> Result<Stretch> {
    Stretch stretch;
    stretch.first_ordinal = start;
    const auto append = [&](const ChunkRow& row) -> Result<void> {
      auto part = decode(row);
      if (!part) return Failure(part.error());
      const auto from = static_cast<std::ptrdiff_t>(std::max(start, row.first) - row.first);
      const auto to = static_cast<std::ptrdiff_t>(std::min(end, row.end()) - row.first);
      const auto copy = [&](auto& into, const auto& source) {
        into.insert(into.end(), source.begin() + from, source.begin() + to);
      };
      copy(stretch.codes, part->codes);
      copy(stretch.ranges, part->ranges);
      copy(stretch.lines, part->lines);
      return {};
    };
    auto covered = walk(db_, run, stream, start, end, append);
    if (!covered) return Failure(covered.error());
    return stretch;
  });
}

Result<Moments> Store::moments_between(const std::string& run, int stream, std::uint64_t start,
                                       std::uint64_t end) const {
  const std::lock_guard guard(lock_);
  return attempt("sum samples of " + run, file_, [&]() -> Result<Moments> {
    Joiner joiner;
    const auto add = [&](const ChunkRow& row) -> Result<void> {
      if (row.first >= start && row.end() <= end) {
        auto moments = chunk::decode_moments(row.moments);
        if (!moments) return Failure(moments.error());
        const chunk::Ends ends = chunk::ends_of(row.ranges);
        joiner.add(*moments, ends.first, ends.last);
        return {};
      }
      auto part = decode(row);
      if (!part) return Failure(part.error());
      const std::size_t from = std::max(start, row.first) - row.first;
      const std::size_t n = std::min(end, row.end()) - row.first - from;
      const auto ranges = std::span(part->ranges).subspan(from, n);
      joiner.add(moments_of(std::span(part->codes).subspan(from, n), ranges), ranges.front(),
                 ranges.back());
      return {};
    };
    if (start >= end) return Moments{};
    auto covered = walk(db_, run, stream, start, end, add);
    if (!covered) return Failure(covered.error());
    if (*covered < end) return missing(run, *covered, end);
    return joiner.sum();
  });
}

Result<Moments> Store::moments_anew(const std::string& run, int stream, std::uint64_t start,
                                    std::uint64_t end) const {
  auto stretch = samples_between(run, stream, start, end);
  if (!stretch) return Failure(stretch.error());
  if (stretch->codes.size() != end - start)
    return missing(run, start + stretch->codes.size(), end);
  return moments_of(stretch->codes, stretch->ranges);
}

}  // namespace jr
