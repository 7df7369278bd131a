// A recording on its way into the store and out again as a run: chunks, gaps, windows, evaluation, recomputation.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "rig/exchange/mark_windows.hpp"
#include "rig/exchange/store_sink.hpp"
#include "rig/run/imported.hpp"
#include "tests/scratch_folder.hpp"
#include "tests/unit/collecting_sink.hpp"

using namespace jr;
using jr::test::CollectingSink;
using jr::test::open_in;
using jr::test::ScratchFolder;

namespace {

ForeignFacts facts_of(std::vector<Quantity> channels, std::optional<double> supply_V = {}) {
  ForeignFacts facts;
  facts.format = "unit";
  facts.files = {{"trace.bin", std::string(64, 'a'), 12}};
  facts.period_s = 1e-3;
  facts.channels = std::move(channels);
  facts.supply_V = supply_V;
  facts.metadata = "{}";
  return facts;
}

ForeignBlock block_of(std::size_t n, double value, std::size_t channels = 1) {
  return {std::vector<std::vector<double>>(channels, std::vector<double>(n, value)), {}};
}

Describe describe(const ImportRequest& request = {}) {
  return [request](const ForeignFacts& facts) { return facts_of_import(facts, request); };
}

void good(const Result<void>& result) { REQUIRE_MESSAGE(result, (result ? "" : result.error().message)); }

/// `windows` windows of 100 samples each, from sample 100 on, 200 apart.
std::string import_windows(Store& store, const ForeignFacts& facts, double value, int windows, const ImportRequest& request = {}) {
  StoreSink sink(store, describe(request), nullptr);
  good(sink.begin(facts));
  good(sink.samples(block_of(100 + 200 * static_cast<std::size_t>(windows), value, facts.channels.size())));
  for (int k = 0; k < windows; ++k) {
    const std::uint64_t start = 100 + 200 * static_cast<std::uint64_t>(k);
    good(sink.window({start, start + 100, 10, WindowLabel::infer}));
  }
  good(sink.finish());
  const auto evaluation = conclude_import(store, sink.run());
  REQUIRE_MESSAGE(evaluation, (evaluation ? "" : evaluation.error().message));
  sink.closed();
  return sink.run();
}

}  // namespace

TEST_CASE("blocks of any size are kept in their order, end to end, and read back bit for bit") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  StoreSink sink(*store, describe(), nullptr);
  good(sink.begin(facts_of({Quantity::power_W})));
  std::uint64_t at = 0;
  for (const std::size_t n : {1UL, 65'535UL, 70'000UL, 3UL, 200'000UL}) {
    ForeignBlock block{{{}}, {}};
    for (std::size_t i = 0; i < n; ++i) block.channels[0].push_back(static_cast<double>(at++) * 0.1);
    good(sink.samples(block));
  }
  good(sink.finish());
  REQUIRE(*store->samples(sink.run(), 0) == at);
  const auto values = store->values_between(sink.run(), 0, 65'530, 135'540);
  REQUIRE(values);
  REQUIRE(values->channels[0].size() == 135'540 - 65'530);
  for (std::size_t i = 0; i < values->channels[0].size(); ++i)
    REQUIRE(values->channels[0][i] == static_cast<double>(65'530 + i) * 0.1);
}

TEST_CASE("an imported run states its energy, its source and no U, and recomputes to the same text") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const std::string run = import_windows(*store, facts_of({Quantity::energy_J}), 2e-6, 5);
  CHECK(run == "imported-1");
  const auto row = store->run(run);
  REQUIRE(row);
  CHECK(row->facts.kind == "import");
  CHECK(row->state == "closed");
  CHECK(row->verdict == "pass");
  const auto evaluation = evaluate(*store, run);
  REQUIRE(evaluation);
  REQUIRE(evaluation->summary.has_value());
  CHECK(evaluation->summary->mean.value == doctest::Approx(100 * 2e-6 / 10));
  CHECK(!evaluation->summary->mean.stated);
  REQUIRE(evaluation->grade.has_value());
  CHECK(evaluation->grade->letter == 'D');
  CHECK(evaluation->grade->line.find("imported from unit") != std::string::npos);
  const std::string text = report_json(*evaluation, "");
  CHECK(*store->result(run) == text);
  const auto json = nlohmann::json::parse(text);
  CHECK(json["imported"]["format"] == "unit");
  CHECK(json["imported"]["files"][0]["sha256"] == std::string(64, 'a'));
  CHECK(json["idle_power"].is_null());
  CHECK(json["marginal_energy_per_inference"].is_null());
  CHECK(json["energy_per_inference"]["U_J"].is_null());
  CHECK(json["supply"]["voltage_V"].is_null());
  CHECK(verify_moments(*store, run));
}

TEST_CASE("a PPK2's current with the voltage a person gave has the U of its spec card") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  ForeignFacts facts = facts_of({Quantity::current_A}, 3.0);
  facts.instrument = "ppk2";
  ImportRequest request;
  request.options.supply_V = 3.0;
  const std::string run = import_windows(*store, facts, 5e-3, 6, request);
  const auto evaluation = evaluate(*store, run);
  REQUIRE(evaluation);
  REQUIRE(evaluation->summary.has_value());
  const Statement& mean = evaluation->summary->mean;
  CHECK(mean.value == doctest::Approx(3.0 * 5e-3 * 0.1 / 10));
  REQUIRE(mean.stated);
  CHECK(mean.interval.U > 0.15 * mean.value);  // 20 % of reading, rectangular
  CHECK(mean.interval.U < 0.25 * mean.value);
  CHECK(evaluation->setup.supply_kind == "assumed");
  bool gain = false;
  for (const Source& source : mean.energy.sources) gain = gain || source.key == "gain:ppk2:on-imported:1";
  CHECK(gain);
  CHECK(evaluation->grade->letter == 'C');
}

