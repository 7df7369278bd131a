// Turns what SQLite threw into one sentence that says what to do. Only the store's own files include it.
#pragma once

#include <filesystem>
#include <string>

#include "rig/core/result.hpp"
#include "rig/store/sqlite.hpp"

namespace jr {

inline std::string advice_for(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL: return " The disk is full: free space or use another file with --db.";
    case SQLITE_IOERR: return " The disk refused to read or write: check its space and its health.";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return " Check that the folder exists and that you may write there, or use --db.";
    case SQLITE_NOTADB: return " It is not a JouleRig database: use another file with --db.";
    case SQLITE_CORRUPT: return " The file is damaged: keep a copy, then try `sqlite3 FILE .recover`.";
    case SQLITE_BUSY: return " Another process held it for more than 10 s: see who with `fuser FILE`.";
    default: return "";
  }
}

/// Runs `body`; an exception of SQLite becomes Trouble::storage that names the file and the cure.
template <class Body>
auto attempt(const std::string& doing, const std::filesystem::path& file, Body&& body)
    -> decltype(body()) {
  try {
    return body();
  } catch (const sqlite::Failed& failed) {
    std::string what = failed.what();
    if (const auto colon = what.rfind(": "); colon != std::string::npos) what = what.substr(colon + 2);
    return fail(Trouble::storage, "Could not " + doing + " in " + file.string() + ": " + what + "." +
                                      advice_for(failed.code));
  } catch (const std::invalid_argument& unknown) {
    return fail(Trouble::malformed,
                "Could not " + doing + " in " + file.string() + ": " + unknown.what() + ".");
  }
}

}  // namespace jr
