// The few SQLite calls the store makes, each checked.
#include "rig/store/sqlite.hpp"

namespace jr::sqlite {

void run(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw Failed(db, sql);
}

Statement::Statement(sqlite3* db, std::string_view sql) : db_(db) {
  if (sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) !=
      SQLITE_OK)
    throw Failed(db, std::string(sql));
}

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}

Statement& Statement::bind(double value) {
  sqlite3_bind_double(statement_, next_++, value);
  return *this;
}

Statement& Statement::bind(const std::string& text) {
  sqlite3_bind_text(statement_, next_++, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind(std::span<const std::byte> blob) {
  if (blob.empty())
    sqlite3_bind_zeroblob(statement_, next_++, 0);  // no address would mean NULL
  else
    sqlite3_bind_blob64(statement_, next_++, blob.data(), blob.size(), SQLITE_STATIC);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw Failed(db_, sqlite3_sql(statement_));
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  next_ = 1;
}

Statements::Use Statements::operator()(const char* sql) {
  auto& statement = prepared_[sql];
  if (!statement) statement = std::make_unique<Statement>(db_, sql);
  return Use(*statement);
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text ? std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
              : std::string();
}

std::span<const std::byte> Statement::blob(int column) const {
  return {static_cast<const std::byte*>(sqlite3_column_blob(statement_, column)),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace jr::sqlite
