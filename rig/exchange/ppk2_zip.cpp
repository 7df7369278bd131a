// libzip on bytes in memory. Its own words stand in the sentence, for they name the damage.
// Never writes.
#include "rig/exchange/ppk2_zip.hpp"

#include <array>

namespace jr {
namespace {

std::string words_of(zip_error_t* error) {
  const std::string words = zip_error_strerror(error);
  zip_error_fini(error);
  return words;
}

}  // namespace

Result<ZipReading> ZipReading::open(std::span<const std::byte> bytes, const std::string& name) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!archive) {
    if (source) zip_source_free(source);
    return fail(Trouble::malformed, name + " is no whole zip archive (" + words_of(&error) + "): copy the recording again.");
  }
  zip_error_fini(&error);
  ZipReading reading;
  reading.name_ = name;
  reading.archive_.reset(archive);
  return reading;
}

Result<ZipMember> ZipReading::member(const std::string& name) const {
  const auto index = zip_name_locate(archive_.get(), name.c_str(), ZIP_FL_NODIR);
  if (index < 0) return fail(Trouble::malformed, name_ + " holds no " + name + ": it is no recording of this kind.");
  zip_stat_t status;
  zip_stat_init(&status);
  zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(index), 0, &status);
  const bool plain = (status.valid & ZIP_STAT_COMP_METHOD) &&
                     (status.comp_method == ZIP_CM_STORE || status.comp_method == ZIP_CM_DEFLATE);
  if (!plain) return fail(Trouble::malformed, name + " in " + name_ + " is not packed by deflate: pack it again with an ordinary zip.");
  ZipMember member;
  member.name_ = name + " in " + name_;
  member.file_.reset(zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(index), 0));
  if (!member.file_)
    return fail(Trouble::malformed, member.name_ + " cannot be unpacked (" + zip_error_strerror(zip_get_error(archive_.get())) + ").");
  return member;
}

Result<std::size_t> ZipMember::read(std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto n = zip_fread(file_.get(), into.data() + filled, into.size() - filled);
    if (n < 0)
      return fail(Trouble::malformed, name_ + " is damaged (" + zip_error_strerror(zip_file_get_error(file_.get())) +
                                          "): copy the recording again.");
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  return filled;
}

Result<std::string> ZipReading::text(const std::string& name, std::size_t most) const {
  auto file = member(name);
  if (!file) return Failure(file.error());
  std::string text;
  std::array<std::byte, 4096> piece;
  while (true) {
    const auto n = file->read(piece);
    if (!n) return Failure(n.error());
    if (*n == 0) return text;
    text.append(reinterpret_cast<const char*>(piece.data()), *n);
    if (text.size() > most)
      return fail(Trouble::malformed, name + " in " + name_ + " is longer than " + std::to_string(most) + " bytes: it is no such file.");
  }
}

}  // namespace jr
