// libFuzzer target: any bytes as a JLS file, and as the payloads of sound chunks: definitions first, samples behind.
// Checks that a sink hears facts first and equal columns, and that a refusal is a sentence.
#include <string>

#include "rig/exchange/jls_file.hpp"
#include "rig/store/chunk.hpp"
#include "tests/fuzz/strict_sink.hpp"

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

template <class T>
void put(std::string& text, T value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void add_chunk(std::string& text, std::uint8_t tag, std::uint16_t meta, const std::string& payload) {
  std::string header(16, '\0');
  put(header, tag), put<std::uint8_t>(header, 0), put(header, meta), put(header, static_cast<std::uint32_t>(payload.size())), put<std::uint32_t>(header, 0);
  put(header, jr::chunk::crc32c(0, bytes_of(header)));
  text += header + payload;
  if (payload.empty()) return;
  while (text.size() % 8 != 4) text += '\0';
  put(text, jr::chunk::crc32c(0, bytes_of(payload)));
}

void read(const std::string& text) {
  jr::fuzz::StrictSink sink;
  jr::fuzz::judge(jr::read_jls(bytes_of(text), {"fuzz.jls", "", text.size()}, {}, sink), sink);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(input), size);
  read(bytes);
  std::string text("jlsfmt\r\n \n \x1a  \xb2\x1c", 16);
  put<std::uint64_t>(text, 0), put<std::uint32_t>(text, 1U << 24);
  put(text, jr::chunk::crc32c(0, bytes_of(text)));
  std::string signal;
  put<std::uint16_t>(signal, 1), put<std::uint16_t>(signal, 0), put<std::uint32_t>(signal, 0x2004), put<std::uint32_t>(signal, 1000);
  signal.resize(128, '\0');
  add_chunk(text, 0x02, 1, signal + std::string("current\0\x1f" "A\0\x1f", 13));
  for (std::size_t at = 0; at + 2 < size;) {  // each piece: a tag, a length, a payload
    const std::size_t n = std::min<std::size_t>(static_cast<std::uint8_t>(bytes[at + 1]), size - at - 2);
    add_chunk(text, static_cast<std::uint8_t>(bytes[at]), 1, bytes.substr(at + 2, n));
    at += 2 + n;
  }
  read(text);
  return 0;
}
