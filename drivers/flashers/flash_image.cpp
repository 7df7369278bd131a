// Intel HEX: every record's count and checksum, and the end-of-file record. ELF and UF2: headers
// that agree with the file's size. Raw binaries: not empty, not blank, not another format in
// disguise.
#include "drivers/flashers/flash_image.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace jr {
namespace {

constexpr const char* kAgain = "; build or download it again";

Failure broken(const std::string& name, const std::string& what) {
  return fail(Trouble::malformed, "the image " + name + " " + what + kAgain);
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The bytes of one record after its ':'; empty when they are not whole.
std::vector<std::uint8_t> record_bytes(std::string_view line) {
  std::vector<std::uint8_t> bytes;
  if (line.size() % 2 == 0) return bytes;
  for (std::size_t at = 1; at + 1 < line.size(); at += 2) {
    const int high = digit(line[at]), low = digit(line[at + 1]);
    if (high < 0 || low < 0) return {};
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

// What is wrong with a record, or nothing.
const char* fault_of(std::string_view line, const std::vector<std::uint8_t>& bytes) {
  constexpr std::size_t kFrame = 5;  // count, two of address, type, checksum
  if (!line.starts_with(':') || bytes.size() < kFrame) return "is no whole record";
  if (bytes.size() != kFrame + bytes[0]) return "has more or fewer bytes than it says";
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
  if (sum != 0) return "fails its checksum";
  return bytes[3] > 5 ? "is of an unknown type" : nullptr;
}

Result<ImageFormat> check_intel_hex(std::string_view text, const std::string& name) {
  std::size_t line_number = 0, payload = 0;
  bool ended = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::string where = "line " + std::to_string(line_number);
    if (ended) return broken(name, "goes on after its end-of-file record (" + where + ")");
    const auto bytes = record_bytes(line);
    if (const char* const fault = fault_of(line, bytes))
      return broken(name, "is damaged or truncated: its " + where + " " + fault);
    if (bytes[3] == 0) payload += bytes[0];
    ended = bytes[3] == 1;
  }
  if (!ended) return broken(name, "is truncated: its end-of-file record is missing");
  if (payload == 0) return broken(name, "holds no program: all its records are empty");
  return ImageFormat::intel_hex;
}

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// The tables that the ELF header names have to lie inside the file (32-bit little-endian: all the
// microcontrollers here; others get the magic number only).
Result<ImageFormat> check_elf(std::string_view bytes, const std::string& name) {
  constexpr std::size_t kHeader = 52;
  if (bytes.size() < kHeader) return broken(name, "is truncated: its ELF header is not whole");
  if (bytes[4] != 1 || bytes[5] != 1) return ImageFormat::elf;
  const std::uint64_t programs = little_endian(bytes, 28, 4),
                      sections = little_endian(bytes, 32, 4);
  const std::uint64_t programs_end =
      programs + little_endian(bytes, 42, 2) * little_endian(bytes, 44, 2);
  const std::uint64_t sections_end =
      sections + little_endian(bytes, 46, 2) * little_endian(bytes, 48, 2);
  if (std::max(programs_end, sections_end) > bytes.size())
    return broken(name, "is truncated: its ELF tables end at byte " +
                            std::to_string(std::max(programs_end, sections_end)) + " of " +
                            std::to_string(bytes.size()));
  return ImageFormat::elf;
}

Result<ImageFormat> check_uf2(std::string_view bytes, const std::string& name) {
  constexpr std::size_t kBlock = 512;
  constexpr std::uint32_t kEnd = 0x0AB16F30;
  if (bytes.size() % kBlock != 0)
    return broken(name, "is truncated: a UF2 image has whole blocks of 512 bytes");
  const std::uint64_t blocks = little_endian(bytes, 24, 4);
  if (blocks > bytes.size() / kBlock)
    return broken(name, "is truncated: it has " + std::to_string(bytes.size() / kBlock) + " of " +
                            std::to_string(blocks) + " UF2 blocks");
  for (std::size_t at = 0; at < bytes.size(); at += kBlock)
    if (little_endian(bytes, at + kBlock - 4, 4) != kEnd)
      return broken(name,
                    "is damaged: UF2 block " + std::to_string(at / kBlock) + " has no end mark");
  return ImageFormat::uf2;
}

Result<ImageFormat> check_raw(std::string_view bytes, const std::string& name) {
  const char first = bytes.front();
  if ((first == '\0' || first == '\xff') &&
      bytes.find_first_not_of(first) == std::string_view::npos)
    return broken(name, "is blank: all its bytes are equal");
  if (bytes.starts_with("<!DOCTYPE") || bytes.starts_with("<html"))
    return broken(name, "is a web page, not firmware");
  return ImageFormat::raw;
}

/// Widens `extent` to [begin, begin + size).
void include(ImageExtent& extent, std::uint64_t begin, std::uint64_t size) {
  if (size == 0) return;
  const bool first = extent.end == extent.begin;
  extent.begin = first ? begin : std::min(extent.begin, begin);
  extent.end = first ? begin + size : std::max(extent.end, begin + size);
}

ImageExtent extent_of_intel_hex(std::string_view text) {
  ImageExtent extent;
  std::uint64_t base = 0;
  for (std::size_t at = text.find(':'); at < text.size(); at = text.find(':', at + 1)) {
    const std::size_t end = text.find_first_of("\r\n ", at);
    const auto bytes = record_bytes(text.substr(at, std::min(end, text.size()) - at));
    if (bytes.size() < 5) continue;
    const std::uint64_t word = static_cast<std::uint64_t>(bytes[4]) << 8 | (bytes.size() > 6 ? bytes[5] : 0U);
    if (bytes[3] == 2) base = word << 4;   // segment
    if (bytes[3] == 4) base = word << 16;  // upper half of a linear address
    if (bytes[3] == 0) include(extent, base + (static_cast<std::uint64_t>(bytes[1]) << 8 | bytes[2]), bytes[0]);
  }
  return extent;
}

/// Segments as they are loaded (their physical address), zeroed memory left out.
ImageExtent extent_of_elf(std::string_view bytes) {
  constexpr std::uint64_t kLoad = 1;
  ImageExtent extent;
  if (bytes[4] != 1 || bytes[5] != 1) return extent;
  const auto table = static_cast<std::size_t>(little_endian(bytes, 28, 4));
  const auto size = static_cast<std::size_t>(little_endian(bytes, 42, 2));
  const std::uint64_t count = size < 32 ? 0 : little_endian(bytes, 44, 2);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t at = table + static_cast<std::size_t>(i) * size;
    if (little_endian(bytes, at, 4) == kLoad)
      include(extent, little_endian(bytes, at + 12, 4), little_endian(bytes, at + 16, 4));
  }
  return extent;
}

ImageExtent extent_of_uf2(std::string_view bytes) {
  ImageExtent extent;
  for (std::size_t at = 0; at + 512 <= bytes.size(); at += 512)
    include(extent, little_endian(bytes, at + 12, 4), little_endian(bytes, at + 16, 4));
  return extent;
}

Result<std::string> read_image(const std::filesystem::path& image) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(image, failed))
    return fail(Trouble::not_found, "there is no firmware image " + image.string() +
                                        "; build it, or give the right path");
  std::ifstream file(image, std::ios::binary);
  if (!file)
    return fail(Trouble::permission,
                "cannot read the firmware image " + image.string() + ": " + std::strerror(errno));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

bool has_extension(const std::string& name, std::initializer_list<std::string_view> wanted) {
  std::string extension = std::filesystem::path(name).extension();
  for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return std::find(wanted.begin(), wanted.end(), extension) != wanted.end();
}

}  // namespace

