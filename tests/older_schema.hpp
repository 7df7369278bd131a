// Takes from a record what later schemas brought, so that it is as an older program would have left it.
// Never touches what the older schema knew.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace jr::test {

/// kUndo[v] leads from version v + 1 back to v.
inline constexpr const char* kUndo[] = {
    "", "DROP TABLE attempt;",
    "DROP TABLE calibration; DROP TABLE certificate; DROP INDEX result_by;",
    "DROP TABLE health; DROP TABLE quarantine;",
    "DROP TABLE pyramid; DROP TABLE run_tag; DROP TABLE note; ALTER TABLE run DROP COLUMN source; "
    "ALTER TABLE stream DROP COLUMN channels; ALTER TABLE stream DROP COLUMN coefficients; ALTER TABLE chunk DROP COLUMN codec;",
    "DROP TABLE dropped; DROP TABLE arrival;",
};

inline void bring_back_to(const std::filesystem::path& file, std::size_t version) {
  sqlite3* db = nullptr;
  std::string sql;
  for (std::size_t v = std::size(kUndo); v-- > version;) sql += kUndo[v];
  sql += "PRAGMA user_version=" + std::to_string(version);
  const bool done = sqlite3_open(file.c_str(), &db) == SQLITE_OK && sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  const std::string why = sqlite3_errmsg(db);
  sqlite3_close(db);
  if (!done) throw std::runtime_error("the record does not become version " + std::to_string(version) + ": " + why);
}

}  // namespace jr::test
