// Calibrations in the record: at most one active, none edited, all revoked with their certificate.
#include <doctest/doctest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "rig/store/store.hpp"
#include "tests/older_schema.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
namespace fs = std::filesystem;
using jr::test::ScratchFolder;
using jr::test::open_in;

namespace {

/// What SQLite says to `sql` behind the store's back.
std::string tamper(const ScratchFolder& folder, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(folder.database().c_str(), &db) == SQLITE_OK);
  char* said = nullptr;
  sqlite3_exec(db, sql, nullptr, nullptr, &said);
  const std::string text = said ? said : "";
  sqlite3_free(said);
  sqlite3_close(db);
  return text;
}

CalibrationRow made(const std::string& id, const std::string& created,
                    const std::string& serial = "E1", const std::string& certificate = "C-1") {
  return {id,
          "ppk2",
          serial,
          created,
          "2027-11-23T00:00:00Z",
          certificate,
          "active",
          "",
          "{\"id\":\"" + id + "\"}"};
}

std::string state_of(const Store& store, const std::string& id) {
  return store.calibration(id).value().state;
}

}  // namespace

TEST_CASE(
    "of one instrument only the newest calibration is active, whatever the order they came in") {
  ScratchFolder folder;
  auto store = open_in(folder);
  REQUIRE(store->add_calibration(made("aa11", "2026-11-01T00:00:00Z")));
  REQUIRE(store->add_calibration(made("bb22", "2026-11-02T00:00:00Z")));
  REQUIRE(store->add_calibration(made("cc33", "2026-10-01T00:00:00Z")));
  REQUIRE(store->add_calibration(made("dd44", "2026-09-01T00:00:00Z", "E2")));
  CHECK(state_of(*store, "aa11") == "superseded");
  CHECK(state_of(*store, "bb22") == "active");
  CHECK(state_of(*store, "cc33") == "superseded");
  CHECK(state_of(*store, "dd44") == "active");
  const auto rows =
      store->calibrations({.kind = "ppk2", .serial = "E1", .state = "", .certificate = ""}).value();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].id == "bb22");
  CHECK(rows[2].id == "cc33");
  CHECK(store->calibrations({.kind = "", .serial = "", .state = "active", .certificate = ""})
            ->size() == 2);
}

TEST_CASE("a calibration that failed is kept, and leaves the active one in its place") {
  ScratchFolder folder;
  auto store = open_in(folder);
  REQUIRE(store->add_calibration(made("aa11", "2026-11-01T00:00:00Z")));
  CalibrationRow failed = made("bb22", "2026-11-02T00:00:00Z");
  failed.state = "failed";
  failed.reason = "chi2, range 2";
  REQUIRE(store->add_calibration(failed));
  CHECK(state_of(*store, "aa11") == "active");
  CHECK(store->calibration("bb22")->reason == "chi2, range 2");
}

TEST_CASE(
    "a calibration is found by so much of its id as is unique, and a wrong one is told the "
    "newest") {
  ScratchFolder folder;
  auto store = open_in(folder);
  CHECK(store->calibration("a").error().message.find("joulerig calibrate") != std::string::npos);
  REQUIRE(store->add_calibration(made("abc1", "2026-11-01T00:00:00Z")));
  REQUIRE(store->add_calibration(made("abd2", "2026-11-02T00:00:00Z")));
  CHECK(store->calibration("abc")->id == "abc1");
  CHECK(store->calibration("ab").error().trouble == Trouble::usage);
  CHECK(store->calibration("").error().trouble == Trouble::not_found);
  CHECK(store->calibration("x").error().message.find("abd2") != std::string::npos);
  CHECK(store->calibration("%").error().trouble == Trouble::not_found);
}

TEST_CASE("the same calibration again changes nothing, another text under its id is refused") {
  ScratchFolder folder;
  auto store = open_in(folder);
  REQUIRE(store->add_calibration(made("aa11", "2026-11-01T00:00:00Z")));
  REQUIRE(store->set_calibration_state("aa11", "revoked", "dropped on the floor"));
  REQUIRE(store->add_calibration(made("aa11", "2026-11-01T00:00:00Z")));
  CHECK(state_of(*store, "aa11") == "revoked");
  CalibrationRow other = made("aa11", "2026-11-01T00:00:00Z");
  other.text += " ";
  CHECK(store->add_calibration(other).error().trouble == Trouble::malformed);
}

