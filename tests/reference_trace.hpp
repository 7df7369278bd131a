// The trace that sizes and speeds are told of: what a PPK2 sees of a board that sleeps, wakes and computes.
// The same samples on every machine; never a recording of anybody's board.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace jr::test {

/// Samples at 100 kS/s. Shapes: all of one length.
struct ReferenceTrace {
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> ranges, lines;
};

/// Some 53 times a second the board wakes: range 1 (asleep, noise of 1.3 codes), through range 2 into range 3
/// (waiting, noise of 1.9; then computing, with MARK on D0 and a current that ripples), and back through range 2
/// while its capacitors recover. That makes 212 changes of range a second, an order-0 entropy of 0.515 bytes a
/// difference of codes, and some 0.73 bytes a sample for differences packed in blocks of 128.
ReferenceTrace reference_trace(std::size_t samples);

/// The words a PPK2 sends for it: code 0-13, range 14-16, counter 18-23, lines 24-31, little-endian.
std::vector<std::byte> wire_words(const ReferenceTrace& trace);

}  // namespace jr::test
