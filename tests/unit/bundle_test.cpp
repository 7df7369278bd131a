// A bundle is a run whole: what goes in comes out elsewhere, bit by bit, from whatever tool packed it.
#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "rig/exchange/bundle.hpp"
#include "rig/store/origin.hpp"
#include "tests/chain_run.hpp"
#include "tests/unit/bundle_example.hpp"
#include "tests/unit/calibration_example.hpp"

using namespace jr;
using namespace jr::test;
namespace fs = std::filesystem;

namespace {

void check_same_rows(const Store& a, const std::string& run_a, const Store& b, const std::string& run_b) {
  const RunRow x = a.run(run_a).value(), y = b.run(run_b).value();
  CHECK(x.facts.plan == y.facts.plan);
  CHECK(x.facts.bench_file == y.facts.bench_file);
  CHECK(x.facts.environment == y.facts.environment);
  CHECK(x.facts.firmware == y.facts.firmware);
  CHECK(x.facts.simulated == y.facts.simulated);
  CHECK(x.facts.started_ms == y.facts.started_ms);
  CHECK(std::tuple(x.state, x.verdict, x.reason, x.suspect, x.finished_ms, x.tags) ==
        std::tuple(y.state, y.verdict, y.reason, y.suspect, y.finished_ms, y.tags));
  CHECK(a.notes(run_a)->at(0).text == b.notes(run_b)->at(0).text);
  const auto words_a = a.conversation(run_a).value(), words_b = b.conversation(run_b).value();
  REQUIRE(words_a.size() == words_b.size());
  for (std::size_t i = 0; i < words_a.size(); ++i) CHECK(words_a[i].text == words_b[i].text);
  CHECK(a.attempts(run_a)->at(0).mended == b.attempts(run_b)->at(0).mended);
  CHECK(a.truth(run_a).value() == b.truth(run_b).value());
  const auto results_a = a.results(run_a).value(), results_b = b.results(run_b).value();
  REQUIRE(results_a.size() == results_b.size());
  for (std::size_t i = 0; i < results_a.size(); ++i) {
    CHECK(results_a[i].json == results_b[i].json);
    CHECK(results_a[i].created_ms == results_b[i].created_ms);
  }
}

void check_same_stream(const Store& a, const std::string& run_a, const Store& b, const std::string& run_b) {
  const StreamFacts x = a.stream(run_a, 0).value(), y = b.stream(run_b, 0).value();
  CHECK(x.metadata == y.metadata);
  CHECK(x.polynomials == y.polynomials);
  CHECK(x.period_s == y.period_s);
  REQUIRE(x.coefficients.ranges.size() == y.coefficients.ranges.size());
  CHECK(x.coefficients.ranges.at(1).b_A_per_code == y.coefficients.ranges.at(1).b_A_per_code);
  const std::uint64_t n = a.samples(run_a, 0).value();
  REQUIRE(n == b.samples(run_b, 0).value());
  const Stretch s = a.samples_between(run_a, 0, 0, n).value(), t = b.samples_between(run_b, 0, 0, n).value();
  CHECK(s.codes == t.codes);
  CHECK(s.ranges == t.ranges);
  CHECK(s.lines == t.lines);
  const auto anchors_a = a.anchors(run_a, 0, 0, 1 << 20).value(), anchors_b = b.anchors(run_b, 0, 0, 1 << 20).value();
  REQUIRE(anchors_a.size() == anchors_b.size());
  CHECK(anchors_a.back().host_ns == anchors_b.back().host_ns);
  const auto gaps_a = a.gaps(run_a, 0).value(), gaps_b = b.gaps(run_b, 0).value();
  REQUIRE(gaps_a.size() == gaps_b.size());
  CHECK(gaps_a.at(0).length == gaps_b.at(0).length);
  const auto windows_a = a.windows(run_a, 0).value(), windows_b = b.windows(run_b, 0).value();
  REQUIRE(windows_a.size() == windows_b.size());
  for (std::size_t i = 0; i < windows_a.size(); ++i) CHECK(windows_a[i].moments == windows_b[i].moments);
}

}  // namespace

