// The record: what is written is read back, what is damaged is named, what is newer is refused.
#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "rig/store/chunk.hpp"
#include "rig/store/schema.hpp"
#include "rig/store/store.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
namespace fs = std::filesystem;
using jr::test::ScratchFolder;
using jr::test::open_in;

namespace {

/// Changes the file behind the store's back.
void tamper(const ScratchFolder& folder, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((folder.path / "test.db").c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

/// The first cell that a query of the file gives.
std::string rows_of(const ScratchFolder& folder, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(folder.database().c_str(), &db) == SQLITE_OK);
  std::string cell;
  REQUIRE(sqlite3_exec(db, sql, [](void* into, int, char** cells, char**) {
            *static_cast<std::string*>(into) = cells[0] ? cells[0] : "";
            return 0;
          }, &cell, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  return cell;
}

RunFacts facts(const std::string& bench = "unit") { return {bench, "measure", true, 1000, "", "", "{}", "{}"}; }

Stretch samples(std::uint64_t first, std::size_t n) {
  Stretch s;
  s.first_ordinal = first;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t k = first + i;
    s.codes.push_back(static_cast<std::uint16_t>((k * 2654435761u >> 7) & 0x3FFF));
    s.ranges.push_back(static_cast<std::uint8_t>((k / 1000) % 5));
    s.lines.push_back(static_cast<std::uint8_t>((k / 777) & 3));
  }
  return s;
}

std::string begin_with_samples(Store& store, std::size_t chunk, std::size_t total) {
  const std::string run = *store.begin_run(facts());
  REQUIRE(store.add_stream(run, {"ppk2", "S", "", "", "", 1e-5, 50, "[]"}));
  for (std::size_t at = 0; at < total; at += chunk)
    REQUIRE(store.append(run, 0, samples(at, std::min(chunk, total - at)), {{at, 1}}));
  return run;
}

/// A file as an earlier version left it: its own schema steps, run "old-1" of this process with one chunk of raw codes.
void old_record(const fs::path& file, int version) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  for (int v = 0; v < version; ++v) REQUIRE(sqlite3_exec(db, kSchemaSteps[v], nullptr, nullptr, nullptr) == SQLITE_OK);
  const std::string rows = "PRAGMA user_version=" + std::to_string(version) +
      "; INSERT INTO run(id, bench, sequence, kind, state, simulated, started_ms, holder_pid, holder_start, plan, bench_file,"
      " environment, firmware) VALUES('old-1','old',1,'measure','open',1,1000,1,1,'','','{}','{}');"
      "INSERT INTO stream VALUES('old-1',0,'ppk2','S','','','',1e-5,50,'[]')";
  REQUIRE(sqlite3_exec(db, rows.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  const Stretch s = samples(0, 1000);
  const std::vector<chunk::Bytes> blobs{chunk::encode_codes(s.codes), chunk::encode_runs(s.ranges), chunk::encode_runs(s.lines),
                                        chunk::encode_moments(moments_of(s.codes, s.ranges))};
  sqlite3_stmt* insert = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, "INSERT INTO chunk(run, stream, first_ordinal, n, codes, ranges, lines, moments, crc32c) "
                                 "VALUES('old-1',0,0,1000,?,?,?,?,?)", -1, &insert, nullptr) == SQLITE_OK);
  std::uint32_t crc = 0;
  for (int k = 0; k < 4; ++k) {
    sqlite3_bind_blob(insert, k + 1, blobs[k].data(), static_cast<int>(blobs[k].size()), SQLITE_STATIC);
    crc = chunk::crc32c(crc, blobs[k]);
  }
  sqlite3_bind_int64(insert, 5, crc);
  REQUIRE(sqlite3_step(insert) == SQLITE_DONE);
  sqlite3_finalize(insert);
  sqlite3_close(db);
}

}  // namespace

TEST_CASE("the check value of CRC-32C over \"123456789\" is E3069283") {
  const char* text = "123456789";
  CHECK(chunk::crc32c(0, std::as_bytes(std::span(text, 9))) == 0xE3069283u);
}

TEST_CASE("runs of a bench are numbered from 1 and carry its name") {
  ScratchFolder folder;
  auto store = open_in(folder);
  CHECK(*store->begin_run(facts("a")) == "a-1");
  CHECK(*store->begin_run(facts("b")) == "b-1");
  CHECK(*store->begin_run(facts("a")) == "a-2");
}

TEST_CASE("samples come back as they were, across chunks and from the middle of one") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin_with_samples(*store, 1000, 3500);
  const auto got = store->samples_between(run, 0, 950, 3100);
  REQUIRE(got);
  const Stretch want = samples(950, 2150);
  CHECK(got->codes == want.codes);
  CHECK(got->ranges == want.ranges);
  CHECK(got->lines == want.lines);
}

