// Entries of a pyramid as bytes, and back.
// Never believes that min <= mean <= max: it looks.
#include "rig/store/planes.hpp"
#include "rig/store/pyramid.hpp"

namespace jr::pyramid {
namespace {

constexpr int kZstdLevel = 1;
constexpr std::size_t kColumns = 3, kExceptionBytes = sizeof(std::uint16_t) + sizeof(std::uint64_t);
constexpr float Entry::*kColumn[kColumns] = {&Entry::min, &Entry::max, &Entry::mean};

Failure corrupt(const char* what) {
  return fail(Trouble::malformed, std::string("A stored block of a pyramid is corrupt (") + what + ").");
}

bool in_order(const Entry& entry) { return entry.min <= entry.mean && entry.mean <= entry.max; }

/// Puts the counts that differ from the rule into their entries.
Result<void> read_exceptions(std::span<const std::byte> bytes, std::uint64_t full, std::vector<Entry>& entries) {
  for (; !bytes.empty(); bytes = bytes.subspan(kExceptionBytes)) {
    const auto index = chunk::get<std::uint16_t>(bytes, 0);
    const auto count = chunk::get<std::uint64_t>(bytes, sizeof index);
    if (index >= entries.size() || count >= full) return corrupt("a count that cannot be");
    entries[index].count = count;
  }
  return {};
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
  return chunk::squeeze(planes, kZstdLevel);
}

Result<std::vector<Entry>> decode(std::span<const std::byte> bytes, unsigned level, std::uint64_t n,
                                  chunk::Unsqueezer& unsqueeze) {
  if (n == 0 || n > kEntriesPerBlob || level >= kLevels) return corrupt("its row");
  const std::size_t column_bytes = n * sizeof(float);
  const auto planes = unsqueeze(bytes, kColumns * column_bytes + n * kExceptionBytes);
  if (!planes) return Failure(planes.error());
  if (planes->size() < kColumns * column_bytes || (planes->size() - kColumns * column_bytes) % kExceptionBytes)
    return corrupt("its length");
  std::vector<Entry> entries(n);
  std::vector<float> column(n);
  for (std::size_t c = 0; c < kColumns; ++c) {
    chunk::from_planes(std::span(*planes).subspan(c * column_bytes, column_bytes), column);
    for (std::size_t i = 0; i < n; ++i) entries[i].*kColumn[c] = column[i];
  }
  for (Entry& entry : entries) entry.count = samples_per_entry(level);
  const auto exceptions = std::span(*planes).subspan(kColumns * column_bytes);
  if (auto read = read_exceptions(exceptions, samples_per_entry(level), entries); !read) return Failure(read.error());
  for (const Entry& entry : entries)
    if (entry.count > 0 && !in_order(entry)) return corrupt("a mean outside its extent");
  return entries;
}

Result<std::vector<Entry>> decode(std::span<const std::byte> bytes, unsigned level, std::uint64_t n) {
  chunk::Unsqueezer unsqueeze;
  return decode(bytes, level, n, unsqueeze);
}

}  // namespace jr::pyramid