TEST_CASE("nobody can edit the text of a stored calibration, not even behind the store's back") {
  ScratchFolder folder;
  {
    auto store = open_in(folder);
    REQUIRE(store->add_calibration(made("aa11", "2026-11-01T00:00:00Z")));
  }
  CHECK(tamper(folder, "UPDATE calibration SET text='{}'").find("never edited") !=
        std::string::npos);
  CHECK(tamper(folder, "UPDATE calibration SET expires='2099-01-01'").find("never edited") !=
        std::string::npos);
  CHECK(open_in(folder)->calibration("aa11")->text == "{\"id\":\"aa11\"}");
}

TEST_CASE(
    "a recalled certificate revokes every calibration on it, names every result, and lets none in "
    "later") {
  ScratchFolder folder;
  auto store = open_in(folder);
  REQUIRE(store->add_calibration(made("aa11", "2026-11-01T00:00:00Z")));
  REQUIRE(store->add_calibration(made("bb22", "2026-11-02T00:00:00Z")));
  REQUIRE(store->add_calibration(made("cc33", "2026-11-02T00:00:00Z", "E2", "C-2")));
  std::vector<std::string> runs;
  for (const char* used : {"aa11", "cc33", "bb22", "ppk2-public-2026-11"}) {
    runs.push_back(*store->begin_run({"unit", "measure", true, 1000, "", "", "{}", "{}"}));
    REQUIRE(store->add_result(runs.back(), used, "{}"));
    REQUIRE(store->close_run(runs.back(), "pass", "", false, 2000));
  }
  CHECK(store->recall_certificate("C-9", "x", "2026-11-23").error().message.find("C-1, C-2") !=
        std::string::npos);
  const auto recall = store->recall_certificate("C-1", "the laboratory withdrew it", "2026-11-23");
  REQUIRE(recall);
  CHECK(recall->calibrations == std::vector<std::string>{"aa11", "bb22"});
  REQUIRE(recall->results.size() == 2);
  CHECK(recall->results[0].run == runs[0]);
  CHECK(recall->results[1].run == runs[2]);
  CHECK(state_of(*store, "bb22") == "revoked");
  CHECK(state_of(*store, "cc33") == "active");
  CHECK(store->run(runs[0])->recalled.find("the laboratory withdrew it") != std::string::npos);
  CHECK(store->run(runs[1])->recalled.empty());
  CHECK(store->runs()->size() == 4);
  CHECK_FALSE(store->run(runs[0])->suspect);  // the closed row itself is as it was
  const auto late = store->add_calibration(made("dd44", "2026-12-01T00:00:00Z"));
  CHECK(late.error().trouble == Trouble::refused);
  CHECK(store->check_certificate("C-1").error().message == late.error().message);
  CHECK(store->check_certificate("C-2"));
  CHECK(late.error().message.find("2026-11-23") != std::string::npos);
  CHECK(store->recall_certificate("C-1", "again", "2026-12-01")->results.size() == 2);
  CHECK(store->run(runs[0])->recalled.find("again") == std::string::npos);
}

TEST_CASE(
    "a record of the second schema is brought up to date where it is, with the results it held") {
  ScratchFolder folder;
  std::string run;
  {
    auto store = open_in(folder);
    run = *store->begin_run({"unit", "measure", true, 1000, "", "", "{}", "{}"});
    REQUIRE(store->add_result(run, "ppk2-public-2026-11", "{\"kept\":1}"));
  }
  jr::test::bring_back_to(folder.database(), 2);
  auto store = open_in(folder);
  CHECK(store->calibrations()->empty());
  CHECK(store->result(run)->value() == "{\"kept\":1}");
  CHECK(store->run(run)->recalled.empty());
  REQUIRE(store->add_calibration(made("aa11", "2026-11-01T00:00:00Z")));
}
