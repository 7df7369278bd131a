// The zip behind a bundle: entries streamed out of one and into one, each with its hash.
// Never unpacks to a disk, never holds more of an entry than a piece, never believes a size that a header claims.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/core/sha256.hpp"

struct zip;
struct zip_file;

namespace jr::bundle {

/// What the manifest says of an entry.
struct Entry {
  std::string name;
  std::uint64_t bytes{};
  std::string sha256;  ///< lower-case hexadecimal
  bool operator==(const Entry&) const = default;
};

/// Entries are handed on in pieces of about so many bytes.
inline constexpr std::size_t kPieceBytes = 1 << 18;

/// A document that is parsed as a whole may be so long: run, plan, bench file, a report, a calibration, the manifest.
inline constexpr std::uint64_t kLongestDocument = 64ULL << 20;

class EntryReader;

/// A zip that is open for reading.
class Archive {
 public:
  /// Errors: not_found, permission, malformed (no zip, cut, a name twice or one that leads out of the folder).
  static Result<Archive> open(const std::string& path);
  /// The same for bytes in memory, which must outlive it; `name` stands for the path in sentences.
  static Result<Archive> open(std::span<const std::byte> bytes, const std::string& name);

  const std::string& path() const { return path_; }
  const std::vector<std::string>& names() const { return names_; }  ///< of files; folders are left out

  /// Errors: malformed (not there, encrypted, packed in a way that is unknown here).
  Result<EntryReader> read(const Entry& entry) const;
  /// The entry as one text, verified. Errors: malformed (longer than kLongestDocument, or changed).
  Result<std::string> text(const Entry& entry) const;
  /// A document about which nothing is known yet: the manifest.
  Result<std::string> unverified_text(const std::string& name) const;
  /// Reads the entry through. Errors: malformed when size or hash differ.
  Result<void> verify(const Entry& entry) const;

 private:
  struct Close { void operator()(zip* archive) const; };
  static Result<Archive> adopt(zip* archive, std::string path);
  std::shared_ptr<zip> archive_;  ///< shared with the readers of its entries
  std::string path_;
  std::vector<std::string> names_;
  std::vector<std::uint64_t> places_;
};

/// One entry on its way out of the zip. At its end size and hash have been compared with the manifest's.
class EntryReader {
 public:
  /// Fills as much of `into` as there is; less than asked for only at the end. Errors: malformed (longer or shorter than
  /// the manifest says, or another hash; names the entry), storage.
  Result<std::size_t> read(std::span<std::byte> into);
  const std::string& name() const { return entry_.name; }

 private:
  friend class Archive;
  struct Close { void operator()(zip_file* file) const; };
  EntryReader(std::shared_ptr<zip> archive, zip_file* file, Entry entry, std::string path);
  Result<void> at_end();
  Failure changed(const std::string& how) const;
  std::shared_ptr<zip> archive_;
  std::unique_ptr<zip_file, Close> file_;
  Entry entry_;
  std::string path_;
  Sha256 digest_;
  std::uint64_t got_{};
  bool over_{};
};

/// Lines of an entry, without their ends. The last line must end with a line feed too.
class LineReader {
 public:
  explicit LineReader(EntryReader entry) : entry_(std::move(entry)), piece_(kPieceBytes) {}
  /// True: `line` is the next one. Errors: what read() says; malformed (a line of more than 4 MiB).
  Result<bool> next(std::string& line);
  const std::string& name() const { return entry_.name(); }
  std::uint64_t number() const { return number_; }  ///< of the line that came last, from 1

 private:
  EntryReader entry_;
  std::vector<std::byte> piece_;
  std::size_t at_{}, end_{};
  std::uint64_t number_{};
};

/// Appends a piece of an entry to the text; false: nothing was left.
using Fill = std::function<Result<bool>(std::string& into)>;

/// Writes a zip whose bytes depend on nothing but what is added: fixed times, the order of adding.
class ArchiveWriter {
 public:
  void add(const std::string& name, Fill fill);
  void add(const std::string& name, std::string text);
  /// Writes to a temporary file beside `path` and renames it. `manifest` is made last, out of the entries before it.
  /// Errors: whatever a fill failed with; storage.
  Result<void> write(const std::string& path, const std::string& manifest_name,
                     const std::function<std::string(const std::vector<Entry>&)>& manifest);

 private:
  std::vector<std::pair<std::string, Fill>> entries_;
};

}  // namespace jr::bundle
