// Minimum, maximum and mean of a stream at every zoom: what an entry is, and how entries come out of samples.
// Pure: no file, no SQL. A view: energy never comes from it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "rig/core/block_sums.hpp"
#include "rig/core/moments.hpp"
#include "rig/core/result.hpp"
#include "rig/store/chunk.hpp"
#include "rig/store/code_sums.hpp"
#include "rig/store/coefficients.hpp"
#include "rig/store/planes.hpp"

namespace jr::pyramid {

inline constexpr std::uint64_t kBase = 256;            ///< samples of an entry of level 0
inline constexpr std::uint64_t kFanOut = 4;            ///< entries of one level in an entry of the next
inline constexpr std::uint64_t kEntriesPerBlob = 1024;
inline constexpr unsigned kLevels = 24;                ///< more than any 64-bit count of samples that a disk can hold

constexpr std::uint64_t samples_per_entry(unsigned level) { return kBase << (2 * level); }
/// Entries of a level that `samples` samples have; the last one may be begun only.
constexpr std::uint64_t entries_of(std::uint64_t samples, unsigned level) {
  return samples / samples_per_entry(level) + (samples % samples_per_entry(level) != 0);
}

/// Extent and sum of samples, of which `count` have a value. Without any, min > max.
struct Band {
  double min{std::numeric_limits<double>::infinity()}, max{-std::numeric_limits<double>::infinity()}, sum{};
  std::uint64_t count{};
  CodeSums codes;  ///< of all codes of legal ranges, whether the coefficients gave them a value or not

  double mean() const;  ///< requires count > 0; min <= mean <= max
  Band& operator+=(const Band& other);
};

/// Of codes of one range, in ampere. min and max are currents of codes that are there; the sum is exact before
/// its last rounding. Coefficients that are not finite give no value.
Band band_of(std::span<const std::uint16_t> codes, const BlockSums& sums, const RangePolynomial& range,
             double supply_V);
/// Of values; what is not finite has no value.
Band band_of(std::span<const double> values);
/// Under coefficients that were not known when the codes were summed. nullopt: a polynomial turns between the codes of its
/// range, so that only the codes themselves tell its extremes.
std::optional<Band> band_of(const CodeSums& codes, const Coefficients& coefficients);

/// What is kept of a band. Without any value the three floats are NaN. min <= mean <= max. The floats of codes are by the
/// coefficients of the stream; `codes` gives them by any.
struct Entry {
  float min{std::numeric_limits<float>::quiet_NaN()}, max{min}, mean{min};
  std::uint64_t count{};
  CodeSums codes{};
};

Entry entry_of(const Band& band);
Band band_of(const Entry& entry);  ///< as far as floats tell it
/// An entry of the next level. The same whether its parts were just made or read back.
Entry fold(std::span<const Entry> parts);

/// Cuts a stream into bands of `length` samples, the first of which begins with the first sample added.
class Bander {
 public:
  Bander(Coefficients coefficients, std::uint64_t length)
      : coefficients_(std::move(coefficients)), length_(length) {}

  /// The next codes; each is read once. Returns their moments. Requires runs that cover the codes.
  Moments add(std::span<const std::uint16_t> codes, std::span<const chunk::Run> ranges);
  void add(std::span<const double> values);
  void skip(std::uint64_t n);  ///< samples that have no value

  std::uint64_t added() const { return added_; }
  std::vector<Band> take();    ///< whole bands since the last call
  std::vector<Band> finish();  ///< these, and the one that was begun

 private:
  std::uint64_t room() const { return length_ - added_ % length_; }
  void advance(std::uint64_t n);
  void add_piece(std::span<const std::uint16_t> codes, std::uint8_t range, Moments& moments);

  Coefficients coefficients_;
  std::uint64_t length_, added_{};
  Band open_;
  std::vector<Band> whole_;
};

/// Entries [first_entry, first_entry + entries.size()) of a level, as they are stored together.
struct Blob {
  unsigned level{};
  std::uint64_t first_entry{};
  std::vector<Entry> entries;
};

/// The pyramid of one channel of a stream, from its first sample on. Memory: at most kEntriesPerBlob entries a level.
class Builder {
 public:
  explicit Builder(Coefficients coefficients = {}) : bander_(std::move(coefficients), kBase) {}

  Moments add(std::span<const std::uint16_t> codes, std::span<const chunk::Run> ranges);
  void add(std::span<const double> values);
  void skip(std::uint64_t n);

  std::uint64_t samples() const { return bander_.added(); }
  std::vector<Blob> take();    ///< blobs that have become full since the last call
  std::vector<Blob> finish();  ///< these and all that was begun: the end of the stream

 private:
  struct Level { Blob open; std::vector<Entry> parts; };

  void push(unsigned level, const Entry& entry);
  void push(const std::vector<Band>& bands);

  Bander bander_;
  std::vector<Level> levels_;
  std::vector<Blob> full_;
};

/// One zstd frame of the byte planes of n minima, n maxima and n means (f32), then for each entry whose count is
/// not that of its level: its index (u16) and its count (u64). Of codes, for levels whose entries are at most kMostSummed samples:
/// the index 65535 and how many rows of codes follow; rows an entry (n x u8); the ranges (u8); and the byte planes, u64 each,
/// of n, min, max - min, sum - n min, and sum of squares - floor(sum^2 / n).
chunk::Bytes encode(const Blob& blob);
/// `n`: how many entries the row says. Errors: malformed.
Result<std::vector<Entry>> decode(std::span<const std::byte> bytes, unsigned level, std::uint64_t n);
/// The same for one of many.
Result<std::vector<Entry>> decode(std::span<const std::byte> bytes, unsigned level, std::uint64_t n,
                                  chunk::Unsqueezer& unsqueeze);

}  // namespace jr::pyramid
