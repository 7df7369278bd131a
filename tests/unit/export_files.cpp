// Exports: what is written is what was stored, and comes back through the importers as it went out.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <zstd.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <iterator>

#include "rig/exchange/csv_file.hpp"
#include "rig/exchange/export.hpp"
#include "rig/exchange/ppk2_file.hpp"
#include "tests/scratch_folder.hpp"
#include "tests/unit/collecting_sink.hpp"

using namespace jr;
namespace fs = std::filesystem;
using jr::test::bytes_of;
using jr::test::holds;
using jr::test::CollectingSink;
using jr::test::open_in;
using jr::test::ScratchFolder;

namespace {

constexpr std::uint64_t kSamples = 150'000;

const std::vector<RangePolynomial> kRanges{{1e-9, 2e-9, 0, 1e-9, 0}, {-3e-7, 5e-7, 1e-13, 0, 0}};

Stretch codes(std::uint64_t first, std::size_t n) {
  Stretch s;
  s.first_ordinal = first;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t k = first + i;
    s.codes.push_back(static_cast<std::uint16_t>((k * 2654435761u >> 9) & 0x3FFF));
    s.ranges.push_back(k == 77 ? 6 : static_cast<std::uint8_t>((k / 1000) % 2));
    s.lines.push_back(static_cast<std::uint8_t>((k / 777) & 0x83));
  }
  return s;
}

double current_of(std::uint64_t k) {
  const Stretch s = codes(k, 1);
  return s.ranges[0] < 2 ? kRanges[s.ranges[0]].current(s.codes[0], {3.3}).value : NAN;
}

