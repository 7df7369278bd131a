// Tags, notes and which runs are asked for.
#include <doctest/doctest.h>

#include "rig/store/store.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
using jr::test::ScratchFolder;
using jr::test::open_in;

namespace {

std::string run_of(Store& store, const std::string& bench, bool simulated, std::int64_t started_ms, const std::string& source,
                   const std::string& verdict) {
  const std::string run = *store.begin_run({bench, "measure", simulated, started_ms, "", "", "{}", "{}", source});
  REQUIRE(store.close_run(run, verdict, "", false, started_ms + 1));
  return run;
}

std::vector<std::string> ids(const Store& store, const RunFilter& filter) {
  std::vector<std::string> list;
  const auto rows = store.runs(filter);
  REQUIRE(rows);
  for (const RunRow& row : *rows) list.push_back(row.id);
  return list;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("tags come back in alphabetical order, once each, and go when they are taken off") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = run_of(*store, "a", false, 1, "", "pass");
  REQUIRE(store->tag(run, {"thesis", "baseline", "thesis"}, {}));
  CHECK(store->run(run)->tags == Ids{"baseline", "thesis"});
  REQUIRE(store->tag(run, {"later"}, {"baseline", "never-there"}));
  CHECK(store->run(run)->tags == Ids{"later", "thesis"});
  CHECK(store->runs()->front().tags == Ids{"later", "thesis"});
}

TEST_CASE("a tag that is no word, or a run that is not there, is refused in one sentence") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = run_of(*store, "a", false, 1, "", "pass");
  for (const std::string& bad : {std::string(), std::string("two words"), std::string("a,b"), std::string("a\nb"), std::string(65, 'x')})
    CHECK(store->tag(run, {bad}, {}).error().trouble == Trouble::usage);
  CHECK(store->tag("a-9", {"x"}, {}).error().trouble == Trouble::not_found);
  CHECK(store->add_note("a-9", {1, "x"}).error().trouble == Trouble::not_found);
  CHECK(store->add_note(run, {1, ""}).error().trouble == Trouble::usage);
  CHECK(store->run(run)->tags.empty());
}

TEST_CASE("notes of a closed run come back oldest first and change nothing else of it") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = run_of(*store, "a", false, 1, "", "pass");
  REQUIRE(store->add_note(run, {20, "the board was warm"}));
  REQUIRE(store->add_note(run, {10, "new cable"}));
  const auto notes = store->notes(run);
  REQUIRE(notes->size() == 2);
  CHECK(notes->at(0).text == "new cable");
  CHECK(notes->at(1).created_ms == 20);
  CHECK(store->run(run)->verdict == "pass");
  CHECK(store->notes("a-7")->empty());
}

TEST_CASE("a filter asks for what it names and for nothing else") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string a1 = run_of(*store, "a", true, 100, "", "pass");
  const std::string a2 = run_of(*store, "a", false, 200, "", "fail");
  const std::string b1 = run_of(*store, "b", false, 300, "{\"format\":\"ppk2\"}", "pass");
  REQUIRE(store->tag(a2, {"good"}, {}));
  REQUIRE(store->tag(b1, {"good"}, {}));
  CHECK(ids(*store, {}) == Ids{b1, a2, a1});
  CHECK(ids(*store, {"a", "", "", {}, {}, {}}) == Ids{a2, a1});
  CHECK(ids(*store, {"", "pass", "", {}, {}, {}}) == Ids{b1, a1});
  CHECK(ids(*store, {"", "", "good", {}, {}, {}}) == Ids{b1, a2});
  CHECK(ids(*store, {"", "", "", 200, {}, {}}) == Ids{b1, a2});
  CHECK(ids(*store, {"", "", "", {}, true, {}}) == Ids{b1});
  CHECK(ids(*store, {"", "", "", {}, false, {}}) == Ids{a2, a1});
  CHECK(ids(*store, {"", "", "", {}, {}, true}) == Ids{a1});
  CHECK(ids(*store, {"a", "fail", "good", 150, false, false}) == Ids{a2});
  CHECK(ids(*store, {"a", "pass", "good", {}, {}, {}}).empty());
}
