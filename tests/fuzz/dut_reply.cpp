// libFuzzer target: any bytes, cut anywhere, through the reply parser of the DUT link.
// Checks that the cut does not change the lines, and that memory stays within the line cap.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "drivers/dut/reply_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kCap = 256;
  const auto stream = std::as_bytes(std::span(bytes, size));
  const std::size_t cut = size == 0 ? 0 : bytes[0] % (size + 1);
  jr::LineSplitter whole(kCap), pieces(kCap);
  const auto expected = whole.feed(stream);
  auto lines = pieces.feed(stream.first(cut));
  for (auto& line : pieces.feed(stream.subspan(cut))) lines.push_back(std::move(line));
  if (lines.size() != expected.size() || whole.unfinished() != pieces.unfinished()) std::abort();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].raw != expected[i].raw || lines[i].clean.size() > kCap) std::abort();
    const jr::ReplyLine reply = jr::read_reply_line(lines[i].clean);
    if (reply.kind == jr::LineKind::lap && reply.number.value_or(0) > 0xFFFFFFFFU) std::abort();
  }
  return 0;
}
