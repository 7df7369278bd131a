// Two databases and a zip between them, as a test wants it: entries out of it, any entries into it.
// Never goes through the code under test to write.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <zip.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "rig/core/sha256.hpp"
#include "tests/scratch_folder.hpp"

namespace jr::test {

/// Two databases and a file between them.
struct Journey {
  ScratchFolder from, to;
  std::unique_ptr<Store> here{open_in(from)}, there{open_in(to)};
  std::string file{(from.path / "run.jrz").string()};
};

using ZipEntries = std::vector<std::pair<std::string, std::string>>;

inline std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void put_bytes(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

inline ZipEntries unzipped(const std::string& path) {
  ZipEntries entries;
  int code = 0;
  zip_t* zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
  REQUIRE(zip);
  for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0); ++i) {
    zip_stat_t stat;
    REQUIRE(zip_stat_index(zip, i, 0, &stat) == 0);
    std::string text(stat.size, '\0');
    zip_file_t* file = zip_fopen_index(zip, i, 0);
    REQUIRE(zip_fread(file, text.data(), text.size()) == static_cast<zip_int64_t>(text.size()));
    zip_fclose(file);
    entries.emplace_back(stat.name, text);
  }
  zip_discard(zip);
  return entries;
}

/// Stored, not deflated, with a folder entry in front: as another tool may do it.
inline void zipped(const std::string& path, const ZipEntries& entries) {
  int code = 0;
  zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  REQUIRE(zip);
  zip_dir_add(zip, "streams", 0);
  for (const auto& [name, text] : entries) {
    const zip_int64_t at = zip_file_add(zip, name.c_str(), zip_source_buffer(zip, text.data(), text.size(), 0), 0);
    REQUIRE(at >= 0);
    zip_set_file_compression(zip, at, ZIP_CM_STORE, 0);
  }
  REQUIRE(zip_close(zip) == 0);
}

inline std::string& entry_of(ZipEntries& entries, const std::string& name) {
  for (auto& [known, text] : entries)
    if (known == name) return text;
  FAIL("no entry " << name);
  return entries.front().second;
}

/// The manifest as a forger would mend it: sizes and hashes of the entries as they are now, its own hash last.
inline void sign(ZipEntries& entries) {
  std::string list;
  for (const auto& [name, text] : entries)
    if (name != "manifest.json")
      list += std::string(list.empty() ? "" : ",") + "{\"name\":\"" + name + "\",\"bytes\":" + std::to_string(text.size()) +
              ",\"sha256\":\"" + sha256_of(std::as_bytes(std::span(text))) + "\"}";
  std::string& manifest = entry_of(entries, "manifest.json");
  const auto from = manifest.find("\"entries\"");
  manifest = manifest.substr(0, from) + "\"entries\":[" + list + "],\"manifest_sha256\":\"" + std::string(64, '0') + "\"}\n";
  const std::string own = sha256_of(std::as_bytes(std::span(manifest)));
  manifest.replace(manifest.rfind(std::string(64, '0')), 64, own);
}

/// Not a row of a run is left of what was refused.
inline void check_empty(const ScratchFolder& folder) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(folder.database().c_str(), &db) == SQLITE_OK);
  for (const char* table : {"run", "stream", "chunk", "pyramid", "anchor", "gap", "window", "attempt", "conversation", "result",
                            "truth", "run_tag", "note", "dropped", "arrival", "outbox", "calibration"}) {
    CAPTURE(table);
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(db, (std::string("SELECT count(*) FROM ") + table).c_str(), -1, &statement, nullptr) == SQLITE_OK);
    sqlite3_step(statement);
    CHECK(sqlite3_column_int(statement, 0) == 0);
    sqlite3_finalize(statement);
  }
  sqlite3_close(db);
}

inline bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

}  // namespace jr::test