TEST_CASE("a run that went through a bundle is the same run, row by row, and computes to the same text") {
  Journey j;
  const std::string run = keep_chain(*j.here);
  const auto written = write_bundle(*j.here, run, j.file, "0.1.0 (test)");
  REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.error().message));
  const auto taken = read_bundle(*j.there, j.file);
  REQUIRE_MESSAGE(taken.has_value(), (taken ? "" : taken.error().message));
  CHECK(taken->run == run);
  CHECK(taken->tool_version == "0.1.0 (test)");
  check_same_rows(*j.here, run, *j.there, taken->run);
  check_same_stream(*j.here, run, *j.there, taken->run);
  CHECK(report_of(*j.there, run) == report_of(*j.here, run));
  CHECK(report_of(*j.there, run) == j.there->result(run).value().value());
  CHECK(verify_moments(*j.there, run));
  CHECK(j.there->check_pyramid(run, 0)->empty());
  CHECK(origin_of(j.there->run(run).value()).bundled);
}

TEST_CASE("the same run gives the same bytes, twice and from the database that it went to") {
  Journey j;
  const std::string run = keep_chain(*j.here);
  REQUIRE(write_bundle(*j.here, run, j.file, "v"));
  const std::string first = contents_of(j.file);
  REQUIRE(write_bundle(*j.here, run, j.file, "v"));
  CHECK(contents_of(j.file) == first);
  REQUIRE(read_bundle(*j.there, j.file));
  const std::string again = (j.to.path / "again.jrz").string();
  REQUIRE(write_bundle(*j.there, run, again, "v"));
  CHECK(contents_of(again) == first);
}

TEST_CASE("a bundle that another tool packed anew, entries stored, in another order, is the same bundle") {
  Journey j;
  const std::string run = keep_chain(*j.here);
  REQUIRE(write_bundle(*j.here, run, j.file, "v"));
  ZipEntries entries = unzipped(j.file);
  std::reverse(entries.begin(), entries.end());
  zipped(j.file, entries);
  const auto taken = read_bundle(*j.there, j.file);
  REQUIRE_MESSAGE(taken.has_value(), (taken ? "" : taken.error().message));
  CHECK(report_of(*j.there, run) == report_of(*j.here, run));
}

TEST_CASE("where its number is taken a run gets the next one, and its report and source keys keep the old name") {
  Journey j;
  const std::string run = keep_chain(*j.here, 4);
  keep_chain(*j.there, 5);
  REQUIRE(write_bundle(*j.here, run, j.file, "v"));
  const auto taken = read_bundle(*j.there, j.file);
  REQUIRE_MESSAGE(taken.has_value(), (taken ? "" : taken.error().message));
  CHECK(taken->run == "chain-2");
  CHECK(taken->original == "chain-1");
  CHECK(j.there->run("chain-2")->facts.source.find("\"run\":\"chain-1\"") != std::string::npos);
  CHECK(report_of(*j.there, "chain-2") == report_of(*j.here, run));
  CHECK(report_of(*j.there, "chain-2") == j.there->result("chain-2").value().value());
  const std::string further = (j.to.path / "further.jrz").string();
  REQUIRE(write_bundle(*j.there, "chain-2", further, "v"));
  CHECK(contents_of(further) == contents_of(j.file));
}

TEST_CASE("a bundle that is here already is told as which run, and taken in again only when asked") {
  Journey j;
  REQUIRE(write_bundle(*j.here, keep_chain(*j.here), j.file, "v"));
  REQUIRE(read_bundle(*j.there, j.file));
  const auto refused = read_bundle(*j.there, j.file);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().trouble == Trouble::refused);
  CHECK(says(refused.error().message, "as run chain-1"));
  CHECK(read_bundle(*j.there, j.file, {.again = true})->run == "chain-2");
}

