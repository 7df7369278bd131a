// Writing: libzip asks for each entry when it comes to it, so that nothing is held and nothing is read twice.
// Never lets an exception cross the library's frames, and never leaves a half archive under the name asked for.
#include <zip.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "rig/exchange/bundle_archive.hpp"

namespace jr::bundle {
namespace {

constexpr zip_uint16_t kFixedDate = 1 << 5 | 1;  // 1980-01-01, the first that a zip can say
constexpr zip_uint32_t kDeflateLevel = 6;

/// One entry on its way into the zip.
struct Source {
  Fill fill;
  Entry entry;
  Sha256 digest;
  std::string piece;
  std::size_t at{};
  bool over{};
  std::optional<Error> trouble;
  zip_error_t error{};

  zip_int64_t read(void* into, zip_uint64_t length) {
    while (at == piece.size() && !over) {
      piece.clear(), at = 0;
      const Result<bool> more = fill(piece);
      if (!more) return fail_with(more.error());
      over = !*more;
    }
    const std::size_t n = std::min<std::size_t>(length, piece.size() - at);
    std::memcpy(into, piece.data() + at, n);
    digest.add(std::as_bytes(std::span(piece).subspan(at, n)));
    at += n, entry.bytes += n;
    if (!n && entry.sha256.empty()) entry.sha256 = digest.hex();
    return static_cast<zip_int64_t>(n);
  }
  zip_int64_t fail_with(Error why) {
    trouble = std::move(why);
    zip_error_set(&error, ZIP_ER_INTERNAL, 0);
    return -1;
  }
};

zip_int64_t stat_of(void* into) {
  auto* stat = static_cast<zip_stat_t*>(into);
  zip_stat_init(stat);
  return sizeof *stat;
}

zip_int64_t serve(void* user, void* into, zip_uint64_t length, zip_source_cmd_t command) {
  auto& source = *static_cast<Source*>(user);
  try {
    switch (command) {
      case ZIP_SOURCE_OPEN:
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE: return 0;
      case ZIP_SOURCE_READ: return source.read(into, length);
      case ZIP_SOURCE_STAT: return stat_of(into);
      case ZIP_SOURCE_ERROR: return zip_error_to_data(&source.error, into, length);
      case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_READABLE;
      default: zip_error_set(&source.error, ZIP_ER_OPNOTSUPP, 0); return -1;
    }
  } catch (const std::exception& thrown) {
    return source.fail_with({Trouble::storage, std::string("The bundle could not be written: ") + thrown.what() + "."});
  }
}

struct Discard { void operator()(zip_t* archive) const { zip_discard(archive); } };

Failure not_written(const std::string& path, const std::string& why) {
  return fail(Trouble::storage, "The bundle could not be written to " + path + ": " + why +
                                    ". Check that the folder exists, is yours and has room.");
}

/// The archive knows the source from here on, and frees nothing of ours.
Result<void> announce(zip_t* archive, const std::string& path, Source& source) {
  zip_source_t* wrapped = zip_source_function(archive, serve, &source);
  const zip_int64_t place = wrapped ? zip_file_add(archive, source.entry.name.c_str(), wrapped, ZIP_FL_ENC_UTF_8) : -1;
  if (place < 0) {
    if (wrapped) zip_source_free(wrapped);
    return not_written(path, zip_strerror(archive));
  }
  const auto index = static_cast<zip_uint64_t>(place);
  if (zip_set_file_compression(archive, index, ZIP_CM_DEFLATE, kDeflateLevel) ||
      zip_file_set_dostime(archive, index, 0, kFixedDate, 0))
    return not_written(path, zip_strerror(archive));
  return {};
}

}  // namespace

void ArchiveWriter::add(const std::string& name, Fill fill) { entries_.emplace_back(name, std::move(fill)); }

void ArchiveWriter::add(const std::string& name, std::string text) {
  add(name, [text = std::move(text)](std::string& into) mutable -> Result<bool> {
    into = std::move(text);
    text.clear();
    return !into.empty();
  });
}

Result<void> ArchiveWriter::write(const std::string& path, const std::string& manifest_name,
                                  const std::function<std::string(const std::vector<Entry>&)>& manifest) {
  std::vector<std::unique_ptr<Source>> sources;  // outlive the archive, which asks them until it is closed
  const auto source = [&](const std::string& name, Fill fill) {
    sources.push_back(std::make_unique<Source>());
    sources.back()->fill = std::move(fill);
    sources.back()->entry.name = name;
  };
  for (auto& [name, fill] : entries_) source(name, std::move(fill));
  source(manifest_name, [&, done = false](std::string& into) mutable -> Result<bool> {
    if (std::exchange(done, true)) return false;
    std::vector<Entry> written;
    for (const auto& before : sources)
      if (before->entry.name != manifest_name) written.push_back(before->entry);
    into = manifest(written);
    return true;
  });
  int code = 0;
  std::unique_ptr<zip_t, Discard> archive(zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    return not_written(path, why);
  }
  for (const auto& one : sources)
    if (auto known = announce(archive.get(), path, *one); !known) return known;
  if (zip_close(archive.get()) == 0) {
    (void)archive.release();
    return {};
  }
  for (const auto& one : sources)
    if (one->trouble) return Failure(*one->trouble);
  return not_written(path, zip_strerror(archive.get()));
}

}  // namespace jr::bundle