TEST_CASE("sums by chunk moments equal sums of the codes for every window, seams included") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin_with_samples(*store, 700, 5000);
  for (const auto& [start, end] : {std::pair{0u, 5000u}, {0u, 700u}, {700u, 1400u}, {1u, 699u}, {650u, 4321u}, {699u, 701u}}) {
    const auto fast = store->moments_between(run, 0, start, end);
    const auto slow = store->moments_anew(run, 0, start, end);
    REQUIRE(fast);
    REQUIRE(slow);
    CHECK(*fast == *slow);
  }
}

TEST_CASE("asking for samples that are not stored says which are missing") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin_with_samples(*store, 1000, 2000);
  const auto sums = store->moments_between(run, 0, 1500, 2500);
  REQUIRE_FALSE(sums);
  CHECK(sums.error().message.find("2000 to 2500") != std::string::npos);
}

TEST_CASE("a flipped byte in a chunk is noticed and the chunk is named") {
  ScratchFolder folder;
  std::string run;
  {
    auto store = open_in(folder);
    run = begin_with_samples(*store, 1000, 2000);
  }
  tamper(folder, "UPDATE chunk SET codes = zeroblob(length(codes)) WHERE first_ordinal = 1000");
  auto store = open_in(folder);
  const auto damaged = store->samples_between(run, 0, 900, 1100);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().message.find("sample 1000") != std::string::npos);
  CHECK(store->samples_between(run, 0, 0, 1000));
}

TEST_CASE("a flipped bit in a chunk's stored sums is noticed before they are added") {
  ScratchFolder folder;
  std::string run;
  {
    auto store = open_in(folder);
    run = begin_with_samples(*store, 1000, 2000);
  }
  tamper(folder, "UPDATE chunk SET moments = zeroblob(length(moments)) WHERE first_ordinal = 1000");
  auto store = open_in(folder);
  CHECK_FALSE(store->moments_between(run, 0, 0, 2000));
  CHECK(store->moments_between(run, 0, 0, 1000));
}

TEST_CASE("a record of the first schema is brought up to date where it is, with everything it held") {
  ScratchFolder folder;
  old_record(folder.database(), 1);
  auto store = open_in(folder);
  CHECK(store->attempts("old-1").value().empty());
  CHECK(store->samples("old-1", 0).value() == 1000);
  REQUIRE(store->note_attempt("old-1", {1, 1, 0, 42, true, "", ""}));
}

