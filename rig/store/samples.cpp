// Samples as codes: stored in chunks of one size, stretches read back, windows summed.
// Whole chunks answer by their moments; only the two ends of a window are decoded.
#include <algorithm>
#include <stdexcept>

#include "rig/store/attempt.hpp"
#include "rig/store/chunk_rows.hpp"
#include "rig/store/packing.hpp"
#include "rig/store/planes.hpp"
#include "rig/store/store_state.hpp"

namespace jr {
namespace {

using rows::ChunkReader;
using rows::ChunkRow;
using rows::NewChunk;

constexpr int kZstdLevel = 1;

/// Samples [at, at + n) of the stretch. Each code is read once for the moments and the pyramid, once to be packed.
NewChunk encoded(const Stretch& samples, std::size_t at, std::size_t n, OpenStream& open, Compression compression) {
  const auto codes = std::span(samples.codes).subspan(at, n);
  const auto ranges = std::span(samples.ranges).subspan(at, n);
  NewChunk chunk;
  chunk.first = samples.first_ordinal + at;
  chunk.n = n;
  const std::vector<chunk::Run> runs = chunk::runs_of(ranges);
  const Moments moments = open.builders.empty() ? moments_of(codes, ranges) : open.builders.front().add(codes, runs);
  chunk.moments = chunk::encode_moments(moments);
  chunk.ranges = chunk::encode_runs(runs);
  if (!samples.lines.empty()) chunk.lines = chunk::encode_runs(std::span(samples.lines).subspan(at, n));
  chunk.codes = chunk::pack_codes(codes, ranges);
  chunk.codec = chunk::Codec::packed;
  if (compression != Compression::zstd) return chunk;
  chunk::Bytes squeezed = chunk::squeeze(chunk.codes, kZstdLevel);
  if (squeezed.size() >= chunk.codes.size()) return chunk;
  chunk.codes = std::move(squeezed);
  chunk.codec = chunk::Codec::packed_zstd;
  return chunk;
}

void check_shapes(const Stretch& samples) {
  const std::size_t n = samples.codes.size();
  if (samples.ranges.size() != n || (!samples.lines.empty() && samples.lines.size() != n))
    throw std::invalid_argument("codes, ranges and lines of a stretch are of different lengths");
}

Failure missing(const std::string& run, std::uint64_t from, std::uint64_t to) {
  return fail(Trouble::not_found, "Samples " + std::to_string(from) + " to " + std::to_string(to) +
                                      " of run " + run + " are not stored.");
}

/// Walks the chunks that touch [start, end) in order, without a hole; returns how far they reach.
template <class Visit>
Result<std::uint64_t> walk(sqlite::Statements& statements, const std::string& run, int stream, std::uint64_t start,
                           std::uint64_t end, Visit visit) {
  ChunkReader chunks(statements, run, stream, start, end);
  std::uint64_t covered = start;
  while (true) {
    const auto row = chunks.next();
    if (!row) return Failure(row.error());
    if (*row == nullptr) return covered;
    if ((*row)->first > covered) return missing(run, covered, (*row)->first);
    if (Result<void> done = visit(**row); !done) return Failure(done.error());
    covered = (*row)->end();
  }
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
  auto stored = attempt("store samples", file_, [&]() -> Result<void> {
    check_shapes(samples);
    auto open = state_->being_written(run, stream, samples.first_ordinal, false);
    if (!open) return Failure(open.error());
    std::vector<NewChunk> chunks;
    for (std::size_t at = 0; at < samples.codes.size(); at += chunk::kSamples)
      chunks.push_back(encoded(samples, at, std::min(chunk::kSamples, samples.codes.size() - at), **open,
                               state_->compression));
    sqlite::Transaction transaction(db_);
    for (const NewChunk& chunk : chunks) rows::insert(state_->statements, run, stream, chunk);
    state_->write_pyramid(run, stream, **open, false);
    for (const HostAnchor& anchor : anchors) {
      const auto insert = state_->statements("INSERT OR IGNORE INTO anchor VALUES(?,?,?,?)");
      insert->bind(run).bind(std::int64_t{stream});
      insert->bind(static_cast<std::int64_t>(anchor.ordinal)).bind(anchor.host_ns).step();
    }
    transaction.commit();
    return {};
  });
  if (!stored) state_->open.erase({run, stream});  // it may have run ahead of the disk
  return stored;
}

Result<std::uint64_t> Store::samples(const std::string& run, int stream) const {
  const std::lock_guard guard(lock_);
  return attempt("count the samples of " + run, file_,
                 [&]() -> Result<std::uint64_t> { return rows::samples_of(state_->statements, run, stream); });
}

Result<Stretch> Store::samples_between(const std::string& run, int stream, std::uint64_t start,
                                       std::uint64_t end) const {
  const std::lock_guard guard(lock_);
  return attempt("read samples of " + run, file_, [&]() -> Result<Stretch> {
    Stretch stretch;
    stretch.first_ordinal = start;
    const auto append = [&](const ChunkRow& row) -> Result<void> {
      auto part = rows::decode(row);
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
    auto covered = walk(state_->statements, run, stream, start, end, append);
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
      auto part = rows::decode_without_lines(row);
      if (!part) return Failure(part.error());
      const std::size_t from = std::max(start, row.first) - row.first;
      const std::size_t n = std::min(end, row.end()) - row.first - from;
      const auto ranges = std::span(part->ranges).subspan(from, n);
      joiner.add(moments_of(std::span(part->codes).subspan(from, n), ranges), ranges.front(),
                 ranges.back());
      return {};
    };
    if (start >= end) return Moments{};
    auto covered = walk(state_->statements, run, stream, start, end, add);
    if (!covered) return Failure(covered.error());
    if (*covered < end) return missing(run, *covered, end);
    return joiner.sum();
  });
}

Result<Moments> Store::moments_anew(const std::string& run, int stream, std::uint64_t start,
                                    std::uint64_t end) const {
  Moments sum;
  std::size_t before = kMaxRanges;
  for (std::uint64_t at = start; at < end; at += chunk::kMostSamples) {  // a night does not fit into memory
    const std::uint64_t to = std::min<std::uint64_t>(end, at + chunk::kMostSamples);
    auto stretch = samples_between(run, stream, at, to);
    if (!stretch) return Failure(stretch.error());
    if (stretch->codes.size() != to - at) return missing(run, at + stretch->codes.size(), end);
    sum += moments_of(stretch->codes, stretch->ranges, before);
    before = stretch->ranges.back();
  }
  return sum;
}

}  // namespace jr
