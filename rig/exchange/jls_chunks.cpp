// Headers of 32 bytes, payloads padded to eight, CRC-32C over each.
// Never reads a payload before its length was held against the file.
#include "rig/exchange/jls_chunks.hpp"

#include <cstring>

#include "rig/exchange/byte_order.hpp"
#include "rig/store/chunk.hpp"

namespace jr::jls {
namespace {

constexpr unsigned char kMark[16] = {0x6a, 0x6c, 0x73, 0x66, 0x6d, 0x74, 0x0d, 0x0a, 0x20, 0x0a, 0x20, 0x1a, 0x20, 0x20, 0xb2, 0x1c};
constexpr std::size_t kFileHeader = 32, kChunkHeader = 32, kChecked = 28;
constexpr unsigned kVersion = 1;

Failure damaged(const std::string& name, std::size_t at) {
  return fail(Trouble::malformed, name + " is damaged: the checksum of the chunk at byte " + std::to_string(at) + " differs; copy the recording again.");
}

/// Bytes behind a payload of so many: zeros up to 8 k - 4, then its checksum.
std::size_t with_footer(std::uint32_t length) { return length ? (std::size_t{length} + 4 + 7) / 8 * 8 : 0; }

}  // namespace

Result<Chunks> Chunks::open(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < kFileHeader || std::memcmp(bytes.data(), kMark, sizeof kMark) != 0)
    return fail(Trouble::malformed, name + " is no JLS file of version 2 of the Joulescope's software: it does not begin like one.");
  if (chunk::crc32c(0, bytes.first(kChecked)) != little_endian<std::uint32_t>(bytes, kChecked)) return damaged(name, 0);
  if (const auto version = little_endian<std::uint8_t>(bytes, 27); version != kVersion)
    return fail(Trouble::unsupported, name + " has version " + std::to_string(version) + " of the JLS format; version 1 is read: export it as CSV.");
  Chunks chunks;
  chunks.bytes_ = bytes, chunks.name_ = name, chunks.at_ = kFileHeader;
  return chunks;
}

Result<std::optional<Chunk>> Chunks::next() {
  const std::span<const std::byte> rest = bytes_.subspan(at_);
  if (rest.size() < kChunkHeader) return std::nullopt;
  if (chunk::crc32c(0, rest.first(kChecked)) != little_endian<std::uint32_t>(rest, kChecked)) return damaged(name_, at_);
  const auto length = little_endian<std::uint32_t>(rest, 20);
  const std::size_t stored = with_footer(length);
  if (stored > rest.size() - kChunkHeader) return std::nullopt;
  Chunk found{little_endian<std::uint8_t>(rest, 16), little_endian<std::uint16_t>(rest, 18), rest.subspan(kChunkHeader, length)};
  if (length && chunk::crc32c(0, found.payload) != little_endian<std::uint32_t>(rest, kChunkHeader + stored - 4)) return damaged(name_, at_);
  at_ += kChunkHeader + stored;
  if (found.tag == kEnd) cut_ = false;
  return found;
}

}  // namespace jr::jls