TEST_CASE("raw chunks of schema 4 are read on behind packed ones, and the file gains what schema 5 has") {
  ScratchFolder folder;
  old_record(folder.database(), 4);
  auto store = open_in(folder);
  const auto got = store->samples_between("old-1", 0, 0, 1000);
  REQUIRE(got);
  const Stretch want = samples(0, 1000);
  CHECK(got->codes == want.codes);
  CHECK(got->ranges == want.ranges);
  CHECK(got->lines == want.lines);
  REQUIRE(store->append("old-1", 0, samples(1000, 70'000), {}));
  CHECK(store->samples_between("old-1", 0, 500, 71'000)->codes == samples(500, 70'500).codes);
  CHECK(store->moments_between("old-1", 0, 500, 70'000).value() == store->moments_anew("old-1", 0, 500, 70'000).value());
  CHECK(store->run("old-1")->facts.source.empty());
  CHECK(store->stream("old-1", 0)->channels.empty());
  CHECK_FALSE(store->stream("old-1", 0)->coefficients.known());
  REQUIRE(store->tag("old-1", {"kept"}, {}));
}

TEST_CASE("a long stretch becomes chunks of 65536 samples and comes back whole, squeezed by zstd or not") {
  for (const auto compression : {Compression::packed, Compression::zstd}) {
    ScratchFolder folder;
    auto store = open_in(folder);
    store->set_compression(compression);
    const std::string run = begin_with_samples(*store, 200'000, 200'000);
    CHECK(store->samples_between(run, 0, 0, 200'000)->codes == samples(0, 200'000).codes);
    CHECK(rows_of(folder, "SELECT group_concat(n) FROM (SELECT n FROM chunk ORDER BY first_ordinal)") ==
          "65536,65536,65536,3392");
  }
}

TEST_CASE("samples are not added to a closed run, nor to a stream that is not there") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin_with_samples(*store, 1000, 1000);
  CHECK(store->append(run, 1, samples(0, 10), {}).error().trouble == Trouble::not_found);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  CHECK(store->append(run, 0, samples(1000, 10), {}).error().trouble == Trouble::refused);
  CHECK(store->samples(run, 0).value() == 1000);
}

TEST_CASE("what another connection reads does not wait for a transaction that is being written") {
  ScratchFolder folder;
  auto writer = open_in(folder);
  const std::string run = begin_with_samples(*writer, 1000, 1000);
  sqlite3* busy = nullptr;
  REQUIRE(sqlite3_open(folder.database().c_str(), &busy) == SQLITE_OK);
  REQUIRE(sqlite3_exec(busy, "BEGIN IMMEDIATE; DELETE FROM chunk", nullptr, nullptr, nullptr) == SQLITE_OK);
  auto reader = open_in(folder);
  CHECK(reader->samples_between(run, 0, 0, 1000)->codes == samples(0, 1000).codes);
  CHECK(reader->runs()->size() == 1);
  sqlite3_close(busy);
}

TEST_CASE("attempts come back in their order with what was wrong and what was done about it") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin_with_samples(*store, 1000, 1000);
  REQUIRE(store->note_attempt(run, {2, 1, 0, 20, true, "", ""}));
  REQUIRE(store->note_attempt(run, {1, 1, 0, 10, false, "the cable dropped", ""}));
  REQUIRE(store->note_attempt(run, {1, 2, 1, 15, true, "", "the monitor was opened again"}));
  const auto attempts = store->attempts(run);
  REQUIRE(attempts);
  REQUIRE(attempts->size() == 3);
  CHECK((*attempts)[0].reason == "the cable dropped");
  CHECK((*attempts)[1].stream == 1);
  CHECK((*attempts)[1].mended == "the monitor was opened again");
  CHECK((*attempts)[2].group == 2);
  REQUIRE(store->note_attempt(run, {1, 2, 1, 15, false, "lost samples, as was known later", ""}));
  CHECK(store->attempts(run)->size() == 3);
  CHECK_FALSE(store->attempts(run)->at(1).valid);
}

TEST_CASE("a database of a newer schema is refused with both versions named") {
  ScratchFolder folder;
  open_in(folder).reset();
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((folder.path / "test.db").c_str(), &db) == SQLITE_OK);
  sqlite3_exec(db, "PRAGMA user_version=99", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  const auto refused = Store::open(folder.path / "test.db");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("99") != std::string::npos);
  CHECK(refused.error().message.find("newer") != std::string::npos);
}

TEST_CASE("a file that is no database is refused in one sentence and left as it is") {
  ScratchFolder folder;
  const fs::path file = folder.path / "test.db";
  std::ofstream(file) << std::string(5000, 'x');
  const auto refused = Store::open(file);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().trouble == Trouble::storage);
  CHECK(fs::file_size(file) == 5000);
}

