// A name without a schema means the temporary view before it means the table of the file.
#include "rig/store/older_schema.hpp"

#include <string>

#include "rig/store/schema.hpp"
#include "rig/store/sqlite.hpp"
#include "rig/store/store.hpp"

namespace jr {
namespace {

/// What the tables of before schema 5 lack.
constexpr const char* kViewsBefore5 = R"sql(
CREATE TEMP VIEW run AS SELECT rowid AS rowid, *, '' AS source FROM main.run;
CREATE TEMP VIEW stream AS SELECT *, '' AS channels, X'' AS coefficients FROM main.stream;
CREATE TEMP VIEW chunk AS SELECT *, 0 AS codec FROM main.chunk;
)sql";

/// The tables that `step` creates, in the connection's own memory and empty; what it alters is a view's.
std::string tables_of(std::string step) {
  std::string created;
  for (std::size_t at = step.find("CREATE TABLE "); at != std::string::npos; at = step.find("CREATE TABLE ", at + 1)) {
    const std::size_t end = step.find(';', at);
    created += "CREATE TEMP TABLE " + step.substr(at + 13, end - at - 12) + "\n";
  }
  return created;
}

}  // namespace

void show_as_present_schema(sqlite3* db, int version) {
  if (version >= kSchemaVersion) return;
  sqlite::run(db, "PRAGMA temp_store=MEMORY");
  if (version < 5) sqlite::run(db, kViewsBefore5);
  for (int step = version; step < kSchemaVersion; ++step) sqlite::run(db, tables_of(kSchemaSteps[step]).c_str());
}

}  // namespace jr
