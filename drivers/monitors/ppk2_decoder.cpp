// Words of a PPK2 stream: given out while counters step, searched for when they do not.
// Never gives out a word whose place the counter has not proven.
#include "drivers/monitors/ppk2_decoder.hpp"

#include <algorithm>

#include "drivers/monitors/ppk2_words.hpp"

namespace jr {
namespace {

using namespace ppk2;

/// Words unpacked in one go: what is made room for is still in the first-level cache when it is filled.
constexpr std::size_t kWordsAtOnce = 4096;
/// Bytes joined to a carry: enough to settle whatever the carry waits for.
constexpr std::size_t kJoint = 256;
/// Every position of the look-ahead, in each of the four phases of a word.
constexpr std::size_t kLookBytes = Ppk2Decoder::kLookAhead * kWord + kWord - 1;
constexpr std::size_t kPositions = kLookBytes - Ppk2Decoder::kProof * kWord + 1;

std::uint32_t counter_at(const std::byte* from) { return (word_at(from) >> 18) % kCounterPeriod; }

/// How many of `words` counters step by one from `expected`.
std::size_t count_steps(const std::byte* from, std::size_t words, std::uint32_t expected) {
  std::size_t n = 0;
  while (n < words && counter_at(from + n * kWord) == (expected + n) % kCounterPeriod) ++n;
  return n;
}

void resize(SampleBlock& block, std::size_t n) {
  block.codes.resize(n);
  block.ranges.resize(n);
  block.lines.resize(n);
}

Columns columns_from(SampleBlock& block, std::size_t at) {
  return {block.codes.data() + at, block.ranges.data() + at, block.lines.data() + at};
}

}  // namespace

void Ppk2Decoder::decode(std::span<const std::byte> bytes, SampleBlock& block) {
  if (block.codes.empty()) block.first_ordinal = ordinal_;
  while (!carry_.empty() && !bytes.empty()) {
    const std::size_t joined = std::min(bytes.size(), kJoint);
    carry_.insert(carry_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(joined));
    view_ = carry_;
    decode_view(block);
    const std::size_t rest = view_.size();
    if (rest <= joined) {  // the carry is used up: go on in the caller's bytes, without copying them
      bytes = bytes.subspan(joined - rest);
      carry_.clear();
    } else {
      bytes = bytes.subspan(joined);
      carry_.erase(carry_.begin(), carry_.end() - static_cast<std::ptrdiff_t>(rest));
    }
  }
  if (bytes.empty()) return;
  view_ = bytes;
  decode_view(block);
  carry_.assign(view_.begin(), view_.end());
}

void Ppk2Decoder::decode_view(SampleBlock& block) {
  while (aligned_ ? take_verified(block) : align()) {
  }
}

/// Finds the first words, or the next ones after a stretch in which there were none.
bool Ppk2Decoder::align() {
  if (view_.size() < kLookBytes) return false;
  const auto found = find_words(0);
  if (!found) {
    throw_away(kPositions / kWord * kWord);  // no word begins at any of these
  } else if (found->offset == 0 && discarded_ == 0) {
    continue_at(*found);
  } else {
    continue_at(past_the_cut(*found));
  }
  return true;
}

/// Gives out the words that fit, but for the last few; false when more bytes are needed.
bool Ppk2Decoder::take_verified(SampleBlock& block) {
  const std::size_t words = std::min(view_.size() / kWord, kWordsAtOnce);
  if (words <= kKeptBack) return false;
  const std::size_t before = block.size();
  resize(block, before + words - kKeptBack);
  std::size_t good = unpack_words(data(), words - kKeptBack, expected_, columns_from(block, before));
  if (good == words - kKeptBack)
    good += count_steps(data() + good * kWord, kKeptBack, expected_ + static_cast<std::uint32_t>(good));
  const std::size_t given = good > kKeptBack ? good - kKeptBack : 0;
  resize(block, before + given);
  given_out(given, block);
  return good < words ? settle_mismatch(good - given, block) : words == kWordsAtOnce;
}

/// The counter of the view's word `words` does not fit: a flipped bit, lost samples or lost bytes?
/// False when more bytes are needed to tell.
bool Ppk2Decoder::settle_mismatch(std::size_t words, SampleBlock& block) {
  const std::size_t at = words * kWord;
  if (view_.size() < at + kLookBytes) return false;
  const std::uint32_t expected = (expected_ + static_cast<std::uint32_t>(words)) % kCounterPeriod;
  if (only_the_counter_is_wrong(at, expected)) {
    give_out(words, block);
    break_ = CounterBreak{};  // modulus 0: exactly nothing is missing, but it is on record
    give_out(1, block);
    return true;
  }
  const auto found = find_words(at);
  if (found && found->offset == at) {  // whole samples are missing; those kept back are sound
    give_out(words, block);
    continue_at({0, found->counter});
  } else if (found) {
    continue_at(past_the_cut(*found));
  } else {
    throw_away(at + kPositions / kWord * kWord);
    aligned_ = false;
  }
  return true;
}

/// The first position from `from` on where kProof counters step by one, in any phase.
std::optional<Ppk2Decoder::Found> Ppk2Decoder::find_words(std::size_t from) const {
  for (std::size_t offset = from; offset < from + kPositions; ++offset) {
    const std::uint32_t counter = counter_at(data() + offset);
    if (count_steps(data() + offset, kProof, counter) == kProof) return Found{offset, counter};
  }
  return std::nullopt;
}

/// After a flipped bit the words go on in the old count; after a loss not one of them does.
bool Ppk2Decoder::only_the_counter_is_wrong(std::size_t at, std::uint32_t expected) const {
  std::size_t fitting = 0;
  for (std::uint32_t i = 1; i < kLookAhead; ++i)
    fitting += counter_at(data() + at + i * kWord) == (expected + i) % kCounterPeriod;
  return fitting >= kProof;
}

/// Gives out the next words without looking at their counters.
void Ppk2Decoder::give_out(std::size_t words, SampleBlock& block) {
  if (words == 0) return;
  const std::size_t before = block.size();
  resize(block, before + words);
  for (std::size_t i = 0; i < words; ++i)
    unpack_word(word_at(data() + i * kWord), i, columns_from(block, before));
  given_out(words, block);
}

/// The first word of a new run may straddle the cut: the right counter, a foreign low byte.
Ppk2Decoder::Found Ppk2Decoder::past_the_cut(const Found& found) {
  return {found.offset + kWord, (found.counter + 1) % kCounterPeriod};
}

/// Goes on at `found`; everything before it is thrown away, and what is missing since the last sample
/// given out is noted as far as six bits can tell. Before the first sample nothing can be missing.
void Ppk2Decoder::continue_at(const Found& found) {
  throw_away(found.offset);
  CounterBreak now{};
  if (ordinal_ > 0) {
    now.missing_modulo = (found.counter - expected_) % kCounterPeriod;
    now.modulus = kCounterPeriod;
    now.discarded_samples = static_cast<std::uint32_t>(discarded_ / kWord);
    now.discarded_bytes = static_cast<std::uint32_t>(discarded_ % kWord);
  } else {
    now.discarded_bytes = static_cast<std::uint32_t>(discarded_);
  }
  if (ordinal_ > 0 || discarded_ > 0) break_ = now;
  discarded_ = 0;
  expected_ = found.counter;
  aligned_ = true;
}

void Ppk2Decoder::throw_away(std::size_t bytes) {
  view_ = view_.subspan(bytes);
  discarded_ += bytes;
  thrown_away_ += bytes;
}

/// `words` samples have just been appended: the open break belongs to the first of them.
void Ppk2Decoder::given_out(std::size_t words, SampleBlock& block) {
  if (words == 0) return;
  if (break_) {
    break_->ordinal = ordinal_;
    block.breaks.push_back(*break_);
    break_.reset();
  }
  thrown_away_ = 0;
  view_ = view_.subspan(words * kWord);
  ordinal_ += words;
  expected_ = (expected_ + static_cast<std::uint32_t>(words)) % kCounterPeriod;
}

void Ppk2Decoder::finish(SampleBlock& block) {
  if (block.codes.empty()) block.first_ordinal = ordinal_;
  view_ = carry_;
  const std::size_t words = view_.size() / kWord;
  // A stream too short to be proven by look-ahead is taken when all of it steps.
  if (!aligned_ && ordinal_ == 0 && discarded_ == 0 && words > 1 &&
      count_steps(data(), words, counter_at(data())) == words)
    continue_at({0, counter_at(data())});
  if (aligned_) give_out(count_steps(data(), words, expected_), block);
  carry_.clear();
}

}  // namespace jr
