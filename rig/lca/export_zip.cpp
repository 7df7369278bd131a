// Zip archives by libzip, through buffers of its own.
// Its clock is never asked: a time stamp would make two exports of one record differ.
#include "rig/lca/export_zip.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <memory>

namespace jr::lca {
namespace {

constexpr zip_uint16_t kMidnight = 0, kFirstOf1980 = (1 << 5) | 1;

struct Closer {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* member) const { zip_fclose(member); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, Closer>;
using SourceBuffer = std::unique_ptr<zip_source_t, Closer>;

std::string zip_words(zip_error_t& error) {
  const std::string words = zip_error_strerror(&error);
  zip_error_fini(&error);
  return words;
}

Failure not_packed(const std::string& why) { return fail(Trouble::storage, "The zip archive could not be put together (" + why + ")."); }

bool add(zip_t* archive, const std::string& name, const std::string& text) {
  zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
  if (!source) return false;
  const auto index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  const auto at = static_cast<zip_uint64_t>(index);
  return zip_set_file_compression(archive, at, ZIP_CM_STORE, 0) == 0 && zip_file_set_dostime(archive, at, kMidnight, kFirstOf1980, 0) == 0;
}

Result<std::string> bytes_of(zip_source_t* source) {
  if (zip_source_open(source) != 0) return not_packed(zip_error_strerror(zip_source_error(source)));
  std::string bytes;
  std::array<char, 65536> piece;
  zip_int64_t n = 0;
  while ((n = zip_source_read(source, piece.data(), piece.size())) > 0) bytes.append(piece.data(), static_cast<std::size_t>(n));
  zip_source_close(source);
  if (n < 0) return not_packed("its buffer cannot be read");
  return bytes;
}

/// One member, as long as it is within the limits.
Result<std::string> member(zip_t* archive, zip_uint64_t index, const std::string& shown, std::size_t room) {
  zip_stat_t status;
  zip_stat_init(&status);
  zip_stat_index(archive, index, 0, &status);
  const bool plain = (status.valid & ZIP_STAT_COMP_METHOD) && (status.comp_method == ZIP_CM_STORE || status.comp_method == ZIP_CM_DEFLATE);
  if (!plain) return fail(Trouble::malformed, shown + " is not packed by deflate: pack it again with an ordinary zip.");
  const std::unique_ptr<zip_file_t, Closer> file(zip_fopen_index(archive, index, 0));
  if (!file) return fail(Trouble::malformed, shown + " cannot be unpacked (" + zip_error_strerror(zip_get_error(archive)) + ").");
  std::string text;
  std::array<char, 16384> piece;
  while (true) {
    const auto n = zip_fread(file.get(), piece.data(), piece.size());
    if (n < 0) return fail(Trouble::malformed, shown + " is damaged (" + zip_error_strerror(zip_file_get_error(file.get())) + ").");
    if (n == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(n));
    if (text.size() > std::min(kMostEntryBytes, room))
      return fail(Trouble::malformed, shown + " unpacks to more than is taken here (4 MiB an entry, 16 MiB in all).");
  }
}

}  // namespace

Result<std::string> zipped(const ZipEntries& entries) {
  zip_error_t error;
  zip_error_init(&error);
  SourceBuffer buffer(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!buffer) return not_packed(zip_words(error));
  zip_source_keep(buffer.get());  // the archive lets go of one reference, this function of the other
  Archive archive(zip_open_from_source(buffer.get(), ZIP_TRUNCATE, &error));
  if (!archive) {
    zip_source_free(buffer.get());
    return not_packed(zip_words(error));
  }
  zip_error_fini(&error);
  for (const auto& [name, text] : entries)
    if (!add(archive.get(), name, text)) return not_packed(name + ": " + zip_error_strerror(zip_get_error(archive.get())));
  if (zip_close(archive.get()) != 0) return not_packed(zip_error_strerror(zip_get_error(archive.get())));
  static_cast<void>(archive.release());  // closed
  return bytes_of(buffer.get());
}

Result<ZipEntries> unzipped(std::span<const std::byte> bytes, const std::string& name) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  const Archive archive(source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr);
  if (!archive) {
    if (source) zip_source_free(source);
    return fail(Trouble::malformed, name + " is no whole zip archive (" + zip_words(error) + "): export it again.");
  }
  zip_error_fini(&error);
  const auto count = zip_get_num_entries(archive.get(), 0);
  if (count < 0 || static_cast<std::size_t>(count) > kMostEntries)
    return fail(Trouble::malformed, name + " has " + std::to_string(count) + " entries; at most " + std::to_string(kMostEntries) + " are taken.");
  ZipEntries entries;
  std::size_t taken = 0;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    const char* entry = zip_get_name(archive.get(), i, ZIP_FL_ENC_GUESS);
    const std::string called = entry ? entry : "";
    if (called.ends_with('/')) continue;
    auto text = member(archive.get(), i, (called.empty() ? "entry " + std::to_string(i) : called) + " in " + name, kMostZipBytes - taken);
    if (!text) return Failure(text.error());
    taken += text->size();
    entries.emplace_back(called, std::move(*text));
  }
  return entries;
}

}  // namespace jr::lca
