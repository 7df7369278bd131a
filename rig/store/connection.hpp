// A connection of its own to a database file, for what looks after the file as a whole.
// Never brings a schema up to date: Store::open does.
#pragma once

#include <filesystem>
#include <memory>

#include "rig/store/sqlite.hpp"

namespace jr::sqlite {

struct Close { void operator()(sqlite3* db) const { sqlite3_close(db); } };
using Connection = std::unique_ptr<sqlite3, Close>;

enum class Access { read, write, create };

/// Throws Failed. `still`: nobody writes the file and it has no journal, so nothing is put beside it.
Connection connect(const std::filesystem::path& file, Access access, bool still = false);

/// To read, whoever else writes, and where nothing may be written: a database at rest in a folder that takes no file
/// beside it is read as it lies there. Throws Failed.
Connection connect_to_read(const std::filesystem::path& file);

/// The single integer that a statement answers with.
std::int64_t number(sqlite3* db, const char* sql);

}  // namespace jr::sqlite
