// SQLite's C interface with owners and errors as values. Only the store includes this.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace jr::sqlite {

/// What SQLite said, with its code; turned into a Result at the store's edge.
struct Failed : std::runtime_error {
  int code;
  Failed(sqlite3* db, const std::string& doing)
      : std::runtime_error(doing + ": " + sqlite3_errmsg(db)), code(sqlite3_extended_errcode(db)) {}
};

void run(sqlite3* db, const char* sql);

/// A prepared statement: bind in order, step, read columns in order.
class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql);
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind(const std::string& text);
  Statement& bind(std::span<const std::byte> blob);

  bool step();  ///< true: a row is there
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  double real(int column) const { return sqlite3_column_double(statement_, column); }
  std::string text(int column) const;
  std::span<const std::byte> blob(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_{};
  int next_{1};
};

/// BEGIN IMMEDIATE … COMMIT; rolls back when it dies uncommitted.
class Transaction {
 public:
  explicit Transaction(sqlite3* db) : db_(db) { run(db_, "BEGIN IMMEDIATE"); }
  ~Transaction() { if (db_) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() { run(db_, "COMMIT"); db_ = nullptr; }

 private:
  sqlite3* db_;
};

}  // namespace jr::sqlite