TEST_CASE("three windows are stated with their median, and the run passes and says that U needs five") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const auto evaluation = evaluate(*store, import_windows(*store, facts_of({Quantity::power_W}), 0.5, 3));
  REQUIRE(evaluation);
  CHECK(evaluation->verdict == Verdict::pass);
  REQUIRE(evaluation->summary.has_value());
  CHECK(evaluation->summary->median.value == doctest::Approx(0.5 * 0.1 / 10));
  CHECK(evaluation->reason.find("five") != std::string::npos);
}

TEST_CASE("a recording without windows, or a current without voltage, is a trace that passes and says why it has no energy") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const auto trace = evaluate(*store, import_windows(*store, facts_of({Quantity::power_W}), 0.5, 0));
  REQUIRE(trace);
  CHECK(trace->verdict == Verdict::pass);
  CHECK(!trace->summary);
  CHECK(trace->reason.find("--mark") != std::string::npos);
  const auto current = evaluate(*store, import_windows(*store, facts_of({Quantity::current_A}), 0.5, 5));
  REQUIRE(current);
  CHECK(!current->summary);
  CHECK(current->reason.find("--volts") != std::string::npos);
}

TEST_CASE("a window that a gap or missing samples take more than 0.1 % of does not count, and the run says how many") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  StoreSink sink(*store, describe(), nullptr);
  good(sink.begin(facts_of({Quantity::energy_J})));
  good(sink.samples(block_of(2'000, 1e-6)));
  ForeignBlock holed = block_of(10'000, 1e-6);
  for (std::size_t i = 5'000; i < 5'005; ++i) holed.channels[0][i] = NAN;
  holed.channels[0][5'005] = INFINITY;  // infinite is missing as well
  good(sink.samples(holed));
  good(sink.gap(50));
  good(sink.samples(block_of(5'000, 1e-6)));
  good(sink.window({2'000, 12'000, 1, WindowLabel::infer}));   // 6 of 10,000 missing, and a gap at its edge
  good(sink.window({2'500, 11'500, 1, WindowLabel::infer}));   // 6 of 9,000: counts
  good(sink.window({11'000, 13'000, 1, WindowLabel::infer}));  // 50 of 2,000 lost
  good(sink.window({13'000, 14'000, 1, WindowLabel::infer}));  // whole
  good(sink.window({14'000, 99'000, 1, WindowLabel::infer}));  // not inside
  good(sink.finish());
  const auto evaluation = conclude_import(*store, sink.run());
  sink.closed();
  REQUIRE(evaluation);
  REQUIRE(evaluation->inferences.size() == 2);
  CHECK(evaluation->inferences[0].window.start == 2'500);
  CHECK(evaluation->summary->windows[0].lost_samples == 6);
  CHECK(evaluation->reason.find("3 of its 5 windows") != std::string::npos);
  CHECK(evaluation->samples_lost() == 50);
  REQUIRE(evaluation->attempts.size() == 1);
  CHECK(evaluation->attempts[0].reason.find("within the recording") != std::string::npos);
}

TEST_CASE("an import that is given up leaves a run that says so and is no result") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  std::string abandoned, dropped;
  {
    StoreSink sink(*store, describe(), nullptr);
    good(sink.begin(facts_of({Quantity::power_W})));
    good(sink.samples(block_of(100, 1)));
    sink.abandon("The file was cut off.");
    abandoned = sink.run();
    StoreSink forgotten(*store, describe(), nullptr);
    good(forgotten.begin(facts_of({Quantity::power_W})));
    dropped = forgotten.run();
  }
  CHECK(store->run(abandoned)->state == "interrupted");
  CHECK(store->run(abandoned)->reason == "The file was cut off.");
  CHECK(store->run(dropped)->state == "interrupted");
  const auto evaluation = evaluate(*store, abandoned);
  REQUIRE(evaluation);
  CHECK(evaluation->verdict == Verdict::rig_error);
  CHECK(!evaluation->summary);
  const auto same = same_import(*store, facts_of({Quantity::power_W}), {});
  REQUIRE(same);
  CHECK(same->empty());  // a half import is none
}

TEST_CASE("a signal ends an import within a block") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  std::atomic<bool> interrupted{false};
  StoreSink sink(*store, describe(), &interrupted);
  good(sink.begin(facts_of({Quantity::power_W})));
  good(sink.samples(block_of(10, 1)));
  interrupted = true;
  const auto result = sink.samples(block_of(10, 1));
  REQUIRE(!result);
  CHECK(result.error().trouble == Trouble::interrupted);
}

TEST_CASE("the same bytes with the same options are known; other options or other bytes are not") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  ForeignFacts facts = facts_of({Quantity::power_W});
  const std::string run = import_windows(*store, facts, 1, 5);
  CHECK(*same_import(*store, facts, {}) == run);
  ImportRequest marked;
  marked.mark_line = 3;
  CHECK(same_import(*store, facts, marked)->empty());
  facts.files[0].sha256[0] = 'b';
  CHECK(same_import(*store, facts, {})->empty());
}

TEST_CASE("a recording whose facts are none is refused before there is a run") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const auto refused = [&](const ForeignFacts& facts, const ImportRequest& request = {}) {
    StoreSink sink(*store, describe(request), nullptr);
    const auto result = sink.begin(facts);
    REQUIRE(!result);
    CHECK(!result.error().message.empty());
  };
  for (const double period_s : {0.0, -1.0, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    ForeignFacts facts = facts_of({Quantity::power_W});
    facts.period_s = period_s;
    refused(facts);
  }
  refused(facts_of({}));
  refused(facts_of({Quantity::current_A, Quantity::voltage_V, Quantity::power_W}));
  refused(facts_of({Quantity::power_W}, -3.0));
  for (const char* name : {"", "a/b", "a b", "-x"}) {
    ImportRequest request;
    request.bench = name;
    refused(facts_of({Quantity::power_W}), request);
  }
  CHECK(store->runs()->empty());
}

TEST_CASE("samples of another shape than the facts promise are refused, and so are samples before the facts") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  StoreSink sink(*store, describe(), nullptr);
  CHECK(!sink.samples(block_of(10, 1)));
  good(sink.begin(facts_of({Quantity::current_A, Quantity::voltage_V})));
  CHECK(!sink.samples(block_of(10, 1)));
  ForeignBlock uneven = block_of(10, 1, 2);
  uneven.channels[1].pop_back();
  CHECK(!sink.samples(uneven));
  CHECK(!sink.finish());
}

TEST_CASE("a calibration cannot be applied to values that another tool computed") {
  ScratchFolder folder;
  const auto store = open_in(folder);
  const std::string run = import_windows(*store, facts_of({Quantity::power_W}), 1, 5);
  const auto evaluation = evaluate(*store, run, "{}");
  REQUIRE(!evaluation);
  CHECK(evaluation.error().message.find("no codes") != std::string::npos);
}

TEST_CASE("marks cut windows between a rise and a fall; one that is open at either end does not count and is said") {
  CollectingSink sink;
  MarkWindows marks(sink, 3, 7);
  ForeignFacts facts = facts_of({Quantity::current_A});
  facts.has_lines = true;
  good(marks.begin(facts));
  ForeignBlock block = block_of(100, 1);
  block.lines.assign(100, 0x01);  // another line is high all the time
  const auto raise = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) block.lines[i] |= 0x08;
  };
  raise(0, 5), raise(10, 20), raise(30, 31), raise(90, 100);
  good(marks.window({1, 2, 1, WindowLabel::infer}));  // the file's own: replaced
  good(marks.samples(block));
  REQUIRE(sink.windows.size() == 2);
  CHECK(sink.windows[0].start == 10);
  CHECK(sink.windows[0].end == 20);
  CHECK(sink.windows[1].start == 30);
  CHECK(sink.windows[1].end == 31);
  CHECK(sink.windows[0].inferences == 7);
  REQUIRE(marks.left_out().size() == 2);
  CHECK(marks.left_out()[0].find("D3") != std::string::npos);
  // The same in single samples: a window may span blocks.
  CollectingSink single;
  MarkWindows slow(single, 3, std::nullopt);
  good(slow.begin(facts));
  for (std::size_t i = 0; i < 100; ++i) good(slow.samples({{{1.0}}, {block.lines[i]}}));
  REQUIRE(single.windows.size() == 2);
  CHECK(single.windows[1].start == 30);
  CHECK(single.facts.remarks.back().find("one inference") != std::string::npos);
}

TEST_CASE("marks in a recording without lines are the person's error") {
  CollectingSink sink;
  MarkWindows marks(sink, 0, 1);
  const auto result = marks.begin(facts_of({Quantity::current_A}));
  REQUIRE(!result);
  CHECK(result.error().trouble == Trouble::usage);
}
