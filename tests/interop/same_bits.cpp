// One line a stage of the record's arithmetic, with a hash of its bits: the same on every machine, or something is wrong.
// Never knows what machine it runs on; test_same_bits.py compares two of them.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <span>
#include <vector>

#include "drivers/monitors/ppk2_decoder.hpp"
#include "rig/core/amperes.hpp"
#include "rig/core/block_sums.hpp"
#include "rig/core/moments.hpp"
#include "rig/energy/model.hpp"
#include "rig/store/packing.hpp"
#include "tests/reference_trace.hpp"

namespace {

using namespace jr;

constexpr std::size_t kSamples = 1'000'000;

/// FNV-1a of little-endian numbers: nothing of the product's own.
class Hash {
 public:
  template <class T>
  void add(T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    for (std::size_t byte = 0; byte < sizeof value; ++byte) state_ = (state_ ^ (bits >> 8 * byte & 0xFF)) * 0x100000001B3U;
  }
  template <class T>
  void add_all(const std::vector<T>& values) {
    for (const T& value : values) add(value);
  }
  void print(const char* stage) const { std::printf("%s %016" PRIx64 "\n", stage, state_); }

 private:
  std::uint64_t state_{0xCBF29CE484222325U};
};

/// The wire with a byte missing here and there, so that the decoder has to find its way back.
std::vector<std::byte> damaged(std::vector<std::byte> wire) {
  for (std::size_t at = 400'003; at < wire.size(); at += 700'001) wire.erase(wire.begin() + static_cast<std::ptrdiff_t>(at));
  return wire;
}

SampleBlock decoded(const std::vector<std::byte>& wire) {
  Ppk2Decoder decoder;
  SampleBlock block;
  for (std::size_t at = 0, piece = 1; at < wire.size(); at += piece, piece = piece * 7 % 8191)
    decoder.decode(std::span(wire).subspan(at, std::min(piece, wire.size() - at)), block);
  decoder.finish(block);
  return block;
}

void hash_moments(const SampleBlock& block) {
  Hash hash;
  const Moments moments = moments_of(block.codes, block.ranges);
  for (const RangeMoments& range : moments.ranges) hash.add(range.n), hash.add(range.sum), hash.add(range.sum_of_squares);
  hash.add(moments.illegal), hash.add(moments.switches);
  const BlockSums sums = block_sums(block.codes);
  hash.add(sums.min), hash.add(sums.max), hash.add(sums.sum), hash.add(sums.sum_of_squares);
  hash.print("moments");
}

std::vector<RangePolynomial> polynomials() {
  std::vector<RangePolynomial> ranges;
  double gain_A = 4.3e-9;
  for (int r = 0; r < 5; ++r, gain_A *= 10) ranges.push_back({-300 * gain_A, gain_A, 1e-7 * gain_A, 5 * gain_A, 0});
  return ranges;
}

/// In windows of a tenth of a second, as energies are stated.
void hash_energies(const SampleBlock& block) {
  constexpr std::size_t kWindow = 10'007;
  EnergyModel model;
  model.ranges = polynomials();
  model.supply = {3.3}, model.lead_ohm = 0.15, model.period_s = 1e-5;
  Hash hash;
  for (std::size_t at = 0; at + kWindow <= block.size(); at += kWindow) {
    const Integral sum = integrate(model, moments_of(std::span(block.codes).subspan(at, kWindow),
                                                     std::span(block.ranges).subspan(at, kWindow)));
    hash.add(sum.charge_C), hash.add(sum.square_A2s), hash.add(sum.energy_J), hash.add(sum.duration_s);
  }
  hash.print("energies");
}

void hash_amperes(const SampleBlock& block) {
  std::vector<float> current_A(block.size());
  to_ampere(block.codes, block.ranges, polynomials(), {3.3}, current_A);
  Hash hash;
  hash.add_all(current_A);
  hash.print("amperes");
}

void hash_chunks(const SampleBlock& block) {
  Hash packed, unpacked;
  std::uint32_t crc = 0;
  for (std::size_t at = 0; at < block.size(); at += chunk::kSamples) {
    const std::size_t n = std::min(chunk::kSamples, block.size() - at);
    const auto ranges = std::span(block.ranges).subspan(at, n);
    const chunk::Bytes bytes = chunk::pack_codes(std::span(block.codes).subspan(at, n), ranges);
    for (const std::byte byte : bytes) packed.add(byte);
    crc = chunk::crc32c(crc, bytes);
    std::vector<std::uint16_t> codes(n);
    if (chunk::unpack_codes(bytes, ranges, codes)) unpacked.add_all(codes);
  }
  packed.add(crc);
  packed.print("packed");
  unpacked.print("unpacked");
}

}  // namespace

int main() {
  const auto wire = damaged(test::wire_words(test::reference_trace(kSamples)));
  Hash input;
  for (const std::byte byte : wire) input.add(byte);
  input.print("wire");
  const SampleBlock block = decoded(wire);
  Hash fields;
  fields.add_all(block.codes), fields.add_all(block.ranges), fields.add_all(block.lines);
  for (const CounterBreak& jump : block.breaks) fields.add(jump.ordinal);
  fields.print("fields");
  hash_moments(block);
  hash_energies(block);
  hash_amperes(block);
  hash_chunks(block);
}