/// Two gaps, one window across the second.
std::string begin_run(Store& store, double period_s = 1e-5) {
  RunFacts facts;
  facts.bench = "unit", facts.kind = "measure", facts.simulated = true, facts.started_ms = 1'700'000'000'000;
  facts.environment = facts.firmware = "{}";
  const std::string run = *store.begin_run(facts);
  StreamFacts stream;
  stream.kind = "ppk2", stream.serial = "E1", stream.period_s = period_s, stream.polynomials = "[]";
  REQUIRE(store.add_stream(run, stream));
  for (std::uint64_t at = 0; at < kSamples; at += 10'000) REQUIRE(store.append(run, 0, codes(at, 10'000), {}));
  REQUIRE(store.set_gaps(run, 0, {{1000, 64, 0, 0, GapCause::counter}, {100'000, 500, 64, 10, GapCause::hang_up}}));
  WindowRow window;
  window.window = {WindowLabel::infer, FoundBy::edges, 99'990, 100'010, 5, 0};
  window.valid = true;
  REQUIRE(store.add_window(run, 0, window));
  return run;
}

ViewRequest request_of(const std::string& run) {
  ViewRequest request;
  request.run = run, request.ranges = kRanges, request.supply = {3.3}, request.calibration_id = "3f2a91", request.calibration_kind = "bench calibration";
  return request;
}

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Exported written(const Store& store, const ViewRequest& request, const fs::path& path) {
  const auto done = export_run(store, request, *exporter_for(path), path, false);
  if (!done) FAIL(done.error().message);
  return *done;
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

}  // namespace

TEST_CASE("a view gives each code's current, counts gaps into time and ends its pieces at them") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  auto view = StoredTrace::open(*store, request_of(begin_run(*store)));
  REQUIRE(view);
  std::uint64_t rows = 0, missing = 0;
  while (true) {
    const auto piece = view->next();
    REQUIRE(piece);
    if (!*piece) break;
    const ViewPiece& p = **piece;
    CHECK(p.row == rows);
    missing += p.missing_before;
    CHECK(p.index == rows + missing);
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double expected = current_of(rows + i);
      if (std::isnan(expected) ? !std::isnan(p.channels[0][i]) : p.channels[0][i] != expected) FAIL("another current at row " << rows + i);
      if (p.lines[i] != codes(rows + i, 1).lines[0]) FAIL("another line at row " << rows + i);
    }
    rows += p.size();
  }
  CHECK(rows == kSamples);
  CHECK(missing == 564);
  REQUIRE(view->facts().windows.size() == 1);
  CHECK(view->facts().windows[0].start_s == doctest::Approx((99'990 + 64) * 1e-5));
  CHECK(view->facts().windows[0].end_s == doctest::Approx((100'009 + 564 + 1) * 1e-5));
}

TEST_CASE("a view from one time to another holds the samples whose times lie in it, gaps counted") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  const std::string run = begin_run(*store);
  const auto span = [&](double from_s, double to_s) {
    ViewRequest request = request_of(run);
    request.from_s = from_s, request.to_s = to_s;
    const auto view = StoredTrace::open(*store, request);
    return view ? std::pair{view->facts().first, view->facts().end} : std::pair<std::uint64_t, std::uint64_t>{};
  };
  using Span = std::pair<std::uint64_t, std::uint64_t>;
  CHECK(span(0, 0.005) == Span{0, 500});
  CHECK(span(0.3, 0.4) == Span{29'936, 39'936});
  CHECK(span(0.01, 0.0107) == Span{1000, 1006});  // 64 samples are missing from 10 ms on
  CHECK(span(0.0101, 0.0102) == Span{});          // all of it is gap
  CHECK(span(0, 1e9) == Span{0, kSamples});
  CHECK(span(5, 6) == Span{});
  CHECK(span(2, 1) == Span{});
}

TEST_CASE("a run goes through CSV and comes back with its digits, times, lines and gaps") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  const std::string run = begin_run(*store);
  const auto path = folder.path / "run.csv";
  CHECK(written(*store, request_of(run), path).samples == kSamples);
  const std::string text = contents(path);
  CHECK(holds(text, "# run: unit-1\n"));
  CHECK(holds(text, "# calibration_id: 3f2a91\n"));
  CHECK(holds(text, "# simulated: yes"));
  CHECK(holds(text, "# gap: 500 +- 64 samples missing before row 100000"));
  CHECK(holds(text, "# window: infer, "));
  CHECK(holds(text, "\ntime_s,current_A,D0-D7\n0,"));
  CollectingSink sink;
  REQUIRE(read_csv(bytes_of(text), {"run.csv", "", text.size()}, {}, sink));
  CHECK(sink.facts.period_s == 1e-5);
  CHECK(sink.facts.supply_V == 3.3);
  REQUIRE(sink.gaps.size() == 2);
  CHECK(sink.gaps[0] == std::pair<std::size_t, std::uint64_t>{1000, 64});
  CHECK(sink.gaps[1] == std::pair<std::size_t, std::uint64_t>{100'000, 500});
  REQUIRE(sink.channels[0].size() == kSamples);
  for (std::uint64_t k = 0; k < kSamples; ++k) {
    const double expected = current_of(k), got = sink.channels[0][k];
    if (std::isnan(expected) ? !std::isnan(got) : std::abs(got - expected) > 5e-9 * std::abs(expected)) FAIL("another current at row " << k);
    if (sink.lines[k] != codes(k, 1).lines[0]) FAIL("another line at row " << k);
  }
}

TEST_CASE("CSV packed by zstd unpacks to the plain one, byte for byte") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  const std::string run = begin_run(*store);
  written(*store, request_of(run), folder.path / "run.csv");
  const Exported packed = written(*store, request_of(run), folder.path / "run.csv.zst");
  const std::string plain = contents(folder.path / "run.csv"), frame = contents(folder.path / "run.csv.zst");
  CHECK(packed.bytes == frame.size());
  CHECK(2 * frame.size() < plain.size());
  std::string out(plain.size() + 1, '\0');
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> unpacker(ZSTD_createDCtx(), ZSTD_freeDCtx);
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_inBuffer from{frame.data(), frame.size(), 0};
  CHECK(ZSTD_decompressStream(unpacker.get(), &to, &from) == 0);
  CHECK(out.substr(0, to.pos) == plain);
}

TEST_CASE("a run goes through .ppk2 and comes back to float32, its gaps as samples without a value") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  const std::string run = begin_run(*store);
  const auto path = folder.path / "run.ppk2";
  const Exported done = written(*store, request_of(run), path);
  REQUIRE(done.remarks.size() == 1);
  CHECK(holds(done.remarks[0], "564 missing samples"));
  const std::string file = contents(path);
  CollectingSink sink;
  REQUIRE(read_ppk2(bytes_of(file), {"run.ppk2", "", file.size()}, {}, sink));
  CHECK(sink.facts.started_ms == 1'700'000'000'000);
  REQUIRE(sink.channels[0].size() == kSamples + 564);
  std::size_t at = 0;
  for (std::uint64_t k = 0; k < kSamples; ++k, ++at) {
    for (std::uint64_t gap = k == 1000 ? 64 : k == 100'000 ? 500 : 0; gap > 0; --gap, ++at)
      if (!std::isnan(sink.channels[0][at])) FAIL("a value in a gap before row " << k);
    const double expected = current_of(k), got = sink.channels[0][at];
    if (std::isnan(expected) ? !std::isnan(got) : got != static_cast<double>(static_cast<float>(expected * 1e6)) * 1e-6) FAIL("another current at row " << k);
    if (sink.lines[at] != codes(k, 1).lines[0]) FAIL("another line at row " << k);
  }
}

TEST_CASE("a rate that Nordic's app does not offer is refused with the other formats") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  const auto path = folder.path / "run.ppk2";
  const auto done = export_run(*store, request_of(begin_run(*store, 1.0 / 4000)), *exporter_for(path), path, false);
  REQUIRE_FALSE(done);
  CHECK(holds(done.error().message, "4000 samples a second"));
  CHECK(entries(folder.path) == 3);  // the database and its two companions: nothing was left behind
}

TEST_CASE("values go through CSV without losing a bit, voltage beside current") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  RunFacts facts;
  facts.bench = "unit", facts.kind = "import", facts.environment = facts.firmware = "{}", facts.source = R"({"format":"rld"})";
  const std::string run = *store->begin_run(facts);
  StreamFacts stream;
  stream.kind = "rocketlogger", stream.period_s = 1.0 / 4000, stream.channels = {Quantity::current_A, Quantity::voltage_V};
  REQUIRE(store->add_stream(run, stream));
  ValueStretch values;
  values.channels.resize(2);
  for (int k = 0; k < 5000; ++k) {
    values.channels[0].push_back(k == 17 ? NAN : std::sin(k) / 3e3);
    values.channels[1].push_back(3.3 + std::cos(k) / 7e2);
  }
  REQUIRE(store->append_values(run, 0, values));
  ViewRequest request;
  request.run = run;
  const auto path = folder.path / "run.csv";
  written(*store, request, path);
  const std::string text = contents(path);
  CHECK(holds(text, "# imported: {\"format\":\"rld\"}"));
  CHECK(holds(text, "time_s,current_A,voltage_V,D0-D7"));
  CollectingSink sink;
  REQUIRE(read_csv(bytes_of(text), {"run.csv", "", text.size()}, {}, sink));
  REQUIRE(sink.channels.size() == 2);
  CHECK(std::isnan(sink.channels[0][17]));
  sink.channels[0][17] = values.channels[0][17] = 0;
  CHECK(sink.channels == values.channels);
  CHECK(sink.facts.period_s == 1.0 / 4000);
}

TEST_CASE("a file that is there is not replaced unless that is asked for") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  const std::string run = begin_run(*store);
  const fs::path path = folder.file("run.csv", "precious");
  const auto refused = export_run(*store, request_of(run), *exporter_for(path), path, false);
  REQUIRE_FALSE(refused);
  CHECK(holds(refused.error().message, "--force"));
  CHECK(contents(path) == "precious");
  REQUIRE(export_run(*store, request_of(run), *exporter_for(path), path, true));
  CHECK(contents(path).size() > 1000);
}

TEST_CASE("a folder that is not there, and a folder instead of a file, are one sentence each") {
  const ScratchFolder folder;
  const auto store = open_in(folder);
  const std::string run = begin_run(*store);
  const Exporter csv = *exporter_named("csv");
  const auto nowhere = export_run(*store, request_of(run), csv, folder.path / "absent" / "run.csv", false);
  REQUIRE_FALSE(nowhere);
  CHECK(holds(nowhere.error().message, "folder does not exist"));
  CHECK_FALSE(export_run(*store, request_of(run), csv, folder.path, false));
}

TEST_CASE("a full disk is one sentence and leaves nothing behind, whatever the format") {
  const ScratchFolder folder, room;
  const auto store = open_in(folder);
  const std::string run = begin_run(*store);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const Exporter& exporter : exporters()) {
    if (std::string(exporter.format) == "bundle") continue;  // has tests of its own
    rlimit small = before;
    small.rlim_cur = 65'536;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto done = export_run(*store, request_of(run), exporter, room.path / "run.out", false);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    INFO(exporter.format);
    REQUIRE_FALSE(done);
    CHECK(done.error().trouble == Trouble::storage);
    CHECK(holds(done.error().message, "run.out failed"));
    CHECK(holds(done.error().message, "nothing was left behind"));
    CHECK(entries(room.path) == 0);
  }
  std::signal(SIGXFSZ, handler);
}

TEST_CASE("a format is found by the longest ending that fits, or named with what there is") {
  CHECK(exporter_for("a.csv")->format == std::string("csv"));
  CHECK(exporter_for("a.csv.zst")->format == std::string("csv.zst"));
  CHECK(exporter_for("a.hdf5")->format == std::string("hdf5"));
  CHECK(holds(exporter_for("a.txt").error().message, "--format"));
  CHECK(holds(exporter_named("hdf").error().message, "did you mean 'hdf5'"));
}
