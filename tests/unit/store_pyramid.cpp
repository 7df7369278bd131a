// Entries of a pyramid: in closed form, folded, as bytes, and beside the samples they stand for.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstring>

#include "rig/store/pyramid.hpp"

using namespace jr;
using namespace jr::pyramid;

namespace {

/// Range 0: 1 mA a code. Range 1: turns at code 100. Range 2: not finite. Range 3 and above: unknown.
Coefficients coefficients() { return {{{0, 1e-3, 0, 0, 0}, {5, -2, 0.01, 1, 0}, {INFINITY, 1, 0, 0, 0}}, 3.0}; }

std::vector<chunk::Run> one_run(std::uint8_t range, std::size_t n) { return {{range, static_cast<std::uint32_t>(n)}}; }

bool same(const Entry& a, const Entry& b) {
  return std::memcmp(&a.min, &b.min, 4) == 0 && std::memcmp(&a.max, &b.max, 4) == 0 && std::memcmp(&a.mean, &b.mean, 4) == 0 &&
         a.count == b.count && a.codes == b.codes;
}

std::vector<Entry> level_of(const std::vector<Blob>& blobs, unsigned level) {
  std::vector<Entry> entries;
  for (const Blob& blob : blobs)
    if (blob.level == level) {
      REQUIRE(blob.first_entry == entries.size());
      entries.insert(entries.end(), blob.entries.begin(), blob.entries.end());
    }
  return entries;
}

struct Noise {
  std::uint64_t state;
  std::uint64_t next() { return state = state * 6364136223846793005u + 1442695040888963407u; }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>((next() >> 33) % n); }
};

}  // namespace

TEST_CASE("an entry of codes of one range is the polynomial of its least, greatest and mean code") {
  Bander bander(coefficients(), 256);
  std::vector<std::uint16_t> codes(256, 7);
  codes[3] = 2;
  codes[200] = 12;
  const Moments moments = bander.add(codes, one_run(0, 256));
  const auto bands = bander.take();
  REQUIRE(bands.size() == 1);
  CHECK(bands[0].min == doctest::Approx(2e-3));
  CHECK(bands[0].max == doctest::Approx(12e-3));
  CHECK(bands[0].mean() == doctest::Approx(7e-3));
  CHECK(bands[0].count == 256);
  CHECK(moments == moments_of(codes, std::vector<std::uint8_t>(256, 0)));
}

TEST_CASE("a parabola that turns inside the codes has its extremes at codes that are there") {
  Bander bander(coefficients(), 4);
  (void)bander.add(std::vector<std::uint16_t>{90, 99, 103, 110}, one_run(1, 4));
  const auto current = [](double c) { return 5 + 3.0 - 2 * c + 0.01 * c * c; };
  const Band band = bander.take().at(0);
  CHECK(band.min == doctest::Approx(current(99)));
  CHECK(band.max == doctest::Approx(current(110)));
  CHECK(band.mean() == doctest::Approx((current(90) + current(99) + current(103) + current(110)) / 4));
}

TEST_CASE("samples of illegal ranges, of ranges without coefficients and of coefficients that are not finite have no value") {
  Bander bander(coefficients(), 8);
  (void)bander.add(std::vector<std::uint16_t>(8, 5), std::vector<chunk::Run>{{9, 2}, {5, 2}, {2, 3}, {0, 1}});
  const Band band = bander.take().at(0);
  CHECK(band.count == 1);
  CHECK(band.min == doctest::Approx(5e-3));
  CHECK(entry_of(Band{}).count == 0);
  CHECK(std::isnan(entry_of(Band{}).mean));
}

TEST_CASE("moments of a stretch that was cut into bands are those of the stretch, whatever its runs and pieces") {
  rc::check([] {
    const auto lengths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 700));
    Noise noise{1};
    std::vector<std::uint16_t> codes;
    std::vector<std::uint8_t> ranges;
    for (const int n : lengths) {
      const auto range = static_cast<std::uint8_t>(noise.below(10));
      for (int i = 0; i < n; ++i) {
        codes.push_back(static_cast<std::uint16_t>(noise.next() >> 40));
        ranges.push_back(range);
      }
    }
    Bander bander(coefficients(), 256);
    RC_ASSERT(bander.add(codes, chunk::runs_of(ranges)) == moments_of(codes, ranges));
    RC_ASSERT(bander.finish().size() == (codes.size() + 255) / 256);
  });
}

