// Sessions of the MLCommons runner: windows between the last two events, Python's NaN, and files that are none.
#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "rig/exchange/mlcommons.hpp"
#include "tests/unit/collecting_sink.hpp"

using namespace jr;
using jr::test::CollectingSink;

namespace {

Result<void> read(const std::string& json, ForeignSink& sink, const ImportOptions& options = {}, const std::string& log = "") {
  std::istringstream results(json), lines(log);
  MlcommonsSession session;
  session.results = &results;
  if (!log.empty()) session.log = &lines;
  return read_mlcommons(session, options, sink);
}

std::string sentence(const Result<void>& result) { return result ? "" : result.error().message; }

std::string trial(const std::string& samples, const std::string& events, const std::string& more = "") {
  return R"({"file": "a.bin", "class": "1", "infer": {"results": [0.0, 0.9], "total_inferences": 1, "iterations": 250, "warmups": 1}, )"
         R"("power": {"samples": [)" + samples + R"(], "timestamps": [)" + events +
         R"(], "extracted_power": null, "voltage": 3.3)" + more + R"(}, "mode": "e"})";
}

const std::string kTwoTrials = "[" + trial("1e-6, 2e-6, 3e-6, 4e-6", R"(["00", 0], ["01", 1], ["02", 3])") + ", " +
                               trial("5e-6, 6e-6, 7e-6", R"(["03", 0], ["04", 3])") + "]";

bool told(const ForeignFacts& facts, const std::string& words) {
  for (const std::string& remark : facts.remarks)
    if (remark.find(words) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("the window of a trial lies between its last two events, and trials follow one another") {
  CollectingSink sink;
  REQUIRE(sentence(read(kTwoTrials, sink, {}, "Device name retrieved: Some Board\nDevice model retrieved: kws01\n")) == "");
  CHECK(sink.received() == 7);
  REQUIRE(sink.windows.size() == 2);
  CHECK(sink.windows[0].start == 1);
  CHECK(sink.windows[0].end == 3);
  CHECK(sink.windows[1].start == 4);
  CHECK(sink.windows[1].end == 7);
  CHECK(sink.windows[0].inferences == 250);
  CHECK(sink.channels[0][5] == 6e-6);
  CHECK(sink.facts.period_s == 1e-3);
  CHECK(*sink.facts.supply_V == 3.3);
  CHECK(sink.facts.board == "Some Board");
  CHECK(sink.facts.model == "kws01");
  CHECK(told(sink.facts, "Trial 0 has 3 events"));
}

TEST_CASE("a NaN as Python writes it, and a null, are samples that are missing") {
  CollectingSink sink;
  REQUIRE(sentence(read("[" + trial("1e-6, NaN, null, Infinity, 2e-6", R"(["1", 0], ["2", 5])") + "]", sink)) == "");
  REQUIRE(sink.received() == 5);
  for (const std::size_t i : {1, 2, 3}) CHECK(std::isnan(sink.channels[0][i]));
  CHECK(told(sink.facts, "3 samples are no number"));
}

TEST_CASE("the letters NaN inside a text are left alone") {
  CollectingSink sink;
  REQUIRE(sentence(read("[" + trial("1e-6, 1e-6", R"(["1", 0], ["2", 2])", R"(, "note": "NaN \" Infinity")") + "]", sink)) == "");
  CHECK(sink.received() == 2);
}

TEST_CASE("events whose counter jumps are lost edges, and said") {
  CollectingSink sink;
  REQUIRE(sentence(read("[" + trial("1e-6, 1e-6", R"(["1", 0], ["4", 2])") + "]", sink)) == "");
  CHECK(told(sink.facts, "event 4 follows event 1"));
}

TEST_CASE("a file of another mode, without trials, or of another structure is refused in one sentence") {
  const auto refused = [](const std::string& json, const std::string& word) {
    CollectingSink sink;
    const std::string said = sentence(read(json, sink));
    CHECK_MESSAGE(said.find(word) != std::string::npos, json << " -> " << said);
    CHECK(sink.begun == 0);
  };
  refused("", "no whole JSON");
  refused("{}", "no list");
  refused("[]", "no energy samples");
  refused("[1, 2]", "no trial");
  refused("[[]]", "no trial");
  refused("3", "no list");
  refused(R"([{"infer": {"iterations": 5}, "mode": "p"}])", "mode 'p'");
  refused(R"([{"power": {"samples": ["x"]}}])", "no number");
  refused("[" + trial("1e-6", R"(["1", 0], ["2", 5])") + "]", "window from sample 0 to 5 of 1");
  refused("[" + trial("1e-6, 2e-6", R"(["1", 2], ["2", 1])") + "]", "window");
  refused("[" + trial("1e-6, 2e-6", R"(["1", 0, 3], ["2", 1])") + "]", "pair");
  refused("[" + trial("1e-6, 2e-6", R"(["1", -4], ["2", 1])") + "]", "no sample");
  refused("[" + trial("1e-6, 2e-6", R"(["x", 0], ["2", 1])") + "]", "number");
  refused("[{\"a\": " + std::string(100, '['), "nested");
  refused("[\"" + std::string(100'000, 'x') + "\"]", "longer");
  refused("[" + std::string(100'000, '1') + "]", "longer");
}

TEST_CASE("a trial that does not say its inferences asks the person") {
  std::string json = "[" + trial("1e-6, 2e-6", R"(["1", 0], ["2", 2])") + "]";
  json.replace(json.find("250"), 3, "0");
  CollectingSink sink;
  CHECK(sentence(read(json, sink)).find("--inferences") != std::string::npos);
  ImportOptions options;
  options.inferences = 7;
  CollectingSink counted;
  REQUIRE(sentence(read(json, counted, options)) == "");
  CHECK(counted.windows[0].inferences == 7);
}

TEST_CASE("results.json that is cut at any byte is refused, and nothing of it is begun") {
  for (std::size_t n = 0; n < kTwoTrials.size(); ++n) {
    CollectingSink sink;
    CHECK(!read(kTwoTrials.substr(0, n), sink));
    CHECK(sink.begun == 0);
  }
}
