// Bytes of a PPK2 stream to samples, whatever the pieces they come in and whatever got lost.
// No I/O, no clock, no calibration: it can be fuzzed, replayed and timed alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rig/core/sample_block.hpp"

namespace jr {

/// A sample is a little-endian word: code 0-13, range 14-16, counter 18-23 (+1 a sample), lines 24-31.
/// There is no frame mark: only a counter that steps by one shows where words begin.
///
/// The last few verified samples are kept back until later ones confirm them, because a byte lost in a
/// word's last byte shows only in the next counter, and a wrong line byte would be a false edge.
/// What comes out depends on the bytes only, never on how they were cut.
class Ppk2Decoder {
 public:
  /// Counters that must step by one before a position of the words is believed.
  static constexpr std::size_t kProof = 8;
  /// Words looked at after a counter that does not fit.
  static constexpr std::size_t kLookAhead = 16;
  /// Verified samples kept back, to be dropped if the words turn out to be shifted.
  static constexpr std::size_t kKeptBack = 4;

  /// Appends the samples that `bytes` complete to `block`, and its breaks. An empty block gets its
  /// `first_ordinal`. Never fails: what cannot be a sample becomes a CounterBreak.
  void decode(std::span<const std::byte> bytes, SampleBlock& block);

  /// The stream is over: appends what was kept back and fits.
  void finish(SampleBlock& block);

  std::uint64_t ordinal() const { return ordinal_; }  ///< samples given out so far
  /// Bytes thrown away since the last sample: grows without limit only if this is no PPK2 stream.
  std::uint64_t bytes_without_sample() const { return thrown_away_; }

 private:
  struct Found {
    std::size_t offset{};     ///< of the first good word, in bytes from the first one of the view
    std::uint32_t counter{};  ///< its counter
  };

  void decode_view(SampleBlock& block);
  bool align();
  bool take_verified(SampleBlock& block);
  bool settle_mismatch(std::size_t words, SampleBlock& block);
  std::optional<Found> find_words(std::size_t from) const;
  bool only_the_counter_is_wrong(std::size_t at, std::uint32_t expected) const;
  void give_out(std::size_t words, SampleBlock& block);
  static Found past_the_cut(const Found& found);
  void continue_at(const Found& found);
  void throw_away(std::size_t bytes);
  void given_out(std::size_t words, SampleBlock& block);
  const std::byte* data() const { return view_.data(); }

  std::vector<std::byte> carry_;       ///< bytes not given out yet, kept between calls
  std::span<const std::byte> view_;    ///< during a call: the pending bytes, in the carry or the caller's
  std::uint64_t ordinal_{};
  std::uint64_t thrown_away_{};
  std::uint64_t discarded_{};          ///< bytes thrown away since the break that is still open
  std::uint32_t expected_{};           ///< counter of the next sample to be given out
  bool aligned_{};                     ///< the first byte of the view is the first of a word
  std::optional<CounterBreak> break_;  ///< belongs to the next sample given out
};

}  // namespace jr
