// A view of a trace against the samples themselves, at every zoom, whole, open and damaged.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "rig/store/pyramid.hpp"
#include "rig/store/zoom.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
using jr::test::ScratchFolder;
using jr::test::open_in;

namespace {

Coefficients coefficients() {
  return {{{1e-9, 3e-9, 1e-16, 1e-10, 0}, {2e-8, 4e-8, 0, 0, 0}, {0, 5e-7, 1e-13, 0, 0}, {-1e-6, 6e-6, 0, 0, 0}, {0, 7e-5, 0, 0, 0}}, 3.3};
}

struct Noise {
  std::uint64_t state;
  std::uint64_t next() { return state = state * 6364136223846793005u + 1442695040888963407u; }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>((next() >> 33) % n); }
};

/// Levels with noise, 300 range switches, some samples of illegal ranges.
Stretch trace(std::size_t n) {
  Noise noise{42};
  Stretch stretch;
  std::size_t left = 0;
  std::uint8_t range = 0;
  std::size_t level = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (left-- == 0) {
      left = 1 + noise.below(2 * n / 300 + 1);
      range = static_cast<std::uint8_t>(noise.below(20) == 0 ? 8 + noise.below(3) : noise.below(5));
      level = 100 + noise.below(15'000);
    }
    stretch.codes.push_back(static_cast<std::uint16_t>(level + noise.below(12)));
    stretch.ranges.push_back(range);
    stretch.lines.push_back(0);
  }
  return stretch;
}

/// A calibration of it: other offsets, gains, curvatures and supply.
Coefficients calibrated() {
  Coefficients c = coefficients();
  for (RangePolynomial& range : c.ranges) range.a_A -= 3e-9, range.b_A_per_code *= 1.31, range.q_A_per_code2 += 1e-6 * range.b_A_per_code;
  c.supply_V = 3.0;
  return c;
}

double value_of(const Stretch& s, std::size_t i, const Coefficients& c) {
  return s.ranges[i] < c.ranges.size() ? c.ranges[s.ranges[i]].current(s.codes[i], {c.supply_V}).value : std::nan("");
}

std::vector<double> values_of(const Stretch& stretch, const Coefficients& by = coefficients()) {
  std::vector<double> values;
  for (std::size_t i = 0; i < stretch.codes.size(); ++i) values.push_back(value_of(stretch, i, by));
  return values;
}

StreamFacts ppk2(bool with_coefficients = true) {
  StreamFacts facts{"ppk2", "S", "", "", "", 1e-5, 50, "[]"};
  if (with_coefficients) facts.coefficients = coefficients();
  return facts;
}

std::string store_trace(Store& store, const Stretch& whole, std::size_t piece, const StreamFacts& facts = ppk2()) {
  const std::string run = *store.begin_run({"unit", "record", true, 1, "", "", "{}", "{}"});
  REQUIRE(store.add_stream(run, facts));
  const auto cut = [](const auto& from, std::size_t at, std::size_t n) {
    return std::remove_cvref_t<decltype(from)>(from.begin() + static_cast<long>(at), from.begin() + static_cast<long>(at + n));
  };
  for (std::size_t at = 0; at < whole.codes.size(); at += piece) {
    const std::size_t n = std::min(piece, whole.codes.size() - at);
    REQUIRE(store.append(run, 0, {at, cut(whole.codes, at, n), cut(whole.ranges, at, n), cut(whole.lines, at, n)}, {}));
  }
  return run;
}

/// A column against the samples it says it covers.
std::string contradiction(const Column& column, const std::vector<double>& values, bool rounded) {
  double min = INFINITY, max = -INFINITY, sum = 0;
  std::uint64_t without = 0;
  for (std::uint64_t i = column.first; i < column.first + column.n; ++i) {
    if (std::isnan(values[i])) {
      ++without;
      continue;
    }
    min = std::min(min, values[i]);
    max = std::max(max, values[i]);
    sum += values[i];
  }
  const std::string where = " at " + std::to_string(column.first) + "+" + std::to_string(column.n);
  if (column.without != without) return "without " + std::to_string(column.without) + " is not " + std::to_string(without) + where;
  if (without == column.n) return "";
  if (rounded) min = static_cast<float>(min), max = static_cast<float>(max);
  if (column.min != min || column.max != max) return "an extreme differs" + where;
  if (!(column.min <= column.mean && column.mean <= column.max)) return "the mean is outside" + where;
  const double mean = sum / static_cast<double>(column.n - without), span = std::max(max - min, 1e-6 * std::abs(max));
  if (std::abs(column.mean - mean) > 1e-6 * std::max(span, std::abs(mean))) return "the mean differs" + where;
  return "";
}