const char* name_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::intel_hex:
      return "ihex";
    case ImageFormat::elf:
      return "elf";
    case ImageFormat::uf2:
      return "uf2";
    case ImageFormat::raw:
      return "bin";
  }
  return "?";
}

Result<ImageFormat> check_image_bytes(std::string_view bytes, const std::string& name) {
  if (bytes.empty()) return broken(name, "is empty");
  if (bytes.starts_with("\x7f"
                        "ELF"))
    return check_elf(bytes, name);
  if (bytes.size() >= 512 && bytes.starts_with("UF2\n")) return check_uf2(bytes, name);
  // A raw binary may begin with a colon by chance; its name then tells.
  if (has_extension(name, {".hex", ".ihex", ".ihx"})) return check_intel_hex(bytes, name);
  if (has_extension(name, {".elf", ".axf"}))
    return broken(name, "is no ELF file: its magic number is missing");
  if (has_extension(name, {".uf2"}))
    return broken(name, "is no UF2 file: its magic number is missing");
  if (bytes.starts_with(':') && !has_extension(name, {".bin"})) return check_intel_hex(bytes, name);
  return check_raw(bytes, name);
}

Result<ImageFormat> check_image(const std::filesystem::path& image) {
  const auto bytes = read_image(image);
  if (!bytes) return Failure(bytes.error());
  return check_image_bytes(*bytes, image.string());
}

Result<ImageExtent> extent_of_image(const std::filesystem::path& image) {
  const auto bytes = read_image(image);
  if (!bytes) return Failure(bytes.error());
  return extent_of_image_bytes(*bytes, image.string());
}

Result<ImageExtent> extent_of_image_bytes(std::string_view bytes, const std::string& name) {
  const auto format = check_image_bytes(bytes, name);
  if (!format) return Failure(format.error());
  switch (*format) {
    case ImageFormat::intel_hex:
      return extent_of_intel_hex(bytes);
    case ImageFormat::elf:
      return extent_of_elf(bytes);
    case ImageFormat::uf2:
      return extent_of_uf2(bytes);
    case ImageFormat::raw:
      break;
  }
  return ImageExtent{0, bytes.size()};
}

std::uint64_t flash_needed(const ImageExtent& extent) {
  constexpr std::uint64_t kOrigins = std::uint64_t{1} << 24;
  return extent.end - extent.begin / kOrigins * kOrigins;
}

}  // namespace jr