TEST_CASE("a stream of values goes through a bundle with every bit, missing samples and lines included") {
  Journey j;
  const std::string run = *j.here->begin_run({"import", "import", false, 5, "", "", "{}", "{}", "{\"format\":\"csv\"}"});
  StreamFacts facts{"js110", "7", "", "", "", 5e-7, 20, "[]", {Quantity::current_A, Quantity::voltage_V}, {}};
  REQUIRE(j.here->add_stream(run, facts));
  ValueStretch values{0, {{}, {}}, {}};
  for (int i = 0; i < 100'000; ++i) {
    values.channels[0].push_back(i % 1000 == 7 ? std::nan("") : 1e-3 * std::sin(i));
    values.channels[1].push_back(3.3 + 1e-9 * i);
    values.lines.push_back(static_cast<std::uint8_t>(i / 5000 & 3));
  }
  REQUIRE(j.here->append_values(run, 0, values));
  REQUIRE(j.here->close_run(run, "pass", "", false, 6));
  REQUIRE(write_bundle(*j.here, run, j.file, "v"));
  const auto taken = read_bundle(*j.there, j.file);
  REQUIRE_MESSAGE(taken.has_value(), (taken ? "" : taken.error().message));
  const auto back = j.there->values_between(run, 0, 0, 100'000);
  REQUIRE(back);
  CHECK(back->lines == values.lines);
  for (std::size_t c = 0; c < 2; ++c)
    CHECK(std::memcmp(back->channels[c].data(), values.channels[c].data(), 100'000 * sizeof(double)) == 0);
  CHECK(j.there->value_sums(run, 0, 5, 99'000)->product == j.here->value_sums(run, 0, 5, 99'000)->product);
  CHECK(origin_of(j.there->run(run).value()).source == "{\"format\":\"csv\"}");
}

TEST_CASE("a run that is still going on, and one with a damaged chunk, make no bundle and leave no file") {
  Journey j;
  const std::string open = *j.here->begin_run({"b", "record", false, 1, "", "", "{}", "{}", ""});
  CHECK(write_bundle(*j.here, open, j.file, "v").error().trouble == Trouble::refused);
  const std::string run = keep_chain(*j.here);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(j.from.database().c_str(), &db) == SQLITE_OK);
  sqlite3_exec(db, "UPDATE chunk SET codes=zeroblob(length(codes)) WHERE first_ordinal>0", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  const auto refused = write_bundle(*j.here, run, j.file, "v");
  REQUIRE_FALSE(refused);
  CHECK(says(refused.error().message, "corrupt"));
  CHECK_FALSE(fs::exists(j.file));
  for (const auto& left : fs::directory_iterator(j.from.path)) CHECK_FALSE(says(left.path().string(), "jrz"));
  CHECK(write_bundle(*j.here, "nope-1", j.file, "v").error().trouble == Trouble::not_found);
  CHECK(write_bundle(*j.here, open, "/nowhere/x.jrz", "v").error().message.ends_with('.'));
}

TEST_CASE("an import whose process died is removed whole by the next start, and its number is free again") {
  Journey j;
  const std::string run = keep_chain(*j.here);
  const pid_t child = fork();
  if (child == 0) {
    auto store = Store::open(j.to.database());
    const RunRow row = j.here->run(run).value();
    bool done = (*store)->begin_arrival(row).has_value();
    done = done && (*store)->add_stream(run, j.here->stream(run, 0).value()).has_value();
    done = done && (*store)->append(run, 0, j.here->samples_between(run, 0, 0, 60'000).value(), {}).has_value();
    _exit(done ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WEXITSTATUS(status) == 0);
  CHECK(j.there->run(run)->state == "open");
  CHECK(j.there->remove_dead_arrivals().value() == std::vector<std::string>{run});
  check_empty(j.to);
  REQUIRE(write_bundle(*j.here, run, j.file, "v"));
  CHECK(read_bundle(*j.there, j.file)->run == run);
  CHECK(j.there->remove_dead_arrivals()->empty());
}

TEST_CASE("a calibration comes with the run, in force only where the instrument has none, revoked where it was recalled") {
  const Calibration calibration = passing_calibration();
  const CalibrationRow row{calibration.id, "ppk2", "E1", calibration.created, calibration.expires, calibration.reference.certificate,
                           "superseded", "", to_text(calibration)};
  const auto sent = [&](Store& there, const std::string& state) {
    Journey j;
    CalibrationRow kept = row;
    kept.state = state;
    const std::string run = keep_chain(*j.here);
    REQUIRE(j.here->add_calibration(kept));
    REQUIRE(j.here->add_result(run, row.id, "{}"));
    REQUIRE(write_bundle(*j.here, run, j.file, "v"));
    const auto taken = read_bundle(there, j.file);
    REQUIRE_MESSAGE(taken.has_value(), (taken ? "" : taken.error().message));
    return there.calibration(row.id).value();
  };
  ScratchFolder alone, occupied, recalled, refuted;
  CHECK(sent(*open_in(alone), "superseded").state == "active");
  auto busy = open_in(occupied);
  REQUIRE(busy->add_calibration({"aa", "ppk2", "E1", "2020-01-01", "2030-01-01", "other", "active", "", "x"}));
  CHECK(sent(*busy, "active").state == "superseded");
  CHECK(busy->calibration("aa")->state == "active");
  auto strict = open_in(recalled);
  REQUIRE(strict->add_calibration({"bb", "ppk2", "E9", "2020-01-01", "2030-01-01", row.certificate, "active", "", "x"}));
  REQUIRE(strict->recall_certificate(row.certificate, "drifted", "2026-11-23"));
  CHECK(sent(*strict, "active").state == "revoked");
  CHECK(strict->run("chain-1")->recalled.find("drifted") != std::string::npos);
  CHECK(sent(*open_in(refuted), "revoked").state == "revoked");
}

