// A database that is looked through, copied, put back and thinned out stays what it was, or says where it is not.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "rig/store/upkeep.hpp"
#include "tests/chain_run.hpp"
#include "tests/scratch_folder.hpp"
#include "tests/unit/bundle_example.hpp"

using namespace jr;
using namespace jr::test;
namespace fs = std::filesystem;

namespace {

/// Changes the file behind the store's back.
void tamper(const fs::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  char* said = nullptr;
  sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &said);
  REQUIRE_MESSAGE(!said, said);
  sqlite3_close(db);
}

/// 14 bits that no packing makes smaller.
std::uint16_t noise(std::uint64_t k) {
  k *= 0x9E3779B97F4A7C15u;
  k = (k ^ k >> 29) * 0xBF58476D1CE4E5B9u;
  return static_cast<std::uint16_t>((k ^ k >> 32) & 0x3FFF);
}

/// A closed run of one stream, `chunks` chunks of 65,536 samples; returns its id.
std::string trace(Store& store, const std::string& bench, int chunks, std::int64_t started_ms = 1000) {
  const std::string run = store.begin_run({bench, "record", false, started_ms, "", "", "{}", "{}", ""}).value();
  StreamFacts facts{"ppk2", "S", "", "", "", 1e-5, 50, "[]", {}, {{{1e-9, 2e-9, 0, 0, 0}, {1e-6, 2e-6, 0, 0, 0}}, 3.3}};
  REQUIRE(store.add_stream(run, facts));
  Stretch samples;
  for (int c = 0; c < chunks; ++c) {
    samples = {static_cast<std::uint64_t>(c) << 16, {}, {}, {}};
    for (std::uint32_t i = 0; i < 1 << 16; ++i) {
      samples.codes.push_back(noise(i + samples.first_ordinal));
      samples.ranges.push_back(static_cast<std::uint8_t>(i / 30'000 & 1));
      samples.lines.push_back(static_cast<std::uint8_t>(i / 9'000 & 3));
    }
    REQUIRE(store.append(run, 0, samples, {{samples.first_ordinal, c}}));
  }
  REQUIRE(store.close_run(run, "pass", "", false, started_ms + 1));
  return run;
}

bool names(const CheckReport& report, const std::string& run, std::uint64_t sample, const std::string& what) {
  return std::any_of(report.damage.begin(), report.damage.end(), [&](const Damage& d) {
    return d.run == run && d.first_sample == sample && d.what.find(what) != std::string::npos;
  });
}

std::string all_of(const CheckReport& report) {
  std::string text;
  for (const Damage& d : report.damage) text += d.run + " @" + std::to_string(d.first_sample) + ": " + d.what + "\n";
  return text;
}

}  // namespace

TEST_CASE("a database that nobody touched is whole, with everything counted") {
  ScratchFolder folder;
  {
    auto store = open_in(folder);
    keep_chain(*store);
    trace(*store, "b", 3);
  }
  const auto report = check_store(folder.database());
  REQUIRE_MESSAGE(report.has_value(), (report ? "" : report.error().message));
  CHECK_MESSAGE(report->damages == 0, all_of(*report));
  CHECK(report->runs == 2);
  CHECK(report->pyramids == 2);
  CHECK(report->samples > 3 * 65'536);
}

TEST_CASE("damage of every kind is named with its run and samples, and the search goes on behind it") {
  ScratchFolder folder;
  std::string run, chain;
  {
    auto store = open_in(folder);
    run = trace(*store, "b", 4);
    chain = keep_chain(*store);
  }
  tamper(folder.database(), "UPDATE chunk SET codes=zeroblob(length(codes)) WHERE run='" + run + "' AND first_ordinal=65536");
  tamper(folder.database(), "UPDATE chunk SET moments=zeroblob(length(moments)) WHERE run='" + run + "' AND first_ordinal=196608");
  tamper(folder.database(), "UPDATE window SET moments=zeroblob(length(moments)) WHERE run='" + chain + "' AND label='guard'");
  tamper(folder.database(), "UPDATE pyramid SET columns=zeroblob(length(columns)) WHERE run='" + chain + "'");
  tamper(folder.database(), "PRAGMA foreign_keys=OFF; INSERT INTO gap VALUES('ghost-1',0,1,1,0,0,'counter')");
  tamper(folder.database(), "PRAGMA foreign_keys=OFF; INSERT INTO truth VALUES('ghost-2','{}')");
  const auto report = check_store(folder.database());
  REQUIRE(report);
  INFO(all_of(*report));
  CHECK(names(*report, run, 65'536, "corrupt"));
  CHECK(names(*report, run, 196'608, ""));
  CHECK_FALSE(names(*report, run, 131'072, "corrupt"));
  CHECK(std::count_if(report->damage.begin(), report->damage.end(), [](const Damage& d) { return d.what.find("(guard) has other sums") != std::string::npos; }) >= 5);
  CHECK(std::any_of(report->damage.begin(), report->damage.end(), [](const Damage& d) { return d.what.find("yramid") != std::string::npos; }));
  CHECK(std::any_of(report->damage.begin(), report->damage.end(), [](const Damage& d) { return d.run == "ghost-1"; }));
  CHECK(std::any_of(report->damage.begin(), report->damage.end(), [](const Damage& d) { return d.what.find("table truth") != std::string::npos; }));
}

TEST_CASE("a chunk that is gone is named by the samples that are missing") {
  ScratchFolder folder;
  std::string run;
  {
    auto store = open_in(folder);
    run = trace(*store, "b", 3);
  }
  tamper(folder.database(), "DELETE FROM chunk WHERE first_ordinal=65536");
  const auto report = check_store(folder.database());
  REQUIRE(report);
  CHECK_MESSAGE(names(*report, run, 65'536, "missing"), all_of(*report));
}

TEST_CASE("a page overwritten in the middle of a chunk leads to that chunk, and the others can be read") {
  ScratchFolder folder;
  std::string run;
  {
    auto store = open_in(folder);
    run = trace(*store, "b", 4);
  }
  std::string bytes = contents_of(folder.database());
  // Packed noise of 14 bits fills pages of its own: find one that is in use by the third chunk.
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(folder.database().c_str(), &db) == SQLITE_OK);
  sqlite3_stmt* select = nullptr;
  sqlite3_prepare_v2(db, "SELECT codes FROM chunk WHERE first_ordinal=131072", -1, &select, nullptr);
  REQUIRE(sqlite3_step(select) == SQLITE_ROW);
  const std::string middle(static_cast<const char*>(sqlite3_column_blob(select, 0)) + sqlite3_column_bytes(select, 0) / 2, 64);
  sqlite3_finalize(select);
  sqlite3_close(db);
  const std::size_t at = bytes.find(middle);
  REQUIRE(at != std::string::npos);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at / 16384 * 16384), 16384, '\x5A');
  put_bytes(folder.database(), bytes);
  const auto report = check_store(folder.database());
  REQUIRE_MESSAGE(report.has_value(), (report ? "" : report.error().message));
  CHECK_MESSAGE(names(*report, run, 131'072, ""), all_of(*report));
  auto store = open_in(folder);
  CHECK(store->samples_between(run, 0, 0, 131'072)->codes.size() == 131'072);
  CHECK(store->samples_between(run, 0, 196'608, 262'144)->codes.size() == 65'536);
  CHECK_FALSE(store->samples_between(run, 0, 131'072, 131'080));
}

TEST_CASE("a backup made while somebody writes holds whole runs of one moment, and replaces an older one") {
  ScratchFolder folder;
  auto store = open_in(folder);
  trace(*store, "a", 8);
  const fs::path backup = folder.path / "backup.db";
  bool done = false;
  std::thread writer([&] {
    auto other = open_in(folder);
    for (int i = 0; i < 6; ++i) trace(*other, "w", 2);
    done = true;
  });
  std::uint64_t last = 0;
  do {
    const auto made = backup_store(folder.database(), backup);
    REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
    CHECK(made->runs >= last);
    last = made->runs;
  } while (!done);
  writer.join();
  REQUIRE(backup_store(folder.database(), backup)->runs == 7);
  CHECK(check_store(backup)->damages == 0);
  for (const auto& left : fs::directory_iterator(folder.path)) CHECK(left.path().string().find(".part-") == std::string::npos);
}

TEST_CASE("a backup goes over nothing but an older backup") {
  ScratchFolder folder;
  auto store = open_in(folder);
  trace(*store, "a", 1);
  CHECK(backup_store(folder.database(), folder.database()).error().trouble == Trouble::refused);
  const fs::path letter = folder.file("letter.txt", "dear all");
  CHECK(backup_store(folder.database(), letter).error().message.find("no whole backup") != std::string::npos);
  CHECK(contents_of(letter) == "dear all");
  CHECK(backup_store(folder.path / "nothing.db", folder.path / "b.db").error().trouble == Trouble::not_found);
  CHECK_FALSE(backup_store(folder.database(), "/nowhere/b.db"));
  auto live = Store::open(folder.path / "live.db");
  trace(**live, "a", 1);
  CHECK(backup_store(folder.database(), folder.path / "live.db").error().message.find("in use") != std::string::npos);
}

TEST_CASE("a restored database is the backup; the one before stays beside it, and never without --force") {
  ScratchFolder folder;
  const fs::path file = folder.database(), backup = folder.path / "backup.db";
  {
    auto store = open_in(folder);
    trace(*store, "a", 1);
    REQUIRE(backup_store(file, backup));
    trace(*store, "b", 1);
  }
  CHECK(restore_store(backup, file, false).error().trouble == Trouble::refused);
  const auto restored = restore_store(backup, file, true);
  REQUIRE_MESSAGE(restored.has_value(), (restored ? "" : restored.error().message));
  CHECK(restored->runs == 1);
  CHECK(Store::open(file).value()->runs()->size() == 1);
  CHECK(Store::open(restored->old).value()->runs()->size() == 2);
  const fs::path fresh = folder.path / "new" / "fresh.db";
  CHECK(restore_store(backup, fresh, false)->old.empty());
  CHECK(Store::open(fresh).value()->runs()->size() == 1);
  CHECK(check_store(fresh)->damages == 0);
}

TEST_CASE("a backup takes the place of a database that is too damaged to be opened, and none of its journal is played into it") {
  ScratchFolder folder;
  const fs::path file = folder.database(), backup = folder.path / "backup.db";
  {
    auto store = open_in(folder);
    trace(*store, "a", 1);
    REQUIRE(backup_store(file, backup));
  }
  put_bytes(file, std::string(50'000, 'x'));
  put_bytes(file.string() + "-wal", "a journal of somebody");
  const auto restored = restore_store(backup, file, true);
  REQUIRE_MESSAGE(restored.has_value(), (restored ? "" : restored.error().message));
  CHECK(contents_of(restored->old) == std::string(50'000, 'x'));
  CHECK(open_in(folder)->runs()->size() == 1);
  CHECK(check_store(file)->damages == 0);
}

TEST_CASE("a damaged, foreign, newer or absent backup is not restored, and a database in use stays where it is") {
  ScratchFolder folder;
  const fs::path file = folder.database(), backup = folder.path / "backup.db";
  auto store = open_in(folder);
  trace(*store, "a", 2);
  REQUIRE(backup_store(file, backup));
  CHECK(restore_store(backup, file, true).error().trouble == Trouble::busy);
  store.reset();
  CHECK(restore_store(folder.path / "none.db", file, true).error().trouble == Trouble::not_found);
  CHECK(restore_store(file, file, true).error().trouble == Trouble::refused);
  CHECK_FALSE(restore_store(folder.file("letter.txt", std::string(9000, 'x')), file, true));
  const fs::path foreign = folder.path / "foreign.db";
  tamper(foreign, "CREATE TABLE other(x)");
  CHECK(restore_store(foreign, file, true).error().message.find("no JouleRig database") != std::string::npos);
  const std::string whole = contents_of(backup);
  tamper(backup, "PRAGMA user_version=99");
  CHECK(restore_store(backup, file, true).error().message.find("newer") != std::string::npos);
  put_bytes(backup, whole.substr(0, whole.size() - 16384));
  CHECK_FALSE(restore_store(backup, file, true));
  CHECK(open_in(folder)->runs()->size() == 1);
  for (const auto& left : fs::directory_iterator(folder.path)) CHECK(left.path().string().find("before-") == std::string::npos);
}

TEST_CASE("old traces go, and what was computed from them still comes out to the same text") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string chain = keep_chain(*store);
  const std::string kept = trace(*store, "keep", 2), young = trace(*store, "young", 2, 1'800'000'000'000);
  REQUIRE(store->tag(kept, {"for-the-paper"}, {}));
  const std::string report = report_of(*store, chain);
  RetainPolicy policy{.before_ms = 1'750'000'000'000, .keep_tags = {"for-the-paper"}, .why = "older than 90d", .now_ms = 1'790'000'000'000, .dry_run = true};
  const auto would = retain_store(folder.database(), policy);
  REQUIRE_MESSAGE(would.has_value(), (would ? "" : would.error().message));
  REQUIRE(would->traces.size() == 2);
  CHECK(store->samples(chain, 0).value() > 0);
  policy.dry_run = false;
  const auto did = retain_store(folder.database(), policy);
  REQUIRE_MESSAGE(did.has_value(), (did ? "" : did.error().message));
  for (const RetainedTrace& one : did->traces) CHECK((one.run == chain) == one.kept_because.empty());
  CHECK(store->samples(chain, 0).value() == 0);
  CHECK(store->anchors(chain, 0, 0, 10)->empty());
  CHECK(store->samples(kept, 0).value() == 131'072);
  CHECK(store->samples(young, 0).value() == 131'072);
  CHECK(report_of(*store, chain) == report);
  CHECK(verify_moments(*store, chain));
  const auto dropped = store->dropped(chain).value();
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].why == "older than 90d");
  CHECK(dropped[0].dropped_ms == 1'790'000'000'000);
  CHECK(dropped[0].samples > 100'000);
  CHECK(check_store(folder.database())->damages == 0);
  CHECK(retain_store(folder.database(), policy)->traces.size() == 1);  // only the tagged one is still there to be kept
}

TEST_CASE("a retain that was cut off is finished by the next, and the file gives its space back") {
  ScratchFolder folder;
  std::string run;
  {
    auto store = open_in(folder);
    run = trace(*store, "a", 20);
    REQUIRE(store->note_dropped(run, {0, 5, 20 << 16, 1, "cut off"}));
  }
  const auto before = fs::file_size(folder.database());
  const auto report = retain_store(folder.database(), {.before_ms = 0, .keep_tags = {}, .why = "", .now_ms = 1, .dry_run = false});
  REQUIRE_MESSAGE(report.has_value(), (report ? "" : report.error().message));
  CHECK(report->remark == "");
  CHECK(report->bytes_returned > before / 2);
  CHECK(fs::file_size(folder.database()) < before / 2);
  auto store = open_in(folder);
  CHECK(store->samples(run, 0).value() == 0);
  CHECK(store->dropped(run)->size() == 1);
}

TEST_CASE("a trace of values, a run that is open, and a database that is not there are left alone") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string values = store->begin_run({"v", "import", false, 1, "", "", "{}", "{}", "{}"}).value();
  REQUIRE(store->add_stream(values, {"js110", "", "", "", "", 1e-6, 20, "[]", {Quantity::current_A}, {}}));
  REQUIRE(store->append_values(values, 0, {0, {std::vector<double>(5000, 1e-3)}, {}}));
  const std::string open = store->begin_run({"o", "record", false, 1, "", "", "{}", "{}", ""}).value();
  REQUIRE(store->add_stream(open, {"ppk2", "", "", "", "", 1e-5, 50, "[]", {}, {}}));
  REQUIRE(store->append(open, 0, {0, {1, 2}, {0, 0}, {0, 0}}, {}));
  REQUIRE(store->close_run(values, "pass", "", false, 2));
  const auto report = retain_store(folder.database(), {.before_ms = 1000, .keep_tags = {}, .why = "x", .now_ms = 1, .dry_run = false});
  REQUIRE(report);
  REQUIRE(report->traces.size() == 2);
  for (const RetainedTrace& one : report->traces) CHECK_FALSE(one.kept_because.empty());
  CHECK(store->values_between(values, 0, 0, 5000)->channels[0].size() == 5000);
  CHECK(retain_store(folder.path / "none.db", {}).error().trouble == Trouble::not_found);
  CHECK_FALSE(fs::exists(folder.path / "none.db"));
}
