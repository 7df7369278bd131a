// Entries of a pyramid as bytes, and back.
// Never believes that min <= mean <= max, or that sums are those of codes: it looks.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "rig/store/planes.hpp"
#include "rig/store/pyramid.hpp"

namespace jr::pyramid {
namespace {

constexpr int kZstdLevel = 1;
constexpr std::size_t kColumns = 3, kExceptionBytes = sizeof(std::uint16_t) + sizeof(std::uint64_t);
constexpr std::size_t kCodeColumns = 5, kCodeBytes = 1 + kCodeColumns * sizeof(std::uint64_t);
constexpr std::uint16_t kCodesFollow = 0xFFFF;  // no index of an entry
constexpr float Entry::*kColumn[kColumns] = {&Entry::min, &Entry::max, &Entry::mean};

Failure corrupt(const char* what) {
  return fail(Trouble::malformed, std::string("A stored block of a pyramid is corrupt (") + what + ").");
}

/// floor(sum^2 / n): never more than the sum of squares.
std::uint64_t square_of_mean(std::uint64_t n, std::uint64_t sum) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(Wide{sum} * sum / n);
}

bool in_order(const Entry& entry) { return entry.min <= entry.mean && entry.mean <= entry.max; }

/// Puts the counts that differ from the rule into their entries. Gives how many rows of codes follow; none: nullopt.
Result<std::optional<std::uint64_t>> read_exceptions(std::span<const std::byte>& bytes, std::uint64_t full, std::vector<Entry>& entries) {
  while (!bytes.empty()) {
    if (bytes.size() < kExceptionBytes) return corrupt("its length");
    const auto index = chunk::get<std::uint16_t>(bytes, 0);
    const auto count = chunk::get<std::uint64_t>(bytes, sizeof index);
    bytes = bytes.subspan(kExceptionBytes);
    if (index == kCodesFollow) return std::optional(count);
    if (index >= entries.size() || count >= full) return corrupt("a count that cannot be");
    entries[index].count = count;
  }
  return std::optional<std::uint64_t>();
}

/// What can be told from the rest, is told: numbers that stay small are squeezed well.
std::array<std::uint64_t, kCodeColumns> columns_of(const RangeCodes& row) {
  const BlockSums& s = row.sums;
  return {row.n, s.min, std::uint64_t{s.max} - s.min, s.sum - row.n * s.min, s.sum_of_squares - square_of_mean(row.n, s.sum)};
}

/// Requires the five numbers to be those of codes; nullopt otherwise.
std::optional<RangeCodes> row_of(std::uint8_t range, const std::array<std::uint64_t, kCodeColumns>& columns, std::uint64_t most) {
  const auto [n, min, extent, above_min, scatter] = columns;
  const std::uint64_t largest = std::numeric_limits<std::uint16_t>::max();
  if (range >= kMaxRanges || n == 0 || n > most || min > largest || extent > largest - min || above_min > n * extent) return std::nullopt;
  const std::uint64_t sum = n * min + above_min;
  if (scatter > n * extent * extent) return std::nullopt;
  return RangeCodes{range, n, {static_cast<std::uint16_t>(min), static_cast<std::uint16_t>(min + extent), sum, square_of_mean(n, sum) + scatter}};
}

void write_codes(const std::vector<Entry>& entries, chunk::Bytes& planes) {
  std::vector<std::array<std::uint64_t, kCodeColumns>> rows;
  chunk::Bytes counts, ranges;
  for (const Entry& entry : entries) {
    chunk::put(counts, static_cast<std::uint8_t>(entry.codes.size()));
    for (const RangeCodes& row : entry.codes) {
      chunk::put(ranges, row.range);
      rows.push_back(columns_of(row));
    }
  }
  chunk::put(planes, kCodesFollow);
  chunk::put(planes, static_cast<std::uint64_t>(rows.size()));
  planes.insert(planes.end(), counts.begin(), counts.end());
  planes.insert(planes.end(), ranges.begin(), ranges.end());
  std::vector<std::uint64_t> column(rows.size());
  for (std::size_t c = 0; c < kCodeColumns; ++c) {
    for (std::size_t i = 0; i < rows.size(); ++i) column[i] = rows[i][c];
    chunk::to_planes(std::span<const std::uint64_t>(column), planes);
  }
}

/// `bytes`: what stands behind the exceptions.
Result<void> read_codes(std::span<const std::byte> bytes, std::uint64_t count, std::uint64_t full, std::vector<Entry>& entries) {
  const std::size_t n = entries.size();
  if (count > n * kMaxRanges || bytes.size() != n + count * kCodeBytes) return corrupt("the length of its codes");
  const auto counts = bytes.first(n), ranges = bytes.subspan(n, count);
  std::vector<std::array<std::uint64_t, kCodeColumns>> rows(count);
  std::vector<std::uint64_t> column(count);
  for (std::size_t c = 0; c < kCodeColumns; ++c) {
    chunk::from_planes(bytes.subspan(n + count * (1 + c * sizeof(std::uint64_t)), count * sizeof(std::uint64_t)), column);
    for (std::size_t i = 0; i < count; ++i) rows[i][c] = column[i];
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t end = at + static_cast<std::size_t>(counts[i]);
    std::uint64_t left = full;
    for (; at < end; ++at) {
      const auto row = at < count ? row_of(static_cast<std::uint8_t>(ranges[at]), rows[at], left) : std::nullopt;
      if (!row || (!entries[i].codes.empty() && entries[i].codes.back().range >= row->range)) return corrupt("codes that cannot be");
      left -= row->n;
      entries[i].codes.push_back(*row);
    }
  }
  return at == count ? Result<void>() : corrupt("more codes than entries");
}

}  // namespace

