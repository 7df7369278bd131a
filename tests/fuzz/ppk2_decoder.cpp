// libFuzzer target: any bytes as a PPK2 stream, cut in two ways.
// Checks that the cuts change nothing, that columns agree and that breaks lie where they say.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "drivers/monitors/ppk2_decoder.hpp"

namespace {

jr::SampleBlock decoded(std::span<const std::byte> bytes, std::size_t piece) {
  jr::Ppk2Decoder decoder;
  jr::SampleBlock block;
  while (!bytes.empty()) {
    const auto now = bytes.first(piece < bytes.size() ? piece : bytes.size());
    decoder.decode(now, block);
    bytes = bytes.subspan(now.size());
  }
  decoder.finish(block);
  return block;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const auto stream = std::as_bytes(std::span(bytes, size)).subspan(1);
  const jr::SampleBlock whole = decoded(stream, size), cut = decoded(stream, 1U + bytes[0]);
  if (whole.codes != cut.codes || whole.ranges != cut.ranges || whole.lines != cut.lines) std::abort();
  if (whole.breaks.size() != cut.breaks.size()) std::abort();
  if (whole.ranges.size() != whole.size() || whole.lines.size() != whole.size()) std::abort();
  if (4 * whole.size() > stream.size()) std::abort();
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < whole.breaks.size(); ++i) {
    const jr::CounterBreak &a = whole.breaks[i], &b = cut.breaks[i];
    if (a.ordinal != b.ordinal || a.missing_modulo != b.missing_modulo) std::abort();
    if (a.ordinal < last || a.ordinal >= whole.size() || a.missing_modulo >= 64) std::abort();
    last = a.ordinal;
  }
  return 0;
}
