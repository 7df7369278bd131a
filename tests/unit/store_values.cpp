// Streams of values in the record: every bit comes back, sums are those of the samples in their order.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <bit>
#include <cmath>
#include <limits>

#include "rig/store/chunk.hpp"
#include "rig/store/store.hpp"
#include "rig/store/value_chunk.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
using jr::test::ScratchFolder;
using jr::test::open_in;

namespace {

StreamFacts two_channels() {
  StreamFacts facts{"js220", "J1", "", "", "{}", 1e-6, 10, "[]"};
  facts.channels = {Quantity::current_A, Quantity::voltage_V};
  return facts;
}

std::string begin(Store& store, const StreamFacts& facts) {
  const std::string run = *store.begin_run({"imported", "import", false, 1000, "", "", "{}", "{}", "{\"format\":\"csv\"}"});
  REQUIRE(store.add_stream(run, facts));
  return run;
}

double current_at(std::uint64_t k) { return k % 997 == 5 ? std::nan("") : 1e-3 * std::sin(0.001 * static_cast<double>(k)) + 2e-3; }
double voltage_at(std::uint64_t k) { return 3.3 - 1e-6 * static_cast<double>(k % 13); }

ValueStretch values(std::uint64_t first, std::size_t n, bool lines = true) {
  ValueStretch stretch{first, {{}, {}}, {}};
  for (std::uint64_t k = first; k < first + n; ++k) {
    stretch.channels[0].push_back(current_at(k));
    stretch.channels[1].push_back(voltage_at(k));
    if (lines) stretch.lines.push_back(static_cast<std::uint8_t>(k / 500 & 1));
  }
  return stretch;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i])) return false;
  return true;
}

}  // namespace

TEST_CASE("values come back with every bit, with their lines, across chunks and from the middle of one") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin(*store, two_channels());
  REQUIRE(store->append_values(run, 0, values(0, 100'000)));
  REQUIRE(store->append_values(run, 0, values(100'000, 3'000)));
  const auto got = store->values_between(run, 0, 65'000, 102'000);
  REQUIRE(got);
  const ValueStretch want = values(65'000, 37'000);
  REQUIRE(got->channels.size() == 2);
  CHECK(same_bits(got->channels[0], want.channels[0]));
  CHECK(same_bits(got->channels[1], want.channels[1]));
  CHECK(got->lines == want.lines);
  CHECK(got->first_ordinal == 65'000);
  CHECK(store->samples(run, 0).value() == 103'000);
}

TEST_CASE("not-a-numbers, infinities and negative zero are kept to the bit") {
  const std::vector<double> odd{0.0, -0.0, std::nan("7"), -std::nan(""), INFINITY, -INFINITY,
                                std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max()};
  const std::span<const double> channel(odd);
  const auto blob = chunk::encode_values(std::span(&channel, 1));
  CHECK(same_bits(*chunk::decode_values(blob, odd.size(), 0), odd));
}

TEST_CASE("sums of a stretch of values are those of its samples in their order, bit for bit") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin(*store, two_channels());
  for (std::uint64_t at = 0; at < 200'000; at += 50'000) REQUIRE(store->append_values(run, 0, values(at, 50'000)));
  for (const auto& [start, end] : {std::pair{0u, 200'000u}, {1u, 199'999u}, {65'535u, 65'537u}, {40'000u, 140'001u}}) {
    ValueSums want;
    add_values(want, values(start, end - start).channels);
    const auto got = store->value_sums(run, 0, start, end);
    REQUIRE(got);
    CHECK(got->n == want.n);
    CHECK(got->missing == want.missing);
    CHECK(got->first == want.first);
    CHECK(got->first_squared == want.first_squared);
    CHECK(got->second == want.second);
    CHECK(got->product == want.product);
  }
  const auto beyond = store->value_sums(run, 0, 199'000, 201'000);
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().message.find("200000 to 201000") != std::string::npos);
}

TEST_CASE("a stream says which quantities it holds and its run where it came from, and streams of codes refuse values") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin(*store, two_channels());
  CHECK(store->stream(run, 0)->channels == two_channels().channels);
  CHECK(store->run(run)->facts.source == "{\"format\":\"csv\"}");
  CHECK(store->append(run, 0, {0, {1}, {0}, {0}}, {}).error().trouble == Trouble::refused);
  StreamFacts codes{"ppk2", "S", "", "", "", 1e-5, 50, "[]"};
  REQUIRE(store->add_stream(run, codes));
  CHECK(store->append_values(run, 1, values(0, 10)).error().trouble == Trouble::refused);
  CHECK(store->values_between(run, 1, 0, 10).error().trouble == Trouble::usage);
}

TEST_CASE("values without lines come back without, and a stretch of the wrong shape is refused") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin(*store, two_channels());
  REQUIRE(store->append_values(run, 0, values(0, 1000, false)));
  CHECK(store->values_between(run, 0, 0, 1000)->lines.empty());
  REQUIRE(store->append_values(run, 0, values(1000, 1000, true)));
  const auto both = store->values_between(run, 0, 500, 1600);
  REQUIRE(both->lines.size() == 1100);
  CHECK(both->lines[0] == 0);
  CHECK(both->lines[1050] == 1);
  ValueStretch uneven = values(2000, 10);
  uneven.channels[1].pop_back();
  CHECK_FALSE(store->append_values(run, 0, uneven));
  REQUIRE(store->append_values(run, 0, values(2000, 10)));
}

TEST_CASE("a flipped byte in a chunk of values is noticed and the chunk is named") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = begin(*store, two_channels());
  REQUIRE(store->append_values(run, 0, values(0, 70'000)));
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(folder.database().c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "UPDATE chunk SET codes=zeroblob(length(codes)) WHERE first_ordinal=65536", nullptr, nullptr,
                       nullptr) == SQLITE_OK);
  sqlite3_close(db);
  const auto sums = store->value_sums(run, 0, 0, 70'000);
  REQUIRE_FALSE(sums);
  CHECK(sums.error().message.find("sample 65536") != std::string::npos);
  CHECK(store->value_sums(run, 0, 0, 65'536));
}

TEST_CASE("a blob of values cut at any byte is refused, and so is one that claims more than it has") {
  const std::vector<double> a{1, 2, 3, 4}, b{5, 6, 7, 8};
  const std::vector<std::span<const double>> channels{a, b};
  const chunk::Bytes blob = chunk::encode_values(channels);
  for (std::size_t length = 0; length < blob.size(); ++length)
    CHECK_FALSE(chunk::decode_values(std::span(blob).first(length), 4, 1));
  CHECK_FALSE(chunk::decode_values(blob, 5, 0));
  CHECK_FALSE(chunk::decode_values(blob, 3, 0));
  CHECK_FALSE(chunk::decode_values(blob, 4, 2));
  CHECK_FALSE(chunk::decode_values(blob, std::size_t{1} << 62, 0));
  CHECK(chunk::decode_values(blob, 4, 1).value() == b);
}