/// A whole view against the samples. `floats`: the pyramid rounds extremes to single precision, as it does for values.
std::string contradiction(const Zoom& zoom, const std::vector<double>& values, std::uint64_t start, std::uint64_t end, std::size_t pixels,
                          bool floats = false) {
  if (zoom.columns.empty()) return "no columns";
  if (zoom.columns.size() > pixels + 1) return "too many columns";
  if (zoom.columns.front().first > start || zoom.columns.back().first + zoom.columns.back().n < end) return "it does not cover the stretch";
  if (!zoom.from_pyramid && (zoom.columns.front().first != start || zoom.columns.back().first + zoom.columns.back().n != end)) return "it is not exact";
  for (std::size_t k = 0; k < zoom.columns.size(); ++k) {
    if (k > 0 && zoom.columns[k].first != zoom.columns[k - 1].first + zoom.columns[k - 1].n) return "a hole between columns";
    if (k + 1 < zoom.columns.size() && k > 0 && zoom.columns[k].n != zoom.samples_per_column) return "columns of different width";
    if (const std::string what = contradiction(zoom.columns[k], values, floats && zoom.from_pyramid); !what.empty()) return what;
  }
  return "";
}

void check_random_views(const Store& store, const std::string& run, const std::vector<double>& values, int views, std::uint64_t seed,
                        const Coefficients& by = {}) {
  Noise noise{seed};
  int coarse = 0;
  for (int k = 0; k < views; ++k) {
    const std::uint64_t n = 1 + noise.below(std::size_t{1} << (1 + noise.below(20))) % values.size();
    const std::uint64_t start = noise.below(values.size() - n + 1);
    const std::size_t pixels = 1 + noise.below(k % 2 ? 1000 : 40);
    const auto view = zoom(store, run, 0, start, start + n, pixels, 0, by);
    REQUIRE(view);
    CHECK(view->damaged.empty());
    coarse += view->from_pyramid;
    const std::string what = contradiction(*view, values, start, start + n, pixels);
    CHECK_MESSAGE(what.empty(), what, " in [", start, ", ", start + n, ") on ", pixels, " pixels");
  }
  CHECK(coarse > views / 10);
}

