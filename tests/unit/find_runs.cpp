// Which runs a person means: moments in words, firmware by name or hash, documents above the store's own filter.
#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "rig/cli/labels.hpp"
#include "rig/core/duration.hpp"
#include "rig/run/find_runs.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
using jr::test::ScratchFolder;
using jr::test::open_in;

namespace {

constexpr std::int64_t kNow_ms = 1'795'000'000'000, kHour_ms = 3'600'000;

/// Local time is another than UTC while it lives.
struct Zone {
  std::string before = std::getenv("TZ") ? std::getenv("TZ") : "";
  bool was_set = std::getenv("TZ") != nullptr;
  explicit Zone(const char* name) { ::setenv("TZ", name, 1), ::tzset(); }
  ~Zone() { was_set ? ::setenv("TZ", before.c_str(), 1) : ::unsetenv("TZ"), ::tzset(); }
};

std::string add_run(Store& store, const std::string& bench, const std::string& board, const std::string& model,
                    const std::string& commit, std::int64_t started_ms, bool simulated = false,
                    const std::string& source = "") {
  Setup setup;
  setup.board = board, setup.model = model;
  Firmware firmware;
  firmware.name = "app.hex", firmware.commit = commit, firmware.sha256 = "9f" + commit;
  const auto run = store.begin_run({bench, "measure", simulated, started_ms, "", "", to_json(setup), to_json(firmware), source});
  REQUIRE(run);
  return *run;
}

std::vector<std::string> ids(const Result<std::vector<FoundRun>>& found) {
  REQUIRE(found);
  std::vector<std::string> names;
  for (const FoundRun& run : *found) names.push_back(run.row.id);
  return names;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("a span of time counts back from now") {
  CHECK(*parse_moment("7d", kNow_ms) == kNow_ms - 7 * 24 * kHour_ms);
  CHECK(*parse_moment("36h", kNow_ms) == kNow_ms - 36 * kHour_ms);
  CHECK(*parse_moment("90m", kNow_ms) == kNow_ms - 90 * 60'000);
  CHECK(*parse_moment("2w", kNow_ms) == kNow_ms - 14 * 24 * kHour_ms);
  CHECK(*parse_moment("0.5d", kNow_ms) == kNow_ms - 12 * kHour_ms);
  CHECK(*parse_moment("99999999999d", kNow_ms) == 0);
}

TEST_CASE("a date is local midnight, with a time it is that, and Z makes it UTC") {
  const Zone east("XXX-2");  // two hours east of Greenwich
  CHECK(*parse_moment("2026-11-20T00:00Z", kNow_ms) == 1'795'132'800'000);
  CHECK(*parse_moment("2026-11-20", kNow_ms) == 1'795'132'800'000 - 2 * kHour_ms);
  CHECK(*parse_moment("2026-11-20 14:30", kNow_ms) == 1'795'132'800'000 + 12 * kHour_ms + 1'800'000);
  CHECK(*parse_moment("2026-11-20T14:30:05", kNow_ms) == 1'795'132'800'000 + 12 * kHour_ms + 1'805'000);
}

TEST_CASE("what is neither a span nor a date is a usage error that shows both") {
  for (const char* text : {"", "yesterday", "7", "-7d", "7y", "d", "1e3d", "2026-13-01", "2026-02-30", "2026-11-20x", "nand", "7 d"}) {
    CAPTURE(text);
    const auto since = parse_moment(text, kNow_ms);
    REQUIRE_FALSE(since);
    CHECK(since.error().trouble == Trouble::usage);
    CHECK(since.error().message.find("7d") != std::string::npos);
    CHECK(since.error().message.find("2026-11-20") != std::string::npos);
  }
}

TEST_CASE("a firmware is named with or without its ending, or by the beginning of its commit or SHA-256") {
  Firmware firmware;
  firmware.name = "kws.hex", firmware.commit = "v0.2-7-g3f2a91c", firmware.sha256 = "d716e16aa0";
  for (const char* wanted : {"kws.hex", "kws", "v0.2-7", "3f2a91c", "3f2", "d716e16"}) CHECK(is_firmware(firmware, wanted));
  for (const char* wanted : {"", "kw", "hex", "3f", "f2a91c", "d7", "716e16", "KWS"}) CHECK_FALSE(is_firmware(firmware, wanted));
  CHECK_FALSE(is_firmware(Firmware{}, "abc"));
  CHECK_FALSE(is_firmware(Firmware{}, ""));
}

TEST_CASE("board, model and firmware are told by the documents, whatever the case of board and model") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string a = add_run(*store, "one", "nucleo", "kws01", "aaa111", 1000);
  const std::string b = add_run(*store, "one", "mega2560", "kws01", "bbb222", 2000);
  const std::string c = add_run(*store, "two", "nucleo", "vww01", "aaa333", 3000);
  RunQuery query;
  CHECK(ids(find_runs(*store, query)) == Ids{c, b, a});
  query.board = "Nucleo";
  CHECK(ids(find_runs(*store, query)) == Ids{c, a});
  query.model = "KWS01";
  CHECK(ids(find_runs(*store, query)) == Ids{a});
  query = {};
  query.firmware = "aaa";
  CHECK(ids(find_runs(*store, query)) == Ids{c, a});
  query.limit = 1;
  CHECK(ids(find_runs(*store, query)) == Ids{c});
  query.board = "none";
  CHECK(ids(find_runs(*store, query)).empty());
}

TEST_CASE("a run whose documents cannot be read is listed, and fits no board") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = *store->begin_run({"odd", "measure", false, 1, "", "", "{", "", ""});
  RunQuery query;
  CHECK(ids(find_runs(*store, query)) == Ids{run});
  query.board = "nucleo";
  CHECK(ids(find_runs(*store, query)).empty());
}

TEST_CASE("measured, simulated and imported runs are told apart, and those since a moment") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string real = add_run(*store, "a", "x", "m", "aaa111", 1000);
  const std::string virtual_one = add_run(*store, "b", "x", "m", "aaa111", 2000, true);
  const std::string foreign = add_run(*store, "c", "x", "m", "aaa111", 3000, false, R"({"format":"csv"})");
  RunQuery query;
  query.stored.simulated = true;
  CHECK(ids(find_runs(*store, query)) == Ids{virtual_one});
  query.stored.simulated = false, query.stored.imported = false;
  CHECK(ids(find_runs(*store, query)) == Ids{real});
  query.stored = {};
  query.stored.imported = true;
  CHECK(ids(find_runs(*store, query)) == Ids{foreign});
  query.stored = {};
  query.stored.since_ms = 2000;
  CHECK(ids(find_runs(*store, query)) == Ids{foreign, virtual_one});
}

