// Reading: libzip finds and inflates, this counts, hashes and refuses.
// Never follows a name: entries are looked up by the names that the format knows.
#include "rig/exchange/bundle_archive.hpp"

#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace jr::bundle {
namespace {

constexpr std::size_t kLongestLine = 4 << 20;
constexpr zip_int64_t kMostEntries = 1 << 20;

std::string sentence_of(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Failure not_opened(const std::string& path, zip_error_t error) {
  const int code = zip_error_code_zip(&error), system = zip_error_code_system(&error);
  const std::string why = sentence_of(error);
  if (code == ZIP_ER_NOENT)
    return fail(Trouble::not_found, "There is no file " + path + ": is the path right?");
  if (code == ZIP_ER_OPEN && (system == EACCES || system == EPERM))
    return fail(Trouble::permission, "The bundle " + path + " may not be read: " + why + ".");
  if (code == ZIP_ER_OPEN || code == ZIP_ER_READ || code == ZIP_ER_SEEK)
    return fail(Trouble::storage, "The bundle " + path + " cannot be read: " + why + ".");
  return fail(Trouble::malformed, "The file " + path + " is no whole zip archive, so no bundle (" + why +
                                      "): it was cut, or is something else; copy it again.");
}

/// A name that a file of a bundle may have: relative, forward slashes, no way out.
bool is_tame(std::string_view name) {
  if (name.empty() || name.size() > 256 || name.front() == '/') return false;
  for (const char c : name)
    if (c == '\\' || c == ':' || static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) return false;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string_view part = name.substr(at, end - at);
    if (part == "." || part == ".." || (part.empty() && end != name.size())) return false;
    at = end + 1;
  }
  return true;
}

std::string in_quotes(std::string_view name) {
  std::string text = "'";
  for (const char c : name.substr(0, 80)) text += static_cast<unsigned char>(c) < 0x20 || c == '\x7F' ? '?' : c;
  return text + (name.size() > 80 ? "...'" : "'");
}

Result<std::string> all_of(EntryReader& reader) {
  std::string text;
  std::vector<std::byte> piece(kPieceBytes);
  while (true) {
    const auto got = reader.read(piece);
    if (!got) return Failure(got.error());
    text.append(reinterpret_cast<const char*>(piece.data()), *got);
    if (*got < piece.size()) return text;
  }
}

}  // namespace

void Archive::Close::operator()(zip* archive) const { zip_discard(archive); }

Result<Archive> Archive::open(const std::string& path) {
  zip_error_t error;
  zip_error_init(&error);
  int code = 0;
  zip* archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive) return adopt(archive, path);
  const int system = errno;
  zip_error_set(&error, code, system);
  return not_opened(path, error);
}

Result<Archive> Archive::open(std::span<const std::byte> bytes, const std::string& name) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (!source) return not_opened(name, error);
  zip* archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive) return adopt(archive, name);
  zip_source_free(source);
  return not_opened(name, error);
}

Result<Archive> Archive::adopt(zip* archive, std::string path) {
  Archive opened;
  opened.archive_ = std::shared_ptr<zip>(archive, Close{});
  opened.path_ = std::move(path);
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  const auto refuse = [&](const std::string& why) {
    return fail(Trouble::malformed, "The bundle " + opened.path_ + " " + why);
  };
  if (count > kMostEntries) return refuse("claims more entries than any bundle has: it is something else.");
  std::set<std::string> seen;
  for (zip_int64_t place = 0; place < count; ++place) {
    const char* raw = zip_get_name(archive, static_cast<zip_uint64_t>(place), ZIP_FL_ENC_RAW);
    const std::string name = raw ? raw : "";
    if (!is_tame(name))
      return refuse("holds an entry named " + in_quotes(name) + ", which no bundle has: nothing of it was taken in.");
    if (!seen.insert(name).second)
      return refuse("holds " + in_quotes(name) + " twice: which of the two counts cannot be told.");
    if (name.back() == '/') continue;  // other tools write folders as entries of their own
    opened.names_.push_back(name);
    opened.places_.push_back(static_cast<std::uint64_t>(place));
  }
  return opened;
}

