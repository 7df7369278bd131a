// SQLite's C interface with owners and errors as values. Only the store includes this.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

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

  bool step();   ///< true: a row is there
  void reset();  ///< as it was before the first bind
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  double real(int column) const { return sqlite3_column_double(statement_, column); }
  std::string text(int column) const;
  std::span<const std::byte> blob(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_{};
  int next_{1};
};

/// Statements that are prepared once a connection, by the address of their text. They end before the connection.
class Statements {
 public:
  explicit Statements(sqlite3* db) : db_(db) {}
  sqlite3* connection() const { return db_; }

  /// A statement in use; reset when the use is over, so that it holds no lock. Not to be taken twice at once.
  class Use {
   public:
    explicit Use(Statement& statement) : statement_(&statement) {}
    ~Use() { if (statement_) statement_->reset(); }
    Use(Use&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Use& operator=(Use&&) = delete;
    Statement* operator->() const { return statement_; }
    Statement& operator*() const { return *statement_; }

   private:
    Statement* statement_;
  };
  Use operator()(const char* sql);

 private:
  sqlite3* db_;
  std::unordered_map<const char*, std::unique_ptr<Statement>> prepared_;
};

/// What is read until it dies is of one moment, whatever others write meanwhile.
class Snapshot {
 public:
  explicit Snapshot(sqlite3* db) : db_(db) { run(db_, "BEGIN"); }
  ~Snapshot() { sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  sqlite3* db_;
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
