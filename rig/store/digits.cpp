// Four digits are moved together in one word, the words are joined by shifts known when this is compiled.
// Never reads or writes beyond the words of its width.
#include "rig/store/digits.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace jr::chunk {
namespace {

static_assert(std::endian::native == std::endian::little, "strings of bits are little-endian words");

constexpr std::uint64_t ones(unsigned bits) { return bits >= 64 ? ~0ull : (1ull << bits) - 1; }

/// Four digits in the four quarters of a word, moved together to 4 * W bits, and back.
template <unsigned W>
std::uint64_t joined(std::uint64_t four) {
  constexpr std::uint64_t kEven = 0x0000FFFF0000FFFF;
  const std::uint64_t two = (four & kEven) | ((four >> 16 & kEven) << W);
  return (two & ones(32)) | two >> 32 << 2 * W;
}

template <unsigned W>
std::uint64_t parted(std::uint64_t bits) {
  constexpr std::uint64_t kLow = ones(W) | ones(W) << 32;
  const std::uint64_t two = (bits & ones(2 * W)) | (bits >> 2 * W) << 32;
  return (two & kLow) | (two >> W & kLow) << 16;
}

template <unsigned W>
using Words = std::array<std::uint64_t, W / 2 + 1>;

/// Group G of four digits: all shifts are known when it is compiled.
template <unsigned W, unsigned G>
void put_group(const std::uint16_t* from, Words<W>& words) {
  constexpr unsigned kWord = G * 4 * W / 64, kShift = G * 4 * W % 64;
  std::uint64_t four;
  std::memcpy(&four, from + 4 * G, sizeof four);
  const std::uint64_t bits = joined<W>(four);
  words[kWord] |= bits << kShift;
  if constexpr (kShift + 4 * W > 64) words[kWord + 1] |= bits >> (64 - kShift);
}

template <unsigned W, unsigned G>
void get_group(const Words<W>& words, std::uint16_t* to) {
  constexpr unsigned kWord = G * 4 * W / 64, kShift = G * 4 * W % 64;
  std::uint64_t bits = words[kWord] >> kShift;
  if constexpr (kShift + 4 * W > 64) bits |= words[kWord + 1] << (64 - kShift);
  const std::uint64_t four = parted<W>(bits & ones(4 * W));
  std::memcpy(to + 4 * G, &four, sizeof four);
}

using Groups = std::make_integer_sequence<unsigned, kDigits / 4>;

template <unsigned W, unsigned... G>
void pack(const std::uint16_t* from, std::byte* to, std::integer_sequence<unsigned, G...>) {
  Words<W> words{};
  (put_group<W, G>(from, words), ...);
  std::memcpy(to, words.data(), sizeof words);
}

template <unsigned W, unsigned... G>
void unpack(const std::byte* from, std::uint16_t* to, std::integer_sequence<unsigned, G...>) {
  Words<W> words;
  std::memcpy(words.data(), from, sizeof words);
  (get_group<W, G>(words, to), ...);
}

using Pack = void (*)(const std::uint16_t*, std::byte*);
using Unpack = void (*)(const std::byte*, std::uint16_t*);

template <unsigned... W>
constexpr auto packers(std::integer_sequence<unsigned, W...>) {
  return std::array<Pack, sizeof...(W)>{[](const std::uint16_t* from, std::byte* to) { pack<W + 1>(from, to, Groups()); }...};
}

template <unsigned... W>
constexpr auto unpackers(std::integer_sequence<unsigned, W...>) {
  return std::array<Unpack, sizeof...(W)>{
      [](const std::byte* from, std::uint16_t* to) { unpack<W + 1>(from, to, Groups()); }...};
}

using Widths = std::make_integer_sequence<unsigned, kWidestDigit>;
constexpr auto kPackers = packers(Widths());
constexpr auto kUnpackers = unpackers(Widths());

}  // namespace

void pack_digits(unsigned width, const std::uint16_t* digits, std::byte* to) { kPackers[width - 1](digits, to); }

void unpack_digits(unsigned width, const std::byte* from, std::uint16_t* digits) { kUnpackers[width - 1](from, digits); }

}  // namespace jr::chunk