chunk::Bytes encode(const Blob& blob) {
  chunk::Bytes planes;
  std::vector<float> column(blob.entries.size());
  for (const auto member : kColumn) {
    for (std::size_t i = 0; i < column.size(); ++i) column[i] = blob.entries[i].*member;
    chunk::to_planes(column, planes);
  }
  for (std::size_t i = 0; i < blob.entries.size(); ++i)
    if (blob.entries[i].count != samples_per_entry(blob.level)) {
      chunk::put(planes, static_cast<std::uint16_t>(i));
      chunk::put(planes, blob.entries[i].count);
    }
  const bool has_codes = std::any_of(blob.entries.begin(), blob.entries.end(), [](const Entry& e) { return !e.codes.empty(); });
  if (has_codes && samples_per_entry(blob.level) <= kMostSummed) write_codes(blob.entries, planes);
  return chunk::squeeze(planes, kZstdLevel);
}

Result<std::vector<Entry>> decode(std::span<const std::byte> bytes, unsigned level, std::uint64_t n,
                                  chunk::Unsqueezer& unsqueeze) {
  if (n == 0 || n > kEntriesPerBlob || level >= kLevels) return corrupt("its row");
  const std::size_t column_bytes = n * sizeof(float);
  const auto planes = unsqueeze(bytes, kColumns * column_bytes + (n + 1) * kExceptionBytes + n * (1 + kMaxRanges * kCodeBytes));
  if (!planes) return Failure(planes.error());
  if (planes->size() < kColumns * column_bytes) return corrupt("its length");
  std::vector<Entry> entries(n);
  std::vector<float> column(n);
  for (std::size_t c = 0; c < kColumns; ++c) {
    chunk::from_planes(std::span(*planes).subspan(c * column_bytes, column_bytes), column);
    for (std::size_t i = 0; i < n; ++i) entries[i].*kColumn[c] = column[i];
  }
  const std::uint64_t full = samples_per_entry(level);
  for (Entry& entry : entries) entry.count = full;
  std::span<const std::byte> rest = std::span(*planes).subspan(kColumns * column_bytes);
  const auto codes = read_exceptions(rest, full, entries);
  if (!codes) return Failure(codes.error());
  if (*codes && full > kMostSummed) return corrupt("codes of too many samples");
  if (*codes)
    if (auto read = read_codes(rest, **codes, full, entries); !read) return Failure(read.error());
  for (const Entry& entry : entries)
    if (entry.count > 0 && !in_order(entry)) return corrupt("a mean outside its extent");
  return entries;
}

Result<std::vector<Entry>> decode(std::span<const std::byte> bytes, unsigned level, std::uint64_t n) {
  chunk::Unsqueezer unsqueeze;
  return decode(bytes, level, n, unsqueeze);
}

}  // namespace jr::pyramid