TEST_CASE("a pyramid does not depend on the pieces in which its samples came, and min <= mean <= max at every level") {
  Noise noise{7};
  std::vector<double> values;
  for (int i = 0; i < 300'001; ++i)
    values.push_back(noise.below(50) == 0 ? std::nan("") : 1e-3 * static_cast<double>(noise.below(100'000)) - 20);
  Builder whole, pieces;
  whole.add(values);
  for (std::size_t at = 0; at < values.size();) {
    const std::size_t n = std::min(values.size() - at, noise.below(5000) + 1);
    pieces.add(std::span(values).subspan(at, n));
    at += n;
  }
  const auto a = whole.finish(), b = pieces.finish();
  REQUIRE(a.size() == b.size());
  unsigned top = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    REQUIRE(a[k].entries.size() == b[k].entries.size());
    top = std::max(top, a[k].level);
    for (std::size_t i = 0; i < a[k].entries.size(); ++i) {
      const Entry& entry = a[k].entries[i];
      CHECK_MESSAGE(same(entry, b[k].entries[i]), "level ", a[k].level, " entry ", i);
      CHECK((entry.count == 0 || (entry.min <= entry.mean && entry.mean <= entry.max)));
    }
  }
  for (unsigned level = 0; level <= top; ++level) {
    std::uint64_t count = 0;
    const auto entries = level_of(a, level);
    CHECK(entries.size() == entries_of(values.size(), level));
    for (const Entry& entry : entries) count += entry.count;
    std::uint64_t present = 0;
    for (const double value : values) present += !std::isnan(value);
    CHECK(count == present);
  }
  CHECK(level_of(a, top).size() == 1);
}

TEST_CASE("values beyond what a float can hold stay in order and finite") {
  const Entry entry = entry_of(band_of(std::vector<double>{1e300, -1e300, INFINITY, 5}));
  CHECK(entry.count == 3);
  CHECK(std::isfinite(entry.min));
  CHECK(std::isfinite(entry.max));
  CHECK(entry.min <= entry.mean);
  CHECK(entry.mean <= entry.max);
}

TEST_CASE("entries come back from their bytes as they were, with the counts that are not the rule") {
  Blob blob{2, 1024, {}};
  for (int i = 0; i < 1000; ++i) blob.entries.push_back({static_cast<float>(i), static_cast<float>(i + 2), static_cast<float>(i + 1), samples_per_entry(2), {}});
  blob.entries[17] = {};
  blob.entries[999].count = 5;
  const auto bytes = encode(blob);
  const auto back = decode(bytes, 2, 1000);
  REQUIRE(back);
  for (std::size_t i = 0; i < 1000; ++i) CHECK(same((*back)[i], blob.entries[i]));
  CHECK_FALSE(decode(bytes, 2, 999));
  CHECK_FALSE(decode(bytes, 2, 0));
  CHECK_FALSE(decode(bytes, 2, 1025));
  for (std::size_t length = 0; length < bytes.size(); ++length) CHECK_FALSE(decode(std::span(bytes).first(length), 2, 1000));
}

TEST_CASE("a blob whose mean lies outside its extent is refused though its checksum may be right") {
  CHECK_FALSE(decode(encode({0, 0, {{1, 2, 3, 256, {}}}}), 0, 1));
  CHECK_FALSE(decode(encode({0, 0, {{1, 2, std::nanf(""), 256, {}}}}), 0, 1));
  CHECK(decode(encode({0, 0, {{1, 2, 1.5f, 256, {}}}}), 0, 1));
}

TEST_CASE("codes come back from their bytes as they were, whatever their ranges and sums, and impossible ones are refused") {
  Noise noise{3};
  Builder builder(coefficients());
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> ranges;
  for (int i = 0; i < 100'000; ++i) {
    codes.push_back(static_cast<std::uint16_t>(noise.next() >> 40));
    ranges.push_back(static_cast<std::uint8_t>(noise.below(200) == 0 || i == 0 ? noise.below(9) : ranges.back()));
  }
  (void)builder.add(codes, chunk::runs_of(ranges));
  for (const Blob& blob : builder.finish()) {
    const auto back = decode(encode(blob), blob.level, blob.entries.size());
    REQUIRE(back);
    for (std::size_t i = 0; i < back->size(); ++i) CHECK(same((*back)[i], blob.entries[i]));
  }
  const auto refused = [](const RangeCodes& row) {
    return !decode(encode({0, 0, {{1, 1, 1, 256, {row}}}}), 0, 1);
  };
  CHECK_FALSE(refused({0, 256, {1, 2, 300, 400}}));
  CHECK(refused({8, 256, {1, 2, 300, 400}}));
  CHECK(refused({0, 257, {1, 2, 300, 400}}));
  CHECK(refused({0, 256, {2, 1, 300, 400}}));
  CHECK(refused({0, 256, {1, 2, 513, 1026}}));
  CHECK(refused({0, 256, {1, 2, 300, 300}}));
}

TEST_CASE("bands of summed codes are those of the codes, under coefficients that came later") {
  Bander under_one(coefficients(), 64);
  const std::vector<std::uint16_t> codes{5, 9, 7, 120, 150};
  (void)under_one.add(codes, std::vector<chunk::Run>{{0, 3}, {1, 2}});
  const Band kept = under_one.finish().at(0);
  const Coefficients later{{{1, 0.5, 0.25, 2, 0}, {-1, 2, 0, 0, 0}}, 1.5};
  const auto band = band_of(kept.codes, later);
  REQUIRE(band);
  const auto first = [](double c) { return 4 + c * (0.5 + 0.25 * c); };
  CHECK(band->min == doctest::Approx(first(5)));
  CHECK(band->max == doctest::Approx(299));
  CHECK(band->sum == doctest::Approx(first(5) + first(9) + first(7) + 239 + 299));
  CHECK(band->count == 5);
  CHECK_FALSE(band_of(kept.codes, Coefficients{{{0, -14, 1, 0, 0}}, 1}));  // turns at 7
}
