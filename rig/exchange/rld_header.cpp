// Every count is held against the bytes that are there before anything is reckoned with it.
// Layout from the published reader (ETHZ-TEC/RocketLogger, script/python/rocketlogger/data.py).
#include "rig/exchange/rld_header.hpp"

#include <algorithm>
#include <cstdio>

#include "rig/exchange/byte_order.hpp"

namespace jr::rld {
namespace {

constexpr std::uint32_t kMagic = 0x444C5225;  // "%RLD"
constexpr std::uint16_t kVersion = 4;
constexpr std::size_t kLeadBytes = 56, kChannelBytes = 28, kNameBytes = 16;
constexpr std::uint16_t kUnlinked = 0xFFFF;
constexpr std::uint16_t kMostChannels = 256;
constexpr int kLargestScale = 30;

Failure malformed(const std::string& name, const std::string& what) {
  return fail(Trouble::malformed, name + " is no whole RocketLogger file (" + what + "): copy the recording again.");
}

std::string text_of(std::span<const std::byte> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return std::string(all.substr(0, all.find('\0')));
}

std::string mac_of(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte one : bytes.first(6)) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%02x", std::to_integer<unsigned>(one));
    text += (text.empty() ? "" : ":") + std::string(digits);
  }
  return text;
}

Channel channel_of(std::span<const std::byte> bytes) {
  Channel channel;
  channel.unit = static_cast<Unit>(little_endian<std::uint32_t>(bytes, 0));
  channel.power_of_ten = little_endian<std::int32_t>(bytes, 4);
  channel.bytes = little_endian<std::uint16_t>(bytes, 8);
  if (const auto link = little_endian<std::uint16_t>(bytes, 10); link != kUnlinked) channel.valid = link;
  channel.name = text_of(bytes.subspan(12, kNameBytes));
  return channel;
}

/// Offsets in a row: packed bits in words of 32 first, then the numbers.
Result<void> place_channels(Header& header, const std::string& name) {
  for (std::size_t k = 0; k < header.binary.size(); ++k) header.binary[k].offset = k;
  header.row_bytes = 4 * ((header.binary.size() + 31) / 32);
  for (Channel& channel : header.analog) {
    const bool known = channel.bytes == 1 || channel.bytes == 2 || channel.bytes == 4 || channel.bytes == 8;
    if (!known) return malformed(name, "channel " + channel.name + " has numbers of " + std::to_string(channel.bytes) + " bytes");
    if (std::abs(channel.power_of_ten) > kLargestScale) return malformed(name, "channel " + channel.name + " has a scale out of all reason");
    if (channel.valid && *channel.valid >= header.binary.size()) return malformed(name, "channel " + channel.name + " is linked to one that is not there");
    channel.offset = header.row_bytes;
    header.row_bytes += channel.bytes;
  }
  if (header.row_bytes == 0) return malformed(name, "it has no channel");
  return {};
}

/// Rows that are really there, whatever the header says.
std::uint64_t rows_in(std::uint64_t data_bytes, const Header& header) {
  const std::uint64_t block_bytes = kStampBytes + std::uint64_t{header.block_rows} * header.row_bytes;
  const std::uint64_t rest = data_bytes % block_bytes;
  const std::uint64_t rest_rows = rest > kStampBytes ? (rest - kStampBytes) / header.row_bytes : 0;
  return data_bytes / block_bytes * header.block_rows + rest_rows;
}

}  // namespace

std::size_t Header::stamps_of(std::uint64_t block) const {
  return bytes + static_cast<std::size_t>(block) * (kStampBytes + std::size_t{block_rows} * row_bytes);
}

std::size_t Header::place(std::uint64_t row) const {
  return stamps_of(row / block_rows) + kStampBytes + static_cast<std::size_t>(row % block_rows) * row_bytes;
}

Result<Header> header_of(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < 8 || little_endian<std::uint32_t>(bytes, 0) != kMagic)
    return fail(Trouble::malformed, name + " is no RocketLogger file: it does not begin with %RLD.");
  if (const auto version = little_endian<std::uint16_t>(bytes, 4); version != kVersion)
    return fail(Trouble::unsupported, name + " is a RocketLogger file of version " + std::to_string(version) +
                                          "; version 4 is read: convert it with the rocketlogger Python package.");
  if (bytes.size() < kLeadBytes) return malformed(name, "its header is cut");
  Header header;
  header.bytes = little_endian<std::uint16_t>(bytes, 6);
  header.block_rows = little_endian<std::uint32_t>(bytes, 8);
  header.blocks = little_endian<std::uint32_t>(bytes, 12);
  header.rows = little_endian<std::uint64_t>(bytes, 16);
  header.rate_Hz = little_endian<std::uint16_t>(bytes, 24);
  header.mac = mac_of(bytes.subspan(26));
  const auto seconds = little_endian<std::int64_t>(bytes, 32), nanoseconds = little_endian<std::int64_t>(bytes, 40);
  if (seconds > 0 && seconds < 100'000'000'000 && nanoseconds >= 0 && nanoseconds < 1'000'000'000)
    header.started_ms = seconds * 1000 + nanoseconds / 1'000'000;
  const std::uint64_t comment = little_endian<std::uint32_t>(bytes, 48);
  const std::size_t binary = little_endian<std::uint16_t>(bytes, 52), analog = little_endian<std::uint16_t>(bytes, 54);
  if (binary + analog > kMostChannels) return malformed(name, "it claims " + std::to_string(binary + analog) + " channels");
  if (kLeadBytes + comment + kChannelBytes * (binary + analog) != header.bytes) return malformed(name, "its header is not as long as its parts");
  if (bytes.size() < header.bytes) return malformed(name, "its header is cut");
  if (header.block_rows == 0) return malformed(name, "its blocks hold no row");
  header.comment = text_of(bytes.subspan(kLeadBytes, comment));
  for (std::size_t k = 0; k < binary + analog; ++k)
    (k < binary ? header.binary : header.analog).push_back(channel_of(bytes.subspan(kLeadBytes + comment + kChannelBytes * k, kChannelBytes)));
  if (auto placed = place_channels(header, name); !placed) return Failure(placed.error());
  header.whole_rows = std::min(header.rows, rows_in(bytes.size() - header.bytes, header));
  return header;
}

}  // namespace jr::rld