Result<EntryReader> Archive::read(const Entry& entry) const {
  const auto found = std::find(names_.begin(), names_.end(), entry.name);
  if (found == names_.end())
    return fail(Trouble::malformed, "The bundle " + path_ + " lacks its entry " + in_quotes(entry.name) + ": ask for a whole copy.");
  const std::uint64_t place = places_[static_cast<std::size_t>(found - names_.begin())];
  zip_file* file = zip_fopen_index(archive_.get(), place, 0);
  if (!file)
    return fail(Trouble::malformed, "The entry " + in_quotes(entry.name) + " of " + path_ + " cannot be read (" +
                                        zip_strerror(archive_.get()) + "): pack the bundle again with deflate and without a password.");
  return EntryReader(archive_, file, entry, path_);
}

Result<std::string> Archive::text(const Entry& entry) const {
  if (entry.bytes > kLongestDocument)
    return fail(Trouble::malformed, "The entry " + in_quotes(entry.name) + " of " + path_ + " is said to be " +
                                        std::to_string(entry.bytes) + " bytes long, more than such a document may be.");
  auto reader = read(entry);
  if (!reader) return Failure(reader.error());
  return all_of(*reader);
}

Result<std::string> Archive::unverified_text(const std::string& name) const {
  auto reader = read({name, kLongestDocument, ""});
  if (!reader) return Failure(reader.error());
  return all_of(*reader);
}

Result<void> Archive::verify(const Entry& entry) const {
  auto reader = read(entry);
  if (!reader) return Failure(reader.error());
  std::vector<std::byte> piece(kPieceBytes);
  while (true) {
    const auto got = reader->read(piece);
    if (!got) return Failure(got.error());
    if (*got < piece.size()) return {};
  }
}

void EntryReader::Close::operator()(zip_file* file) const { zip_fclose(file); }

EntryReader::EntryReader(std::shared_ptr<zip> archive, zip_file* file, Entry entry, std::string path)
    : archive_(std::move(archive)), file_(file), entry_(std::move(entry)), path_(std::move(path)) {}

Failure EntryReader::changed(const std::string& how) const {
  return fail(Trouble::malformed, "The entry " + in_quotes(entry_.name) + " of " + path_ + " " + how +
                                      ": it was changed or damaged after the bundle was made; ask for another copy.");
}

Result<std::size_t> EntryReader::read(std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size() && !over_) {
    const zip_int64_t got = zip_fread(file_.get(), into.data() + filled, into.size() - filled);
    if (got < 0) return changed("cannot be unpacked (" + std::string(zip_file_strerror(file_.get())) + ")");
    if (got == 0) over_ = true;
    digest_.add(into.subspan(filled, static_cast<std::size_t>(got)));
    filled += static_cast<std::size_t>(got);
    got_ += static_cast<std::uint64_t>(got);
    if (got_ > entry_.bytes) return changed("is longer than the " + std::to_string(entry_.bytes) + " bytes it may have");
    if (over_)
      if (auto whole = at_end(); !whole) return Failure(whole.error());
  }
  return filled;
}

Result<void> EntryReader::at_end() {
  if (entry_.sha256.empty()) return {};
  if (got_ != entry_.bytes)
    return changed("has " + std::to_string(got_) + " bytes instead of " + std::to_string(entry_.bytes));
  if (digest_.hex() != entry_.sha256) return changed("has another SHA-256 than the manifest says");
  return {};
}

Result<bool> LineReader::next(std::string& line) {
  line.clear();
  while (true) {
    const auto* from = reinterpret_cast<const char*>(piece_.data()) + at_;
    const auto* end = reinterpret_cast<const char*>(piece_.data()) + end_;
    const auto* feed = std::find(from, end, '\n');
    line.append(from, feed);
    at_ += static_cast<std::size_t>(feed - from) + (feed != end);
    if (feed != end) return ++number_, true;
    if (line.size() > kLongestLine)
      return fail(Trouble::malformed, "The entry " + in_quotes(entry_.name()) + " of the bundle has a line of more than 4 MiB.");
    const auto got = entry_.read(piece_);
    if (!got) return Failure(got.error());
    at_ = 0, end_ = *got;
    if (*got) continue;
    if (line.empty()) return false;
    return fail(Trouble::malformed, "The last line of the entry " + in_quotes(entry_.name()) + " of the bundle does not end.");
  }
}

}  // namespace jr::bundle
