// How benches fare, in the record: looks are kept as they were, a quarantine stands until someone
// lifts it.
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
using jr::test::open_in;
using jr::test::ScratchFolder;

namespace {

HealthRow look(const std::string& bench, std::int64_t time_ms, double value) {
  HealthRow row;
  row.instrument = "ppk2:E1";
  row.bench = bench;
  row.kind = "reference";
  row.series = "1 mA (range 3)";
  row.basis = "3f2a91";
  row.time_ms = time_ms;
  row.value = value;
  row.u = 1e-5;
  row.run = bench + "-1";
  return row;
}

QuarantineRow trouble(const std::string& instrument, const std::string& bench) {
  QuarantineRow row;
  row.instrument = instrument;
  row.bench = bench;
  row.since_ms = 5000;
  row.run = bench + "-1";
  row.reason = "it drifted";
  return row;
}

}  // namespace

TEST_CASE("looks come back as they were, oldest first, with limits or without") {
  ScratchFolder folder;
  auto store = open_in(folder);
  HealthRow late = look("a", 2000, 1.0 / 3);
  late.lowest = -0.1;
  late.highest = 0.2;
  late.passed = false;
  late.reason = "out of limits";
  REQUIRE(store->add_health(late));
  REQUIRE(store->add_health(look("a", 1000, -2e-5)));
  REQUIRE(store->add_health(look("b", 1500, 0)));
  const auto rows = store->health("a").value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].time_ms == 1000);
  CHECK_FALSE(rows[0].lowest);
  CHECK_FALSE(rows[0].highest);
  CHECK(rows[0].passed);
  CHECK(rows[1].value == 1.0 / 3);
  CHECK(rows[1].lowest == -0.1);
  CHECK(rows[1].highest == 0.2);
  CHECK_FALSE(rows[1].passed);
  CHECK(rows[1].reason == "out of limits");
  CHECK(rows[1].series == "1 mA (range 3)");
  CHECK(store->health("")->size() == 3);
  CHECK(store->health("c")->empty());
}

TEST_CASE("a quarantine holds the instrument on every bench until it is lifted, with who and why") {
  ScratchFolder folder;
  auto store = open_in(folder);
  REQUIRE(store->quarantine(trouble("ppk2:E1", "a")));
  CHECK(store->quarantines("ppk2:E1", "", true)->size() == 1);
  CHECK(store->quarantines("ppk2:E2", "", true)->empty());
  const auto lifted = store->lift_quarantine("a", "kim", "a loose lead", false, 9000);
  REQUIRE(lifted);
  CHECK(lifted->size() == 1);
  CHECK(store->quarantines("ppk2:E1", "", true)->empty());
  const auto all = store->quarantines("ppk2:E1", "", false).value();
  REQUIRE(all.size() == 1);
  CHECK(all[0].lifted_ms == 9000);
  CHECK(all[0].lifted_by == "kim");
  CHECK(all[0].lifted_reason == "a loose lead");
  CHECK_FALSE(all[0].new_baseline);
  CHECK(all[0].reason == "it drifted");
}

TEST_CASE("a release lifts what another bench found out about an instrument of this one") {
  ScratchFolder folder;
  auto store = open_in(folder);
  REQUIRE(store->add_health(look("b", 1000, 0)));  // E1 has stood on b too
  REQUIRE(store->quarantine(trouble("ppk2:E1", "a")));
  REQUIRE(store->quarantine(trouble("ppk2:E2", "a")));
  CHECK(store->lift_quarantine("b", "kim", "looked", true, 9000)->size() == 1);
  CHECK(store->quarantines("ppk2:E1", "", true)->empty());
  CHECK(store->quarantines("ppk2:E1", "", false)->front().new_baseline);
  CHECK(store->quarantines("", "a", true)->size() == 1);
}

TEST_CASE("a release of a bench where nothing stands is an error that names it") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const auto none = store->lift_quarantine("a", "kim", "x", false, 1);
  REQUIRE_FALSE(none);
  CHECK(none.error().trouble == Trouble::not_found);
  CHECK(none.error().message.find("'a'") != std::string::npos);
}

TEST_CASE("a record of the third schema is brought up to date where it is, with the runs it held") {
  ScratchFolder folder;
  std::string run;
  {
    auto store = open_in(folder);
    run = *store->begin_run({"unit", "measure", true, 1000, "", "", "{}", "{}"});
  }
  jr::test::bring_back_to(folder.database(), 3);
  auto store = open_in(folder);
  CHECK(store->run(run)->id == run);
  CHECK(store->health("")->empty());
  REQUIRE(store->add_health(look("unit", 1, 0)));
  REQUIRE(store->quarantine(trouble("ppk2:E1", "unit")));
}