TEST_CASE("a full disk is a storage error that says so, and what was stored stays readable") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin_with_samples(*store, 60'000, 60'000);
  store->limit_pages(1);  // SQLite keeps what it has and grows no further
  Result<void> last;
  for (std::uint64_t at = 60'000; last && at < 6'000'000; at += 60'000) last = store->append(run, 0, samples(at, 60'000), {});
  REQUIRE_FALSE(last);
  CHECK(last.error().trouble == Trouble::storage);
  CHECK(last.error().message.find("full") != std::string::npos);
  CHECK(store->samples_between(run, 0, 0, 60'000)->codes.size() == 60'000);
}

TEST_CASE("a closed run cannot be closed or changed again") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = *store->begin_run(facts());
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  CHECK_FALSE(store->close_run(run, "fail", "", false, 6));
  REQUIRE(store->set_documents(run, "{\"x\":1}", "{}"));
  CHECK(store->run(run)->facts.environment == "{}");
  CHECK(store->run(run)->verdict == "pass");
}

TEST_CASE("an open run of a dead process becomes interrupted, that of a living one does not") {
  ScratchFolder folder;
  {
    const pid_t child = fork();
    if (child == 0) {
      auto store = Store::open(folder.path / "test.db");
      const auto run = (*store)->begin_run(facts("dead"));
      _exit(run ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WEXITSTATUS(status) == 0);
  }
  auto store = open_in(folder);
  const std::string mine = *store->begin_run(facts("alive"));
  const auto orphans = store->mark_interrupted();
  REQUIRE(orphans);
  CHECK(*orphans == std::vector<std::string>{"dead-1"});
  CHECK(store->run("dead-1")->state == "interrupted");
  CHECK(store->run(mine)->state == "open");
}

TEST_CASE("a run that is not there is answered with the newest one that is") {
  ScratchFolder folder;
  auto store = open_in(folder);
  CHECK(store->run("nope").error().message.find("holds no run yet") != std::string::npos);
  store->begin_run(facts());
  CHECK(store->run("nope").error().message.find("unit-1") != std::string::npos);
}

TEST_CASE("windows, gaps, conversation, result and truth come back as they were") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin_with_samples(*store, 1000, 2000);
  const WindowRow row{2, 1, {WindowLabel::infer, FoundBy::edges, 100, 900, 21, 0.5}, *store->moments_between(run, 0, 100, 900), 3, true, ""};
  REQUIRE(store->add_window(run, 0, row));
  REQUIRE(store->set_gaps(run, 0, {{500, 64, 0, 1000, GapCause::host_clock}}));
  REQUIRE(store->add_conversation(run, {{42, 7, true, "infer 21 0%"}, {90, 9, false, "m-ready"}}));
  REQUIRE(store->add_result(run, "card", "{\"x\":1}"));
  REQUIRE(store->add_truth(run, "{}"));
  const auto windows = *store->windows(run, 0);
  REQUIRE(windows.size() == 1);
  CHECK(windows[0].moments == row.moments);
  CHECK(windows[0].window.end == 900);
  CHECK(windows[0].lost_limit == 3);
  const auto gaps = *store->gaps(run, 0);
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].cause == GapCause::host_clock);
  CHECK(gaps[0].place_limit == 1000);
  CHECK((*store->conversation(run))[1].text == "m-ready");
  CHECK(**store->result(run) == "{\"x\":1}");
  CHECK(**store->truth(run) == "{}");
}

TEST_CASE("run tables of any bytes decode or are refused, and never read outside") {
  for (std::size_t length = 0; length < 64; ++length) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<std::byte>(i * 89 + length));
    (void)chunk::decode_runs(bytes, 1000);
    (void)chunk::decode_codes(bytes, 7);
    (void)chunk::decode_moments(bytes);
    (void)chunk::ends_of(bytes);
  }
  const std::vector<std::uint8_t> values{1, 1, 1, 0, 0, 4};
  CHECK(*chunk::decode_runs(chunk::encode_runs(values), 6) == values);
  CHECK_FALSE(chunk::decode_runs(chunk::encode_runs(values), 5));
}
