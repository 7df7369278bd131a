// Explicit little-endian, whatever the host. Decoders count before they copy.
#include "rig/store/chunk.hpp"

#include <array>
#include <cstring>
#include <string>

#include "rig/core/value_runs.hpp"

namespace jr::chunk {
namespace {

constexpr std::size_t kRunBytes = 5;

}  // namespace

Failure corrupt(const char* what) {
  return fail(Trouble::malformed, std::string("A stored chunk is corrupt (") + what + ").");
}

Bytes encode_codes(std::span<const std::uint16_t> codes) {
  Bytes blob(codes.size() * sizeof(std::uint16_t));
  if (!codes.empty()) std::memcpy(blob.data(), codes.data(), blob.size());
  return blob;
}

Result<std::vector<std::uint16_t>> decode_codes(std::span<const std::byte> blob, std::size_t n) {
  if (n > kMostSamples || blob.size() != n * sizeof(std::uint16_t)) return corrupt("its codes have another length");
  std::vector<std::uint16_t> codes(n);
  if (n) std::memcpy(codes.data(), blob.data(), blob.size());
  return codes;
}

std::vector<Run> runs_of(std::span<const std::uint8_t> values) {
  std::vector<Run> runs;
  for (std::size_t start = 0; start < values.size();) {
    const std::size_t end = run_end(values, start);
    runs.push_back({values[start], static_cast<std::uint32_t>(end - start)});
    start = end;
  }
  return runs;
}

Bytes encode_runs(std::span<const Run> runs) {
  Bytes blob;
  blob.reserve(runs.size() * kRunBytes);
  for (const Run& run : runs) {
    put(blob, run.value);
    put(blob, run.length);
  }
  return blob;
}

Bytes encode_runs(std::span<const std::uint8_t> values) { return encode_runs(runs_of(values)); }

Result<std::vector<std::uint8_t>> decode_runs(std::span<const std::byte> blob, std::size_t n) {
  if (blob.size() % kRunBytes) return corrupt("a run table is cut");
  if (n > kMostSamples) return corrupt("its row claims too many samples");
  std::vector<std::uint8_t> values;
  values.reserve(n);
  for (std::size_t at = 0; at < blob.size(); at += kRunBytes) {
    const auto length = get<std::uint32_t>(blob, at + 1);
    if (length > n - values.size()) return corrupt("a run table is too long");
    values.insert(values.end(), length, get<std::uint8_t>(blob, at));
  }
  if (values.size() != n) return corrupt("a run table is too short");
  return values;
}

Ends ends_of(std::span<const std::byte> runs) {
  if (runs.size() < kRunBytes) return {};
  return {get<std::uint8_t>(runs, 0), get<std::uint8_t>(runs, runs.size() - kRunBytes)};
}

Bytes encode_moments(const Moments& moments) {
  Bytes blob;
  for (const RangeMoments& row : moments.ranges) {
    put(blob, row.n);
    put(blob, row.sum);
    put(blob, row.sum_of_squares);
  }
  put(blob, moments.illegal);
  put(blob, moments.switches);
  put(blob, moments.lost);
  return blob;
}

Result<Moments> decode_moments(std::span<const std::byte> blob) {
  constexpr std::size_t kWords = 3 * kMaxRanges + 3;
  if (blob.size() != kWords * sizeof(std::uint64_t)) return corrupt("its moments");
  std::array<std::uint64_t, kWords> words;
  std::memcpy(words.data(), blob.data(), blob.size());
  Moments moments;
  for (std::size_t r = 0; r < kMaxRanges; ++r)
    moments.ranges[r] = {words[3 * r], words[3 * r + 1], words[3 * r + 2]};
  moments.illegal = words[kWords - 3];
  moments.switches = words[kWords - 2];
  moments.lost = words[kWords - 1];
  return moments;
}

}  // namespace jr::chunk
