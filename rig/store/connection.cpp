// Opening by name and flags. A path is turned into a URI only where a flag needs one.
#include "rig/store/connection.hpp"

#include <string>

namespace jr::sqlite {
namespace {

/// What a URI may not hold is written as %XX.
std::string uri_of(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    if (c == '%' || c == '?' || c == '#')
      uri += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

}  // namespace

Connection connect(const std::filesystem::path& file, Access access, bool still) {
  const int flags = access == Access::read ? SQLITE_OPEN_READONLY
                    : access == Access::write ? SQLITE_OPEN_READWRITE
                                              : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* db = nullptr;
  const std::string name = still ? uri_of(file) : file.string();
  const int code = sqlite3_open_v2(name.c_str(), &db, flags | (still ? SQLITE_OPEN_URI : 0), nullptr);
  Connection connection(db);
  if (code != SQLITE_OK) throw Failed(db, "open");
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, 10'000);
  return connection;
}

Connection connect_to_read(const std::filesystem::path& file) {
  std::error_code missing;
  const bool at_rest = std::filesystem::file_size(file.string() + "-wal", missing) == 0 || missing;
  try {
    Connection connection = connect(file, Access::read);
    (void)number(connection.get(), "SELECT count(*) FROM sqlite_master");
    return connection;
  } catch (const Failed& failed) {
    // SQLite wants to put its index of the journal beside the file.
    const int code = failed.code & 0xFF;
    if (!at_rest || (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)) throw;
  }
  Connection connection = connect(file, Access::read, true);
  (void)number(connection.get(), "SELECT count(*) FROM sqlite_master");
  return connection;
}

std::int64_t number(sqlite3* db, const char* sql) {
  Statement statement(db, sql);
  return statement.step() ? statement.integer(0) : 0;
}

}  // namespace jr::sqlite
