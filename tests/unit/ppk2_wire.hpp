// Words as a PPK2 sends them, for tests: written from the field table, not with the driver's code.
// Never decodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "drivers/monitors/ppk2_decoder.hpp"

namespace jr::test {

struct WireSample {
  unsigned code{}, range{}, counter{}, lines{};
};

inline void put(std::vector<std::byte>& wire, const WireSample& s) {
  const std::uint32_t word = s.code | s.range << 14 | s.counter % 64 << 18 | s.lines << 24;
  for (int shift = 0; shift < 32; shift += 8) wire.push_back(static_cast<std::byte>(word >> shift & 0xFF));
}

/// What sample number `index` of the test stream carries: its index can be read back from the code and
/// the lines (modulo 2^21), so that a wrong or misplaced sample cannot pass for a right one.
inline WireSample numbered(std::uint64_t index) {
  return {static_cast<unsigned>(index * 7 % 16384), static_cast<unsigned>(index / 1000 % 5),
          static_cast<unsigned>(index % 64), static_cast<unsigned>(index / 16384 % 128)};
}

inline std::vector<std::byte> stream_of(std::uint64_t first, std::uint64_t end) {
  std::vector<std::byte> wire;
  wire.reserve((end - first) * 4);
  for (std::uint64_t i = first; i < end; ++i) put(wire, numbered(i));
  return wire;
}

inline bool is_numbered(const SampleBlock& block, std::size_t at, std::uint64_t index) {
  const WireSample s = numbered(index);
  return block.codes[at] == s.code && block.ranges[at] == s.range && block.lines[at] == s.lines;
}

inline SampleBlock decode_whole(const std::vector<std::byte>& wire) {
  Ppk2Decoder decoder;
  SampleBlock block;
  decoder.decode(wire, block);
  decoder.finish(block);
  return block;
}

}  // namespace jr::test