TEST_CASE("a tag is one short word, and no option") {
  for (const char* tag : {"good", "release-1.2", "v0.2", "schön", "a:b/c"}) CHECK(cli::is_tag(tag));
  for (const std::string& tag : {std::string(), std::string("two words"), std::string("a,b"), std::string("-x"),
                                 std::string("new\nline"), std::string("\x1b[31m"), std::string(65, 'x')})
    CHECK_FALSE(cli::is_tag(tag));
}

TEST_CASE("a report is shown as it was stored until its run has a tag or a note, and then with both keys behind") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = add_run(*store, "one", "x", "m", "aaa111", 1000);
  const std::string report = R"({"run":"one-1","energy_per_inference":{"mean_J":1.2345678901234e-05}})";
  CHECK(*cli::with_labels(*store, *store->run(run), report) == report);
  CHECK(cli::label_lines(*store, *store->run(run)).empty());
  REQUIRE(store->tag(run, {"good", "b"}, {}));
  REQUIRE(store->add_note(run, {5000, "odd \x1b[31m smell"}));
  const std::string labelled = *cli::with_labels(*store, *store->run(run), report);
  CHECK(labelled.starts_with(report.substr(0, report.size() - 1)));
  const auto json = nlohmann::json::parse(labelled);
  CHECK(json["tags"] == nlohmann::json{"b", "good"});
  CHECK(json["user_notes"][0]["text"] == "odd \x1b[31m smell");
  const std::string lines = cli::label_lines(*store, *store->run(run));
  CHECK(lines.find("b, good") != std::string::npos);
  CHECK(lines.find("odd") != std::string::npos);
  CHECK(lines.find('\x1b') == std::string::npos);
  REQUIRE(store->tag(run, {}, {"good"}));
  RunQuery query;
  query.stored.tag = "good";
  CHECK(ids(find_runs(*store, query)).empty());
  query.stored.tag = "b";
  CHECK(ids(find_runs(*store, query)) == Ids{run});
}
