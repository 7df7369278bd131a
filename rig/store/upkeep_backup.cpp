// A copy as of one moment, and a copy put back. Files change their names only when they are whole and on the disk.
// Never overwrites what is no backup, and never leaves the database's name without a database.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "rig/store/attempt.hpp"
#include "rig/store/connection.hpp"
#include "rig/store/process.hpp"
#include "rig/store/store.hpp"
#include "rig/store/upkeep.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;
constexpr int kPagesAtOnce = 256;  // 4 MiB

/// A file that is gone again unless it was renamed.
class Temporary {
 public:
  /// Named after `path` and this process. What killed processes left there goes first.
  explicit Temporary(const fs::path& path) : path_(path.string() + kPart + std::to_string(::getpid())) {
    std::error_code ignored;
    const std::string begins = path.filename().string() + kPart;
    for (const auto& entry : fs::directory_iterator(path.has_parent_path() ? path.parent_path() : fs::path("."), ignored))
      if (const std::string name = entry.path().filename().string();
          name.starts_with(begins) && !start_of_process(std::atoll(name.c_str() + begins.size())))
        fs::remove(entry.path(), ignored);
    remove_all(path_);
  }
  ~Temporary() { if (!path_.empty()) remove_all(path_); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const fs::path& path() const { return path_; }
  void renamed() { path_.clear(); }

 private:
  static constexpr const char* kPart = ".part-";
  static void remove_all(const fs::path& file) {
    std::error_code ignored;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) fs::remove(file.string() + suffix, ignored);
  }
  fs::path path_;
};

Failure on_disk(const std::string& doing, const fs::path& path) {
  const int reason = errno;
  return fail(reason == EACCES || reason == EPERM ? Trouble::permission : Trouble::storage,
              "Could not " + doing + " " + path.string() + ": " + std::strerror(reason) +
                  ". Check that the folder exists, is yours and has room.");
}

Result<void> flush(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return on_disk("open", path);
  const bool flushed = ::fsync(file) == 0;
  const int reason = errno;
  ::close(file);
  errno = reason;
  if (!flushed) return on_disk("write out", path);
  return {};
}