void tamper(const ScratchFolder& folder, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(folder.database().c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

int count(const ScratchFolder& folder, const std::string& sql) {
  sqlite3* db = nullptr;
  int n = -1;
  REQUIRE(sqlite3_open(folder.database().c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, sql.c_str(), [](void* into, int, char** cells, char**) {
            *static_cast<int*>(into) = std::atoi(cells[0]);
            return 0;
          }, &n, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  return n;
}

/// Every blob as an older program stored it; how many there were.
int strip_codes(const ScratchFolder& folder) {
  sqlite3* db = nullptr;
  sqlite3_stmt *rows = nullptr, *update = nullptr;
  REQUIRE(sqlite3_open(folder.database().c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_prepare_v2(db, "SELECT rowid, level, n, columns FROM pyramid", -1, &rows, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_prepare_v2(db, "UPDATE pyramid SET columns=?, crc32c=? WHERE rowid=?", -1, &update, nullptr) == SQLITE_OK);
  std::vector<std::pair<std::int64_t, chunk::Bytes>> stripped;
  while (sqlite3_step(rows) == SQLITE_ROW) {
    const auto level = static_cast<unsigned>(sqlite3_column_int(rows, 1));
    const auto n = static_cast<std::uint64_t>(sqlite3_column_int64(rows, 2));
    const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(rows, 3));
    auto entries = pyramid::decode({bytes, static_cast<std::size_t>(sqlite3_column_bytes(rows, 3))}, level, n);
    REQUIRE(entries);
    for (pyramid::Entry& entry : *entries) entry.codes.clear();
    stripped.emplace_back(sqlite3_column_int64(rows, 0), pyramid::encode({level, 0, *entries}));
  }
  sqlite3_finalize(rows);
  for (const auto& [row, bytes] : stripped) {
    sqlite3_bind_blob(update, 1, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
    sqlite3_bind_int64(update, 2, chunk::crc32c(0, bytes));
    sqlite3_bind_int64(update, 3, row);
    REQUIRE(sqlite3_step(update) == SQLITE_DONE);
    sqlite3_reset(update);
  }
  sqlite3_finalize(update);
  sqlite3_close(db);
  return static_cast<int>(stripped.size());
}

}  // namespace

TEST_CASE("a thousand random views of a closed run agree with its samples") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(900'000);
  const std::string run = store_trace(*store, whole, 65'536);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  check_random_views(*store, run, values_of(whole), 1000, 1);
  CHECK(store->check_pyramid(run, 0).value().empty());
}

TEST_CASE("under a calibration a view has the minima, maxima and means of its samples under that calibration") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(900'000);
  const std::string run = store_trace(*store, whole, 65'536);
  check_random_views(*store, run, values_of(whole, calibrated()), 100, 11, calibrated());  // while it is written
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  check_random_views(*store, run, values_of(whole, calibrated()), 300, 12, calibrated());
  // The sums of a calibrated window, to the rounding of doubles.
  const auto view = zoom(*store, run, 0, 0, 900'000, 100, 0, calibrated());
  REQUIRE(view->from_pyramid);
  double by_columns = 0, by_samples = 0;
  for (const Column& column : view->columns)
    if (column.without < column.n) by_columns += column.mean * static_cast<double>(column.n - column.without);
  for (const double value : values_of(whole, calibrated()))
    if (!std::isnan(value)) by_samples += value;
  CHECK(by_columns == doctest::Approx(by_samples).epsilon(1e-12));
}

TEST_CASE("a coarse view under a calibration reads no sample: the pyramid alone tells it") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(600'000);
  const std::string run = store_trace(*store, whole, 65'536);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  tamper(folder, "UPDATE chunk SET codes=zeroblob(length(codes))");
  const auto view = zoom(*store, run, 0, 0, 600'000, 500, 0, calibrated());
  REQUIRE(view);
  CHECK(view->damaged.empty());
  const std::string what = contradiction(*view, values_of(whole, calibrated()), 0, 600'000, 500);
  CHECK_MESSAGE(what.empty(), what);
}

TEST_CASE("pyramids of older programs, which hold no codes, serve the own coefficients and are passed by for a calibration") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(700'000);
  const std::string run = store_trace(*store, whole, 65'536);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  const int stripped = strip_codes(folder);
  CHECK(stripped > 5);
  CHECK(store->check_pyramid(run, 0).value().empty());
  check_random_views(*store, run, values_of(whole, calibrated()), 60, 13, calibrated());
  const auto own = zoom(*store, run, 0, 0, 700'000, 300);
  REQUIRE(own);
  const std::string what = contradiction(*own, values_of(whole), 0, 700'000, 300, true);
  CHECK_MESSAGE(what.empty(), what);
}

TEST_CASE("where a calibration's polynomial turns between the codes the extremes are those of the samples") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(300'000);
  const std::string run = store_trace(*store, whole, 65'536);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  Coefficients turning = coefficients();
  for (RangePolynomial& range : turning.ranges) range.q_A_per_code2 = -range.b_A_per_code / 14'000;
  check_random_views(*store, run, values_of(whole, turning), 60, 14, turning);
}

TEST_CASE("views of a stream that is still being written agree with what is stored, in the writer and beside it") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(400'123);
  const std::string run = store_trace(*store, whole, 7'001);
  check_random_views(*store, run, values_of(whole), 100, 2);
  auto beside = open_in(folder);
  check_random_views(*beside, run, values_of(whole), 100, 3);
}

TEST_CASE("a stream that was continued by another process than the one that began it has its whole pyramid in the end") {
  ScratchFolder folder;
  const Stretch whole = trace(600'000);
  std::string run;
  {
    auto store = open_in(folder);
    Stretch head = whole;
    head.codes.resize(300'100), head.ranges.resize(300'100), head.lines.resize(300'100);
    run = store_trace(*store, head, 65'536);
    REQUIRE(store->end_stream(run, 0));
  }
  auto store = open_in(folder);
  const auto tail = [](const auto& all) { return std::remove_cvref_t<decltype(all)>(all.begin() + 300'100, all.end()); };
  REQUIRE(store->append(run, 0, {300'100, tail(whole.codes), tail(whole.ranges), tail(whole.lines)}, {}));
  check_random_views(*store, run, values_of(whole), 50, 4);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  check_random_views(*store, run, values_of(whole), 100, 5);
  CHECK(store->check_pyramid(run, 0).value().empty());
}

TEST_CASE("a pyramid made anew has the bits of the one that was made as the capture went") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = store_trace(*store, trace(700'000), 50'001);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  tamper(folder, "CREATE TABLE before AS SELECT * FROM pyramid");
  REQUIRE(store->rebuild_pyramid(run, 0));
  const char* kColumns = "run, stream, channel, level, first_entry, n, columns, crc32c";
  const auto differing = [&](const std::string& from, const std::string& other) {
    return count(folder, "SELECT count(*) FROM (SELECT " + std::string(kColumns) + " FROM " + from + " EXCEPT SELECT " + kColumns + " FROM " + other + ")");
  };
  CHECK(count(folder, "SELECT count(*) FROM before") > 5);
  CHECK(differing("before", "pyramid") == 0);
  CHECK(differing("pyramid", "before") == 0);
  CHECK(store->check_pyramid(run, 0).value().empty());
}

TEST_CASE("missing and damaged blobs of the pyramid change nothing of a view, and the check names them") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(1'200'000);
  const std::string run = store_trace(*store, whole, 65'536);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  tamper(folder, "DELETE FROM pyramid WHERE level=1; UPDATE pyramid SET columns=zeroblob(100) WHERE level=0 AND first_entry=1024");
  check_random_views(*store, run, values_of(whole), 100, 6);
  const auto troubles = store->check_pyramid(run, 0).value();
  REQUIRE(troubles.size() >= 3);
  CHECK(troubles[0].find("level 0") != std::string::npos);
  CHECK(troubles[0].find("sample 262144") != std::string::npos);
  REQUIRE(store->rebuild_pyramid(run, 0));
  CHECK(store->check_pyramid(run, 0).value().empty());
}

TEST_CASE("a damaged chunk is named by a view of it, its columns are empty and the others are right") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(300'000);
  const std::string run = store_trace(*store, whole, 65'536);
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  tamper(folder, "UPDATE chunk SET codes=zeroblob(length(codes)) WHERE first_ordinal=65536; DELETE FROM pyramid");
  std::vector<double> values = values_of(whole);
  for (std::size_t i = 65'536; i < 131'072; ++i) values[i] = std::nan("");
  for (const std::size_t pixels : {20, 3000}) {
    const auto view = zoom(*store, run, 0, 0, 300'000, pixels);
    REQUIRE(view);
    REQUIRE(view->damaged.size() == 1);
    CHECK(view->damaged[0].find("sample 65536") != std::string::npos);
    const std::string what = contradiction(*view, values, 0, 300'000, pixels);
    CHECK_MESSAGE(what.empty(), what);
  }
}

TEST_CASE("sixteen overwritten KiB of the file cost at most the chunks on them: the others are served") {
  const Stretch whole = trace(1'000'000);
  const std::vector<double> values = values_of(whole);
  int named = 0;
  for (int page = 3; page < 60; page += 7) {
    ScratchFolder folder;
    std::string run;
    {
      auto store = open_in(folder);
      run = store_trace(*store, whole, 65'536);
      REQUIRE(store->close_run(run, "pass", "", false, 5));
    }
    {
      std::fstream file(folder.database(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(16'384L * page);
      file << std::string(16'384, '\xA5');
    }
    const auto store = Store::open(folder.database());
    if (!store) continue;  // the page held the schema: one sentence
    int served = 0;
    for (std::uint64_t at = 0; at < 1'000'000; at += 65'536) {
      const std::uint64_t end = std::min<std::uint64_t>(at + 65'536, 1'000'000);
      const auto part = (*store)->samples_between(run, 0, at, end);
      if (part && part->codes.size() == end - at) ++served;
      if (!part) named += part.error().message.find("sample " + std::to_string(at)) != std::string::npos;
      if (!part) CHECK(part.error().message.back() == '.');
    }
    CHECK_MESSAGE((served >= 12 || served == 0), "page ", page, ": ", served, " of 16 chunks");
    const auto view = zoom(**store, run, 0, 0, 1'000'000, 5000);
    if (view && !view->columns.empty() && view->columns.back().first + view->columns.back().n == 1'000'000)
      for (const Column& column : view->columns)
        if (column.without == 0) CHECK(contradiction(column, values, false).empty());
  }
  CHECK(named > 0);
}

TEST_CASE("codes stored without coefficients are seen with those a caller knows, and refused without") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const Stretch whole = trace(200'000);
  const std::string run = store_trace(*store, whole, 65'536, ppk2(false));
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  CHECK(zoom(*store, run, 0, 0, 1000, 10).error().trouble == Trouble::unsupported);
  CHECK(store->rebuild_pyramid(run, 0).error().trouble == Trouble::unsupported);
  const std::vector<double> values = values_of(whole);
  const auto view = zoom(*store, run, 0, 0, 200'000, 100, 0, coefficients());
  REQUIRE(view);
  CHECK(view->from_pyramid);
  CHECK(contradiction(*view, values, 0, 200'000, 100).empty());
  REQUIRE(store->rebuild_pyramid(run, 0, coefficients()));
  check_random_views(*store, run, values, 50, 8);
}

TEST_CASE("a view of values is of the channel that was asked for, with missing samples left out") {
  ScratchFolder folder;
  auto store = open_in(folder);
  StreamFacts facts{"js220", "J", "", "", "", 1e-6, 0, "[]"};
  facts.channels = {Quantity::current_A, Quantity::voltage_V};
  const std::string run = *store->begin_run({"unit", "import", false, 1, "", "", "{}", "{}", "{}"});
  REQUIRE(store->add_stream(run, facts));
  ValueStretch stretch{0, {{}, {}}, {}};
  for (int i = 0; i < 300'000; ++i) {
    stretch.channels[0].push_back(i % 1001 == 0 ? std::nan("") : 1e-3 * std::sin(1e-4 * i));
    stretch.channels[1].push_back(3.3 - 1e-6 * (i % 100));
  }
  REQUIRE(store->append_values(run, 0, stretch));
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  for (const std::size_t channel : {0u, 1u})
    for (const std::size_t pixels : {50u, 5000u}) {
      const auto view = zoom(*store, run, 0, 0, 300'000, pixels, channel);
      REQUIRE(view);
      const std::string what = contradiction(*view, stretch.channels[channel], 0, 300'000, pixels, true);
      CHECK_MESSAGE(what.empty(), what, " channel ", channel);
    }
  CHECK(zoom(*store, run, 0, 0, 10, 10, 2).error().trouble == Trouble::usage);
  CHECK(store->check_pyramid(run, 0).value().empty());
}

TEST_CASE("a view of nothing is empty, and one that cannot be is refused in a sentence") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = store_trace(*store, trace(1000), 1000);
  CHECK(zoom(*store, run, 0, 5000, 6000, 10)->columns.empty());
  CHECK(zoom(*store, run, 0, 5, 5, 10).error().trouble == Trouble::usage);
  CHECK(zoom(*store, run, 0, 0, 5, 0).error().trouble == Trouble::usage);
  CHECK(zoom(*store, run, 1, 0, 5, 10).error().trouble == Trouble::not_found);
  CHECK(zoom(*store, "none-1", 0, 0, 5, 10).error().trouble == Trouble::not_found);
  const auto beyond = zoom(*store, run, 0, 900, 5000, 10);
  CHECK(beyond->columns.back().first + beyond->columns.back().n == 1000);
}
