// A database of an older schema, shown to one connection as the present one.
// Never writes to the file: what it lacks are temporary views and empty temporary tables of the connection.
#pragma once

struct sqlite3;

namespace jr {

/// `version`: of the file, 1 to kSchemaVersion. Throws sqlite::Failed.
void show_as_present_schema(sqlite3* db, int version);

}  // namespace jr