Result<void> rename_durably(const fs::path& from, const fs::path& to) {
  if (auto flushed = flush(from); !flushed) return flushed;
  if (::rename(from.c_str(), to.c_str())) return on_disk("rename the copy to", to);
  return flush(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

/// All pages of `from` as they are now into a new file. The open read keeps the moment: writers go on behind it.
void copy(sqlite3* from, const fs::path& to, const UpkeepProgress& progress) {
  const sqlite::Connection into = sqlite::connect(to, sqlite::Access::create);
  sqlite::run(into.get(), "PRAGMA synchronous=OFF");  // it is flushed as a whole before it gets its name
  sqlite::run(from, "BEGIN");
  (void)sqlite::number(from, "SELECT count(*) FROM sqlite_master");
  sqlite3_backup* backup = sqlite3_backup_init(into.get(), "main", from, "main");
  if (!backup) throw sqlite::Failed(into.get(), "copy");
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(backup, kPagesAtOnce);
    const int all = sqlite3_backup_pagecount(backup);
    if (progress && all > 0) progress(1.0 - static_cast<double>(sqlite3_backup_remaining(backup)) / all);
  }
  sqlite3_backup_finish(backup);
  sqlite3_exec(from, "ROLLBACK", nullptr, nullptr, nullptr);
  if (code != SQLITE_DONE) throw sqlite::Failed(into.get(), "copy");
}

/// What SQLite finds wrong with a file that nobody writes; empty: nothing. `runs` is how many it holds.
std::string trouble_in(const fs::path& file, std::uint64_t& runs) {
  const sqlite::Connection db = sqlite::connect(file, sqlite::Access::read, true);
  const std::int64_t version = sqlite::number(db.get(), "PRAGMA user_version");
  if (version > kSchemaVersion) return "it was written by a newer JouleRig (schema " + std::to_string(version) + "): update joulerig";
  sqlite::Statement check(db.get(), "PRAGMA integrity_check(1)");
  const std::string found = check.step() ? check.text(0) : "";
  if (found != "ok") return "SQLite says: " + found;
  if (!sqlite::number(db.get(), "SELECT count(*) FROM sqlite_master WHERE type='table' AND name='run'"))
    return "it holds no runs at all: it is no JouleRig database";
  runs = static_cast<std::uint64_t>(sqlite::number(db.get(), "SELECT count(*) FROM run"));
  return "";
}

/// Something that a backup may replace: nothing, or a database of ours at rest.
Result<void> may_be_replaced(const fs::path& to) {
  std::error_code ignored;
  if (!fs::exists(to, ignored)) return {};
  if (fs::exists(to.string() + "-wal", ignored) && fs::file_size(to.string() + "-wal", ignored) > 0)
    return fail(Trouble::refused, to.string() + " is a database that is in use: give another name for the backup.");
  std::uint64_t runs = 0;
  std::string trouble;
  try {
    trouble = fs::is_regular_file(to, ignored) ? trouble_in(to, runs) : "it is no file";
  } catch (const sqlite::Failed& failed) {
    trouble = sqlite3_errstr(failed.code);
  }
  if (!trouble.empty())
    return fail(Trouble::refused, to.string() + " is there already and is no whole backup (" + trouble + "): give another name, or remove it first.");
  return {};
}

Result<void> must_be_there(const fs::path& file) {
  std::error_code ignored;
  if (fs::exists(file, ignored)) return {};
  return fail(Trouble::not_found, "There is no database " + file.string() + ": name another with --db.");
}

/// Waits until nobody has the database open, and makes one file of it. It stays locked while the connection lives.
/// None: it is too damaged to be opened at all.
Result<sqlite::Connection> alone(const fs::path& file) {
  try {
    sqlite::Connection db = sqlite::connect(file, sqlite::Access::write);
    sqlite3_busy_timeout(db.get(), 2'000);
    sqlite::run(db.get(), "PRAGMA locking_mode=EXCLUSIVE");
    sqlite::Statement mode(db.get(), "PRAGMA journal_mode=DELETE");
    if (mode.step() && mode.text(0) == "delete") return db;
  } catch (const sqlite::Failed& failed) {
    const int code = failed.code & 0xFF;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) return sqlite::Connection();
    if (code != SQLITE_BUSY && code != SQLITE_LOCKED) throw;
  }
  return fail(Trouble::busy, "The database " + file.string() + " is in use: end what measures or reads (`fuser " + file.string() +
                                 "` tells who), then restore.");
}

/// A name beside the database that nothing has: "runs.db.before-20261123-081500".
fs::path beside(const fs::path& file) {
  char stamp[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", gmtime_r(&now, &utc));
  fs::path name = file.string() + ".before-" + stamp;
  std::error_code ignored;
  for (int more = 2; fs::exists(name, ignored); ++more) name = file.string() + ".before-" + stamp + "-" + std::to_string(more);
  return name;
}

/// The old file gets a second name, then the new one takes the first: there is no moment without a database.
/// A journal that is still there belongs to the old one and must never be played into the new.
Result<void> exchange(const fs::path& fresh, const fs::path& file, const fs::path& old) {
  for (const char* journal : {"-wal", "-journal"})
    if (::rename((file.string() + journal).c_str(), (old.string() + journal).c_str()) && errno != ENOENT)
      return on_disk("keep the journal of", file);
  if (::link(file.c_str(), old.c_str())) return on_disk("keep the old database as", old);
  auto renamed = rename_durably(fresh, file);
  if (!renamed) ::unlink(old.c_str());
  return renamed;
}

}  // namespace

Result<BackupReport> backup_store(const fs::path& file, const fs::path& to, const UpkeepProgress& progress) {
  if (auto there = must_be_there(file); !there) return Failure(there.error());
  std::error_code ignored;
  if (fs::equivalent(file, to, ignored))
    return fail(Trouble::refused, to.string() + " is the database itself: give another name for the backup.");
  if (auto free = may_be_replaced(to); !free) return Failure(free.error());
  Temporary part(to);
  return attempt("back up the database to " + to.string(), file, [&]() -> Result<BackupReport> {
    copy(sqlite::connect(file, sqlite::Access::read).get(), part.path(), progress);
    BackupReport report;
    if (const std::string trouble = trouble_in(part.path(), report.runs); !trouble.empty())
      return fail(Trouble::malformed, "The copy of " + file.string() + " is not whole (" + trouble +
                                          "): joulerig store check says what is damaged; an older backup stays as it is.");
    report.bytes = fs::file_size(part.path());
    if (auto renamed = rename_durably(part.path(), to); !renamed) return Failure(renamed.error());
    part.renamed();
    return report;
  });
}

Result<RestoreReport> restore_store(const fs::path& backup, const fs::path& file, bool force, const UpkeepProgress& progress) {
  if (auto there = must_be_there(backup); !there)
    return fail(Trouble::not_found, "There is no backup " + backup.string() + ": is the path right?");
  std::error_code ignored;
  if (fs::equivalent(backup, file, ignored))
    return fail(Trouble::refused, backup.string() + " is the database itself: there is nothing to restore.");
  const bool occupied = fs::exists(file, ignored);
  if (occupied && !force)
    return fail(Trouble::refused, "There is a database " + file.string() + " already: --force puts the backup in its place and keeps it beside under another name.");
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), ignored);
  Temporary part(file);
  return attempt("restore " + backup.string(), file, [&]() -> Result<RestoreReport> {
    // One at rest may lie where nothing can be put beside it.
    const bool at_rest = !fs::exists(backup.string() + "-wal", ignored);
    copy(sqlite::connect(backup, sqlite::Access::read, at_rest).get(), part.path(), progress);
    RestoreReport report;
    if (const std::string trouble = trouble_in(part.path(), report.runs); !trouble.empty())
      return fail(Trouble::malformed, "The backup " + backup.string() + " is not restored: " + trouble + ".");
    if (!occupied) {
      if (auto renamed = rename_durably(part.path(), file); !renamed) return Failure(renamed.error());
      part.renamed();
      return report;
    }
    auto lock = alone(file);
    if (!lock) return Failure(lock.error());
    report.old = beside(file);
    if (auto done = exchange(part.path(), file, report.old); !done) return Failure(done.error());
    part.renamed();
    return report;
  });
}

}  // namespace jr
